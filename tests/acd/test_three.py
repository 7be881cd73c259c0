"""Three in a talk, a supervisor who takes over, callers who go on in the menu, mute and keys, on a fake switch."""

import asyncio
from pathlib import Path

import pytest

from acd import inputs
from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.events import CallMuted
from acd.seat import TAKES_OVER
from acd.talks import talks
from core.errors import Refused
from pbx.commands import Confer, SpyMode
from pbx.events import Departure
from tests.acd.centre import Centre, centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import audited, data_of, reason_of, talking
from tests.acd.test_missed import after_a_gap, states_of
from tests.acd.test_outbound import in_menu
from tests.acd.test_supervision import listening
from tests.virtual_time import now, virtual_time


async def three(running: Centre) -> tuple[str, str]:
    call, leg = await consulting(running)
    await running.dispatcher.consults.join(call, "li.na")
    await asyncio.sleep(0.5)
    return call, leg


@virtual_time
async def test_three_talk_and_the_colleague_goes_first(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await three(running)
        assert await running.agent("8001") == ("talking", "")
        assert await running.agent("8002") == ("not-ready", "consult")
        assert await reason_of(running.dispatcher.consults.hold(call, "li.na")) == "conference"
        running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        await asyncio.sleep(1)
        assert await running.agent("8002") == ("ready", "")
        assert (await running.call(call)).state == "talking"
        assert running.pbx.live[leg].bridge
        assert (await data_of(running, call, "conference"))["colleague"] == "8002"


@virtual_time
async def test_who_brings_the_caller_to_the_two_twice_is_told_that_they_are_together(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await three(running)
        assert await reason_of(running.dispatcher.consults.join(call, "li.na")) == "conference"
        assert (await running.history(call)).count("conference") == 1
        assert len([each for each in running.pbx.commands if isinstance(each, Confer)]) == 1


@virtual_time
async def test_three_talk_and_the_agent_leaves_the_caller_to_the_colleague(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await three(running)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(2)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")
        assert await running.agent("8001") == ("wrap-up", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert running.pbx.live == {}


@pytest.mark.parametrize("how", ["killed", "cut"])
@virtual_time
async def test_agent_who_leaves_the_caller_to_the_colleague_while_nobody_looks_does_so_all_the_same(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await three(running)
        colleague = running.pbx.leg_of("phone-8002")
        running.pbx.link_down()
        await asyncio.sleep(30)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        left = now()
        if how == "killed":
            running = await running.restart()
        await asyncio.sleep(60)
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent, row.connected_at) == ("talking", "8002", left)
        assert (await running.agent("8001"), await running.agent("8002")) == (("ready", ""), ("talking", ""))
        assert running.pbx.live[leg].partner == colleague
        assert (await running.history(call))[-4:] == ["disconnected", "transfer", "queued", "connected"]
        assert await running.offers(call) == [("8001", "accepted"), ("8002", "accepted")]
        assert (await states_of(running, "8001"))[-2:] == [("wrap-up", left), ("ready", left + 10)]
        running.pbx.hang_up(colleague)
        await asyncio.sleep(1)
        assert ((await running.call(call)).ended_by, running.pbx.live) == ("agent", {})


@pytest.mark.parametrize("until", ["the end of the wrap-up", "just before it"])
@virtual_time
async def test_agent_who_left_a_talk_of_three_while_nobody_looked_wraps_up_from_then_on(
    tmp_path: Path, until: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await three(running)
        running.pbx.link_down()
        await asyncio.sleep(60)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        left = now()
        again = await running.restart()
        await asyncio.sleep(10 if "end" in until else 6)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await again.agent("8001"))[0] == ("ready" if "end" in until else "wrap-up")
        await asyncio.sleep(5)
        assert (await states_of(again, "8001"))[-2:] == [("wrap-up", left), ("ready", left + 10)]


@virtual_time
async def test_colleague_to_whom_a_caller_was_left_and_who_ended_the_talk_before_anybody_looked_has_served_him(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await three(running)
        began = now()
        left, over = began + 20, began + 55
        gone = Departure("customer", over, began - 30, device="phone-8002", since=left, until=over)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.agent, row.ended_by) == ("answered", "8002", "customer")
        assert (row.connected_at, row.talk_ended_at, row.ended_at) == (left, over, over)
        assert (await again.history(call))[-6:] == [
            "disconnected", "transfer", "queued", "connected", "disconnected", "ended",
        ]  # fmt: skip
        assert await again.offers(call) == [("8001", "accepted"), ("8002", "accepted")]
        async with again.db.reading() as session:
            spoken = await talks(session, began - 60, now())
        assert spoken["8002"] == (1, over - left)
        assert (await states_of(again, "8001"))[-2:] == [("wrap-up", left), ("ready", left + 10)]
        assert (await states_of(again, "8002"))[-2:] == [("talking", left), ("wrap-up", over)]
        await asyncio.sleep(15)
        assert (await states_of(again, "8002"))[-1] == ("ready", over + 10)


@virtual_time
async def test_who_is_found_alone_in_the_room_of_three_waits_for_somebody(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await three(running)
        running.pbx.link_down()
        for agent in ("8001", "8002"):
            running.pbx.hang_up(running.pbx.leg_of(f"phone-{agent}"))
        running.pbx.live[leg].place = "centre-talk-of-three"
        running.pbx.link_up()
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")


@pytest.mark.parametrize("how", ["killed", "cut"])
@virtual_time
async def test_after_a_consult_that_broke_off_the_colleague_is_ready_and_can_be_asked_again(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        if how == "killed":
            running = await running.restart()
        else:
            running.pbx.link_down()
            running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        await asyncio.sleep(1)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("on-hold", "")
        assert await running.agent("8002") == ("ready", "")
        await running.dispatcher.consults.start(call, "8002", "li.na")
        await asyncio.sleep(2)
        assert await running.agent("8002") == ("not-ready", "consult")


@virtual_time
async def test_a_supervisor_takes_the_caller_over_and_is_away_again_afterwards(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "9001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        spy = await listening(running, call)
        await running.dispatcher.supervision.take_over(call, "sun.li")
        await asyncio.sleep(0.5)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "9001")
        assert running.pbx.live[leg].partner == spy
        assert await running.agent("8001") == ("wrap-up", "")
        assert (await audited(running))[-1][1] == "supervision_taken_over"
        running.pbx.hang_up(leg)
        await asyncio.sleep(30)
        assert await running.agent("9001") == ("signed-out", "")
        assert await running.agent("8001") == ("ready", "")
        assert running.pbx.live == {}


@pytest.mark.parametrize("by", ["test", "sun.li"])
@virtual_time
async def test_meal_broken_by_a_take_over_goes_on_afterwards_whoever_waits(tmp_path: Path, by: str) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002")
        running.dispatcher.agents.rules = lambda: Breaks(free_agents=0)
        await running.dispatcher.set_state("8002", AgentState.MEAL, "", by)
        supervision = running.dispatcher.supervision
        await supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")
        await asyncio.sleep(2)
        await supervision.take_over(call, "sun.li")
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "", "sun.li")
        waits, _ = await running.caller(caller="13922222222")
        assert await running.agent("8002") == ("talking", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(30)
        assert (await running.agent("8002"), await running.offers(waits)) == (("meal", ""), [])


@pytest.mark.parametrize("what", ["the caller hangs up", "the engine dies", "the engine dies before"])
@virtual_time
async def test_meal_broken_by_a_take_over_goes_on_afterwards_whatever_happens_in_it(tmp_path: Path, what: str) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002")
        await running.dispatcher.set_state("8002", AgentState.MEAL, "", "sun.li")
        call, leg = await talking(running)
        running.pbx.phone("phone-8002", answers_after=1.0)
        supervision = running.dispatcher.supervision
        await supervision.start(call, SpyMode.LISTEN, "8002", "sun.li")
        await asyncio.sleep(2)
        if what == "the engine dies before":
            running.dispatcher.control.transfer = lambda *_, **_kw: asyncio.sleep(9)  # type: ignore[method-assign]
        taking = asyncio.create_task(supervision.take_over(call, "sun.li"))
        state = AgentState.NOT_READY if what == "the engine dies before" else AgentState.RINGING
        while (await running.agent("8002"))[0] != state:  # noqa: ASYNC110  # the next moment is too late
            await asyncio.sleep(0)
        if what == "the caller hangs up":
            running.pbx.hang_up(leg)
        else:
            running = await running.restart()
            running.pbx.link_up()
        await asyncio.sleep(30)
        assert await running.agent("8002") == ("meal", "")
        taking.cancel()
        await running.dispatcher.stop()


@virtual_time
async def test_meal_goes_on_afterwards_though_the_telephone_stood_ready_for_the_take_over_already(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "9001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await listening(running, call)
        meal = inputs.AgentWished("9001", AgentState.MEAL)
        stands = inputs.AgentWished("9001", AgentState.NOT_READY, TAKES_OVER, then=meal)
        await running.dispatcher.carry_out(lambda _floor: (inputs.AgentSignedIn("9001", {}), stands), "sun.li")
        await running.dispatcher.supervision.take_over(call, "sun.li")
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert await running.agent("9001") == ("meal", "")


@pytest.mark.parametrize("first", ["sun.li", "wu.di"])
@virtual_time
async def test_of_two_supervisors_who_take_over_at_once_the_one_with_the_caller_on_his_line_is_said_to_have_him(
    tmp_path: Path, first: str
) -> None:
    async with centre(tmp_path, "8001", "9001", "9002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await listening(running, call)
        supervision, pbx = running.dispatcher.supervision, running.pbx
        pbx.phone("phone-9002")
        await supervision.start(call, SpyMode.LISTEN, "9002", "wu.di")
        await asyncio.sleep(2)
        both = sorted(["sun.li", "wu.di"], key=lambda by: by != first)
        await asyncio.gather(*(supervision.take_over(call, by) for by in both), return_exceptions=True)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, pbx.live[leg].partner) == ("talking", pbx.leg_of(f"phone-{row.agent}"))
        assert (await running.agent(row.agent))[0] == "talking"


@pytest.mark.parametrize("joined", [False, True])
@virtual_time
async def test_colleague_on_the_line_gets_the_caller_though_his_desk_has_vanished(tmp_path: Path, joined: bool) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        call, leg = await consulting(running)
        await running.sign_in("8003")
        consults, pbx = running.dispatcher.consults, running.pbx
        if joined:
            await consults.join(call, "li.na")
        await running.dispatcher.carry_out(lambda _floor: (inputs.DeskChanged("8002", False),), "")
        await consults.complete(call, "li.na")
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent, pbx.live[leg].partner) == ("talking", "8002", pbx.leg_of("phone-8002"))


@virtual_time
async def test_a_take_over_that_fails_leaves_agent_and_telephone_as_they_were(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "9001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await listening(running, call)

        async def refuses(*_of: object, **_how: object) -> None:
            raise Refused("agent_not_free", "agent 9001 cannot take the caller now")

        running.dispatcher.control.transfer = refuses  # type: ignore[method-assign]
        with pytest.raises(Refused):
            await running.dispatcher.supervision.take_over(call, "sun.li")
        assert await running.agent("9001") == ("signed-out", "")
        assert await running.agent("8001") == ("talking", "")
        assert (await running.call(call)).agent == "8001"
        assert running.pbx.live[leg].bridge


async def surveyed(running: Centre) -> tuple[str, str]:
    """A caller in a talk who goes on at the step `rate` when his agent hangs up."""
    await running.sign_in("8001")
    call, leg = await talking(running)
    live = running.live.by_id(call)
    assert live is not None
    live.after_step = "rate"
    async with running.db.transaction() as tx:
        (await tx.session.get_one(type(await running.call(call)), call)).after_step = "rate"
    return call, leg


@virtual_time
async def test_a_caller_whose_agent_hangs_up_goes_on_in_the_menu_and_may_wait_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await surveyed(running)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(1)
        assert (running.pbx.live[leg].place, (await running.call(call)).state) == ("hotline", "after")
        landing = await running.calls.landing(call)
        assert landing is not None
        assert (landing.step, landing.agent, landing.queue) == ("rate", "8001", "general")
        second = await running.restart()
        second.pbx.link_up()
        await asyncio.sleep(1)
        assert await second.calls.resume(leg) == (call, "zh")
        await second.calls.enqueue(call, "general", {}, 0)
        await asyncio.sleep(15)
        row = await second.call(call)
        assert (row.state, row.agent, row.ended_by) == ("talking", "8001", "")
        second.pbx.hang_up(leg)
        await asyncio.sleep(1)
        row = await second.call(call)
        assert (row.outcome, row.ended_by, second.pbx.live) == ("answered", "customer", {})


@virtual_time
async def test_who_was_on_his_way_outside_and_came_into_the_switchs_own_queue_waits_with_us(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.pbx.phone("110@trunk", answers_after=20)
        call, leg = await in_menu(running)
        connecting = asyncio.ensure_future(running.dispatcher.outside.connect(call, "110"))
        await asyncio.sleep(1)
        connecting.cancel()
        second = await running.restart()
        second.pbx.fall_back(leg)
        second.pbx.link_up()
        await asyncio.sleep(1)
        row = await second.call(call)
        assert (row.state, row.queue) == ("waiting", "general")
        assert second.pbx.live[leg].place == "centre-wait"


@virtual_time
async def test_who_hangs_up_in_the_survey_counts_as_served_by_an_agent_who_ended_the_talk(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await surveyed(running)
        await running.dispatcher.control.hang_up(call, "li.na")
        await asyncio.sleep(1)
        assert running.pbx.live[leg].place == "hotline"
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.outcome, row.ended_by) == ("answered", "agent")


@virtual_time
async def test_a_caller_who_hangs_up_first_is_simply_gone(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await surveyed(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert ((await running.call(call)).ended_by, running.pbx.live) == ("customer", {})


@virtual_time
async def test_an_agent_sends_the_caller_to_a_step_of_the_menu(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.transfer_to_menu(call, "branches", "li.na")
        await asyncio.sleep(0.5)
        assert running.pbx.live[leg].place == "hotline"
        landing = await running.calls.landing(call)
        assert landing is not None
        assert landing.step == "branches"
        assert await running.agent("8001") == ("wrap-up", "")
        assert (await data_of(running, call, "transfer"))["target"] == "menu:branches"


@pytest.mark.parametrize("how", ["killed", "cut"])
@pytest.mark.parametrize("agent", ["talks", "has gone"])
@virtual_time
async def test_whom_an_agent_has_just_sent_to_the_menu_when_the_link_breaks_is_brought_there_afterwards(
    tmp_path: Path, how: str, agent: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.live[leg].place = "centre-wait"  # he heard the music before, and a leg in a talk keeps its place
        old = running.pbx.leg_of("phone-8001")
        await running.sign_in("8002")
        running.pbx.linked = False
        await running.dispatcher.control.transfer_to_menu(call, "branches", "li.na")
        await asyncio.sleep(0.5)
        running.pbx.link_down()
        if agent == "has gone":
            running.pbx.hang_up(old)
        if how == "killed":
            running = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(2)
        assert (running.pbx.live[leg].place, running.pbx.live[leg].served) == ("hotline", False)
        assert old not in running.pbx.live
        assert (await running.call(call)).state == "after"
        landing = await running.calls.landing(call)
        assert landing is not None
        assert (landing.step, await running.offers(call)) == ("branches", [("8001", "accepted")])


@virtual_time
async def test_whom_his_agent_left_in_the_moment_in_which_the_link_broke_is_asked_how_it_was_afterwards(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await surveyed(running)
        running.pbx.linked = False
        await running.dispatcher.control.hang_up(call, "li.na", own=True)
        await asyncio.sleep(0.5)
        running.pbx.link_down()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (running.pbx.live[leg].place, running.pbx.live[leg].served) == ("hotline", True)
        assert (await running.call(call)).state == "after"


@virtual_time
async def test_an_agent_mutes_himself_and_sends_keys_that_are_not_written_down(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        control, agent = running.dispatcher.control, running.pbx.live[running.pbx.leg_of("phone-8001")]
        await control.mute(call, "li.na", muted=True)
        assert agent.muted
        await control.mute(call, "li.na", muted=False)
        assert not agent.muted
        heard: list[CallMuted] = []

        async def hear(event: CallMuted) -> None:
            heard.append(event)

        running.bus.subscribe("test", CallMuted, hear)
        await control.mute(call, "li.na", muted=True, phone=True)
        assert not agent.muted  # his telephone is silent by itself
        await asyncio.sleep(0)
        assert [(each.call, each.muted) for each in heard] == [(call, True)]
        await control.mute(call, "sun.li", muted=True)
        await control.mute(call, "li.na", muted=False, phone=True)
        assert not agent.muted  # whoever did it
        await control.send_keys(call, "12#")
        await control.hold(call, "li.na")
        assert await reason_of(control.send_keys(call, "3")) == "on_hold"
        assert agent.sent == "12#"
        await control.resume(call, "li.na")
        assert await running.history(call) == [
            "began", "queued", "offered", "offer-ended", "connected", *["muted"] * 5, "held", "resumed",
        ]  # fmt: skip
