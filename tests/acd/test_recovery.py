"""What happens to calls and agents when the engine, the link or Asterisk goes away and comes back."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.figures import stays
from acd.models import CallEvent, Offer
from acd.routing.ours import Balanced
from pbx.commands import Confirm
from pbx.events import CallArrived, Unseen
from tests.acd.centre import Centre, centre
from tests.acd.test_control import data_of, reason_of, talking
from tests.acd.test_missed import states_of
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_restart_keeps_talks_and_the_order_of_those_who_wait(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        talking, talking_leg = await running.caller()
        await asyncio.sleep(3)
        first, _ = await running.caller()
        await asyncio.sleep(3)
        second, _ = await running.caller()
        again = await running.restart()
        await asyncio.sleep(20)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("talking", "")
        assert [(await again.call(call)).state for call in (talking, first, second)] == [
            "talking",
            "waiting",
            "waiting",
        ]
        running.pbx.hang_up(talking_leg)
        await asyncio.sleep(13)
        ended = await again.call(talking)
        assert (ended.state, ended.ended_by) == ("ended", "customer")
        assert [(await again.call(call)).state for call in (first, second)] == ["talking", "waiting"]
        await again.dispatcher.stop()


@virtual_time
async def test_phone_answered_while_the_engine_was_away_is_a_talk_afterwards(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=5.0)
        call, leg = await running.caller()
        rung = now()
        await asyncio.sleep(2)
        again = await running.restart()
        await asyncio.sleep(10)
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await again.call(call)
        assert row.state == "talking"
        assert row.connected_at == pytest.approx(rung + 5, abs=0.5)
        waited = (await data_of(again, call, "connected"))["waited"]
        assert waited == pytest.approx(5, abs=0.5)
        assert await again.agent("8001") == ("talking", "")
        assert await again.offers(call) == [("8001", "accepted")]
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("wrap-up", "")
        await again.dispatcher.stop()


@virtual_time
async def test_phone_still_ringing_after_a_restart_is_withdrawn_and_offered_anew(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=8.0)
        call, _ = await running.caller()
        await asyncio.sleep(2)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(9)
        assert await again.offers(call) == [("8001", "cancelled"), ("8001", "accepted")]
        assert sum(leg.is_agent for leg in running.pbx.live.values()) == 1
        await again.dispatcher.stop()


@virtual_time
async def test_asterisk_died_so_its_calls_are_closed_by_the_system_and_agents_serve_on(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        talking, _ = await running.caller()
        await asyncio.sleep(3)
        waiting, _ = await running.caller()
        running.pbx.crash()
        await asyncio.sleep(2)
        running.pbx.link_up()
        await asyncio.sleep(1)
        rows = [await running.call(call) for call in (talking, waiting)]
        assert [(row.state, row.outcome, row.ended_by) for row in rows] == [
            ("ended", "answered", "system"), ("ended", "failed", "system"),
        ]  # fmt: skip
        assert await running.agent("8001") == ("wrap-up", "")
        after, _ = await running.caller()
        await asyncio.sleep(13)
        assert (await running.call(after)).state == "talking"


@virtual_time
async def test_who_left_during_an_outage_is_booked_as_who_ended_it_and_his_agent_is_freed(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", answers_after=1.0)
        (talked, talked_leg), (left, _) = [await running.caller() for _ in range(2)]
        await asyncio.sleep(3)
        (gave_up, gave_up_leg), (stays, _) = [await running.caller() for _ in range(2)]
        in_menu = running.pbx.call("13900000002")
        lost = await running.calls.begin(CallArrived(now(), in_menu, "13900000002", "95000"), "gold", "zh")
        running.pbx.link_down()
        for leg in (talked_leg, gave_up_leg, in_menu, running.pbx.leg_of("phone-8002")):
            running.pbx.hang_up(leg)
        await asyncio.sleep(8)
        running.pbx.link_up()
        await asyncio.sleep(0.5)
        ended = [await running.call(call) for call in (talked, left, gave_up, lost)]
        assert [(row.outcome, row.ended_by) for row in ended] == [
            ("answered", "customer"), ("answered", "agent"), ("abandoned", "customer"), ("abandoned", "customer"),
        ]  # fmt: skip
        assert (await running.call(stays)).state == "waiting"
        await asyncio.sleep(13)
        assert (await running.call(stays)).state == "talking"


@virtual_time
async def test_unknown_caller_found_in_the_music_is_queued_as_general(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.link_down()
        await asyncio.sleep(0.1)
        leg = running.pbx.call("13900000000")
        running.pbx.live[leg].place = "centre-wait"
        await asyncio.sleep(30)
        running.pbx.link_up()
        await asyncio.sleep(3)
        found = running.live.by_leg(leg)
        assert found is not None
        row = await running.call(found.id)
        assert (row.queue, row.state, row.caller) == ("general", "talking", "13900000000")


@virtual_time
async def test_whom_a_new_engine_puts_into_a_queue_has_arrived_there_at_once_and_everybody_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived: list[str] = []
    monkeypatch.setattr(Balanced, "arrived", lambda _self, contact, _at: arrived.append(contact.call))
    async with centre(tmp_path) as running:
        waits, _ = await running.caller()
        on_his_way, late = await running.caller(caller="13900000003")
        in_menu = running.pbx.call("13900000001")
        call = await running.calls.begin(CallArrived(now(), in_menu, "13900000001", "95000"), "gold", "zh")
        running.pbx.link_down()
        await asyncio.sleep(0.1)
        stranger = running.pbx.call("13900000002")
        running.pbx.live[in_menu].place, running.pbx.live[stranger].place = "fallback", "centre-wait"
        running.pbx.live[late].place = "hotline"
        again = await running.restart()
        arrived.clear()
        running.pbx.link_up()
        await asyncio.sleep(1)
        adopted = again.live.by_leg(stranger)
        assert adopted is not None
        assert sorted(arrived) == sorted((waits, on_his_way, call, adopted.id))


@virtual_time
async def test_wrap_up_and_breaks_survive_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002")
        await running.dispatcher.set_state("8002", AgentState.MEAL, "lunch", "test")
        _, leg = await running.caller()
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(2)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await again.agent("8001") == ("wrap-up", "")
        assert await again.agent("8002") == ("meal", "lunch")
        await asyncio.sleep(8)
        assert await again.agent("8001") == ("ready", "")
        await again.dispatcher.stop()


@virtual_time
async def test_wrap_ups_that_were_over_before_the_next_engine_came_ended_when_due_and_what_was_to_follow_began_then(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        ended = {}
        for agent in ("8001", "8002", "8003"):
            await running.sign_in(agent)
            _, leg = await talking(running)
            if agent == "8002":
                await running.dispatcher.set_state(agent, AgentState.TRAINING, "", "test")
            running.pbx.hang_up(leg)
            ended[agent] = now()
            await asyncio.sleep(0.1)
        again = await running.restart()
        running.pbx.link_down()
        running.pbx.phone("phone-8003", registered=False)
        await asyncio.sleep(600)
        running.pbx.link_up()
        await asyncio.sleep(1)
        last = {agent: (await states_of(again, agent))[-1] for agent in ended}
        assert {agent: state for agent, (state, _) in last.items()} == {
            "8001": "ready", "8002": "training", "8003": "not-ready",
        }  # fmt: skip
        for agent, (_, at) in last.items():
            assert at == pytest.approx(ended[agent] + 10, abs=0.01)
        running.pbx.phone("phone-8003", registered=True)
        calls = [(await again.caller())[0] for _ in range(2)]
        await asyncio.sleep(3)
        assert {(await again.call(call)).agent for call in calls} == {"8001", "8003"}
        await again.dispatcher.stop()


@virtual_time
async def test_identity_proven_in_the_menu_is_on_call_offer_and_history_and_survives_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = running.pbx.call("02066668888")
        call = await running.calls.begin(CallArrived(now(), leg, "02066668888", "95000"), "ordinary", "zh")
        await running.calls.identify(call, "13800000001", "diamond")
        await running.calls.enqueue(call, "general", {}, 30)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        found = again.live.by_id(call)
        assert found is not None
        assert (found.customer, found.tier) == ("13800000001", "diamond")
        await again.sign_in("8001")
        await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.customer, row.tier) == ("13800000001", "diamond")
        async with again.db.reading() as session:
            assert await session.scalar(select(Offer.tier).where(Offer.call == call)) == "diamond"
        assert "identified" in await again.history(call)
        await again.dispatcher.stop()


@virtual_time
async def test_call_that_goes_on_with_another_version_of_its_menu_counts_for_none(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        calls = {}
        for version in (3, 4):
            leg = running.pbx.call("13800000000")
            arrived = CallArrived(now(), leg, "13800000000", "95000")
            calls[leg] = await running.calls.begin(arrived, "gold", "en", "main", version)
        again = await running.restart()
        again.pbx.link_up()
        for version, (leg, call) in zip((3, 4), calls.items(), strict=True):
            assert await again.calls.resume(leg) == (call, "en")
            assert await again.calls.runs_on(call) == ("main", version)
        await again.calls.change_version(next(iter(calls.values())))
        stored = [(await again.call(call)).menu_version for call in calls.values()]
        assert stored == [0, 4]
        await again.dispatcher.stop()


@virtual_time
async def test_caller_who_comes_while_the_engine_looks_at_what_lives_keeps_his_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.link_down()
        await asyncio.sleep(1)
        async with running.dispatcher._lock:  # it is about to take up what it was told when the link came up
            running.pbx.link_up()
            await asyncio.sleep(0.1)
            coming = asyncio.create_task(running.caller())
            leg = running.pbx.call("13900000002")
            in_menu = await running.calls.begin(CallArrived(now(), leg, "13900000002", "95000"), "gold", "zh")
        call, _ = await coming
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "talking"
        assert (await running.call(in_menu)).state == "menu"


@virtual_time
async def test_caller_who_comes_when_it_has_been_asked_what_lives_keeps_his_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        unseen, coming = running.pbx.unseen, list[asyncio.Task[tuple[str, str]]]()

        async def slowly() -> Unseen:
            if running.dispatcher._lock.locked():
                coming.append(asyncio.create_task(running.caller()))
                await asyncio.sleep(0.1)
            return await unseen()

        running.pbx.unseen = slowly  # type: ignore[method-assign]
        running.dispatcher.begin_anew()
        await asyncio.sleep(3)
        call, _ = await coming[0]
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_call_whose_menu_is_called_off_while_it_is_stored_goes_on_in_the_next_visit(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = running.pbx.call("13900000001")
        arrived = CallArrived(now(), leg, "13900000001", "95000")
        async with running.db.transaction():
            beginning = asyncio.create_task(running.calls.begin(arrived, "gold", "zh"))
            await asyncio.sleep(0.1)
            beginning.cancel()
        await asyncio.sleep(0.1)
        assert beginning.cancelled()
        resumed = await running.calls.resume(leg)
        assert resumed is not None
        await running.calls.step(resumed[0], now(), "person", "")


@virtual_time
async def test_menu_of_a_new_engine_waits_until_the_distributor_knows_the_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = running.pbx.call("13900000001")
        call = await running.calls.begin(CallArrived(now(), leg, "13900000001", "95000"), "gold", "zh")
        again = await running.restart()
        resuming = asyncio.create_task(again.calls.resume(leg))
        await asyncio.sleep(2)
        assert not resuming.done()
        running.pbx.link_up()
        assert (await resuming or ("", ""))[0] == call
        await again.calls.step(call, now(), "person", "")
        await again.dispatcher.stop()


@virtual_time
async def test_held_caller_whose_agent_put_his_telephone_down_unseen_waits_and_is_not_asked_how_it_was(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await running.surveyed_later("8001")
        await running.dispatcher.control.hold(call, "li.na")
        queued_at = (await running.call(call)).queued_at
        running.pbx.link_down()
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(10)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.state, row.queue) == ("waiting", "cards")
        assert running.pbx.live[leg].place == "centre-wait"
        assert row.queued_at == queued_at
        assert (await again.history(call))[-2:] == ["lost", "queued"]
        await again.dispatcher.stop()


@pytest.mark.parametrize("by", ["8001", "8002"])
@virtual_time
async def test_held_caller_whom_the_switchs_queue_gives_to_an_agent_begins_another_talk(
    tmp_path: Path, by: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running, "cards")
        await running.dispatcher.control.hold(call, "li.na")
        await asyncio.sleep(5)
        running.pbx.link_down()
        left = now()
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(65)
        running.pbx.fall_back(leg, f"phone-{by}")
        served = now()
        await asyncio.sleep(30)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.state, row.agent, row.queue, row.connected_at) == ("talking", by, "cards", served)
        meanwhile = [each for each in await states_of(again, "8001") if left <= each[1] < served]
        assert meanwhile == [("wrap-up", left), ("ready", left + 10)]
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        async with again.db.reading() as session:
            lines = select(CallEvent).where(CallEvent.call == call).order_by(CallEvent.id)
            first, second = stays(await session.scalars(lines))
        assert (first.agent, first.talk_ended, first.hold) == ("8001", left, 5)
        assert (second.agent, second.queued_at, second.until, second.hold) == (by, left, served, 0)
        await again.dispatcher.stop()


async def dials_ready(running: Centre) -> str:
    """Somebody waits; 8001, who is signed out, asks for calls at his telephone and hears that it is done: his leg."""
    running.pbx.phone("phone-8001")
    await running.caller()
    leg = running.pbx.dial_code("phone-8001", "1")
    await asyncio.sleep(0.1)
    assert [each.done for each in running.pbx.commands if isinstance(each, Confirm)] == [True]
    return leg


@pytest.mark.parametrize("away", [0.1, 60.0])
@pytest.mark.parametrize("killed", [True, False])
@virtual_time
async def test_who_was_told_at_his_telephone_that_he_is_ready_is_so_whatever_happens_then(
    tmp_path: Path, away: float, killed: bool
) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = await dials_ready(running)
        again = await running.restart() if killed else running
        running.pbx.link_down()
        await asyncio.sleep(away)
        running.pbx.link_up()
        await asyncio.sleep(0.2)
        on_the_line = leg in running.pbx.live
        assert (await again.agent("8001"), await again.offers()) == (
            (("ready", ""), []) if on_the_line else (("ringing", ""), [("8001", "")])
        )
        await asyncio.sleep(2)
        assert (await again.agent("8001"), await again.offers()) == (("talking", ""), [("8001", "accepted")])


@virtual_time
async def test_nobody_is_offered_to_an_agent_who_still_hears_that_he_is_ready(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await dials_ready(running)
        call = next(iter(running.live)).id
        assert (await running.agent("8001"), await running.offers()) == (("ready", ""), [])
        assert await reason_of(running.dispatcher.control.pick(call, "8001", "sun.li")) == "agent_not_free"
        await asyncio.sleep(1)
        assert await running.offers() == [("8001", "")]
