"""An agent who is asked, or dials, for a moment is at work all the same."""

import asyncio
from pathlib import Path

import pytest

from acd import inputs
from acd.agent_state import AgentState
from acd.floor import Floor
from acd.queues import Queues
from acd.roster import AgentCard
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from acd.seat import CONSULT, DIALLING, TAKES_OVER
from tests.acd.centre import centre
from tests.acd.test_control import talking
from tests.acd.test_fallback import members, restart, staffed
from tests.acd.test_outbound import CUSTOMER
from tests.virtual_time import virtual_time

ASKS = Queues.model_validate({
    "queues": {
        "general": {"name": {"en": "a"}},
        "cards": {"name": {"en": "b"}, "skills": {"en": 1}, "entry": {"needs_agents": True}},
    },
})  # fmt: skip


@virtual_time
async def test_a_caller_may_wait_for_the_only_agent_who_can_serve_him_while_a_colleague_asks_that_one(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002", rules=ASKS) as running:
        running.team.cards["8002"] = AgentCard("8002", "b", {"en": 5}, "test")
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002", answers_after=1.0)
        await running.dispatcher.consults.start(call, "8002", "li.na")
        await asyncio.sleep(5)
        assert await running.agent("8002") == ("not-ready", CONSULT)
        other, _ = await running.caller("cards")
        assert (await running.call(other)).state == "waiting"
        await running.dispatcher.consults.stop(call)
        await asyncio.sleep(3)
        assert (await running.call(other)).agent == "8002"


@virtual_time
async def test_a_caller_may_wait_for_the_only_agent_who_can_serve_him_while_that_one_dials(tmp_path: Path) -> None:
    async with centre(tmp_path, "8002", rules=ASKS) as running:
        running.team.cards["8002"] = AgentCard("8002", "b", {"en": 5}, "test")
        await running.sign_in("8002", answers_after=30.0)
        await running.dispatcher.outbound.dial("8002", CUSTOMER, "test")
        await asyncio.sleep(1)
        assert await running.agent("8002") == ("outbound", DIALLING)
        other, _ = await running.caller("cards")
        assert (await running.call(other)).state == "waiting"


@virtual_time
async def test_who_is_asked_or_dials_stays_a_member_of_the_switchs_own_queue(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        staffed(running)
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002", answers_after=1.0)
        await running.sign_in("8003", answers_after=30.0)
        await running.dispatcher.consults.start(call, "8002", "li.na")
        await running.dispatcher.outbound.dial("8003", CUSTOMER, "test")
        await asyncio.sleep(2)
        states = [(await running.agent(each))[0] for each in ("8002", "8003")]
        assert states == ["not-ready", "outbound"]
        assert members(running) == ["phone-8001", "phone-8002", "phone-8003"]
        await restart(running)
        assert members(running) == ["phone-8001", "phone-8002", "phone-8003"]


MOMENTS = [(AgentState.NOT_READY, CONSULT), (AgentState.NOT_READY, TAKES_OVER), (AgentState.OUTBOUND, DIALLING)]


@pytest.mark.parametrize(("state", "reason"), MOMENTS)
@pytest.mark.parametrize("before", [AgentState.READY, AgentState.MEAL])
def test_for_a_moment_he_counts_as_staff_who_did_before(state: AgentState, reason: str, before: AgentState) -> None:
    floor = Floor(policy_named("balanced"), lambda _queue: QueueRule(15, 0))
    floor.handle(0.0, inputs.AgentSignedIn("8001", {"en": 5}))
    floor.handle(1.0, inputs.AgentWished("8001", state, reason, then=inputs.AgentWished("8001", before)))
    staff = floor.outlook.at_work_for((("en", 1),))
    assert staff == (before is AgentState.READY)
    floor.handle(2.0, inputs.AgentWished("8001", AgentState.MEAL))
    assert floor.outlook.at_work_for((("en", 1),)) == 0
