"""An agent who calls out in his wrap-up and reaches nobody has what is left of it, and owes its code as before."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from acd.agent_state import AgentState
from acd.models import AgentRow
from acd.queues import Queues
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_coding import RULES, open_calls
from tests.acd.test_control import reason_of, talking
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time

MINUTE: Mapping[str, object] = {"wrap_up": 60, "wrap_up_extra": 30}
BY_HIMSELF: Mapping[str, object] = {"wrap_up_ends": "agent"}
NO_ANSWER = 45
"""Seconds after which the customer has not answered."""


def rules(of_general: Mapping[str, object]) -> Queues:
    general = QUEUES.queues["general"].model_copy(update=dict(of_general))
    return QUEUES.model_copy(update={"queues": {**QUEUES.queues, "general": general}})


async def dials_in_wrap_up(
    running: Centre, wished: AgentState | None = None, *, declines: bool = False, **customer: float
) -> str:
    """8001 has talked and calls out a second later: (his first call); `wished` was forced on him in the talk; he
    `declines` the ring of his own telephone."""
    running.dispatcher.agents.codes = RULES
    await running.sign_in("8001")
    call, leg = await talking(running)
    if wished:
        await running.dispatcher.set_state("8001", wished, "soon", "sun.li")
    running.pbx.hang_up(leg)
    await asyncio.sleep(1)
    running.pbx.phone(OUTSIDE, **customer)
    if declines:
        running.pbx.phone("phone-8001", declines_after=0.5)
    await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
    return call


async def row(running: Centre) -> AgentRow:
    async with running.db.reading() as session:
        return await session.get_one(AgentRow, "8001")


@virtual_time
async def test_the_wrap_up_goes_on_with_what_is_left_and_the_code_is_still_needed(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        call = await dials_in_wrap_up(running, busy=True)
        ends = now() - 1 + 60
        await asyncio.sleep(5)
        assert await running.agent("8001") == ("wrap-up", "")
        found = await row(running)
        assert found.until_at == pytest.approx(ends, abs=0.1)
        assert found.extra == 30
        assert await open_calls(running) == []
        assert await reason_of(running.dispatcher.set_state("8001", AgentState.READY, "", "test")) == "code_missing"
        await asyncio.sleep(ends - now() - 1)
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(2)
        assert await running.agent("8001") == ("ready", "")
        assert await open_calls(running) == [call]


@virtual_time
async def test_the_wrap_up_that_he_ends_himself_waits_for_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(BY_HIMSELF)) as running:
        await dials_in_wrap_up(running, busy=True)
        await asyncio.sleep(300)
        assert await running.agent("8001") == ("wrap-up", "")
        assert await reason_of(running.dispatcher.set_state("8001", AgentState.READY, "", "test")) == "code_missing"


@virtual_time
async def test_the_wrap_up_that_is_over_meanwhile_ends_as_by_time(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules({"wrap_up": 20})) as running:
        call = await dials_in_wrap_up(running, answers_after=99)
        await asyncio.sleep(NO_ANSWER - 5)
        assert await running.agent("8001") == ("outbound", "dialling")
        await asyncio.sleep(10)
        assert await running.agent("8001") == ("ready", "")
        assert await open_calls(running) == [call]


@virtual_time
async def test_what_is_to_follow_the_wrap_up_follows_it_still(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, AgentState.MEAL, busy=True)
        await asyncio.sleep(5)
        assert ((await row(running)).state, (await row(running)).wish) == ("wrap-up", "meal")
        await asyncio.sleep(60)
        assert await running.agent("8001") == ("meal", "soon")


@pytest.mark.parametrize(("wished", "after"), [(None, ("not-ready", "no_answer")), (AgentState.MEAL, ("meal", "soon"))])
@virtual_time
async def test_who_does_not_answer_his_own_telephone_is_not_ready_when_the_wrap_up_is_over(
    tmp_path: Path, wished: AgentState | None, after: tuple[str, str]
) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, wished, declines=True)
        await asyncio.sleep(2)
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(60)
        assert await running.agent("8001") == after


@virtual_time
async def test_who_stops_the_call_himself_wraps_up_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, answers_after=99)
        await asyncio.sleep(3)
        await running.dispatcher.outbound.stop("8001")
        assert await running.agent("8001") == ("wrap-up", "")


@virtual_time
async def test_after_a_call_that_is_answered_there_is_its_own_wrap_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, answers_after=1, hangs_up_after=30)
        await asyncio.sleep(40)
        found = await row(running)
        assert (found.state, (found.until_at or 0.0) - now() > 45) == ("wrap-up", True)


async def successor(running: Centre, *, after: float = 3, away: float = 0) -> Centre:
    """The engine that serves when the one before died `after` seconds into the call out, and `away` later."""
    await asyncio.sleep(after)
    again = await running.restart()
    await asyncio.sleep(away)
    running.pbx.link_up()
    await asyncio.sleep(1)
    return again


@virtual_time
async def test_the_next_engine_lets_the_wrap_up_go_on_to_its_end(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, AgentState.MEAL, answers_after=99)
        ends = now() - 1 + 60
        again = await successor(running)
        found = await row(again)
        assert (found.state, found.wish, found.extra) == ("wrap-up", "meal", 30)
        assert found.until_at == pytest.approx(ends, abs=0.1)
        await asyncio.sleep(ends - now() + 1)
        assert await again.agent("8001") == ("meal", "soon")


@virtual_time
async def test_the_next_engine_leaves_the_wrap_up_that_he_ends_himself_to_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(BY_HIMSELF)) as running:
        await dials_in_wrap_up(running, answers_after=99)
        again = await successor(running)
        await asyncio.sleep(300)
        assert await again.agent("8001") == ("wrap-up", "")


@virtual_time
async def test_a_wrap_up_that_would_be_over_when_the_next_engine_comes_is_over(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, answers_after=99)
        again = await successor(running, away=90)
        assert await again.agent("8001") == ("ready", "")


@virtual_time
async def test_the_next_engine_keeps_the_talk_of_who_called_out_in_his_wrap_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules({"wrap_up": 20})) as running:
        await dials_in_wrap_up(running, answers_after=2)
        again = await successor(running, after=6)
        assert await again.agent("8001") == ("talking", "")
        await asyncio.sleep(30)
        again.pbx.hang_up(again.pbx.leg_of("phone-8001"))
        await asyncio.sleep(5)
        found = await row(again)
        assert (found.state, found.until_at and found.until_at - now() > 10) == ("wrap-up", True)


@virtual_time
async def test_who_was_ready_before_he_called_out_is_ready_with_the_next_engine(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(MINUTE)) as running:
        await dials_in_wrap_up(running, busy=True)
        await asyncio.sleep(60)
        running.pbx.phone(OUTSIDE, answers_after=99)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        again = await successor(running)
        assert await again.agent("8001") == ("ready", "")
