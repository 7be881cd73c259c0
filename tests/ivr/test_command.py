"""The command line of the menus, as a person uses it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.ivr import app
from core.errors import BadInput, ConfigError
from core.settings import ROOT
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
    run = LINE.invoke(app, ["walk", "--keys", "20"])
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
    assert rules == {"dead-end", "unspoken-option"}


def test_menu_that_names_an_unknown_queue_is_refused_with_its_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("models"))
    menu = tmp_path / "config" / "menus" / "main.yaml"
    menu.write_text(menu.read_text(encoding="utf-8").replace("to: general", "to: generals"), encoding="utf-8")
    run = LINE.invoke(app, ["lint", "--config", str(tmp_path / "config")])
    assert isinstance(run.exception, ConfigError)
    assert "there is no queue 'generals'" in str(run.exception)
    assert run.exception.line > 1


def test_prompts_lists_what_an_artist_must_record() -> None:
    run = LINE.invoke(app, ["prompts", "main", "--json"])
    rows = json.loads(run.stdout)["prompts"]
    (welcome,) = (row for row in rows if row["name"] == "main.welcome.prompt" and row["language"] == "zh")
    assert welcome["text"] == "欢迎致电安信银行。"
    assert welcome["recording"].endswith("prompts/zh/main.welcome.prompt.wav")
    assert not welcome["recorded"]
