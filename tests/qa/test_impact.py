"""What a change of rules would have done: the comparison, and the command over a centre's database."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from accounts import published
from accounts.settings import KIND
from app import impact as stored
from app.assignment import Assignment
from app.commands.qa import app
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput
from core.settings import ROOT
from qa import pack, scoring, service
from qa.impact import Comparison, Outcome, document, outcome
from qa.pack import Ruleset
from qa.verdict import Verdict
from recordings import transcript
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from tests.qa.calls import BYE, HELLO, PACKS, call

CHANGED = "pack: draft\nbased_on: zh-bank\nversion: '2'\nfamilies:\n  not_mine:\n    say: [这不是我的工作]\n"
RUDE = ({"customer": "那怎么办"}, {"agent": "这个不归我管"})


def test_flips_scores_and_vetoes_are_counted_and_the_largest_change_comes_first() -> None:
    found = Comparison()
    same = Outcome(100.0, (), {"A1": Verdict.PASS})
    found.add("c1", same, same)
    found.add("c2", same, Outcome(93.0, (), {"A1": Verdict.FAIL}))
    found.add("c3", Outcome(0.0, ("F3",), {"A1": Verdict.PASS, "F3": Verdict.FAIL}), same)
    told = document(found, "a", "b", 30)
    assert (told["calls"], told["changed"], told["better"], told["worse"]) == (3, 2, 1, 1)
    assert (told["vetoes_gained"], told["vetoes_lost"]) == (0, 1)
    assert (told["mean_before"], told["mean_after"]) == (66.67, 97.67)
    assert {"row": "F3", "before": "fail", "after": "na", "calls": 1} in told["flips"]
    assert [each["call"] for each in told["most_changed"]] == ["c3", "c2"]


def test_no_call_has_no_mean() -> None:
    assert document(Comparison(), "a", "b", 30)["mean_before"] is None


def test_a_pack_of_the_history_judges_as_the_installed_one(bank: Ruleset) -> None:
    again = pack.restore(json.loads(json.dumps(bank.pack.model_dump(mode="json"))), bank.version)
    talk = call(HELLO, *RUDE, BYE)
    assert scoring.score(talk, again) == scoring.score(talk, bank)
    assert outcome(scoring.score(talk, again)).verdicts["A2"] is Verdict.FAIL
    with pytest.raises(BadInput, match="another version of this program"):
        pack.restore({"pack": "old"}, "0.1")


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with three scored calls, one of them of long ago."""
    folder = tmp_path_factory.mktemp("centre")
    (folder / "draft.yaml").write_text(CHANGED, encoding="utf-8")
    (folder / "zh-bank.yaml").write_bytes((PACKS / "zh-bank.yaml").read_bytes())
    asyncio.run(_fill(folder))
    return folder


