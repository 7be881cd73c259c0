"""What the database adds up is what the history says, stay by stay and state by state."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from acd import counting, figures, queues, repository
from acd.counting import Span
from acd.intervals import intervals
from acd.models import AgentEvent, AgentRow, Call, CallEvent, QueueVisit
from acd.tally import Stays, Work, all_stays, all_work
from app.bench.month import DAY, Month, write
from core.bus import Bus
from core.database import Database, Transaction
from core.settings import ROOT
from qa.models import ScoreRow

SINCE, DAYS = 1_772_380_800.0, 3
SPAN = Span(SINCE, SINCE + DAYS * DAY, SINCE + 30 * DAY)
QUEUES = queues.load(ROOT / "config").queues


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/month.db", Bus())
    await database.create_all()
    month = Month(SINCE, DAYS, ["8001", "8002", "8003", "8004"], Random(3))
    month.make(120)
    await write(database, month)
    yield database
    await database.close()


async def test_sums_of_the_database_are_those_of_the_history(db: Database) -> None:
    async with db.reading() as session:
        told = await repository.day_figures(session, QUEUES, "queue", SPAN.since, SPAN.until, SPAN.now)
        counted = await counting.stays(session, QUEUES, list(QUEUES), SPAN)
    assert told.keys() == {queue for queue, _ in counted}
    for queue, expected in told.items():
        found = all_stays(stays for (name, _), stays in counted.items() if name == queue)
        assert found.offered == expected["offered"]
        assert (found.answered, found.abandoned) == (expected["answered"], expected["abandoned"])
        assert (found.short, found.failed) == (expected["short_abandoned"], expected["failed"])
        assert found.service_level == pytest.approx(expected["service_level"])
        assert found.answer_speed == pytest.approx(expected["mean_answer_speed"], abs=1e-3)
        assert found.longest == pytest.approx(expected["longest_wait"], abs=1e-3)
        assert found.talk == pytest.approx(expected["talk"], abs=1e-3)
        assert found.held / found.answered == pytest.approx(expected["hold"], abs=1e-3)
    assert sum(stays.held for stays in counted.values()) > 0


async def test_time_in_states_is_that_of_the_history_and_never_more_than_the_period(db: Database) -> None:
    inside = Span(SINCE + DAY + 3 * 3600.5, SINCE + DAY + 15 * 3600, SINCE + DAY + 14 * 3600)
    async with db.reading() as session:
        history = [line for agent in ("8001", "8002") for line in await repository.agent_history(session, agent, SINCE)]
        found = await counting.work(session, inside)
    for agent in ("8001", "8002"):
        mine = sorted((line for line in history if line.agent == agent), key=lambda line: (line.at, line.id))
        told = intervals(mine, inside.since, inside.now)
        states = {each.state for each in told}
        seconds = {state: sum(each.end - each.start for each in told if each.state == state) for state in states}
        assert found[agent].seconds == pytest.approx(seconds, abs=1e-3)
        assert found[agent].occupancy == pytest.approx(figures.occupancy(told))
        assert sum(found[agent].seconds.values()) == pytest.approx(inside.now - inside.since)


async def test_calls_behind_a_count_are_as_many_as_it_says(db: Database) -> None:
    async with db.reading() as session:
        counted = await counting.stays(session, QUEUES, ["cards"], SPAN)
        total = all_stays(counted.values())
        for what in (*counting.STAY_COUNTS, "offered"):
            calls = (await session.scalars(counting.calls_of_stays(what, QUEUES, ["cards"], SPAN))).all()
            assert len(calls) == getattr(total, what), what
        worked = all_work((await counting.work(session, SPAN)).values())
        for what in (*counting.WORK_COUNTS, "offered"):
            calls = (await session.scalars(counting.calls_of_offers(what, SPAN))).all()
            assert len(calls) == getattr(worked, what), what
    assert total.offered > 20
    assert worked.missed > 0


async def test_a_caller_who_waits_counts_once_he_has_waited_too_long(db: Database) -> None:
    now = SPAN.until + 100
    async with db.transaction() as tx:
        for number, ago in enumerate((5.0, 60.0)):
            call = f"waiting-{number}"
            tx.session.add(Call(id=call, leg=call, caller="1", dialled="2", arrived_at=now - ago, state="waiting"))
            await tx.session.flush()
            tx.session.add(QueueVisit(call=call, queue="cards", queued_at=now - ago, waits_since=now - ago, result=""))
    async with db.reading() as session:
        found = all_stays((await counting.stays(session, QUEUES, ["cards"], Span(SPAN.until, now, now))).values())
    assert (found.offered, found.waiting, found.undecided) == (2, 2, 1)
    assert (found.service_level, found.longest) == (0.0, 60.0)


async def test_a_talk_that_ends_on_hold_was_held_until_its_end_and_wrap_up_ends_where_the_agent_is_ready(
    db: Database,
) -> None:
    at = SPAN.until
    lines = ((10.0, "connected"), (40.0, "held"), (70.0, "disconnected"))
    async with db.transaction() as tx:
        for agent, queue, ready in (("9", "cards", 85.0), ("10", "loans", 70.0)):
            call = f"held-{agent}"
            tx.session.add(Call(id=call, leg=call, caller="1", dialled="2", arrived_at=at, state="ended"))
            tx.session.add(AgentRow(number=agent, state="ready", since_at=at))
            await tx.session.flush()
            tx.session.add(
                QueueVisit(call=call, queue=queue, queued_at=at, waits_since=at, until_at=at + 10, result="answered")
            )
            tx.session.add_all(CallEvent(call=call, at=at + after, kind=kind, agent=agent) for after, kind in lines)
            for after, state in ((70.0, "wrap-up"), (ready, "ready"), (95.0, "ringing")):
                tx.session.add(AgentEvent(agent=agent, at=at + after, state=state))
    for queue, wrapped in (("cards", 15.0), ("loans", 0.0)):
        async with db.reading() as session:
            (found,) = (await counting.stays(session, QUEUES, [queue], Span(at, at + 100, at + 200))).values()
        assert (found.talked, found.held, found.wrapped, found.handle_time) == (30.0, 30.0, wrapped, 60.0 + wrapped)


async def found_at_its_end(tx: Transaction, at: float) -> None:
    """Of a talk in the queue cards nobody has heard until its end, 70 s after `at`; 20 s of wrap-up follow."""
    moves = ((10.0, "ringing"), (70.0, "talking"), (70.0, "on-hold"), (70.0, "wrap-up"), (90.0, "ready"))
    lines = ((0.0, "queued"), (10.0, "connected"), (70.0, "disconnected"), (70.0, "ended"))
    where = {"queue": "cards", "skills": {}}
    tx.session.add(Call(id="found", leg="found", caller="1", dialled="2", arrived_at=at, state="ended"))
    await tx.session.flush()
    tx.session.add(
        QueueVisit(call="found", queue="cards", queued_at=at, waits_since=at, until_at=at + 10, result="answered")
    )
    for after, kind in lines:
        tx.session.add(CallEvent(call="found", at=at + after, kind=kind, agent="9", data=where))
        await tx.session.flush()
    for after, state in moves:
        tx.session.add(AgentEvent(agent="9", at=at + after, state=state))
        await tx.session.flush()


async def test_a_wrap_up_counts_that_begins_in_the_instant_in_which_the_talk_was_found(db: Database) -> None:
    at = SPAN.until
    async with db.transaction() as tx:
        await found_at_its_end(tx, at)
    async with db.reading() as session:
        (found,) = (await counting.stays(session, QUEUES, ["cards"], Span(at, at + 100, at + 200))).values()
        told = await repository.day_figures(session, QUEUES, "queue", at, at + 100, at + 200)
    assert (found.wrapped, told["cards"]["wrap_up"]) == (20.0, 20.0)


HALF_HEARD = {
    "taken back though nobody heard that he was held": (((40.0, "resumed"),), 0.0),
    "the same after a whole hold": (((20.0, "held"), (30.0, "resumed"), (50.0, "resumed")), 10.0),
    "held though he is held": (((20.0, "held"), (30.0, "held"), (50.0, "resumed")), 30.0),
}


@pytest.mark.parametrize("heard", HALF_HEARD)
async def test_a_hold_of_which_one_half_is_unknown_is_no_time_less_than_none_and_counts_once(
    db: Database, heard: str
) -> None:
    at = SPAN.until
    marks, seconds = HALF_HEARD[heard]
    lines = ((0.0, "queued"), (10.0, "connected"), *marks, (70.0, "disconnected"), (70.0, "ended"))
    async with db.transaction() as tx:
        tx.session.add(Call(id="half", leg="half", caller="1", dialled="2", arrived_at=at, state="ended"))
        await tx.session.flush()
        tx.session.add(
            QueueVisit(call="half", queue="cards", queued_at=at, waits_since=at, until_at=at + 10, result="answered")
        )
        where = {"queue": "cards", "skills": {}}
        tx.session.add_all(CallEvent(call="half", at=at + after, kind=kind, agent="9", data=where)
                           for after, kind in lines)  # fmt: skip
    async with db.reading() as session:
        (found,) = (await counting.stays(session, QUEUES, ["cards"], Span(at, at + 100, at + 200))).values()
        told = await repository.day_figures(session, QUEUES, "queue", at, at + 100, at + 200)
    assert (found.held, found.talked) == pytest.approx((seconds, 60 - seconds))
    assert (told["cards"]["hold"], told["cards"]["talk"]) == pytest.approx((seconds, 60 - seconds))


def test_a_total_is_made_of_counts_and_not_of_rates() -> None:
    busy, calm = Stays(answered=90, abandoned=10, in_time=45, waited=900.0), Stays(answered=1, in_time=1, waited=1.0)
    assert (busy.service_level, calm.service_level) == (0.45, 1.0)
    assert (busy + calm).service_level == pytest.approx(46 / 101)
    assert (busy + calm).answer_speed == pytest.approx(901 / 91)
    both = Work(taken=1, seconds={"ready": 90.0, "talking": 10.0}) + Work(taken=3, seconds={"talking": 100.0})
    assert both.occupancy == pytest.approx(110 / 200)
    assert (both.taken, Stays().service_level, Work().occupancy) == (4, None, None)


def test_month_of_the_bench_has_all_there_is_to_count() -> None:
    month = Month(SINCE, 1, ["8001", "8002"], Random(1))
    month.make(5)
    assert all(month.rows[table] for table in (Call, CallEvent, AgentEvent))
    assert {row["agent"] for row in month.rows[ScoreRow]} <= {"8001", "8002"}
