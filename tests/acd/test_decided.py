"""What somebody else decides for an agent in a contact comes after it, whatever the agent wishes meanwhile."""

import asyncio
from pathlib import Path

import pytest

from accounts.events import PeopleChanged
from acd import decisions, inputs, repository
from acd.agent_state import AgentState
from acd.floor import Floor
from acd.queues import Queues
from acd.rule import QueueRule
from core.errors import Refused
from pbx.commands import SpyMode
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


def gone_home(floor: Floor) -> None:
    """8001 signs out in the wrap-up of a talk in which something was forced on him."""
    floor.handle(2.0, TALK_ENDED)
    floor.handle(3.0, own(AgentState.SIGNED_OUT))
    assert floor.seats["8001"].state is AgentState.SIGNED_OUT


def test_agent_who_signs_out_and_in_again_goes_where_he_was_sent() -> None:
    floor = in_talk(FORCED)
    gone_home(floor)
    floor.handle(3.5, own(AgentState.SIGNED_OUT))
    seat = floor.seats["8001"]
    assert (seat.wish, seat.wish_reason, seat.wish_by) == (MEAL, "now", "chief")
    floor.handle(4.0, inputs.AgentSignedIn("8001", {"zh": 8}))
    seat = floor.seats["8001"]
    assert (seat.state, seat.reason, seat.wish) == (MEAL, "now", None)
    floor.handle(5.0, own(AgentState.SIGNED_OUT))
    floor.handle(6.0, inputs.AgentSignedIn("8001", {"zh": 8}))
    assert floor.seats["8001"].state is READY


def test_nobody_is_offered_to_him_on_the_way() -> None:
    floor = in_talk(FORCED)
    gone_home(floor)
    floor.handle(3.0, inputs.CallerJoined("d", "general", {"zh": 1}, 0, 3.0))
    decided = floor.handle(4.0, inputs.AgentSignedIn("8001", {"zh": 8}))
    assert [each for each in decided if isinstance(each, decisions.Offer)] == []


def test_wish_of_his_own_is_over_when_he_signs_out_and_so_is_a_sign_out_that_was_forced() -> None:
    for wished in (own(MEAL), inputs.AgentWished("8001", AgentState.SIGNED_OUT, "", "chief", forced=True)):
        floor = in_talk(wished)
        gone_home(floor)
        assert floor.seats["8001"].wish is None
        floor.handle(4.0, inputs.AgentSignedIn("8001", {"zh": 8}))
        assert floor.seats["8001"].state is READY


def test_who_forces_lifts_it_while_the_agent_is_away() -> None:
    for lifted, state in (
        (inputs.AgentWished("8001", AgentState.SIGNED_OUT, "", "chief", forced=True), AgentState.SIGNED_OUT),
        (inputs.AgentSignedIn("8001", {"zh": 8}, forced=True), READY),
    ):
        floor = in_talk(FORCED)
        gone_home(floor)
        (moved,) = floor.handle(4.0, lifted)
        assert isinstance(moved, decisions.AgentMoved)
        assert (moved.state, moved.wish) == (state, None)


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


async def wraps_up(running: Centre, then: AgentState, reason: str, by: str) -> None:
    """The agent has talked, and meanwhile somebody has asked for what follows."""
    await running.sign_in("8001")
    _, leg = await talking(running)
    await running.dispatcher.set_state("8001", then, reason, by)
    running.pbx.hang_up(leg)
    await asyncio.sleep(1)


