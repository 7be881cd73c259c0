"""Calls that are due are judged by the rules of their queue and language, and angry customers come to the inbox."""

from pathlib import Path

from accounts.taken import Live
from acd import queues
from acd.call import CallState
from acd.models import Call
from app.scoring import Packs, Scoring
from core.bus import Bus
from core.database import Database
from core.settings import ROOT
from qa import pack, repository
from qa.office import due
from qa.sampling import Plan, Why
from recordings import transcript
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
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


async def test_queue_with_rules_of_its_own_is_judged_by_them_and_the_angry_are_told_apart(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    await _store(db, "c1", "cards", {"customer": "谢谢你"})
    await _store(db, "c2", "loans", *ANGRY)
    usual, other = pack.load(PACKS, "zh-bank"), pack.load(PACKS, "zh-telecom")
    packs = Packs({"zh": usual}, {("loans", "zh"): other})
    scoring = Scoring(db, queues.load(ROOT / "config"), Live("pack", lambda _texts: packs, packs), lambda: 1000.0)
    assert await scoring.run_due() == 2
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
