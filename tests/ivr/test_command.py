"""The command line of the menus, as a person uses it."""

import asyncio
import json
import shutil
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from accounts import passwords
from acd.models import Call
from app.commands.ivr import app
from app.schema import migrate
from core.bus import Bus
from core.database import Database
from core.errors import BadInput, ConfigError
from core.settings import ROOT, Settings
from ivr.customers import Customer
from ivr.published import publishing
from tests.ivr.material import SMALL

LINE = CliRunner()


@pytest.mark.parametrize(("moment", "end"), [("2026-03-02T10:00", "loans"), ("2026-03-07T10:00", "")])
def test_walk_follows_the_hours_of_the_given_moment(moment: str, end: str) -> None:
    run = LINE.invoke(app, ["walk", "main", "--keys", "1,3,1", "--at", moment, "--from", "13800000001", "--json"])
    assert run.exit_code == 0
    told = json.loads(run.stdout)["end"]
    assert told["queue"] == end
    assert told["outcome"] == ("queue" if end else "message")
    assert told["priority"] == (30 if end else 0)


def test_walk_in_text_ends_with_the_place() -> None:
    run = LINE.invoke(app, ["walk", "--keys", "20", "--at", "2026-03-02T10:00"])
    assert "We are connecting you" in run.stdout
    assert run.stdout.splitlines()[-1] == "ends at step person: queue general"


@pytest.mark.parametrize("arguments", [["walk", "main", "--keys", "1x"], ["walk", "nothing"], ["walk", "--at", "soon"]])
def test_unusable_input_is_one_line_with_a_remedy(arguments: list[str]) -> None:
    run = LINE.invoke(app, arguments)
    assert isinstance(run.exception, BadInput)
    assert run.exception.remedy


def test_lint_fails_on_a_broken_rule_and_passes_the_shipped_menu(tmp_path: Path) -> None:
    assert LINE.invoke(app, ["lint"]).exit_code == 0
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    run = LINE.invoke(app, ["lint", str(tmp_path / "small.yaml"), "--json"])
    assert run.exit_code == 1
    rules = {finding["rule"] for finding in json.loads(run.stdout)["findings"]}
    assert rules == {"dead-end", "unspoken-option", "same-words"}


def test_menu_that_names_an_unknown_queue_is_refused_with_its_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("models"))
    menu = tmp_path / "config" / "menus" / "main.yaml"
    menu.write_text(menu.read_text(encoding="utf-8").replace("to: general", "to: generals"), encoding="utf-8")
    run = LINE.invoke(app, ["lint", "--config", str(tmp_path / "config")])
    assert isinstance(run.exception, ConfigError)
    assert "there is no queue 'generals'" in str(run.exception)
    assert run.exception.line > 1


def test_lint_knows_the_steps_that_the_queues_of_the_site_name(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("models"))
    lined, draft = tmp_path / "config" / "queues.yaml", tmp_path / "draft.yaml"
    text = lined.read_text(encoding="utf-8")
    lined.write_text(
        text.replace("every: 60}", 'every: 60}\n    way_out: {key: "1", step: later}', 1), encoding="utf-8"
    )
    draft.write_text(SMALL, encoding="utf-8")
    run = LINE.invoke(app, ["lint", str(draft), "--config", str(tmp_path / "config")])
    assert "queue 'general' sends callers on to step 'later', which is not there" in str(run.exception)
    draft.write_text(SMALL.replace("  bye: {", "  later: {kind: goto, next: more}\n  bye: {"), encoding="utf-8")
    found = LINE.invoke(app, ["lint", str(draft), "--config", str(tmp_path / "config"), "--json"])
    assert "later" not in {each["step"] for each in json.loads(found.stdout)["findings"]}


def test_prompts_lists_what_an_artist_must_record() -> None:
    run = LINE.invoke(app, ["prompts", "main", "--json"])
    rows = json.loads(run.stdout)["prompts"]
    (welcome,) = (row for row in rows if row["name"] == "main.welcome.prompt" and row["language"] == "zh")
    assert welcome["text"] == "欢迎致电安信银行。"
    assert welcome["recording"].endswith("prompts/zh/main.welcome.prompt.wav")
    assert not welcome["recorded"]


