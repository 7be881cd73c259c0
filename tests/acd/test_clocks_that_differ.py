"""The clocks of the switch, of this engine and of the one before need not agree: nobody waits for less than nothing."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, update

from acd import inputs
from acd.agent_state import AgentState
from acd.call import CallState
from acd.floor import Floor
from acd.live import LiveCall, LiveCalls
from acd.models import Call, CallEvent, Offer, QueueVisit
from pbx.events import Departure
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import data_of
from tests.acd.test_missed import after_a_gap
from tests.virtual_time import now, virtual_time


async def demand_in_order(running: Centre, call: str) -> None:
    """No line of its history, no stay and no time of its row lies before what led to it."""
    async with running.db.reading() as session:
        row = await session.get_one(Call, call)
        lines = await session.scalars(select(CallEvent.at).where(CallEvent.call == call).order_by(CallEvent.id))
        times = list(lines)
        stays = (await session.scalars(select(QueueVisit).where(QueueVisit.call == call))).all()
        waits = list(await session.scalars(select(Offer.waited).where(Offer.call == call)))
    ways = (row.arrived_at, row.queued_at, row.connected_at, row.talk_ended_at, row.ended_at)
    passed = [at for at in ways if at is not None]
    assert passed == sorted(passed)
    assert times == sorted(times)
    assert [stay.call for stay in stays if (stay.until_at or now()) < stay.queued_at] == []
    assert [wait for wait in waits if wait < 0] == []


@pytest.mark.parametrize("device", ["", "phone-8001"])
@virtual_time
async def test_who_left_by_a_clock_of_the_switch_that_is_behind_left_when_he_had_come(
    tmp_path: Path, device: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await running.caller()
        await asyncio.sleep(1)
        at = now() - 90
        gone = Departure("customer", at + 9, at, device=device, since=at + 2 if device else 0.0, until=at + 8)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert (await again.call(call)).outcome == ("answered" if device else "abandoned")
        await demand_in_order(again, call)


@pytest.mark.parametrize("ahead", [90, -90])
@virtual_time
async def test_talk_in_the_gap_after_a_survey_is_not_taken_for_the_one_before_by_a_clock_of_the_switch(
    tmp_path: Path, ahead: float
) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await running.surveyed("8001")
        await running.calls.step(call, now(), "rate", "")
        at = now() + ahead
        gone = Departure("agent", at + 40, at - 60, queued=True, device="phone-8001", since=at + 9, until=at + 35)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.agent, row.queue) == ("answered", "8001", "general")
        assert await again.offers(call) == [("8001", "accepted")] * 2
        await demand_in_order(again, call)


@virtual_time
async def test_who_waits_since_a_time_that_is_to_come_has_not_waited_when_he_is_answered(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call, _ = await running.caller()
        ahead = now() + 30  # of the engine that stored it
        async with running.db.transaction() as tx:
            await tx.session.execute(update(Call).where(Call.id == call).values(queued_at=ahead))
            await tx.session.execute(update(QueueVisit).where(QueueVisit.call == call).values(queued_at=ahead))
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await again.sign_in("8001")
        await asyncio.sleep(3)
        assert (await again.call(call)).state == "talking"
        assert (await data_of(again, call, "connected"))["waited"] == 0.0
        async with again.db.reading() as session:
            stay = await session.scalar(select(QueueVisit).where(QueueVisit.call == call))
        assert stay is not None
        assert stay.until_at == stay.queued_at


def test_a_talk_that_began_by_a_clock_ahead_does_not_make_the_waits_to_come_shorter_than_none() -> None:
    floor = Floor(QUEUES.new_policy(), QUEUES.rule_of)
    floor.handle(0.0, inputs.AgentFound("8001", {}, True, AgentState.TALKING, "", 0.0))
    floor.handle(0.0, inputs.TalkFound("c", "general", {}, 0, 0.0, "8001", 100_000.0))
    floor.handle(1.0, inputs.TalkEnded("c", "8001", "agent"))
    assert floor.outlook.handled.mean(()) > 0


def test_a_ring_taken_back_by_a_clock_that_has_gone_back_since_excuses_no_telephone_that_is_busy() -> None:
    live = LiveCalls()
    call = LiveCall("c", "leg", "", "", "", "zh", 0.0, CallState.RINGING, agent="8001")
    live.cancel("8001", 3600.0)
    assert live.settles(call, 3600.5)
    assert not live.settles(call, 5.0)
