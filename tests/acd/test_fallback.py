"""The switch can always serve callers without the engine, and gives them back when it returns."""

import asyncio
from pathlib import Path

import pytest

from acd.agent_state import AgentState
from acd.events import SwitchChanged
from acd.fallback import Fallback
from acd.queues import Relax
from core.database import Transaction
from pbx.commands import Wait
from pbx.events import CallArrived, LegSnapshot
from tests.acd.centre import QUEUES, Centre, centre
from tests.virtual_time import now, virtual_time


def staffed(running: Centre) -> Centre:
    engine = running.dispatcher
    Fallback(running.db, running.pbx, lambda: engine.serving, engine.begin_anew).listen(running.bus)
    return running


def slow(running: Centre, seconds: float) -> None:
    """From now on every write takes so long."""
    commit = running.db._commit

    async def late(unit: Transaction) -> None:
        await asyncio.sleep(seconds)
        await commit(unit)

    running.db._commit = late  # type: ignore[method-assign]  # a database that is far away


def members(running: Centre) -> list[str]:
    return list(running.pbx.fallback)


async def restart(running: Centre) -> Centre:
    again = staffed(await running.restart())
    running.pbx.link_up()
    await asyncio.sleep(1)
    return again


@virtual_time
async def test_agents_at_work_are_the_switchs_own_members_also_during_a_contact(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        staffed(running)
        await running.sign_in("8001", "8002", "8003")
        await running.dispatcher.set_state("8002", AgentState.MEAL, "lunch", "test")
        await running.caller()
        await asyncio.sleep(3)
        assert members(running) == ["phone-8001", "phone-8003"]
        await running.dispatcher.set_state("8003", AgentState.SIGNED_OUT, "", "test")
        await running.dispatcher.set_state("8002", AgentState.READY, "", "test")
        await asyncio.sleep(1)
        assert members(running) == ["phone-8001", "phone-8002"]


@virtual_time
async def test_phone_that_is_gone_is_no_member_until_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        await running.sign_in("8001")
        running.pbx.phone("phone-8001", registered=False)
        await asyncio.sleep(1)
        assert members(running) == []
        running.pbx.phone("phone-8001", registered=True)
        await asyncio.sleep(1)
        assert members(running) == ["phone-8001"]


@virtual_time
async def test_switch_that_forgot_its_members_is_told_again_when_the_link_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        await running.sign_in("8001")
        await asyncio.sleep(1)
        running.pbx.crash()
        running.pbx.fallback = ()
        await asyncio.sleep(1)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert members(running) == ["phone-8001"]


@virtual_time
async def test_callers_of_the_dead_engine_wait_in_their_old_place_or_since_they_arrived(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        await running.caller()
        await asyncio.sleep(3)
        waited, waited_leg = await running.caller("cards")
        queued_at = (await running.call(waited)).queued_at
        running.pbx.link_down()
        await asyncio.sleep(30)
        new_leg = running.pbx.call("13900000009")
        running.pbx.fall_back(new_leg)
        await asyncio.sleep(60)
        running.pbx.fall_back(waited_leg)
        again = await restart(running)
        rows = [await again.call(again.live.by_leg(leg).id) for leg in (waited_leg, new_leg)]  # type: ignore[union-attr]  # they must be known
        assert [(row.state, row.queue, row.caller) for row in rows] == [
            ("waiting", "cards", "13800000000"), ("waiting", "general", "13900000009"),
        ]  # fmt: skip
        assert rows[0].id == waited
        assert rows[0].queued_at == queued_at
        assert rows[1].queued_at == running.pbx.live[new_leg].started_at
        assert [running.pbx.live[leg].place for leg in (waited_leg, new_leg)] == ["centre-wait", "centre-wait"]
        await again.dispatcher.stop()


@virtual_time
async def test_the_longest_waiting_of_them_gets_the_free_agent(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.link_down()
        legs = []
        for number in range(4):
            legs.append(running.pbx.call(f"1390000000{number}"))
            running.pbx.fall_back(legs[-1])
            await asyncio.sleep(2)
        again = await restart(running)
        await asyncio.sleep(2)
        calls = [await again.call(again.live.by_leg(leg).id) for leg in legs]  # type: ignore[union-attr]  # they must be known
        assert [call.state for call in calls] == ["talking", "waiting", "waiting", "waiting"]
        await again.dispatcher.stop()


@virtual_time
async def test_talk_in_the_switchs_own_queue_goes_on_and_keeps_its_agent_from_another_offer(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.link_down()
        leg = running.pbx.call("13900000001")
        agent_leg = running.pbx.fall_back(leg, "phone-8001")
        await asyncio.sleep(20)
        again = await restart(running)
        found = again.live.by_leg(leg)
        assert found is not None
        assert await again.agent("8001") == ("talking", "")
        waiting, _ = await again.caller()
        await asyncio.sleep(30)
        assert (await again.call(waiting)).state == "waiting"
        assert running.pbx.live[leg].bridge

        last = await restart(again)
        assert (await last.call(found.id)).state == "talking"
        assert running.pbx.live[leg].bridge
        running.pbx.hang_up(agent_leg)
        await asyncio.sleep(0.5)
        ended = await last.call(found.id)
        assert (ended.state, ended.ended_by, ended.agent) == ("ended", "agent", "8001")
        assert await last.agent("8001") == ("wrap-up", "")
        assert leg not in running.pbx.live
        await asyncio.sleep(13)
        assert (await last.call(waiting)).state == "talking"
        await last.dispatcher.stop()


@virtual_time
async def test_call_that_rang_when_the_engine_died_and_was_answered_in_the_switchs_own_queue_is_its_talk(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1000.0)
        call, leg = await running.caller("cards")
        await asyncio.sleep(2)
        running.pbx.link_down()
        await asyncio.sleep(1)
        again = await running.restart()
        await asyncio.sleep(60)
        running.pbx.fall_back(leg, "phone-8001")
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.state, row.queue, row.agent) == ("talking", "cards", "8001")
        assert await again.offers(call) == [("8001", "cancelled"), ("8001", "accepted")]
        assert (await again.history(call))[-2:] == ["offer-ended", "connected"]
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.state, row.ended_by, row.outcome) == ("ended", "customer", "answered")
        await again.dispatcher.stop()


@virtual_time
async def test_caller_whom_the_dead_engine_left_in_the_menu_waits_since_he_arrived(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = running.pbx.call("13900000001")
        call = await running.calls.begin(CallArrived(now(), leg, "13900000001", "95000"), "gold", "en")
        arrived_at = (await running.call(call)).arrived_at
        running.pbx.link_down()
        await asyncio.sleep(40)
        running.pbx.fall_back(leg)
        again = await restart(running)
        row = await again.call(call)
        assert (row.state, row.queue, row.queued_at) == ("waiting", "general", arrived_at)
        await again.dispatcher.stop()


@virtual_time
@pytest.mark.parametrize("engine", ["died", "only slept"])
async def test_caller_who_is_only_being_asked_how_it_was_waits_for_nobody_when_the_engine_goes(
    tmp_path: Path, engine: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        call, leg = await running.surveyed("8001")
        if engine == "died":
            running.pbx.link_down()
            await asyncio.sleep(40)
            running.pbx.fall_back(leg)
            await restart(running)
        else:
            running.pbx.fall_back(leg)
        await asyncio.sleep(1)
        assert leg not in running.pbx.live
        row = await running.call(call)
        assert (row.state, row.outcome, row.ended_by, row.queue) == ("ended", "answered", "agent", "cards")
        assert (await running.history(call)).count("queued") == 1


@virtual_time
@pytest.mark.parametrize(("device", "told"), [("", ("ringing", "8001")), ("phone-8002", ("talking", "8002"))])
async def test_caller_whom_his_agent_sent_to_the_menu_waits_for_another_since_then_when_the_engine_goes(
    tmp_path: Path, device: str, told: tuple[str, str]
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await running.sent_to_menu("8001")
        sent = now()
        await running.calls.step(call, sent, "branches", "")
        running.pbx.link_down()
        await asyncio.sleep(40)
        running.pbx.fall_back(leg, device)
        await asyncio.sleep(5)
        again = await restart(running)
        row = await again.call(call)
        assert (row.state, row.agent, row.queue, row.queued_at) == (*told, "general", sent)
        assert row.after_step == ""
        await again.dispatcher.stop()


@virtual_time
async def test_caller_whom_his_agent_sent_to_the_menu_then_waits_without_what_his_old_queue_demanded(
    tmp_path: Path,
) -> None:
    cards = QUEUES.queues["cards"].model_copy(update={"priority": 3, "relax": (Relax(after=600),)})
    rules = QUEUES.model_copy(update={"queues": QUEUES.queues | {"cards": cards}})
    async with centre(tmp_path, "8001", "8002", rules=rules) as running:
        call, leg = await running.sent_to_menu("8001", {"zh": 1}, 20)
        assert (await running.call(call)).skills == {"cards": 1, "zh": 1}
        await running.calls.step(call, now(), "branches", "")
        running.pbx.link_down()
        await asyncio.sleep(40)
        running.pbx.fall_back(leg)
        again = await restart(running)
        row = await again.call(call)
        assert (row.queue, row.skills, row.priority, row.stages) == ("general", {"zh": 1}, 20, [])
        await again.dispatcher.stop()


@virtual_time
async def test_caller_taken_from_the_menu_of_an_engine_that_only_slept_is_queued(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        leg = running.pbx.call("13900000001")
        call = await running.calls.begin(CallArrived(now(), leg, "13900000001", "95000"), "gold", "zh")
        running.pbx.fall_back(leg)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.queue) == ("waiting", "general")
        assert running.pbx.live[leg].place == "centre-wait"


@virtual_time
async def test_caller_who_falls_back_though_the_engine_lives_is_fetched_at_once(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        new_leg = running.pbx.call("13900000001")
        running.pbx.fall_back(new_leg)
        await asyncio.sleep(1)
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(3)
        found = running.live.by_leg(new_leg)
        assert found is not None
        assert (await running.call(found.id)).state == "talking"


@virtual_time
@pytest.mark.parametrize("device", ["", "phone-8001"])
async def test_caller_who_falls_back_while_the_engine_begins_again_is_found_as_soon_as_it_serves(
    tmp_path: Path, device: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1000.0)
        await running.caller()
        running.pbx.link_down()
        await asyncio.sleep(5)
        again = staffed(await running.restart())
        slow(again, 1)
        running.pbx.link_up()
        await asyncio.sleep(0.5)
        assert not again.dispatcher.serving
        leg = running.pbx.call("13900000001")
        running.pbx.fall_back(leg, device)
        await asyncio.sleep(10)
        found = again.live.by_leg(leg)
        assert found is not None
        talks = bool(device)
        assert (await again.call(found.id)).state == ("talking" if talks else "waiting")
        assert running.pbx.live[leg].place == ("fallback" if talks else "centre-wait")
        assert bool(running.pbx.live[leg].bridge) is talks
        if talks:
            assert await again.agent("8001") == ("talking", "")
            running.pbx.hang_up(leg)
            await asyncio.sleep(3)
            assert (await again.call(found.id)).outcome == "answered"


@virtual_time
async def test_talk_that_begins_in_the_switchs_own_queue_while_its_caller_is_about_to_be_fetched_goes_on(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", answers_after=1000.0)
        call, leg = await running.caller("cards")
        running.pbx.link_down()
        other = running.pbx.call("13900000001")
        for each in (leg, other):
            running.pbx.fall_back(each)
        await asyncio.sleep(5)
        again = staffed(await running.restart())
        slow(again, 1)
        before = len(running.pbx.commands)
        running.pbx.link_up()
        await asyncio.sleep(0.5)
        running.pbx.serve(leg, "phone-8001")
        await asyncio.sleep(10)
        assert Wait(leg) not in running.pbx.commands[before:]
        row = await again.call(call)
        assert (row.state, row.agent, row.queue) == ("talking", "8001", "cards")
        assert running.pbx.live[leg].bridge
        assert await again.agent("8001") == ("talking", "")
        assert running.pbx.live[other].place == "centre-wait"
        assert await again.agent("8002") == ("ringing", "")


@virtual_time
async def test_caller_whom_an_agent_has_answered_before_the_engine_hears_that_he_fell_back_talks_on(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        staffed(running)
        await running.sign_in("8001")
        leg = running.pbx.call("13900000001")
        running.pbx.fall_back(leg, "phone-8001")
        await asyncio.sleep(2)
        assert Wait(leg) not in running.pbx.commands
        assert running.pbx.live[leg].bridge
        assert [(call.state, call.agent) for call in running.live] == [("talking", "8001")]
        assert await running.agent("8001") == ("talking", "")


@virtual_time
async def test_one_caller_who_hangs_up_meanwhile_does_not_keep_the_next_from_being_fetched(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        engine, wait = running.dispatcher, asyncio.Event()
        legs = [running.pbx.call(f"1390000000{number}") for number in range(2)]
        for leg in legs:
            running.pbx.fall_back(leg)
        asked, switch = running.pbx.legs, running.pbx

        async def slowly() -> tuple[LegSnapshot, ...]:
            known = await asked()
            wait.set()
            await asyncio.sleep(0.1)
            return known

        switch.legs = slowly  # type: ignore[method-assign]  # an answer that is old when it comes
        fallback = Fallback(running.db, switch, lambda: engine.serving, engine.begin_anew)
        looking = asyncio.create_task(fallback.on_switch(SwitchChanged(now(), True, "")))
        await asyncio.wait_for(wait.wait(), 1)
        running.pbx.hang_up(legs[0])
        await looking
        assert running.pbx.live[legs[1]].place == "centre-wait"
