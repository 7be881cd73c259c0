"""The command line of menus in use: publish, versions, show, diff, back, use, draw, reorder and trials."""

import asyncio
import datetime as dt
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from accounts import people, service
from acd.models import Call, CallEvent
from app.commands.ivr import app
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput, NotFound, Refused
from core.relay import RelayedEvent
from core.settings import ROOT, Settings
from ivr.fault import Fault, FaultKind
from ivr.faults.kept import Faults
from tests.ivr.material import SMALL

LINE = CliRunner()
SOUND = SMALL.replace("to: general}", "to: general, refused: bye}").replace("barge_in: false", "retries: 1")
SOUND = SOUND.replace("go: news}", "go: news, say: {zh: 新, en: n}}")
ONE = '      "1": {go: more, say: {zh: 一, en: one}}\n'
SOUND = SOUND.replace(ONE, ONE + '      "2": {go: news, say: {zh: 二, en: two}}\n')
SOUND += "waive: [{rule: dead-end, step: person, reason: for tests}]\n"
SHORTER = SOUND.replace("新闻", "号外")


CHANGES = {"publish", "back", "start", "end"}


@dataclass
class Centre:
    """A data directory with its tables, and a configuration with one small menu."""

    folder: Path

    @property
    def database(self) -> str:
        return Settings(data_dir=self.folder / "data").database

    def run(self, *words: str) -> Result:
        """With a reason where one is needed and the story says none."""
        if CHANGES.intersection(words[:2]) and "--reason" not in words:
            words = (*words, "--reason", "new")
        places = ["--data", str(self.folder / "data"), "--config", str(self.folder / "config")]
        return LINE.invoke(app, [*words, *places])

    def told(self, *words: str) -> dict[str, Any]:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.exception
        return dict(json.loads(done.stdout))

    def draft(self, text: str) -> str:
        path = self.folder / "main.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def calls(self, version: int, many: int, key: str, ago: float = 0.0) -> None:
        """Callers who press `key` in the main menu; queued after 10 s, answered after 20, then given away once."""

        async def fill() -> None:
            db = Database(self.database, Bus())
            async with db.transaction() as tx:
                for each in range(many):
                    name, at = f"{version}-{key}-{each}-{ago:.0f}", system_clock() - ago
                    path = [{"at": at, "step": "main", "keys": ""}, {"at": at + 4, "step": "more", "keys": key}]
                    tx.session.add(Call(
                        id=name, leg=name, caller="1", dialled="95566", arrived_at=at, state="ended", menu="main",
                        menu_version=version, path=path, ended_at=at + 90, outcome="answered", queued_at=at + 50,
                    ))  # fmt: skip
                    for kind, after in (("queued", 10), ("connected", 20), ("queued", 50), ("connected", 60)):
                        tx.session.add(CallEvent(call=name, at=at + after, kind=kind, data={}))
            await db.close()

        asyncio.run(fill())

    def relayed(self) -> list[str]:
        async def read() -> list[str]:
            db = Database(self.database, Bus())
            async with db.reading() as session:
                found = list(await session.scalars(select(RelayedEvent.kind)))
            await db.close()
            return found

        return asyncio.run(read())


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("models", "prompts"))
    (tmp_path / "config" / "menus" / "main.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "data").mkdir()
    made = Centre(tmp_path)

    async def tables() -> None:
        db = Database(made.database, Bus())
        await db.create_all()
        async with db.transaction() as tx:
            await service.seed_people(tx, people.load(ROOT / "config"))
        await db.close()

    asyncio.run(tables())
    return made


def test_version_is_published_shown_compared_and_taken_back(centre: Centre) -> None:
    first = centre.told("publish", centre.draft(SOUND), "--by", "admin", "--reason", "the first")
    assert (first["number"], first["published_by"], first["prompt_faults"]) == (1, "admin", [])
    assert centre.told("publish", centre.draft(SHORTER), "--by", "sun.li")["number"] == 2
    assert isinstance(centre.run("publish", centre.draft(SHORTER)).exception, Refused)
    assert centre.run("show", "main", "1").stdout == SOUND
    assert centre.run("show").stdout == SHORTER
    told = centre.run("diff", "1", "2").stdout.splitlines()
    assert centre.told("show", "main", "1") == {"menu": "main", "version": 1, "text": SOUND}
    assert centre.told("diff", "1", "2") == {"menu": "main", "lines": told}
    changed = [line for line in told if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [(line[0], "新闻" in line, "号外" in line) for line in changed] == [("-", True, False), ("+", False, True)]
    assert centre.told("back", "--by", "admin", "--reason", "too short")["restores"] == 1
    listed = centre.told("versions")["versions"]
    assert [(each["number"], each["restores"], each["published_by"], each["reason"]) for each in listed] == [
        (3, 1, "admin", "too short"), (2, 0, "sun.li", "new"), (1, 0, "admin", "the first"),
    ]  # fmt: skip
    assert "(version 1 again)" in centre.run("versions").stdout
    assert centre.relayed() == ["MenuPublished"] * 3


def test_nobody_changes_a_menu_as_somebody_the_centre_does_not_know_or_without_a_reason(centre: Centre) -> None:
    centre.told("publish", centre.draft(SOUND))
    draft = centre.draft(SHORTER)
    for words in (("publish", draft), ("back",), ("trial", "start", draft), ("trial", "end", "--drop")):
        fault = centre.run(*words, "--by", "nobody").exception
        assert isinstance(fault, BadInput)
        assert fault.exit_code == 2
        assert "nobody with the login nobody: logins are: admin, " in str(fault)
        assert "say why the menu changes" in str(centre.run(*words, "--reason", " ").exception)
    assert len(centre.told("versions")["versions"]) == 1


def test_moments_are_told_as_the_clocks_of_the_site_show_them(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    version = centre.told("publish", centre.draft(SOUND))
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        told = centre.run("versions").stdout
    finally:
        monkeypatch.undo()
        time.tzset()
    there = dt.datetime.fromtimestamp(version["published_at"], ZoneInfo("Asia/Shanghai"))
    assert f"{there:%Y-%m-%d %H:%M:%S} +0800" in told


def test_command_that_names_a_version_which_is_live_no_more_changes_nothing(centre: Centre) -> None:
    for seen, text in enumerate((SOUND, SHORTER)):
        centre.told("publish", centre.draft(text), "--seen", str(seen))
    draft = centre.draft(SOUND.replace("新闻", "快讯"))
    for words in (("publish", draft), ("back",), ("trial", "start", draft)):
        assert "gone live meanwhile" in str(centre.run(*words, "--seen", "1").exception)
    assert centre.told("back", "--seen", "2")["restores"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [(("back",), "no former version"), (("show", "main", "7"), "no version 7"), (("versions", "other"), "no menu"),
     (("use", "--day", "soon"), "no day"), (("trial", "show"), "never tried"), (("trial", "end", "--drop"), "no trial"),
     (("reorder",), "nothing is to be ordered")],
)  # fmt: skip
def test_what_cannot_be_done_is_one_clear_line(centre: Centre, words: tuple[str, ...], said: str) -> None:
    centre.told("publish", centre.draft(SOUND))
    assert said in str(centre.run(*words).exception)


def test_draft_that_breaks_a_rule_or_names_nothing_stays_a_draft(centre: Centre) -> None:
    for text in (SOUND.replace("retries: 1", "retries: 0"), SOUND.replace("go: more", "go: nowhere")):
        assert isinstance(centre.run("publish", centre.draft(text)).exception, BadInput)
        assert isinstance(centre.run("trial", "start", centre.draft(text)).exception, BadInput)
    assert centre.told("versions")["versions"] == []


def test_use_counts_one_version_of_one_day_by_step_and_way(centre: Centre) -> None:
    centre.told("publish", centre.draft(SOUND))
    centre.told("publish", centre.draft(SHORTER))
    centre.calls(1, 7, "1")
    centre.calls(2, 3, "1")
    centre.calls(2, 5, "2", ago=5 * 86400)
    found = centre.told("use", "--days", "1")
    assert (found["version"], found["calls"], found["calls_by_version"]) == (2, 3, {"2": 3, "1": 7})
    (edge,) = (each for each in found["edges"] if each["key"] == "1")
    figures = {"entered": 3, "left": 3, "hung_up": 0, "seconds": pytest.approx(6.0, abs=0.01)}
    assert edge == {"source": "main", "target": "more", "key": "1"} | figures
    spreads = [found[name]["mean"] for name in ("seconds_to_person", "seconds_to_answer")]
    assert spreads == [pytest.approx(10.0, abs=0.01), pytest.approx(20.0, abs=0.01)]
    assert centre.told("use", "--days", "1", "--version", "1")["calls"] == 7
    assert centre.told("use", "--days", "30")["calls"] == 8
    assert centre.told("use", "--day", "2001-01-01")["calls"] == 0
    text = centre.run("use", "--days", "1").stdout
    assert "not counted here: 7 calls of version 1" in text
    assert "main 1> more" in text
    picture = centre.run("draw", "--language", "en", "--version", "1")
    assert "7 in 7 on 0 ✕ 6 s" in picture.stdout


def test_draft_in_the_order_of_use_is_written_and_nothing_is_live_by_itself(centre: Centre) -> None:
    centre.told("publish", centre.draft(SOUND))
    centre.calls(1, 5, "1")
    centre.calls(1, 25, "2")
    out = centre.folder / "draft" / "main.yaml"
    out.parent.mkdir()
    assert centre.run("reorder", "--out", str(out)).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert text.index('"2": {go: news') < text.index('"1": {go: more')
    assert centre.run("show").stdout == SOUND
    assert centre.told("publish", str(out), "--reason", "by use")["number"] == 2


def test_trial_shows_both_sides_and_the_challenger_is_taken_as_a_version_of_its_own(centre: Centre) -> None:
    centre.told("publish", centre.draft(SOUND))
    started = centre.told("trial", "start", centre.draft(SHORTER), "--share", "20", "--by", "admin")
    assert (started["champion"], started["challenger"], started["share"]) == (1, 2, 0.2)
    assert isinstance(centre.run("publish", centre.draft(SOUND + "# new\n")).exception, Refused)
    centre.calls(1, 40, "1")
    centre.calls(2, 40, "1")
    found = centre.told("trial", "show")
    rates = {each["name"]: (each["counts"], each["of"]) for each in found["rates"]}
    assert rates["queued_rate"] == ([40, 40], [40, 40])
    said = centre.run("trial", "show").stdout
    assert "seconds_to_answer: live 20.0 s of 40 calls, challenger 20.0 s of 40 calls" in said
    assert "NIST" in said
    late = centre.run("trial", "end", "--take", "--seen", "1")
    assert "another challenger has begun meanwhile" in str(late.exception)
    assert centre.told("trial", "end", "--take", "--seen", "2", "--by", "admin")["result"] == "taken"
    listed = centre.told("versions")["versions"]
    assert [(each["number"], each["restores"], each["challenger"]) for each in listed] == [
        (3, 2, False), (2, 0, True), (1, 0, False),
    ]  # fmt: skip
    assert centre.run("show").stdout == SHORTER


def test_faults_of_running_menus_are_listed_and_acknowledged_and_the_engine_hears_of_it(centre: Centre) -> None:
    assert centre.run("faults").stdout == "no faults\n"

    async def meet() -> None:
        db = Database(centre.database, Bus())
        book = Faults(db, system_clock)
        book.report(Fault("main", 2, "news", 31, FaultKind.PROMPT, "prompt main.news.prompt (zh) was never made"), "c1")
        await book.close()
        await db.close()

    asyncio.run(meet())
    listed = centre.run("faults", "main")
    assert listed.exit_code == 1
    assert listed.stdout.startswith("main.yaml:31: step news: prompt main.news.prompt (zh) was never made: make or")
    (told,) = json.loads(centre.run("faults", "--json").stdout)["faults"]
    assert (told["kind"], told["version"], told["calls"], told["call"]) == ("prompt", 2, 1, "c1")
    assert centre.told("acknowledge", told["id"], "--by", "sun.li")["seen_by"] == "sun.li"
    assert centre.run("faults").exit_code == 0
    assert "acknowledged by sun.li" in centre.run("faults", "--all").stdout
    with pytest.raises(NotFound):
        raise centre.run("acknowledge", "nothing").exception or AssertionError

    async def relayed() -> list[str]:
        db = Database(centre.database, Bus())
        async with db.reading() as session:
            kinds = list(await session.scalars(select(RelayedEvent.kind)))
        await db.close()
        return kinds

    assert "MenuFaultChanged" in asyncio.run(relayed())
