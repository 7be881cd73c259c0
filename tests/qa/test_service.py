"""Scores are kept, replaced and told."""

from pathlib import Path

from core.bus import Bus
from core.database import Database
from qa import repository, service
from qa.events import CallScored
from qa.pack import Ruleset
from tests.qa.calls import BYE, HELLO, call


async def test_a_score_is_stored_told_and_replaced(tmp_path: Path, bank: Ruleset) -> None:
    told: list[CallScored] = []

    async def hear(event: CallScored) -> None:
        told.append(event)

    bus = Bus()
    bus.subscribe("test", CallScored, hear)
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", bus)
    await db.create_all()
    rude = call(HELLO, {"agent": "你去投诉吧"}, BYE)
    for now, talk in ((10.0, rude), (20.0, call(HELLO, BYE))):
        async with db.transaction() as tx:
            await service.score_and_store(tx, talk, bank, now, recording="r1")
    await bus.drain()
    async with db.reading() as session:
        kept = await repository.score_of(session, "c")
        both = await repository.scores_of(session, ["c", "other"])
    await db.close()
    assert [(event.score, event.veto) for event in told] == [(0.0, True), (100.0, False)]
    assert kept is not None
    assert (kept.score, kept.veto, kept.judged_at, kept.pack_version) == (100.0, [], 20.0, bank.version)
    assert kept.scored_at == 10.0
    assert set(both) == {"c"}
