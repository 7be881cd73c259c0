"""Who came to his end while no engine was there is booked as what became of him."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from acd import repository
from acd.models import Call
from pbx.events import CallArrived, Departure
from tests.acd.centre import QUEUES, Centre, centre
from tests.virtual_time import now, virtual_time

GAP = 60.0


async def after_a_gap(running: Centre, *departures: Departure, legs: tuple[str, ...]) -> Centre:
    """The engine dies; these legs end as told; another engine begins a minute later."""
    running.pbx.link_down()
    await asyncio.sleep(0.1)
    assert running.pbx.departed is not None
    for leg, gone in zip(legs, departures, strict=True):
        if leg in running.pbx.live:
            running.pbx.hang_up(leg)
        running.pbx.departed[leg] = gone
    again = await running.restart()
    await asyncio.sleep(GAP)
    running.pbx.link_up()
    await asyncio.sleep(1)
    return again


def served(by: str = "customer", device: str = "phone-8001") -> Departure:
    """From 5 to 35 s from now on."""
    at = now()
    return Departure(by, at + 37, at - 20, "13900000001", "95000", False, device, at + 5, at + 35)


@virtual_time
async def test_caller_whose_agent_answered_when_the_engine_had_gone_was_served_by_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=30.0)
        call, leg = await running.caller()
        await asyncio.sleep(1)
        began, gone = now(), served()
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.state, row.outcome, row.agent, row.ended_by) == ("ended", "answered", "8001", "customer")
        assert (row.connected_at, row.talk_ended_at, row.ended_at) == (gone.since, gone.until, gone.at)
        assert await again.offers(call) == [("8001", "accepted")]
        assert (await again.history(call))[-3:] == ["connected", "disconnected", "ended"]
        assert await again.agent("8001") == ("ready", "")
        async with again.db.reading() as session:
            day = await repository.day_figures(session, QUEUES.queues, "queue", began - 60, now(), now())
        figures = day["general"]
        assert (figures["offered"], figures["answered"], figures["abandoned"]) == (1, 1, 0)
        assert figures["service_level"] == 1.0
        await again.dispatcher.stop()


@virtual_time
async def test_caller_of_the_menu_whom_the_switchs_queue_gave_to_an_agent_was_served(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        leg, gone = running.pbx.call("13900000002"), served("agent", "phone-8002")
        call = await running.calls.begin(CallArrived(now(), leg, "13900000002", "95000"), "gold", "zh")
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.agent, row.queue, row.ended_by) == ("answered", "8002", "general", "agent")
        assert row.talk_ended_at == gone.until
        assert await again.offers(call) == [("8002", "accepted")]
        await again.dispatcher.stop()


@virtual_time
async def test_callers_nobody_knew_have_calls_of_their_own_one_served_and_one_who_gave_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        began = now()
        gave_up = Departure("customer", began + 40, began + 15, "13900000003", "95000", queued=True)
        again = await after_a_gap(running, served(), gave_up, legs=("n1-1.1", "n1-1.2"))
        async with again.db.reading() as session:
            rows = (await session.scalars(select(Call).order_by(Call.leg))).all()
        assert [(row.caller, row.outcome, row.queue) for row in rows] == [
            ("13900000001", "answered", "general"), ("13900000003", "abandoned", "general"),
        ]  # fmt: skip
        assert (rows[1].queued_at, rows[1].ended_at) == (began + 15, began + 40)
        await again.dispatcher.stop()
