"""What somebody else decides for an agent in a contact comes after it, whatever the agent wishes meanwhile."""

import asyncio
from pathlib import Path

import pytest

from acd import inputs
from acd.agent_state import AgentState
from acd.floor import Floor
from acd.rule import QueueRule
from core.errors import Refused
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import talking
from tests.virtual_time import virtual_time

MEAL, READY = AgentState.MEAL, AgentState.READY
CUSTOMER = "13900000077"


def in_talk(*kept: inputs.AgentWished) -> Floor:
    """8001 talks, and what is `kept` has been asked for meanwhile."""
    floor = Floor(QUEUES.new_policy(), lambda _queue: QueueRule(20.0, 30.0))
    floor.handle(0.0, inputs.AgentSignedIn("8001", {"zh": 8}), inputs.CallerJoined("c", "general", {"zh": 1}, 0, 0.0))
    floor.handle(1.0, inputs.OfferAccepted("c", "8001"), *kept)
    assert floor.seats["8001"].state is AgentState.TALKING
    return floor


def own(state: AgentState) -> inputs.AgentWished:
    return inputs.AgentWished("8001", state, "", "li.na")


FORCED = inputs.AgentWished("8001", MEAL, "now", "chief", forced=True)
TALK_ENDED = inputs.TalkEnded("c", "8001", "agent")


def refusal(floor: Floor, state: AgentState, *, forced: bool = False) -> str:
    refused = floor.refusal_of("8001", state, forced=forced)
    return refused.reason if refused else ""


@pytest.mark.parametrize("state", [READY, AgentState.TRAINING, AgentState.SIGNED_OUT])
def test_agent_in_a_talk_cannot_replace_what_was_forced_on_him(state: AgentState) -> None:
    floor = in_talk(FORCED)
    assert refusal(floor, state) == "decided"
    floor.handle(2.0, own(state))
    seat = floor.seats["8001"]
    assert (seat.wish, seat.wish_reason, seat.wish_by) == (MEAL, "now", "chief")


def test_agent_who_ends_his_wrap_up_goes_where_he_was_sent() -> None:
    floor = in_talk(FORCED)
    floor.handle(2.0, TALK_ENDED)
    assert refusal(floor, AgentState.TRAINING) == "decided"
    assert refusal(floor, READY) == refusal(floor, AgentState.SIGNED_OUT) == ""
    floor.handle(3.0, own(AgentState.TRAINING))
    assert floor.seats["8001"].state is AgentState.WRAP_UP
    floor.handle(4.0, own(READY))
    seat = floor.seats["8001"]
    assert (seat.state, seat.reason, seat.wish, seat.wish_by) == (MEAL, "now", None, "")
    assert refusal(floor, READY) == ""


def test_wish_of_his_own_he_may_replace_and_so_may_who_forces() -> None:
    floor = in_talk(own(MEAL), own(AgentState.TRAINING))
    assert floor.seats["8001"].wish is AgentState.TRAINING
    floor.handle(2.0, FORCED)
    assert refusal(floor, READY, forced=True) == ""
    floor.handle(3.0, inputs.AgentWished("8001", READY, "", "chief", forced=True))
    assert floor.seats["8001"].wish is None
    assert refusal(floor, MEAL) == ""


async def refused(running: Centre, state: AgentState, by: str) -> str:
    with pytest.raises(Refused) as told:
        await running.dispatcher.set_state("8001", state, "", by)
    return told.value.reason


@virtual_time
async def test_new_engine_knows_which_wish_was_forced(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        await talking(running)
        await running.dispatcher.set_state("8001", MEAL, "", "sun.li")
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await refused(again, READY, "test") == "decided"
        await again.dispatcher.set_state("8001", AgentState.TRAINING, "", "sun.li")
        await again.dispatcher.set_state("8001", READY, "", "sun.li")
        await again.dispatcher.set_state("8001", AgentState.TRAINING, "", "test")
        third = await again.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await third.dispatcher.set_state("8001", READY, "", "test")
        await third.dispatcher.stop()


@virtual_time
async def test_call_out_during_the_wrap_up_does_not_undo_what_was_forced(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        await running.dispatcher.set_state("8001", MEAL, "", "sun.li")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        running.pbx.phone(f"{CUSTOMER}@trunk", answers_after=1)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(5)
        assert (await running.agent("8001"))[0] == "talking"
        assert await refused(running, READY, "test") == "decided"
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(60)
        assert (await running.agent("8001"))[0] == "meal"
