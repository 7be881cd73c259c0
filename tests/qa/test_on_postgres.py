"""The quality office on PostgreSQL: the deeds, the inbox's queries and the comparison of packs."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest

from accounts.access import Role, User
from app import impact
from app.assignment import Assignment
from core.bus import Bus
from core.database import Database
from qa import repository, review, service
from qa.models import Review
from qa.office import deeds as office
from qa.office import due
from qa.pack import Ruleset
from qa.sampling import Draw, Plan, Why
from qa.verdict import Verdict
from recordings import transcript
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from tests.qa.calls import BYE, HELLO, call

pytestmark = pytest.mark.real

ZHOU = User("zhou.yan", "周燕", Role.QUALITY, "", "zh")
SUN = User("sun.li", "孙丽", Role.SUPERVISOR, "", "zh")
ANN = User("ann", "Ann", Role.AGENT, "8001", "zh")
DRAWS = (Draw(name="agents", count=2), Draw(name="queues", of="queue", share=1), Draw(name="teams", of="team", count=9),
         Draw(name="all", of="all", share=0.5))  # fmt: skip
STRICT = Plan(low_score=100, draws=DRAWS)


async def _score(db: Database, rules: Ruleset, name: str, *said: dict[str, str], agent: str = "8001") -> None:
    talk = call(HELLO, *said, BYE, id=name, agent=agent)
    async with db.transaction() as tx:
        tx.session.add(Recording(id=name, call=name, number=1, raw="", started_at=1.0, state=RecordingState.STORED))
        await tx.session.flush()
        tx.session.add(TranscriptRow(recording=name, call=name, language="zh", model="", state=TranscriptState.READY,
                                     content=transcript.document(talk)))  # fmt: skip
        await service.score_and_store(tx, talk, rules, 10.0, recording=name)


async def test_the_office_works_on_postgresql(postgres_url: str, bank: Ruleset) -> None:
    db = Database(postgres_url, Bus())
    await db.create_all()
    for name in ("pg1", "pg2"):
        await _score(db, bank, name, {"agent": "这个不归我管"})
    await _score(db, bank, "pg3", agent="8002")
    async with db.transaction() as tx:
        row = await office.open_review(tx, "pg1", ZHOU, Why.SAMPLE, 20.0)
        for name in review.unsettled(review.restored(row.rows)):
            await office.judge_row(tx, row.id, name, Verdict.PASS, "", ZHOU, 21.0)
        await office.finish(tx, row.id, ZHOU, Plan(), 30.0)
    async with db.transaction() as tx:
        await office.appeal(tx, row.id, "I quoted him", ANN, 40.0)
        await office.judge_row(tx, row.id, "A2", Verdict.PASS, "a quotation", SUN, 50.0)
        await office.decide(tx, row.id, "You are right", SUN, 60.0)
    async with db.reading() as session:
        found = await session.get_one(Review, row.id)
        risky = await due.risky(session, STRICT, 0.0, None, 99)
        counts = await due.counts(session, STRICT, 0.0)
        left = await due.drawn(session, STRICT, ZoneInfo("UTC"), 20.0)
        facts = await repository.kpi_facts(session, 0.0, 99.0)
        pairs = [(score.recording, done is not None)
                 async for score, done in repository.scores_with_reviews(session, 0.0, 99.0, "")]  # fmt: skip
    assert (found.state, found.score > found.machine_score) == ("decided", True)
    assert _ours(each.recording for each in risky) == ["pg2"]
    assert sum(counts.values()) == len(risky)
    assert [(each.recording, each.plan) for each in left] == [("pg3", "agents")]
    assert (facts["8001"].scored, facts["8001"].reviewed) == (2, 1)
    assert facts["8001"].review_sum == found.score
    assert sorted(pairs) == [("pg1", True), ("pg2", False), ("pg3", False)]
    by = Assignment({"zh": "zh-bank"}, {("loans", "zh"): "zh-telecom"})
    compared = await impact.compare(db, {"zh-bank": (bank, bank)}, 20.0, 1, 1, by)
    await db.close()
    assert compared.calls >= 2
    assert compared.changed == 0


def _ours(recordings: Iterable[str]) -> list[str]:
    """Other tests may have used the same server."""
    return [name for name in recordings if name.startswith("pg")]