def test_shipped_calls_go_as_written_and_a_wrong_one_is_named_with_its_line(tmp_path: Path) -> None:
    run = LINE.invoke(app, ["test", "--json"])
    assert run.exit_code == 0
    assert len(json.loads(run.stdout)["tests"]) >= 10
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    wrong = (
        "tests:\n  - {name: news, keys: '11', at: 2026-03-02T10:00, ends: {outcome: queue}, hears: [新闻, 主菜单]}\n"
    )
    (tmp_path / "small.tests.yaml").write_text(wrong, encoding="utf-8")
    run = LINE.invoke(app, ["test", str(tmp_path / "small.yaml")])
    assert run.exit_code == 1
    assert "small.tests.yaml:2: news: ends with outcome 'self_service', not 'queue'" in run.stdout
    assert "never hears '主菜单'" in run.stdout


def test_drawing_and_schema_are_whole_documents(tmp_path: Path) -> None:
    picture = tmp_path / "main.svg"
    assert LINE.invoke(app, ["draw", "--out", str(picture), "--language", "en"]).exit_code == 0
    tree = ElementTree.parse(picture)
    names = {each.text for each in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"welcome", "lost-card", "say-balance"} <= names
    schema = json.loads(LINE.invoke(app, ["schema"]).stdout)
    assert {"Menu", "Verify", "CallBack"} <= set(schema["$defs"])


def test_walk_takes_answers_and_refuses_what_is_none() -> None:
    asked = ["walk", "--keys", "151", "--from", "13800000001", "--at", "2026-03-02T10:00", "--json", "--answers"]
    run = LINE.invoke(app, [*asked, '{"find-caller": "failed"}'])
    assert json.loads(run.stdout)["end"]["step"] == "person"
    assert isinstance(LINE.invoke(app, [*asked, "[1]"]).exception, BadInput)


def test_hash_of_a_secret_fits_the_customer_table() -> None:
    run = LINE.invoke(app, ["secret", "--value", "246810"])
    assert run.stdout.startswith("$argon2")
    assert Customer(name="x", pin=run.stdout.strip()).pin


def test_secret_that_ends_in_a_small_x_is_what_callers_type_with_the_star() -> None:
    run = LINE.invoke(app, ["secret", "--value", "12345x"])
    assert asyncio.run(passwords.matches("12345X", run.stdout.strip()))


@pytest.mark.parametrize("value", ["abcdef", "x12345", "123", "12 345", "１２３４５６"])
def test_secret_that_no_caller_can_type_gets_no_hash(value: str) -> None:
    assert isinstance(LINE.invoke(app, ["secret", "--value", value]).exception, BadInput)


def test_lint_holds_the_order_of_options_against_the_use_in_a_centres_database(tmp_path: Path) -> None:
    path = [{"at": 1.0, "step": "main", "keys": ""}, {"at": 2.0, "step": "complaints", "keys": "4"}]

    async def fill() -> None:
        db = Database(Settings(data_dir=tmp_path).database, Bus())
        await migrate(db)
        async with db.transaction() as tx:
            text = (ROOT / "config/menus/main.yaml").read_text(encoding="utf-8")
            await publishing.publish(tx, "main", text, "chen", "", time.time() - 90)
            for n in range(60):
                tx.session.add(
                    Call(id=f"call{n}", leg=f"leg{n}", caller="1", dialled="95566", state="ended", path=path,
                         menu="main", menu_version=1, arrived_at=time.time() - 60)
                )  # fmt: skip
        await db.close()

    asyncio.run(fill())
    run = LINE.invoke(app, ["lint", "--data", str(tmp_path), "--json"])
    (found,) = (each for each in json.loads(run.stdout)["findings"] if each["rule"] == "against-use")
    assert (found["step"], run.exit_code) == ("main", 1)
    lines = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[found["line"] - 1] == "  main:"
