"""What is due: counts of everything, lists cut at their limit, draws by several plans."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Person
from core.bus import Bus
from core.database import Database
from qa import repository, sampling
from qa.models import Review, ScoreRow
from qa.office import due
from qa.sampling import Draw, Plan, Why

ZONE = ZoneInfo("UTC")
NOW = 10 * 86400.0


def _score(number: int, **given: Any) -> ScoreRow:
    name = f"r{number:04d}"
    values: dict[str, Any] = {
        "recording": name, "call": name, "agent": f"800{number % 4}", "queue": ("cards", "loans")[number % 2],
        "pack": "p", "pack_version": "1", "score": 95.0, "veto": [], "items": [], "doubts": 0,
        "lot": sampling.lot(name), "scored_at": NOW - number,
    }  # fmt: skip
    values |= {"vetoed": bool(given.get("veto"))} | given
    return ScoreRow(**values)


def _reviewed(name: str, why: Why = Why.SAMPLE) -> Review:
    return Review(
        id=name, recording=name, call=name, agent="8000", pack="p", pack_version="1", machine_score=1.0, why=why,
        state="open", reviewer="x", rows=[], items=[], score=1.0, veto=[], opened_at=NOW,
    )  # fmt: skip


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    yield made
    await made.close()


async def _add(db: Database, *rows: object) -> None:
    async with db.transaction() as tx:
        tx.session.add_all(rows)
        await tx.session.flush()
        await repository.take_up(tx.session, [row.recording for row in rows if isinstance(row, Review)])


async def test_every_call_is_counted_however_few_are_listed(db: Database) -> None:
    await _add(db, *(_score(n, score=0.0, veto=["F1"]) for n in range(150)))
    await _add(db, *(_score(n, score=40.0) for n in range(150, 280)), *(_score(n, doubts=2) for n in range(280, 300)))
    await _add(db, *(_score(n) for n in range(300, 330)), _reviewed("r0000", Why.VETO), _reviewed("r0290", Why.DOUBT))
    async with db.reading() as session:
        counts = await due.counts(session, Plan(), 0.0)
        listed = await due.risky(session, Plan(), 0.0, None, 100)
        low = await due.risky(session, Plan(), 0.0, Why.LOW, 500)
        unsure = await due.risky(session, Plan(), 0.0, Why.DOUBT, 500)
    assert counts == {Why.VETO: 149, Why.LOW: 130, Why.DOUBT: 19}
    assert len(listed) == 100
    assert all(row.veto for row in listed)
    assert (len(low), len(unsure)) == (130, 19)


async def test_calls_of_agents_left_out_are_neither_counted_nor_in_the_way_of_others(db: Database) -> None:
    await _add(db, *(_score(n, score=0.0) for n in range(8)))
    async with db.reading() as session:
        counts = await due.counts(session, Plan(), 0.0, {"8000"})
        listed = await due.risky(session, Plan(), 0.0, None, 3, {"8000"})
    assert counts == {Why.LOW: 6}
    assert [row.agent for row in listed] == ["8001", "8002", "8003"]


async def test_wordings_to_hear_come_last_and_the_heaviest_of_them_first(db: Database) -> None:
    await _add(db, _score(1, wording_weight=2.0, score=70.0), _score(2, wording_weight=4.5), _score(3, doubts=1),
               _score(4, wording_weight=9.0, doubts=1), _score(5))  # fmt: skip
    async with db.reading() as session:
        listed = await due.risky(session, Plan(), 0.0, None, 100)
        heard = await due.risky(session, Plan(), 0.0, Why.WORDING, 100)
        counts = await due.counts(session, Plan(), 0.0)
    assert [row.recording for row in listed] == ["r0003", "r0004", "r0002", "r0001"]
    assert [row.recording for row in heard] == ["r0002", "r0001"]
    assert counts == {Why.DOUBT: 2, Why.WORDING: 2}


async def test_plans_draw_of_agents_queues_and_teams_each_call_once(db: Database) -> None:
    await _add(db, *(_score(n) for n in range(80)))
    await _add(
        db, *(Person(login=f"a{n}", name="", role="agent", number=f"800{n}", team="ab"[n % 2]) for n in range(4))
    )
    draws = (
        Draw(name="agents", count=2), Draw(name="queue", of="queue", only=("loans",), share=0.25),
        Draw(name="team", of="team", count=6), Draw(name="all", of="all", count=25),
    )  # fmt: skip
    async with db.reading() as session:
        alone = {draw.name: await due.drawn(session, Plan(draws=(draw,)), ZONE, NOW) for draw in draws}
        found = await due.drawn(session, Plan(draws=draws), ZONE, NOW)
    assert {name: len(drawn) for name, drawn in alone.items()} == {"agents": 8, "queue": 10, "team": 12, "all": 25}
    assert len({each.recording for each in found}) == len(found)
    assert {each.recording for each in found} == {each.recording for drawn in alone.values() for each in drawn}
    assert all(int(each.recording[1:]) % 2 for each in alone["queue"])


@pytest.mark.parametrize("draw", [Draw(name="agents", count=3), Draw(name="all", of="all", share=0.25)])
async def test_risks_use_up_nothing_of_a_draw_which_takes_the_next_calls_instead(db: Database, draw: Draw) -> None:
    names = sorted((f"r{n:04d}" for n in range(40)), key=sampling.lot)
    kinds: list[dict[str, Any]] = [{"veto": ["F1"]}, {"score": 10.0}, {"anger": [{"at": 1}]}, {"doubts": 1},
                                   {"wording_weight": 1.0}]  # fmt: skip
    risks = {name: kinds[place % 5] for place, name in enumerate(names[:15])}
    await _add(db, *(_score(n, **risks.get(f"r{n:04d}", {})) for n in range(40)))
    async with db.reading() as session:
        found = {each.recording for each in await due.drawn(session, Plan(draws=(draw,)), ZONE, NOW)}
        counts = await due.counts(session, Plan(), 0.0)
    assert len(found) == (12 if draw.count else 10)
    assert (found & set(risks), sum(counts.values())) == (set(), 15)


async def test_what_is_taken_up_counts_and_is_not_made_up_for_by_others(db: Database) -> None:
    await _add(db, *(_score(n) for n in range(40)))
    plan = Plan(draws=(Draw(name="agents", count=2),))
    async with db.reading() as session:
        first = [each.recording for each in await due.drawn(session, plan, ZONE, NOW)]
    await _add(db, *(_reviewed(name) for name in first[:3]))
    async with db.reading() as session:
        left = [each.recording for each in await due.drawn(session, plan, ZONE, NOW)]
    assert sorted(left) == sorted(first[3:])
