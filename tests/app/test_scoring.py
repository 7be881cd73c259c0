"""The scoring loop over stored transcripts: in the order of the talks, and past one that no rule can stand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.taken import Live
from acd import queues
from acd.models import Call
from app.scoring import Packs, Scoring
from core.bus import Bus
from core.database import Database
from core.settings import ROOT
from qa import pack, scoring
from qa.models import ScoreFault, ScoreRow
from qa.office.unjudged import Stop, try_again, unjudged
from qa.pack import Ruleset
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tests.recordings.conftest import facts
from tickets.models import Ticket

NOW = 10_000.0
CARD = "六二二二零二零二零零一二三四五六七八九"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await found.create_all()
    yield found
    await found.close()


async def heard(db: Database, name: str, ended: float, words: str) -> None:
    """A call whose text is ready."""
    content = {
        "call": facts(name, seconds=10.0).model_dump(mode="json"),
        "segments": [{"speaker": "customer", "start": 1.0, "end": 4.0, "text": words}], "events": [],
    }  # fmt: skip
    async with db.transaction() as tx:
        tx.session.add(Call(id=name, leg=name, caller="1", dialled="2", arrived_at=1.0, state="ended",
                            talk_ended_at=ended, connected_at=1.0, ended_at=ended))  # fmt: skip
        tx.session.add(Recording(id=f"r-{name}", call=name, number=1, raw=name, state=RecordingState.STORED,
                                 started_at=ended, facts=content["call"]))  # fmt: skip
        await tx.session.flush()
        tx.session.add(TranscriptRow(recording=f"r-{name}", call=name, language="zh", state=TranscriptState.READY,
                                     content=content))  # fmt: skip


def scorer(db: Database, rules: Ruleset, now: float = NOW) -> Scoring:
    packs = Packs({"zh": rules}, {})
    return Scoring(db, queues.load(ROOT / "config"), Live("pack", lambda _texts: packs, packs), lambda: now)


async def scored(db: Database) -> list[str]:
    async with db.reading() as session:
        return list(await session.scalars(select(ScoreRow.call).order_by(ScoreRow.call)))


async def test_a_transcript_that_cannot_be_scored_is_set_aside_and_the_others_are_scored(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, ended in (("one", 3.0), ("two", 1.0), ("three", 2.0)):
        await heard(db, name, ended, "坏" if name == "two" else "我想查账单")

    def stumble(talk: Transcript, rules: Ruleset) -> scoring.Score:
        if talk.segments[0].text == "坏":
            raise ZeroDivisionError("no words")
        return scoring.score(talk, rules)

    monkeypatch.setattr("qa.service.score", stumble)
    rules = pack.load(ROOT / "config" / "packs", "zh-bank")
    loop = scorer(db, rules)
    assert await loop.run_due() == 3
    assert await scored(db) == ["one", "three"]
    assert await loop.run_due() == 0
    async with db.reading() as session:
        (stopped,), total = await unjudged(session, 0.0, 10)
    assert (stopped.call, stopped.stop, stopped.why, total) == (
        "two", Stop.NOT_SCORED, "ZeroDivisionError: no words", 1,
    )  # fmt: skip
    monkeypatch.undo()
    async with db.transaction() as tx:
        assert await try_again(tx, ["r-two", "r-one", "nothing"], "carol") == 1
    assert await loop.run_due() == 1
    assert await scored(db) == ["one", "three", "two"]
    async with db.reading() as session:
        assert (await unjudged(session, 0.0, 10)) == ([], 0)


async def test_call_whose_text_is_deleted_while_it_waits_for_its_score_gets_none(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard(db, "one", 1.0, "我想查账单")
    look = Scoring._due

    async def deleted_at_once(self: Scoring, session: AsyncSession, packs: Packs) -> list[str]:
        due = await look(self, session, packs)
        async with db.transaction() as tx:
            (await tx.session.get_one(TranscriptRow, "r-one")).state = TranscriptState.DELETED
        return due

    monkeypatch.setattr(Scoring, "_due", deleted_at_once)
    assert await scorer(db, pack.load(ROOT / "config" / "packs", "zh-bank")).run_due() == 1
    assert await scored(db) == []


async def test_new_rules_try_again_what_the_old_ones_stumbled_over(db: Database) -> None:
    await heard(db, "one", 1.0, "我想查账单")
    async with db.transaction() as tx:
        tx.session.add(ScoreFault(recording="r-one", call="one", pack_version="old", why="stumbled", failed_at=1.0))
    assert await scorer(db, pack.load(ROOT / "config" / "packs", "zh-bank")).run_due() == 1
    async with db.reading() as session:
        assert list(await session.scalars(select(ScoreFault))) == []


async def test_call_whose_ticket_moves_is_scored_again_once_and_stays_in_the_week_it_was_scored_in(
    db: Database,
) -> None:
    rules, later = pack.load(ROOT / "config" / "packs", "zh-bank"), NOW + 20 * 86400.0
    await heard(db, "one", 1.0, "我想查账单")
    assert await scorer(db, rules).run_due() == 1
    async with db.transaction() as tx:
        tx.session.add(Ticket(id="t", call="one", customer="1", category="enquiry", summary="", state="accepted",
                              opened_by="8001", opened_at=1.0, moved_at=later - 1, due_at=later))  # fmt: skip
    again = scorer(db, rules, later)
    assert [await again.run_due(), await again.run_due()] == [1, 0]
    async with db.reading() as session:
        found = await session.get_one(ScoreRow, "r-one")
    assert (found.scored_at, found.judged_at) == (NOW, later)


async def f1(db: Database) -> str:
    """What was said of the call's ticket."""
    async with db.reading() as session:
        items = (await session.get_one(ScoreRow, "r-one")).items
    return next(str(each["verdict"]) for each in items if each["id"] == "F1")


