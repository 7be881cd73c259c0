"""An engine that dies while an agent calls out from his wrap-up: his history goes on in order of time, whatever the
moment, and nothing in it lasts for ever."""

import asyncio
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import select

from acd import counting
from acd.models import AgentEvent
from pbx.events import Departure
from tests.acd.centre import Centre, centre
from tests.acd.test_call_from_wrap_up import MINUTE, dials_in_wrap_up, rules
from tests.acd.test_control import talking
from tests.acd.test_missed import after_a_gap, states_of
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time

TALKED = ["ready", "ringing", "talking", "wrap-up"]
LONG: dict[str, object] = {"wrap_up": 200, "wrap_up_extra": 30}


async def history(running: Centre) -> list[str]:
    """His states, one after the other; no line of them is earlier than the one written before it."""
    async with running.db.reading() as session:
        lines = (await session.scalars(select(AgentEvent).order_by(AgentEvent.id))).all()
    times = [line.at for line in lines]
    assert times == sorted(times)
    return [state for state, _ in groupby(line.state for line in lines)]


async def wrapped_up(running: Centre) -> float:
    """Seconds that his wrap-ups have taken, as the figures count them."""
    async with running.db.reading() as session:
        work = await counting.work(session, counting.Span(now() - 3600, now(), now()))
    return work["8001"].seconds.get("wrap-up", 0.0)


@pytest.mark.parametrize("rings", ["his own telephone", "the customer's"])
@virtual_time
async def test_who_was_ringing_when_it_died_wraps_up_again_with_what_is_left(tmp_path: Path, rings: str) -> None:
    async with centre(tmp_path, "8001", rules=rules(LONG)) as running:
        if rings == "the customer's":
            await dials_in_wrap_up(running, answers_after=99)
            ends = now() - 1 + 200
            await asyncio.sleep(3)
        else:
            await running.sign_in("8001")
            _, leg = await talking(running)
            running.pbx.hang_up(leg)
            ends = now() + 200
            await asyncio.sleep(1)
            running.pbx.phone("phone-8001", answers_after=99)
            await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        again = await after_a_gap(running, legs=())
        assert await history(again) == [*TALKED, "outbound", "wrap-up"]
        assert running.pbx.live == {}
        await asyncio.sleep(ends - now() + 1)
        assert await history(again) == [*TALKED, "outbound", "wrap-up", "ready"]
        assert (await states_of(again, "8001"))[-1][1] == pytest.approx(ends, abs=0.2)


@virtual_time
async def test_a_wrap_up_that_was_over_before_the_next_engine_came_has_its_end_in_the_history(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules({"wrap_up": 20})) as running:
        await dials_in_wrap_up(running, answers_after=99)
        again = await after_a_gap(running, legs=())
        assert await history(again) == [*TALKED, "outbound", "wrap-up", "ready"]
        seconds = await wrapped_up(again)
        await asyncio.sleep(300)
        assert await wrapped_up(again) == pytest.approx(seconds) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("when", ["while it rang", "before"])
@virtual_time
async def test_a_talk_that_ended_meanwhile_has_its_own_wrap_up_after_it(tmp_path: Path, when: str) -> None:
    async with centre(tmp_path, "8001", rules=rules(LONG)) as running:
        await dials_in_wrap_up(running, answers_after=99 if when == "while it rang" else 1)
        call = running.dispatcher.outbound.of("8001")
        assert call is not None
        leg = call.call.leg
        await asyncio.sleep(5)
        at = now()
        gone = Departure("customer", at + 30, at - 5, device="phone-8001", since=at + 4, until=at + 30)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert await history(again) == [*TALKED, "outbound", "talking", "wrap-up"]
        (_, ended), row = (await states_of(again, "8001"))[-1], await again.call(call.call.id)
        assert (ended, row.talk_ended_at, row.outcome) == (at + 30, at + 30, "answered")
        await asyncio.sleep(at + 231 - now())
        assert (await states_of(again, "8001"))[-1] == ("ready", at + 230)


@virtual_time
async def test_a_talk_that_goes_on_has_its_own_wrap_up_after_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, answers_after=9)
        await asyncio.sleep(5)
        again = await after_a_gap(running, legs=())
        assert await history(again) == [*TALKED, "outbound", "talking"]
        running.pbx.hang_up(running.pbx.leg_of(OUTSIDE))
        await asyncio.sleep(61)
        assert await history(again) == [*TALKED, "outbound", "talking", "wrap-up", "ready"]


@virtual_time
async def test_a_telephone_that_is_away_when_the_next_engine_comes_puts_nothing_before_the_talk(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await running.sign_in("8001", answers_after=30.0)
        _, leg = await running.caller()
        await asyncio.sleep(1)
        at = now()
        running.pbx.link_down()
        running.pbx.phone("phone-8001", registered=False)
        gone = Departure("customer", at + 9, at - 5, device="phone-8001", since=at + 4, until=at + 9)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert await history(again) == TALKED
        await asyncio.sleep(10)
        assert await history(again) == [*TALKED, "not-ready"]


@virtual_time
async def test_a_wrap_up_ends_when_due_though_the_switch_gave_him_a_caller_after_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules({"wrap_up": 20})) as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        running.pbx.hang_up(leg)
        ended = now()
        await asyncio.sleep(1)
        other = running.pbx.call("13900000002")
        again = await running.restart()
        running.pbx.link_down()
        await asyncio.sleep(40)
        running.pbx.fall_back(other, "phone-8001")
        answered = now()
        await asyncio.sleep(40)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await history(again) == [*TALKED, "ready", "talking"]
        times = [at for _, at in (await states_of(again, "8001"))[-2:]]
        assert times == [pytest.approx(ended + 20, abs=0.2), pytest.approx(answered, abs=0.2)]
