"""An agent asks a colleague while his caller is on hold, on a fake switch."""

import asyncio
from pathlib import Path

import pytest

from acd.agent_state import AgentState
from core.errors import NotFound, Refused
from pbx.commands import Command, HangUp, Hold
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import data_of, talking
from tests.acd.test_decided import lines
from tests.acd.test_outbound import CUSTOMER
from tests.virtual_time import virtual_time


async def consulting(running: Centre, **phone: float) -> tuple[str, str]:
    """8001 talks with a caller and has asked 8002: (call, the caller's leg)."""
    await running.sign_in("8001")
    call, leg = await talking(running)
    await running.sign_in("8002", **phone)
    await running.dispatcher.consults.start(call, "8002", "li.na")
    await asyncio.sleep(2)
    return call, leg


@virtual_time
async def test_who_hangs_up_while_he_asks_a_colleague_leaves_him_the_caller(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")
        assert running.pbx.live[leg].partner == running.pbx.leg_of("phone-8002")
        assert await running.agent("8001") == ("wrap-up", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert ((await running.call(call)).state, running.pbx.live) == ("ended", {})


@virtual_time
async def test_colleague_who_does_not_answer_then_leaves_the_caller_to_anybody(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        running.pbx.phone("phone-8002", answers_after=99.0)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(90)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8001")
        assert (await running.offers(call))[1:] == [("8002", "no_answer"), ("8001", "accepted")]
        assert (await running.agent("8002"))[0] == "not-ready"


def partner(running: Centre, device: str) -> str:
    return running.pbx.live[running.pbx.leg_of(device)].partner


async def reason_of(refused: object) -> str:
    with pytest.raises(Refused) as told:
        await refused  # type: ignore[misc]  # a coroutine of the caller's choice
    return told.value.reason


@virtual_time
async def test_the_colleague_takes_the_caller_over_without_another_ring(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        consults = running.dispatcher.consults
        assert await running.agent("8001") == ("on-hold", "")
        assert await running.agent("8002") == ("not-ready", "consult")
        assert partner(running, "phone-8002") == running.pbx.leg_of("phone-8001")
        assert running.pbx.live[leg].place == "centre-hold"
        assert await reason_of(consults.start(call, "8002", "li.na")) == "consulting"
        await consults.complete(call, "li.na")
        await asyncio.sleep(0.5)
        assert await running.agent("8001") == ("wrap-up", "")
        assert await running.agent("8002") == ("talking", "")
        assert partner(running, "phone-8002") == leg
        assert len(running.pbx.live) == 2
        told = await data_of(running, call, "transfer")
        assert (told["mode"], told["target"]) == ("attended", "8002")
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert running.pbx.live == {}
        assert (await running.call(call)).outcome == "answered"


@pytest.mark.parametrize(
    ("state", "by"),
    [(AgentState.MEAL, "sun.li"), (AgentState.TRAINING, "test"), (AgentState.SIGNED_OUT, "test")],
)
@pytest.mark.parametrize("of_three", [False, True])
def test_colleague_who_became_something_else_while_he_was_asked_is_that_again_after_the_talk(
    tmp_path: Path, state: AgentState, by: str, of_three: bool
) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002") as running:
            call, leg = await consulting(running)
            await running.dispatcher.set_state("8002", state, "soon", by)
            if of_three:
                await running.dispatcher.consults.join(call, "li.na")
            await running.dispatcher.consults.complete(call, "li.na")
            await asyncio.sleep(1)
            assert await running.agent("8002") == ("talking", "")
            running.pbx.hang_up(leg)
            await asyncio.sleep(60)
            assert await running.agent("8002") == (state, "soon")
            assert (await lines(running, "8002"))[-1] == (state, by)

    story()


@virtual_time
async def test_colleague_who_was_sent_to_a_meal_while_he_was_asked_cannot_wish_for_something_else_in_the_talk(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        await running.dispatcher.set_state("8002", AgentState.MEAL, "", "sun.li")
        await running.dispatcher.consults.complete(call, "li.na")
        await asyncio.sleep(1)
        assert await reason_of(running.dispatcher.set_state("8002", AgentState.READY, "", "test")) == "decided"
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        await running.dispatcher.set_state("8002", AgentState.READY, "", "test")
        assert await running.agent("8002") == ("meal", "")


@virtual_time
async def test_colleague_who_stayed_with_the_asker_is_ready_after_the_talk(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        await running.dispatcher.consults.complete(call, "li.na")
        await asyncio.sleep(1)
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert await running.agent("8002") == ("ready", "")


@virtual_time
async def test_caller_whose_queue_was_taken_out_of_the_settings_can_still_be_given_to_a_person(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002", rules=QUEUES.as_now()) as running:
        await running.sign_in("8001")
        call, leg = await talking(running, "cards")
        await running.sign_in("8002")
        await running.dispatcher.consults.start(call, "8002", "li.na")
        await asyncio.sleep(2)
        left = {name: queue for name, queue in QUEUES.queues.items() if name != "cards"}
        await running.go_by(QUEUES.model_copy(update={"queues": left}))
        assert await reason_of(running.dispatcher.control.transfer(call, "li.na", queue="cards")) == "unknown_queue"
        await running.dispatcher.consults.complete(call, "li.na")
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent, row.queue) == ("talking", "8002", "general")
        assert partner(running, "phone-8002") == leg


@pytest.mark.parametrize("who", ["asker", "colleague"])
def test_after_the_consult_the_asker_takes_his_caller_back(tmp_path: Path, who: str) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002") as running:
            call, leg = await consulting(running)
            if who == "asker":
                await running.dispatcher.consults.stop(call)
            else:
                running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
            await asyncio.sleep(10)
            assert await running.agent("8002") == ("ready", "")
            assert await running.agent("8001") == ("on-hold", "")
            await running.dispatcher.control.resume(call, "li.na")
            await asyncio.sleep(1)
            assert partner(running, "phone-8001") == leg
            with pytest.raises(NotFound):
                await running.dispatcher.consults.stop(call)

    story()


@virtual_time
async def test_asker_who_goes_back_to_his_caller_leaves_the_colleague_who_has_answered(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        await running.dispatcher.consults.resume(call, "li.na")
        await asyncio.sleep(1)
        assert running.pbx.live.keys() == {leg, running.pbx.leg_of("phone-8001")}
        assert await running.agent("8001") == ("talking", "")
        assert await running.agent("8002") == ("ready", "")


@pytest.mark.parametrize("how", ["resumed", "stopped", "the caller hangs up"])
@virtual_time
async def test_colleague_whose_ring_was_ended_is_not_blamed_for_a_telephone_still_at_it(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running, answers_after=15.0)
        waits, _ = await running.caller()
        running.pbx.phones["phone-8002"].busy = True
        match how:
            case "resumed":
                await running.dispatcher.consults.resume(call, "li.na")
            case "stopped":
                await running.dispatcher.consults.stop(call)
            case _:
                running.pbx.hang_up(leg)
        await asyncio.sleep(0.5)
        running.pbx.phones["phone-8002"].busy = False
        await asyncio.sleep(2)
        assert await running.offers(waits) == [("8002", "system"), ("8002", "")]
        assert await running.agent("8002") == ("ringing", "")


@pytest.mark.parametrize("by", ["test", "sun.li"])
@pytest.mark.parametrize("answers_after", [1.0, 15.0])
def test_colleague_who_is_asked_cannot_become_ready_before_that_is_over(
    tmp_path: Path, by: str, answers_after: float
) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002") as running:
            call, _ = await consulting(running, answers_after=answers_after)
            waits, _ = await running.caller()
            set_state = running.dispatcher.set_state
            assert await reason_of(set_state("8002", AgentState.READY, "", by)) == "line_taken"
            await asyncio.sleep(1)
            assert await running.offers(waits) == []
            await running.dispatcher.consults.stop(call)
            await asyncio.sleep(0.5)
            assert [agent for agent, _ in await running.offers(waits)] == ["8002"]

    story()


@virtual_time
async def test_colleague_who_is_asked_cannot_dial_before_that_is_over(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        dial = running.dispatcher.outbound.dial
        assert await reason_of(dial("8002", CUSTOMER, "wang.wei")) == "line_taken"
        await running.dispatcher.consults.stop(call)
        assert await running.agent("8002") == ("ready", "")
        await dial("8002", CUSTOMER, "wang.wei")
        assert await running.agent("8002") == ("outbound", "dialling")


@virtual_time
async def test_a_caller_who_hangs_up_meanwhile_frees_both_agents(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert running.pbx.live == {}
        assert (await running.call(call)).ended_by == "customer"
        assert await running.agent("8001") == ("wrap-up", "")
        assert await running.agent("8002") == ("ready", "")


@virtual_time
async def test_a_colleague_who_does_not_answer_is_ready_again_and_the_caller_is_on_hold(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running, answers_after=99.0)
        assert await reason_of(running.dispatcher.consults.complete(call, "li.na")) == "not_answered"
        await asyncio.sleep(25)
        assert await running.agent("8002") == ("ready", "")
        assert await running.agent("8001") == ("on-hold", "")
        assert running.pbx.live[leg].place == "centre-hold"
        assert running.dispatcher.consults.of(call) is None


@virtual_time
async def test_a_new_engine_ends_the_consult_and_keeps_the_caller_on_hold(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert await again.agent("8001") == ("on-hold", "")
        assert set(running.pbx.live) == {leg, running.pbx.leg_of("phone-8001")}
        await again.dispatcher.control.resume(call, "li.na")
        await asyncio.sleep(1)
        assert partner(running, "phone-8001") == leg
        await again.dispatcher.stop()


@virtual_time
@pytest.mark.parametrize("colleague", ["talks on", "has hung up"])
async def test_a_new_engine_holds_the_caller_again_whom_the_switchs_own_queue_had_taken_meanwhile(
    tmp_path: Path, colleague: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        again = await running.restart()
        running.pbx.link_down()
        running.pbx.fall_back(leg)
        if colleague == "has hung up":
            running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert await again.agent("8001") == ("on-hold", "")
        assert await again.agent("8002") == ("ready", "")
        assert {each.id: each.place for each in running.pbx.live.values()} == {
            leg: "centre-hold", running.pbx.leg_of("phone-8001"): "centre-idle",
        }  # fmt: skip
        assert "disconnected" not in await again.history(call)
        await again.dispatcher.control.resume(call, "li.na")
        await asyncio.sleep(1)
        assert partner(running, "phone-8001") == leg
        await again.dispatcher.stop()


@virtual_time
async def test_a_new_engine_ends_the_colleague_only_when_the_asker_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        _, leg = await consulting(running)
        asker, colleague = (running.pbx.leg_of(f"phone-{number}") for number in ("8001", "8002"))
        again, do = await running.restart(), running.pbx.do
        before = len(running.pbx.commands)

        async def slowly(command: Command) -> None:
            if isinstance(command, Hold):
                await asyncio.sleep(0.1)  # a leg is asked first whether it can be held
            await do(command)

        monkeypatch.setattr(running.pbx, "do", slowly)
        running.pbx.link_up()
        await asyncio.sleep(10)
        told = running.pbx.commands[before:]
        assert told.index(Hold(leg, asker)) < told.index(HangUp(colleague))
        await again.dispatcher.stop()


@virtual_time
async def test_a_new_engine_does_not_take_the_colleagues_caller_back_from_the_hold_of_the_talk_before(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _ = await consulting(running)
        await running.dispatcher.consults.complete(call, "li.na")
        await asyncio.sleep(1)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8002") == ("talking", "")
        assert (await again.history(call)).count("held") == 1
        assert "resumed" not in await again.history(call)
        await again.dispatcher.stop()


@virtual_time
async def test_a_caller_given_to_a_queue_in_the_middle_of_a_consult_frees_the_colleague(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running, answers_after=1.0)
        await running.dispatcher.control.transfer(call, "li.na", queue="complaints")
        await asyncio.sleep(0.5)
        row = await running.call(call)
        assert (row.state, row.queue) == ("waiting", "complaints")
        assert await running.agent("8002") == ("ready", "")
        assert list(running.pbx.live) == [leg]
        assert running.pbx.live[leg].place == "centre-wait"


@virtual_time
async def test_a_colleague_out_of_reach_is_not_given_the_caller(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        running.pbx.phone("phone-8002", registered=False)
        await asyncio.sleep(0.1)
        assert await reason_of(running.dispatcher.consults.complete(call, "li.na")) == "agent_not_free"
        assert await running.agent("8001") == ("on-hold", "")
        assert running.pbx.live[leg].place == "centre-hold"