async def test_call_whose_ticket_nobody_touches_is_judged_again_when_its_deadline_is_past(db: Database) -> None:
    rules = pack.load(ROOT / "config" / "packs", "zh-bank")
    await heard(db, "one", 1.0, "我要投诉")
    async with db.transaction() as tx:
        tx.session.add(Ticket(id="t", call="one", customer="1", category="complaint", summary="", state="accepted",
                              opened_by="8001", opened_at=1.0, moved_at=1.0, due_at=NOW + 60))  # fmt: skip
    assert [await scorer(db, rules).run_due(), await f1(db)] == [1, "pass"]
    assert await scorer(db, rules, NOW + 60).run_due() == 0
    late = scorer(db, rules, NOW + 61)
    assert [await late.run_due(), await f1(db), await late.run_due()] == [1, "fail", 0]


@pytest.mark.parametrize("late", ["first", "second"])
async def test_call_with_several_tickets_is_judged_by_the_one_whose_deadline_passed(db: Database, late: str) -> None:
    await heard(db, "one", 1.0, "我要投诉")
    async with db.transaction() as tx:
        for at, name in enumerate(("first", "second")):
            told = None if name == late else NOW - 30
            tx.session.add(Ticket(id=name, call="one", customer="1", category="complaint", summary="", state="accepted",
                                  opened_by="8001", opened_at=1.0 + at, moved_at=1.0, told_at=told,
                                  due_at=NOW - 10))  # fmt: skip
    assert [await scorer(db, pack.load(ROOT / "config" / "packs", "zh-bank")).run_due(), await f1(db)] == [1, "fail"]


@pytest.mark.parametrize(("told", "verdict"), [(NOW + 59, "pass"), (NOW + 864_000, "fail")])
async def test_complaint_stays_late_or_in_time_by_when_its_customer_was_told(
    db: Database, told: float, verdict: str
) -> None:
    await heard(db, "one", 1.0, "我要投诉")
    async with db.transaction() as tx:
        tx.session.add(Ticket(id="t", call="one", customer="1", category="complaint", summary="", state="closed",
                              opened_by="8001", opened_at=1.0, moved_at=NOW + 900_000, told_at=told,
                              due_at=NOW + 60))  # fmt: skip
    rules = pack.load(ROOT / "config" / "packs", "zh-bank")
    await scorer(db, rules, NOW + 1_000_000).run_due()
    assert await f1(db) == verdict


async def test_evidence_shows_numbers_masked_though_the_rules_have_read_them(db: Database) -> None:
    await heard(db, "one", 1.0, f"我的卡号是{CARD}")
    async with db.transaction() as tx:
        row = await tx.session.get_one(TranscriptRow, "r-one")
        assert row.content is not None
        wrong = {"speaker": "agent", "start": 5.0, "end": 8.0, "text": f"您的卡号是{CARD[:-2]}一一，对吗"}
        row.content = {**row.content, "segments": [*row.content["segments"], wrong]}
    assert await scorer(db, pack.load(ROOT / "config" / "packs", "zh-bank")).run_due() == 1
    async with db.reading() as session:
        found = await session.get_one(ScoreRow, "r-one")
    digits = next(item for item in found.items if item["id"] == "E1")
    assert digits["verdict"] == "fail"
    assert [each["text"] for each in digits["evidence"]] == [f"我的卡号是{'*' * 19}", f"您的卡号是{'*' * 19}，对吗"]
    assert "六二二二" not in str(found.items)
