"""Calls that are due are judged by the rules of their queue and language, and angry customers come to the inbox."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.taken import Live
from acd import queues
from acd.call import CallState
from acd.models import Call
from app import impact
from app.assignment import Assignment
from app.scoring import Packs, Scoring
from core.bus import Bus
from core.database import Database
from core.settings import ROOT
from qa import pack, repository, scoring
from qa.models import ScoreRow
from qa.office import due
from qa.pack import Ruleset
from qa.sampling import Plan, Why
from recordings import transcript
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tests.qa.calls import BYE, HELLO, PACKS, call

ANGRY = ({"customer": "气死我了"}, {"agent": "非常抱歉我马上帮您处理"}, {"customer": "你们太过分了"})


async def _store(db: Database, name: str, queue: str, *lines: dict[str, str]) -> None:
    talk = call(HELLO, *lines, BYE, id=name, queue=queue)
    async with db.transaction() as tx:
        tx.session.add(Call(id=name, leg=name, caller="1", dialled="2", arrived_at=1.0, state=CallState.ENDED,
                            queue=queue, connected_at=2.0, talk_ended_at=30.0))  # fmt: skip
        tx.session.add(Recording(id=name, call=name, number=1, raw="", started_at=2.0, state=RecordingState.STORED))
        await tx.session.flush()
        tx.session.add(TranscriptRow(recording=name, call=name, language="zh", model="", state=TranscriptState.READY,
                                     content=transcript.document(talk)))  # fmt: skip


def _scoring(db: Database, packs: Packs) -> Scoring:
    return Scoring(db, queues.load(ROOT / "config"), Live("pack", lambda _texts: packs, packs), lambda: 1000.0)


async def test_queue_with_rules_of_its_own_is_judged_by_them_and_the_angry_are_told_apart(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    await _store(db, "c1", "cards", {"customer": "谢谢你"})
    await _store(db, "c2", "loans", *ANGRY)
    usual, other = pack.load(PACKS, "zh-bank"), pack.load(PACKS, "zh-telecom")
    packs = Packs({"zh": usual}, {("loans", "zh"): other})
    assert await _scoring(db, packs).run_due() == 2
    async with db.reading() as session:
        found = await repository.scores_of(session, ["c1", "c2"])
        angry = await due.risky(session, Plan(low_score=0), 0.0, Why.ANGRY, 9)
    await db.close()
    assert {name: row.pack for name, row in found.items()} == {"c1": "zh-bank", "c2": "zh-telecom"}
    assert {name: [each["text"] for each in row.anger] for name, row in found.items()} == {
        "c1": [],
        "c2": ["气死我了", "你们太过分了"],
    }
    assert {row.call for row in angry} <= {"c2"}


async def test_call_that_the_rules_of_its_queue_stumble_over_is_tried_again_when_those_are_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    await _store(db, "c1", "loans", {"customer": "谢谢你"})
    usual, other = pack.load(PACKS, "zh-bank"), pack.load(PACKS, "zh-telecom")

    def stumble(talk: Transcript, rules: Ruleset) -> scoring.Score:
        if rules.version == other.version:
            raise ZeroDivisionError("no words")
        return scoring.score(talk, rules)

    monkeypatch.setattr("qa.service.score", stumble)
    known, others = Packs({"zh": usual}, {("loans", "zh"): other}), replace(usual, version="of another queue")
    assert [await _scoring(db, known).run_due() for _ in range(2)] == [1, 0]
    assert await _scoring(db, replace(known, languages={"zh": others})).run_due() == 0
    mended = replace(other, version="mended")
    assert await _scoring(db, replace(known, queues={("loans", "zh"): mended})).run_due() == 1
    async with db.reading() as session:
        found = await repository.score_of(session, "c1")
    await db.close()
    assert found is not None
    assert found.pack_version == "mended"


async def test_what_is_no_transcript_is_set_aside_once(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    await _store(db, "c1", "loans")
    async with db.transaction() as tx:
        (await tx.session.get_one(TranscriptRow, "c1")).content = {"call": None}
    packs = Packs({"zh": pack.load(PACKS, "zh-bank")}, {})
    assert [await _scoring(db, packs).run_due() for _ in range(2)] == [1, 0]
    await db.close()


async def test_a_call_is_judged_by_the_rules_of_its_language_in_whatever_case_and_region(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    spoken = {"c1": "zh-CN", "c2": "ZH", "c3": "zh_TW", "c4": "zhx", "c5": "en", "c6": "zh-HK", "c7": "ZH-hk"}
    for name, language in spoken.items():
        await _store(db, name, "loans" if name == "c2" else "cards", {"customer": "谢谢你"})
        async with db.transaction() as tx:
            (await tx.session.get_one(TranscriptRow, name)).language = language
    bank, telecom = pack.load(PACKS, "zh-bank"), pack.load(PACKS, "zh-telecom")
    packs = Packs({"zh": bank, "zh-HK": telecom}, {("loans", "zh"): telecom})
    assert [await _scoring(db, packs).run_due() for _ in range(2)] == [5, 0]
    assigned = Assignment({"zh": "zh-bank", "zh-HK": "zh-telecom"}, {("loans", "zh"): "zh-telecom"})
    async with db.reading() as session:
        judge = impact._judge_of({}, assigned)
        joined = select(ScoreRow.call, ScoreRow.pack, judge).join(
            TranscriptRow, ScoreRow.recording == TranscriptRow.recording
        )
        found = {row[0]: tuple(row[1:]) for row in await session.execute(joined)}
    await db.close()
    judged = {"c1": "zh-bank", "c2": "zh-telecom", "c3": "zh-bank", "c6": "zh-telecom", "c7": "zh-bank"}
    assert found == {name: (rules, rules) for name, rules in judged.items()}
