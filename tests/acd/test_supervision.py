"""Supervisors on a conversation, on a fake switch."""

import asyncio
from pathlib import Path

import pytest

from acd.agent_state import AgentState
from core.errors import NotFound, Refused
from pbx.commands import SpyMode
from tests.acd.centre import Centre, centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import audited, talking
from tests.acd.test_outbound import CUSTOMER
from tests.virtual_time import virtual_time


async def listening(running: Centre, call: str) -> str:
    """The supervisor's leg, picked up, at the telephone 9001."""
    running.pbx.phone("phone-9001")
    await running.dispatcher.supervision.start(call, SpyMode.LISTEN, "9001", "sun.li")
    await asyncio.sleep(2)
    return running.pbx.leg_of("phone-9001")


async def refusal(refused: object) -> str:
    with pytest.raises(Refused) as told:
        await refused  # type: ignore[misc]  # a coroutine of the caller's choice
    return told.value.reason


@virtual_time
async def test_a_supervisor_listens_whispers_and_stops_and_all_of_it_is_audited(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        leg = await listening(running, call)
        agent_leg = running.pbx.leg_of("phone-8001")
        assert running.pbx.live[leg].spies == (agent_leg, SpyMode.LISTEN)
        supervision = running.dispatcher.supervision
        await supervision.start(call, SpyMode.WHISPER, "9001", "sun.li")
        assert running.pbx.live[leg].spies == (agent_leg, SpyMode.WHISPER)
        await supervision.stop(call, "sun.li")
        await asyncio.sleep(0.2)
        assert leg not in running.pbx.live
        assert await running.agent("8001") == ("talking", "")
        with pytest.raises(NotFound):
            await supervision.stop(call, "sun.li")
        assert await audited(running) == [
            ("sun.li", "supervision_started", f"call:{call}", "listen agent 8001 phone 9001"),
            ("sun.li", "supervision_changed", f"call:{call}", "whisper agent 8001 phone 9001"),
            ("sun.li", "supervision_stopped", f"call:{call}", "whisper agent 8001 phone 9001"),
        ]


@virtual_time
async def test_listening_ends_with_the_conversation(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await listening(running, call)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert running.pbx.live == {}
        assert running.dispatcher.supervision.of(call) == []
        assert (await audited(running))[-1][1] == "supervision_ended"


@virtual_time
async def test_a_telephone_that_is_not_picked_up_ends_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        supervision = running.dispatcher.supervision
        running.pbx.phone("phone-9001", answers_after=99.0)
        await supervision.start(call, SpyMode.LISTEN, "9001", "sun.li")
        await asyncio.sleep(1)
        assert await refusal(supervision.start(call, SpyMode.BARGE, "9001", "sun.li")) == "ringing"
        await asyncio.sleep(25)
        await supervision.start(call, SpyMode.LISTEN, "9999", "sun.li")
        await asyncio.sleep(1)
        assert supervision.of(call) == []
        assert [what for _, what, _, _ in await audited(running)] == [
            "supervision_started", "supervision_unanswered", "supervision_started", "supervision_unanswered",
        ]  # fmt: skip


@virtual_time
async def test_what_cannot_be_supervised_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        supervision = running.dispatcher.supervision
        waiting, _ = await running.caller()
        assert await refusal(supervision.start(waiting, SpyMode.LISTEN, "9001", "sun.li")) == "not_talking"
        with pytest.raises(NotFound):
            await supervision.start("nobody", SpyMode.LISTEN, "9001", "sun.li")
        await running.sign_in("8001", "8002")
        await asyncio.sleep(2)
        second, _ = await talking(running)
        assert await refusal(supervision.start(waiting, SpyMode.LISTEN, "8002", "sun.li")) == "phone_at_work"
        await listening(running, waiting)
        assert await refusal(supervision.start(second, SpyMode.LISTEN, "9001", "sun.li")) == "listening_elsewhere"


@virtual_time
async def test_agent_at_whose_telephone_a_supervisor_listens_becomes_ready_only_after_that(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.pbx.phone("phone-8002")
        supervision, set_state = running.dispatcher.supervision, running.dispatcher.set_state
        await supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")
        await asyncio.sleep(2)
        assert await refusal(set_state("8002", AgentState.READY, "", "test")) == "line_taken"
        await set_state("8002", AgentState.NOT_READY, "", "test")
        assert await refusal(set_state("8002", AgentState.READY, "", "test")) == "line_taken"
        await supervision.stop(call, "sun.li")
        await set_state("8002", AgentState.READY, "", "test")
        assert await running.agent("8002") == ("ready", "")


@virtual_time
async def test_agent_at_whose_telephone_a_supervisor_listens_dials_only_after_that(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002")
        await running.dispatcher.set_state("8002", AgentState.NOT_READY, "", "test")
        call, _ = await talking(running)
        supervision, dial = running.dispatcher.supervision, running.dispatcher.outbound.dial
        await supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")
        await asyncio.sleep(2)
        assert await refusal(dial("8002", CUSTOMER, "test")) == "line_taken"
        await supervision.stop(call, "sun.li")
        await dial("8002", CUSTOMER, "test")
        assert await running.agent("8002") == ("outbound", "dialling")


@pytest.mark.parametrize("use", ["is asked, though at a meal by now", "dials", "is listened at"])
@virtual_time
async def test_telephone_that_is_used_already_is_not_taken_for_listening(tmp_path: Path, use: str) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        supervision = running.dispatcher.supervision
        call, _ = await consulting(running)
        if use != "is asked, though at a meal by now":
            await running.dispatcher.consults.stop(call)
        match use:
            case "dials":
                await running.dispatcher.outbound.dial("8002", CUSTOMER, "test")
            case _:
                await running.dispatcher.set_state("8002", AgentState.MEAL, "", "sun.li")
        if use == "is listened at":
            await supervision.start(call, SpyMode.LISTEN, "8002", "zhou")
        assert await refusal(supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")) == "line_taken"
        assert [each.by for each in supervision.of(call)] == (["zhou"] if use == "is listened at" else [])


@virtual_time
async def test_telephone_that_is_only_left_alone_for_a_while_is_not_taken_for_listening(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002")
        running.pbx.phones["phone-8002"].registered = False  # without a word
        await running.caller()
        await asyncio.sleep(1)
        assert await running.agent("8002") == ("not-ready", "unreachable")
        running.pbx.phones["phone-8002"].registered = True
        supervision = running.dispatcher.supervision
        assert await refusal(supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")) == "phone_at_work"
        await running.dispatcher.set_state("8002", AgentState.NOT_READY, "", "test")
        await supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")
        await asyncio.sleep(15)
        assert await running.agent("8002") == ("not-ready", "")


@virtual_time
async def test_a_listener_whom_a_new_engine_does_not_know_is_ended(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        leg = await listening(running, call)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert leg not in running.pbx.live
        assert await again.agent("8001") == ("talking", "")
        await again.dispatcher.stop()