@virtual_time
async def test_call_out_during_the_wrap_up_does_not_undo_what_was_forced(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await wraps_up(running, MEAL, "", "sun.li")
        running.pbx.phone(f"{CUSTOMER}@trunk", answers_after=1)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(5)
        assert (await running.agent("8001"))[0] == "talking"
        assert await refused(running, READY, "test") == "decided"
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(60)
        assert (await running.agent("8001"))[0] == "meal"


async def lines(running: Centre, agent: str = "8001") -> list[tuple[str, str]]:
    """The agent's history: his states, and who wanted each."""
    async with running.db.reading() as session:
        return [(each.state, each.by) for each in await repository.agent_history(session, agent, 0.0)]


@virtual_time
async def test_forced_state_outlasts_signing_out_an_engine_and_signing_in_and_says_who_forced_it(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await wraps_up(running, MEAL, "", "sun.li")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        assert (await lines(running))[-2:] == [("wrap-up", ""), ("signed-out", "test")]
        async with running.db.reading() as session:
            row = (await repository.agents(session))["8001"]
            assert (row.state, row.wish, row.wish_by) == ("signed-out", "meal", "sun.li")
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await again.dispatcher.set_state("8001", AgentState.NOT_READY, "", "test")
        assert (await again.agent("8001"))[0] == "meal"
        assert (await lines(again))[-1] == ("meal", "sun.li")


@virtual_time
async def test_supervisor_who_signs_the_agent_in_lifts_what_was_forced(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await wraps_up(running, MEAL, "", "sun.li")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        await running.dispatcher.set_state("8001", READY, "", "sun.li")
        assert (await running.agent("8001"))[0] == "ready"


@pytest.mark.parametrize("by", ["test", "sun.li"])
@pytest.mark.parametrize("answered", [False, True])
@virtual_time
async def test_wish_is_not_lost_with_the_engine_while_a_call_out_rings(tmp_path: Path, by: str, answered: bool) -> None:
    async with centre(tmp_path, "8001") as running:
        await wraps_up(running, AgentState.TRAINING, "new rules", by)
        running.pbx.phone(f"{CUSTOMER}@trunk", answers_after=10)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(2)
        assert await running.agent("8001") == ("outbound", "dialling")
        again = await running.restart()
        await asyncio.sleep(20 if answered else 0)
        running.pbx.link_up()
        await asyncio.sleep(1)
        if answered:
            assert await again.agent("8001") == ("talking", "")
            running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        else:
            assert await again.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(60)
        assert await again.agent("8001") == ("training", "new rules")
        assert (await lines(again))[-1] == ("training", by)


@virtual_time
async def test_agent_who_dialled_while_not_ready_is_not_ready_after_the_engine_too(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "paper", "test")
        running.pbx.phone(f"{CUSTOMER}@trunk", answers_after=30)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(2)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("not-ready", "paper")


@virtual_time
async def test_who_is_no_agent_any_more_when_his_customer_answers_is_signed_out_after_the_talk(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(f"{CUSTOMER}@trunk", answers_after=4)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(2)
        del running.team.cards["8001"]
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"
        assert await running.agent("8001") == ("talking", "")
        running.pbx.hang_up((await running.call(call)).leg)
        await asyncio.sleep(60)
        assert await running.agent("8001") == ("signed-out", "no_agent")


def ended_by_the_agent() -> Queues:
    general = QUEUES.queues["general"].model_copy(update={"wrap_up_ends": "agent"})
    return QUEUES.model_copy(update={"queues": {**QUEUES.queues, "general": general}})


@pytest.mark.parametrize("state", [READY, MEAL, AgentState.SIGNED_OUT])
@virtual_time
async def test_wrap_up_that_has_no_end_of_its_own_is_ended_by_what_somebody_else_decides_in_it(
    tmp_path: Path, state: AgentState
) -> None:
    async with centre(tmp_path, "8001", rules=ended_by_the_agent()) as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        await running.dispatcher.set_state("8001", MEAL, "", "sun.li")
        running.pbx.hang_up(leg)
        await asyncio.sleep(600)
        assert await running.agent("8001") == ("wrap-up", "")
        await running.dispatcher.set_state("8001", state, "", "sun.li")
        assert await running.agent("8001") == (state, "")


@pytest.mark.parametrize("when", ["in the talk", "in the wrap-up"])
@virtual_time
async def test_who_is_no_agent_any_more_is_not_left_in_a_wrap_up_that_only_he_could_end(
    tmp_path: Path, when: str
) -> None:
    async with centre(tmp_path, "8001", rules=ended_by_the_agent()) as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        del running.team.cards["8001"]
        if when == "in the talk":
            running.bus.publish(PeopleChanged())
            await asyncio.sleep(1)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("signed-out", "no_agent")


@pytest.mark.parametrize("how", ["of itself", "after the engine"])
@virtual_time
async def test_who_has_asked_in_the_talk_to_be_signed_out_is_not_left_in_a_wrap_up_that_only_he_could_end(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", "8002", rules=ended_by_the_agent()) as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        assert await running.agent("8001") == ("talking", "")
        if how == "of itself":
            running.pbx.hang_up(leg)
        else:
            await running.dispatcher.control.hold(call, "test")
            running.pbx.link_down()
            running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
            await asyncio.sleep(65)
            running.pbx.fall_back(leg, "phone-8002")
            again = await running.restart()
            again.pbx.link_up()
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("signed-out", "")
        assert (await lines(running))[-1] == ("signed-out", "test")


@virtual_time
async def test_supervisor_who_has_taken_over_is_not_left_in_a_wrap_up_that_only_an_agent_could_end(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", rules=ended_by_the_agent()) as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.phone("phone-9001")
        await running.dispatcher.supervision.start(call, SpyMode.LISTEN, "9001", "sun.li")
        await asyncio.sleep(2)
        await running.dispatcher.supervision.take_over(call, "sun.li")
        await asyncio.sleep(5)
        assert await running.agent("9001") == ("talking", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert await running.agent("9001") == ("signed-out", "")