async def _fill(folder: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{folder}/hotline.db", Bus())
    await db.create_all()
    rules = pack.load(PACKS, "zh-bank")
    for number, (lines, ago) in enumerate((((HELLO, BYE), 1), ((HELLO, *RUDE, BYE), 2), ((HELLO, *RUDE, BYE), 40))):
        talk = call(*lines, id=f"call{number}")
        now = system_clock() - ago * 86400
        async with db.transaction() as tx:
            tx.session.add(Recording(id=f"r{number}", call=f"call{number}", number=1, raw="", started_at=now,
                                     state=RecordingState.STORED))  # fmt: skip
            await tx.session.flush()
            tx.session.add(TranscriptRow(recording=f"r{number}", call=f"call{number}", language="zh", model="",
                                         state=TranscriptState.READY, content=transcript.document(talk)))  # fmt: skip
            await service.score_and_store(tx, talk, rules, now, recording=f"r{number}")
    await db.close()


def _told(*arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_the_command_says_which_stored_calls_would_change(centre: Path) -> None:
    told = _told("impact", "zh-bank", f"{centre}/draft.yaml", "--data", str(centre), "--workers", "1")
    assert (told["calls"], told["changed"]) == (2, 1)
    assert {"row": "A2", "before": "fail", "after": "pass", "calls": 1} in told["flips"]
    assert told["most_changed"][0]["call"] == "call1"
    assert _told("impact", "zh-bank", "zh-bank", "--data", str(centre), "--workers", "1", "--days", "90")["calls"] == 3


def test_a_version_of_the_history_can_be_compared_and_an_unknown_one_names_those_there_are(centre: Path) -> None:
    known = _told("versions", "--data", str(centre))
    assert [each["pack"] for each in known] == ["zh-bank"]
    version = known[0]["version"]
    told = _told("impact", f"zh-bank@{version.partition('+')[2]}", "zh-bank", "--data", str(centre), "--workers", "1")
    assert (told["calls"], told["changed"], told["before"]) == (2, 0, f"zh-bank {version}")
    result = CliRunner().invoke(app, ["impact", "zh-bank@0.9", "zh-bank", "--data", str(centre)])
    assert isinstance(result.exception, BadInput)
    assert version in str(result.exception)


def test_a_directory_without_a_database_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["versions", "--data", str(tmp_path)])
    assert isinstance(result.exception, BadInput)
    assert "there is no database" in str(result.exception)


async def test_several_processes_find_the_same_as_one(centre: Path, bank: Ruleset) -> None:
    db = Database(f"sqlite+aiosqlite:///{centre}/hotline.db", Bus())
    draft = pack.load(centre, "draft")
    pairs = {"zh-bank": (bank, draft)}
    alone, together = [await stored.compare(db, pairs, system_clock(), 30, workers) for workers in (1, 2)]
    await db.close()
    assert document(alone, "a", "b", 30) == document(together, "a", "b", 30)
    assert together.calls == 2


@pytest.mark.parametrize(
    ("by", "calls"),
    [
        (Assignment({"zh": "zh-bank"}, {}), 2),
        (Assignment({"zh": "zh-bank"}, {("loans", "zh"): "other", ("cards", "en"): "other"}), 2),
        (Assignment({"zh": "zh-bank"}, {("cards", "zh"): "other"}), 0),
        (Assignment({"zh": "other"}, {("cards", "zh"): "zh-bank"}), 2),
        (Assignment({"zh": "other"}, {("loans", "zh"): "zh-bank"}), 0),
        (Assignment({}, {}), 0),
    ],
)
async def test_only_calls_that_are_assigned_to_the_pack_are_counted(
    centre: Path, bank: Ruleset, by: Assignment, calls: int
) -> None:
    db = Database(f"sqlite+aiosqlite:///{centre}/hotline.db", Bus())
    found = await stored.compare(db, {"zh-bank": (bank, bank)}, system_clock(), 30, 1, by)
    await db.close()
    assert found.calls == calls


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packs before and after a change of `zh-bank`: `own` is based on it, `alone` is not."""
    folder = tmp_path_factory.mktemp("shelves")
    text = (PACKS / "zh-bank.yaml").read_text(encoding="utf-8")
    changed = text.replace("least_confidence: 0.45", "least_confidence: 0.5")
    for place, bank in (("before", text), ("after", changed)):
        (folder / place).mkdir()
        (folder / place / "zh-bank.yaml").write_text(bank, encoding="utf-8")
        (folder / place / "alone.yaml").write_text(text.replace("pack: zh-bank", "pack: alone"), encoding="utf-8")
        (folder / place / "own.yaml").write_text("pack: own\nbased_on: zh-bank\nversion: '1'\n", encoding="utf-8")
    return folder


def test_packs_based_on_the_changed_one_are_compared_as_they_come_to_be(shelves: Path, tmp_path: Path) -> None:
    before, after = f"{shelves}/before/zh-bank.yaml", f"{shelves}/after/zh-bank.yaml"
    names = {"zh-bank", "own", "alone", "unknown"}
    (first, second) = stored.derived(PACKS, before, after, names)["own"]
    assert first.version != second.version
    assert stored.derived(PACKS, before, after, names).keys() == {"own"}
    assert stored.derived(PACKS, f"{shelves}/before/own.yaml", f"{shelves}/after/own.yaml", names) == {}
    assert stored.derived(PACKS, "zh-bank@2", after, names) == {}
    spoilt = Path(shutil.copytree(shelves, tmp_path / "shelves")) / "before"
    (spoilt / "own.yaml").write_text("pack: own\nbased_on: zh-bank\nitems: 5\n", encoding="utf-8")
    assert stored.derived(PACKS, f"{spoilt}/zh-bank.yaml", after, names) == {}


def test_the_command_asks_the_site_which_calls_the_pack_judges(shelves: Path, centre: Path, tmp_path: Path) -> None:
    shutil.copy(centre / "hotline.db", tmp_path)
    asyncio.run(_give_cards_to(tmp_path, "own"))
    also = ("--data", str(tmp_path), "--workers", "1")

    def calls(name: str, *more: str) -> int:
        told = _told("impact", f"{shelves}/before/{name}.yaml", f"{shelves}/after/{name}.yaml", *also, *more)
        return int(told["calls"])

    assert [calls("own", "--own"), calls("alone", "--own"), calls("alone")] == [2, 0, 2]
    assert calls("zh-bank", "--own") == 2


async def _give_cards_to(folder: Path, name: str) -> None:
    text = (ROOT / "config" / "queues.yaml").read_text(encoding="utf-8")
    own = text.replace("    skills: {cards: 1}\n", f"    skills: {{cards: 1}}\n    packs: {{zh: {name}}}\n", 1)
    db = Database(f"sqlite+aiosqlite:///{folder}/hotline.db", Bus())
    async with db.transaction() as tx:
        await published.begin(tx, KIND, "queues", own, "queues.yaml", 1.0)
    await db.close()
