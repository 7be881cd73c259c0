"""Calls under way that people hold, hang up, transfer, pick or rank, on a fake switch."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from acd.models import CallEvent
from acd.queues import Queues
from core.errors import NotFound, Refused
from pbx.commands import Rejoin
from pbx.events import CallArrived
from pbx.switch import LinkLost, SwitchError
from tests.acd.centre import Centre, centre
from tests.virtual_time import now, virtual_time


async def talking(running: Centre, queue: str = "general", priority: int = 0) -> tuple[str, str]:
    call, leg = await running.caller(queue, priority)
    await asyncio.sleep(3)
    assert (await running.call(call)).state == "talking"
    return call, leg


async def data_of(running: Centre, call: str, kind: str) -> dict[str, object]:
    """What the last line of that kind in the call's history says."""
    async with running.db.reading() as session:
        query = select(CallEvent.data).where(CallEvent.call == call, CallEvent.kind == kind)
        return (await session.scalars(query.order_by(CallEvent.id.desc()))).first() or {}


async def audited(running: Centre) -> list[tuple[str, str, str, str]]:
    async with running.db.reading() as session:
        found = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.who, entry.what, entry.about, entry.reason) for entry in found]


async def reason_of(refused: object) -> str:
    with pytest.raises(Refused) as told:
        await refused  # type: ignore[misc]  # a coroutine of the caller's choice
    return told.value.reason


@virtual_time
async def test_a_held_caller_hears_music_until_the_agent_takes_him_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        control, pbx = running.dispatcher.control, running.pbx
        assert await reason_of(control.resume(call, "li.na")) == "not_held"
        await control.hold(call, "li.na")
        assert await running.agent("8001") == ("on-hold", "")
        assert (pbx.live[leg].place, pbx.live[leg].bridge) == ("centre-hold", "")
        assert await reason_of(control.hold(call, "li.na")) == "already_held"
        await asyncio.sleep(30)
        assert (await running.call(call)).state == "talking"
        await control.resume(call, "li.na")
        await asyncio.sleep(0.1)
        assert await running.agent("8001") == ("talking", "")
        assert pbx.live[leg].bridge == pbx.live[pbx.leg_of("phone-8001")].bridge != ""
        await control.hang_up(call, "li.na")
        await asyncio.sleep(1)
        ended = await running.call(call)
        assert (ended.outcome, ended.ended_by) == ("answered", "agent")
        assert await running.agent("8001") == ("wrap-up", "")
        assert pbx.live == {}
        assert await running.history(call) == [
            "began", "queued", "offered", "offer-ended", "connected", "held", "resumed", "disconnected", "ended",
        ]  # fmt: skip
        assert await data_of(running, call, "held") == {"by": "li.na"}
        assert await audited(running) == []


