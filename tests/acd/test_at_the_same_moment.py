"""What two people, or people and the switch, do at the same moment: the later finds what the earlier has made of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.events import PeopleChanged
from acd import inputs, repository
from acd.agent_state import AgentState
from acd.call import CallState
from acd.control import HANG_UP_PATIENCE
from acd.dispatcher import Dispatcher
from acd.roster import AgentCard
from core.errors import NotFound, Refused
from pbx.commands import Command, Hold, Spy, SpyMode, Summon
from pbx.events import CallArrived, CallerWaiting
from pbx.switch import LinkLost, SwitchError
from tests.acd.centre import Centre, centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import audited, reason_of, talking
from tests.acd.test_outbound import CUSTOMER, call_backs, promised
from tests.virtual_time import now, virtual_time


@pytest.mark.parametrize("what", ["transfer", "reclaim"])
@virtual_time
async def test_what_an_agent_asks_for_a_caller_whom_a_colleague_gets_just_then_is_not_done_to_the_colleague(
    tmp_path: Path, what: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        control = running.dispatcher.control
        wishes = (
            control.transfer(call, "li.na", queue="loans") if what == "transfer" else control.reclaim(call, "li.na")
        )
        async with running.dispatcher._lock:
            completing = asyncio.create_task(running.dispatcher.consults.complete(call, "li.na"))
            await asyncio.sleep(0.1)
            asking = asyncio.create_task(wishes)
            await asyncio.sleep(0.1)
        await completing
        assert await reason_of(asking) == "not_talking"
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")


@virtual_time
async def test_a_mute_asked_for_an_agent_who_gives_the_caller_on_just_then_is_no_mute_of_the_colleague(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        async with running.dispatcher._lock:
            completing = asyncio.create_task(running.dispatcher.consults.complete(call, "li.na"))
            await asyncio.sleep(0.1)
            muting = asyncio.create_task(running.dispatcher.control.mute(call, "boss", muted=True))
            await asyncio.sleep(0.1)
        await completing
        assert await reason_of(muting) == "not_talking"
        async with running.db.reading() as session:
            assert not (await repository.muting(session, call, "8002")).on


Deed = Callable[[Dispatcher, str], Awaitable[None]]
DEEDS: dict[str, Deed] = {
    "hold": lambda of, call: of.consults.hold(call, "li.na"),
    "resume": lambda of, call: of.consults.resume(call, "li.na"),
    "hang up": lambda of, call: of.control.hang_up(call, "li.na"),
    "transfer": lambda of, call: of.control.transfer(call, "li.na", queue="cards", agent="8003"),
    "reclaim": lambda of, call: of.control.reclaim(call, "li.na"),
    "consult": lambda of, call: of.consults.start(call, "8002", "li.na"),
    "stop": lambda of, call: of.consults.stop(call),
    "join": lambda of, call: of.consults.join(call, "li.na"),
    "complete": lambda of, call: of.consults.complete(call, "li.na"),
    "take over": lambda of, call: of.supervision.take_over(call, "sun.li"),
}


@pytest.mark.parametrize("later", [0.0, 0.0005, 0.0015])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("hold", "transfer"), ("resume", "transfer"), ("resume", "hang up"), ("resume", "reclaim"),
        ("resume", "complete"), ("consult", "stop"), ("consult", "transfer"), ("stop", "complete"),
        ("join", "hang up"), ("complete", "resume"), ("hold", "take over"), ("take over", "transfer"),
    ],
)  # fmt: skip
@virtual_time
async def test_two_deeds_asked_for_at_one_moment_leave_nobody_apart_who_talks_and_nobody_in_a_silence(
    tmp_path: Path, first: str, second: str, later: float
) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        dispatcher = running.dispatcher
        asks = {first, second} & {"stop", "join", "complete"} and "consult" not in (first, second)
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002", "8003")
        running.pbx.phone("phone-9001")
        if "take over" in (first, second):
            await dispatcher.supervision.start(call, SpyMode.LISTEN, "9001", "sun.li")
        if asks:
            await dispatcher.consults.start(call, "8002", "li.na")
        elif first == "resume":
            await dispatcher.control.hold(call, "li.na")
        await asyncio.sleep(2)
        doing = asyncio.create_task(quietly(DEEDS[first](dispatcher, call)))
        await asyncio.sleep(later)
        await quietly(DEEDS[second](dispatcher, call))
        await doing
        await asyncio.sleep(5)
        assert await astray(running, call) == []


async def quietly(deed: Awaitable[None]) -> None:
    with suppress(Refused, NotFound, SwitchError):  # the other one came first
        await deed


async def astray(running: Centre, name: str) -> list[str]:
    """What is wrong with the call."""
    dispatcher, pbx, call = running.dispatcher, running.pbx, running.live.by_id(name)
    consult = dispatcher.consults.of(name)
    if call is None:
        return [f"{leg} is left" for leg in pbx.live]
    agent = dispatcher.floor.seats[call.agent] if call.agent else None
    caller, theirs = pbx.live[call.leg], pbx.live.get(call.offer)
    asked = pbx.live.get(consult.leg) if consult else None
    found = {
        f"he is {call.state}": call.state is not CallState.TALKING,
        "an agent has no leg": theirs is None,
        "his agent knows of another hold": agent is None or (agent.state is AgentState.ON_HOLD) is not call.held,
        "they hear each other wrongly": theirs is not None and ("" != caller.bridge == theirs.bridge) is call.held,
        "a colleague hears nobody": asked is not None and asked.answered and asked.bridge != (theirs and theirs.bridge),
        "a leg is left": set(pbx.live) - {call.leg, call.offer, consult.leg if consult else ""} != set(),
    }
    return [what for what, wrong in found.items() if wrong]


@pytest.mark.parametrize("what", ["transfer", "hang up", "reclaim", "consult"])
@virtual_time
async def test_what_is_asked_for_while_the_switch_still_parts_the_two_is_told_it_afterwards(
    tmp_path: Path, what: str
) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002", "8003")
        pbx, do, done = running.pbx, running.pbx.do, len(running.pbx.commands)

        async def slowly(command: Command) -> None:
            await asyncio.sleep(0.5 if isinstance(command, Hold) else 0)
            await do(command)

        pbx.do = slowly  # type: ignore[method-assign]  # the switch takes its time
        holding = asyncio.create_task(running.dispatcher.control.hold(call, "li.na"))
        await asyncio.sleep(0.1)
        await DEEDS[what](running.dispatcher, call)
        await holding
        await asyncio.sleep(1)
        assert isinstance(pbx.commands[done], Hold)


@virtual_time
async def test_hang_up_does_not_wait_for_what_the_switch_does_not_answer(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        control, do = running.dispatcher.control, running.pbx.do

        async def hangs(command: Command) -> None:
            if isinstance(command, Hold):
                await asyncio.sleep(5)
                raise LinkLost("no reply to Redirect in time")
            await do(command)

        running.pbx.do = hangs  # type: ignore[method-assign]  # a link that is lost without a word
        holding = asyncio.create_task(control.hold(call, "li.na"))
        await asyncio.sleep(0.1)
        began = now()
        await control.hang_up(call, "li.na")
        assert now() - began == pytest.approx(HANG_UP_PATIENCE, abs=0.1)
        await asyncio.sleep(1)
        assert ((await running.call(call)).state, running.pbx.live) == ("ended", {})
        with pytest.raises(LinkLost):
            await holding


@pytest.mark.parametrize("later", [0.0, 0.0005])
@virtual_time
async def test_a_hold_and_its_end_asked_for_just_then_follow_each_other(tmp_path: Path, later: float) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        control = running.dispatcher.control
        holding = asyncio.create_task(control.hold(call, "li.na"))
        await asyncio.sleep(later)
        await control.resume(call, "li.na")
        await holding
        await asyncio.sleep(5)
        assert ((await running.call(call)).state, running.pbx.live[leg].bridge != "") == ("talking", True)
        assert (await running.history(call))[-2:] == ["held", "resumed"]


@virtual_time
async def test_a_caller_whose_agent_answers_as_the_ring_is_given_up_waits_on(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=4.0)
        call, leg = await running.caller("cards")
        await asyncio.sleep(3.95)
        async with running.dispatcher._lock:
            failed = inputs.OfferFailed(call, "8001", "unreachable")
            giving_up = asyncio.create_task(running.dispatcher.carry_out(lambda _: (failed,), ""))
            await asyncio.sleep(0.1)
            assert running.pbx.live[leg].bridge
        await giving_up
        await asyncio.sleep(6)
        assert ((await running.call(call)).state, running.pbx.live[leg].place) == ("waiting", "centre-wait")
        await asyncio.sleep(10)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_a_colleague_let_go_as_the_caller_is_taken_back_leaves_nobody_on_hold(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        consults = running.dispatcher.consults
        await asyncio.gather(consults.stop(call), consults.resume(call, "li.na"))
        await asyncio.sleep(5)
        assert ((await running.call(call)).agent, running.pbx.live[leg].bridge != "") == ("8001", True)


@virtual_time
async def test_a_menu_step_that_came_too_late_is_not_where_the_caller_goes_on_later(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        async with running.dispatcher._lock:
            completing = asyncio.create_task(running.dispatcher.consults.complete(call, "li.na"))
            await asyncio.sleep(0.1)
            sending = asyncio.create_task(running.dispatcher.control.transfer_to_menu(call, "goodbye", "li.na"))
            await asyncio.sleep(0.1)
        await completing
        assert await reason_of(sending) == "not_talking"
        await asyncio.sleep(1)
        running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        await asyncio.sleep(1)
        assert leg not in running.pbx.live, "his agent has hung up, and he has nowhere to go on"


@virtual_time
async def test_a_call_out_that_is_stopped_while_it_is_stored_rings_nobody(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        outbound = running.dispatcher.outbound
        dialling = asyncio.create_task(outbound.dial("8001", CUSTOMER, "li.na"))
        while outbound.of("8001") is None:  # noqa: ASYNC110  # there is no event of it
            await asyncio.sleep(0)
        await outbound.stop("8001")
        call = await dialling
        await asyncio.sleep(1)
        assert not any(isinstance(each, Summon) for each in running.pbx.commands)
        assert running.pbx.live == {}
        assert ((await running.call(call)).outcome, await running.agent("8001")) == ("not_reached", ("ready", ""))


def new_beginnings(running: Centre) -> list[bool]:
    """Fills while the centre would begin again."""
    began: list[bool] = []
    running.dispatcher.begin_anew = lambda: began.append(True)  # type: ignore[method-assign]
    return began


@virtual_time
async def test_a_caller_who_is_gone_when_the_music_is_told_of_does_not_make_the_centre_begin_again(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path) as running:
        leg, began = running.pbx.call("13900000001"), new_beginnings(running)
        call = await running.calls.begin(CallArrived(now(), leg, "13900000001", "95000"), "gold", "zh")
        async with running.dispatcher._lock:
            running.bus.publish(CallerWaiting(now(), leg))
            await asyncio.sleep(0.1)
            await running.calls.finish(call, "abandoned", "customer")
        await asyncio.sleep(0.1)
        assert (began, (await running.call(call)).state) == ([], "ended")


@virtual_time
async def test_a_caller_whom_a_new_beginning_finds_in_the_music_has_one_call(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        leg = running.pbx.call("13900000001")
        running.pbx.live[leg].place = "centre-wait"
        async with running.dispatcher._lock:
            running.dispatcher.begin_anew()
            await asyncio.sleep(0.1)
            running.bus.publish(CallerWaiting(now(), leg))
            await asyncio.sleep(0.1)
            began = new_beginnings(running)
        await asyncio.sleep(1)
        assert (running.dispatcher.serving, began) == (True, [])
        assert [each.leg for each in running.live] == [leg]


@pytest.mark.parametrize("told", ["before he is there", "while he comes"])
@pytest.mark.parametrize("is_now", ["no agent", "one of other skills"])
@virtual_time
async def test_agent_who_signs_in_while_he_is_made_something_else_is_that(
    tmp_path: Path, is_now: str, told: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        running.pbx.phone("phone-8001")
        agents, found = running.dispatcher.agents, asyncio.Event()

        async def slowly(_number: str) -> None:
            await found.wait()

        agents._off_duty = slowly  # type: ignore[assignment]  # the rota takes its time
        signing_in = asyncio.create_task(agents.set_state("8001", AgentState.READY, "", "test"))
        await asyncio.sleep(0.1)
        async with running.dispatcher._lock:
            if told == "while he comes":
                found.set()
                await asyncio.sleep(0.1)
            if is_now == "no agent":
                del running.team.cards["8001"]
            else:
                running.team.cards["8001"] = AgentCard("8001", "name", {"en": 3}, "test")
            running.bus.publish(PeopleChanged())
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)
        found.set()
        await signing_in
        await asyncio.sleep(1)
        assert (await running.agent("8001"))[0] == ("signed-out" if is_now == "no agent" else "ready")
        if is_now != "no agent":
            assert running.dispatcher.floor.seats["8001"].profile == (("en", 3),)


@pytest.mark.parametrize("what", ["gives him on", "hangs up"])
@virtual_time
async def test_supervisor_hears_nobody_when_the_talk_that_he_asked_for_ends_just_then(
    tmp_path: Path, what: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        running.pbx.phone("phone-9001")
        dispatcher = running.dispatcher
        ends = dispatcher.consults.complete if what == "gives him on" else dispatcher.control.hang_up
        async with dispatcher._lock:
            ending = asyncio.create_task(ends(call, "li.na"))
            await asyncio.sleep(0.1)
            starting = asyncio.create_task(dispatcher.supervision.start(call, SpyMode.LISTEN, "9001", "sun.li"))
            await asyncio.sleep(0.1)
        await ending
        assert await reason_of(starting) == "not_talking"
        await asyncio.sleep(1)
        assert (dispatcher.supervision.of(call), await audited(running)) == ([], [])
        assert not any(isinstance(each, Spy) for each in running.pbx.commands)


@pytest.mark.parametrize("what", ["promised", "dropped"])
@virtual_time
async def test_call_back_that_comes_or_goes_while_the_list_is_read_is_lined_up_as_it_is_then(
    tmp_path: Path, what: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        asked = "" if what == "promised" else await promised(running, callbacks)
        reading, read = callbacks._db.reading, asyncio.Event()

        @asynccontextmanager
        async def slowly() -> AsyncIterator[AsyncSession]:
            async with reading() as session:
                yield session
            await read.wait()

        callbacks._db.reading = slowly  # type: ignore[method-assign]  # the database takes its time
        lining_up = asyncio.create_task(callbacks.line_up())
        await asyncio.sleep(0.1)
        callbacks._db.reading = reading  # type: ignore[method-assign]
        if what == "promised":
            asked = await promised(running, callbacks)
        else:
            await callbacks.settle(asked, "done")
        await callbacks.line_up()
        read.set()
        await lining_up
        assert running.dispatcher.floor.promised == ({asked} if what == "promised" else set())