@virtual_time
async def test_a_caller_who_hangs_up_on_hold_frees_his_agent(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.hold(call, "li.na")
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(2)
        assert running.pbx.live == {}
        assert (await running.call(call)).ended_by == "customer"
        assert await running.agent("8001") == ("wrap-up", "")


@pytest.mark.parametrize("held", ["by us", "by the telephone"])
@virtual_time
async def test_a_caller_on_hold_whose_agents_telephone_is_put_down_waits_in_his_queue_with_his_place(
    tmp_path: Path, held: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await running.surveyed_later("8001")
        agent = running.pbx.leg_of("phone-8001")
        if held == "by us":
            await running.dispatcher.control.hold(call, "li.na")
        else:
            running.pbx.hold(agent, True)
        before = (await running.call(call)).queued_at or 0.0
        await asyncio.sleep(5)
        running.pbx.hang_up(agent)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.queue, running.pbx.live[leg].place) == ("waiting", "cards", "centre-wait")
        assert before < (row.queued_at or 0.0) < now() - 1, "what he had waited before counts"
        assert (await running.agent("8001"), (await data_of(running, call, "lost"))["target"]) == (("wrap-up", ""), "")
        await running.sign_in("8002")
        await asyncio.sleep(3)
        assert ((await running.call(call)).state, (await running.call(call)).agent) == ("talking", "8002")


@virtual_time
async def test_a_hold_outlives_the_engine(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.hold(call, "li.na")
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("on-hold", "")
        assert (await again.call(call)).state == "talking"
        await again.dispatcher.control.resume(call, "li.na")
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("talking", "")
        assert running.pbx.live[leg].bridge != ""
        await again.dispatcher.stop()


@virtual_time
async def test_a_caller_taken_back_by_the_dial_plan_talks_again_after_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.dispatcher.control.hold(call, "li.na")
        again = await running.restart()
        await running.pbx.do(Rejoin(running.pbx.leg_of("phone-8001")))
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("talking", "")
        assert await data_of(again, call, "resumed") == {"by": "switch"}
        assert await reason_of(again.dispatcher.control.resume(call, "li.na")) == "not_held"
        await again.dispatcher.stop()


@virtual_time
async def test_a_held_caller_left_alone_without_an_engine_waits_again_when_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.hold(call, "li.na")
        again = await running.restart()
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        running.pbx.fall_back(leg)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await again.call(call)).state == "waiting"
        assert await again.agent("8001") == ("wrap-up", "")
        assert running.pbx.live[leg].place == "centre-wait"
        await again.sign_in("8002")
        await asyncio.sleep(2)
        assert (await again.call(call)).agent == "8002"
        await again.dispatcher.stop()


@virtual_time
async def test_a_call_that_the_switch_gave_to_the_agent_itself_is_not_torn_apart_by_a_hold(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.link_down()
        leg = running.pbx.call()
        running.pbx.fall_back(leg, "phone-8001")
        running.pbx.link_up()
        await asyncio.sleep(1)
        (call,) = [each.id for each in running.live]
        with pytest.raises(SwitchError, match="cannot be held"):
            await running.dispatcher.control.hold(call, "li.na")
        assert await running.agent("8001") == ("talking", "")
        assert running.pbx.live[leg].bridge != ""
        await running.dispatcher.control.transfer(call, "li.na", queue="cards")
        await asyncio.sleep(1)
        assert (await running.call(call)).state == "waiting"
        assert list(running.pbx.live) == [leg]


@virtual_time
async def test_hold_of_the_telephone_is_noted_and_cannot_be_ended_by_us(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.pbx.hold(running.pbx.leg_of("phone-8001"), held=True)
        await asyncio.sleep(0.1)
        assert await running.agent("8001") == ("on-hold", "")
        assert await reason_of(running.dispatcher.control.resume(call, "li.na")) == "not_held"
        running.pbx.hold(running.pbx.leg_of("phone-8001"), held=False)
        await asyncio.sleep(0.1)
        assert await running.agent("8001") == ("talking", "")


@virtual_time
async def test_nothing_can_be_done_to_a_call_without_a_talk(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        control = running.dispatcher.control
        call, _ = await running.caller()
        assert await reason_of(control.hold(call, "x")) == "not_talking"
        assert await reason_of(control.hang_up(call, "x")) == "not_talking"
        assert await reason_of(control.transfer(call, "x", queue="cards")) == "not_talking"
        with pytest.raises(NotFound):
            await control.hold("nobody", "x")


@virtual_time
async def test_a_hold_that_the_link_may_have_lost_is_settled_when_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.pbx.linked = False  # and nobody knows yet
        with pytest.raises(LinkLost):
            await running.dispatcher.control.hold(call, "li.na")
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("talking", "")
        await running.dispatcher.control.hold(call, "li.na")
        assert await running.agent("8001") == ("on-hold", "")


@virtual_time
async def test_a_transferred_caller_goes_before_those_who_waited_less_and_the_old_agent_wraps_up(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        patient, leg = await running.caller("general")
        await asyncio.sleep(40)
        await running.sign_in("8001")
        await asyncio.sleep(3)
        assert (await running.call(patient)).state == "talking"
        await asyncio.sleep(60)
        other, _ = await running.caller("cards")
        await asyncio.sleep(10)
        await running.dispatcher.control.transfer(patient, "li.na", queue="cards")
        await asyncio.sleep(0.2)
        assert await running.agent("8001") == ("wrap-up", "")
        row = await running.call(patient)
        assert (row.state, row.queue, row.agent, row.connected_at, row.ended_by) == ("waiting", "cards", "", None, "")
        assert running.pbx.live[leg].place == "centre-wait"
        assert set(running.pbx.live) == {leg, (await running.call(other)).leg}
        await running.sign_in("8002")
        await asyncio.sleep(2)
        assert (await running.call(patient)).agent == "8002"
        assert (await running.call(other)).state == "waiting"
        told = await data_of(running, patient, "transfer")
        assert told == {"mode": "blind", "target": "cards", "queue": "cards", "by": "li.na"}
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert (await running.call(patient)).outcome == "answered"


@virtual_time
async def test_a_transfer_to_an_agent_rings_him_alone_and_then_goes_to_the_queue(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        control = running.dispatcher.control
        assert await reason_of(control.transfer(call, "li.na", agent="8002")) == "agent_not_free"
        assert await reason_of(control.transfer(call, "li.na", agent="8001")) == "same_agent"
        assert await reason_of(control.transfer(call, "li.na", queue="nowhere")) == "unknown_queue"
        assert (await running.call(call)).state == "talking"
        await running.sign_in("8003")
        await asyncio.sleep(5)
        await running.sign_in("8002", answers_after=99.0)
        await running.dispatcher.control.transfer(call, "li.na", queue="cards", agent="8002")
        await asyncio.sleep(10)
        assert (await running.offers(call))[1:] == [("8002", "")]
        await asyncio.sleep(8)
        assert (await running.offers(call))[1:] == [("8002", "no_answer"), ("8003", "accepted")]
        assert (await running.call(call)).queue == "cards"
        assert (await data_of(running, call, "transfer"))["target"] == "8002"


@virtual_time
async def test_a_caller_on_hold_can_be_transferred(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002")
        await running.dispatcher.control.hold(call, "li.na")
        await running.dispatcher.control.transfer(call, "li.na", agent="8002")
        await asyncio.sleep(2)
        assert (await running.call(call)).agent == "8002"
        assert len(running.pbx.live) == 2
        assert running.pbx.live[leg].bridge != ""
        assert await running.agent("8002") == ("talking", "")


@virtual_time
async def test_a_transfer_as_the_link_breaks_is_carried_out_when_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.linked = False  # and nobody knows yet
        await running.dispatcher.control.transfer(call, "li.na", queue="cards")
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await running.call(call)).state == "waiting"
        assert list(running.pbx.live) == [leg]
        await running.sign_in("8002")
        await asyncio.sleep(2)
        assert (await running.call(call)).agent == "8002"


@virtual_time
async def test_a_caller_who_hangs_up_after_a_transfer_is_an_abandoned_one(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.transfer(call, "li.na", queue="cards")
        await asyncio.sleep(1)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert (await running.call(call)).outcome == "abandoned"
        assert running.pbx.live == {}


@virtual_time
async def test_a_picked_caller_goes_to_that_agent_whoever_waits_before_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        control = running.dispatcher.control
        await running.sign_in("8001", answers_after=99.0)
        first, _ = await running.caller("complaints")
        second, _ = await running.caller("complaints")
        assert await reason_of(control.pick(first, "8002", "sun.li")) == "agent_not_free"
        assert await running.offers() == []
        await control.pick(second, "8001", "sun.li")
        await asyncio.sleep(1)
        assert await running.offers() == [("8001", "")]
        assert (await running.call(second)).state == "ringing"
        offered = await data_of(running, second, "offered")
        assert [offered[each] for each in ("policy", "by", "waiting", "free")] == ["picked", "sun.li", 2, 1]
        assert await reason_of(control.pick(second, "8001", "sun.li")) == "not_waiting"
        await asyncio.sleep(20)
        assert (await running.call(second)).state == "waiting"
        assert await audited(running) == [("sun.li", "call_picked", f"call:{second}", "8001")]


@virtual_time
async def test_a_caller_with_a_new_priority_is_served_by_it_also_after_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.caller()
        second, _ = await running.caller()
        await running.dispatcher.control.set_priority(second, 50, "sun.li")
        assert (await running.call(second)).priority == 50
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(0.5)
        await again.sign_in("8001")
        await asyncio.sleep(2)
        assert (await again.call(second)).state == "talking"
        told = await data_of(again, second, "priority")
        assert told == {"was": 0, "priority": 50, "by": "sun.li"}
        assert await reason_of(again.dispatcher.control.set_priority(second, 1, "sun.li")) == "not_waiting"
        assert await audited(again) == [("sun.li", "call_priority", f"call:{second}", "0 → 50")]
        await again.dispatcher.stop()


@virtual_time
async def test_transferred_caller_keeps_the_level_he_needed_beyond_the_queues_own(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        leg = running.pbx.call()
        call = await running.calls.begin(CallArrived(now(), leg, "1", "95000"), "gold", "zh")
        await running.calls.enqueue(call, "cards", {"cards": 4, "zh": 2}, 0)
        await asyncio.sleep(2)
        await running.dispatcher.control.transfer(call, "test", queue="loans")
        assert (await running.call(call)).skills == {"cards": 4, "zh": 2, "loans": 1}


@virtual_time
async def test_transferred_caller_keeps_his_language_though_his_old_queue_asked_for_it_too(tmp_path: Path) -> None:
    rules = Queues.model_validate(
        {"queues": {name: {"name": {"en": name}, "skills": skills} for name, skills in
                    {"general": {}, "mandarin": {"zh": 5}, "loans": {"loans": 1}}.items()}}
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=rules) as running:
        await running.sign_in("8001", answers_after=1.0)
        leg = running.pbx.call()
        call = await running.calls.begin(CallArrived(now(), leg, "1", "95000"), "gold", "zh")
        await running.calls.step(call, now(), "main", "1")
        await running.calls.enqueue(call, "mandarin", {"zh": 1}, 0)
        await asyncio.sleep(2)
        await running.dispatcher.control.transfer(call, "test", queue="loans")
        assert (await running.call(call)).skills == {"zh": 1, "loans": 1}
