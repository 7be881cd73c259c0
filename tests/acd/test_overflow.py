"""Callers who flow over to another queue, and come back when nobody serves them there."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd import counting, door, inputs, repository
from acd.agent_state import AgentState
from acd.models import CallEvent
from acd.queues import Queues
from acd.roster import AgentCard
from acd.tally import all_stays
from core.errors import Refused
from pbx.commands import Announce
from tests.acd.centre import Centre, centre
from tests.acd.test_admission import comfort, enqueue, rules
from tests.acd.test_comfort import told
from tests.virtual_time import now, virtual_time


def two_lines(*, loans: dict[str, Any] | None = None, **general: Any) -> Queues:
    """Who waits 30 s in the general queue, of 9000, flows over to the loans of 8001, open by day."""
    first = {"name": {"en": "a"}, "skills": {"cards": 9}, "overflow": {"after": 30, "to": "second"}} | general
    second = {"name": {"en": "b"}, "skills": {"loans": 1}, "priority": 2, "entry": {"hours": "day"}} | (loans or {})
    return Queues.model_validate({"queues": {"general": first, "second": second}})


async def flowed_over(running: Centre) -> str:
    """A caller of the general queue waits in the second, whose one agent, 8001, talks to somebody else."""
    running.team.cards["9000"] = AgentCard("9000", "a", {"cards": 9}, "test")
    await running.sign_in("8001", answers_after=1.0)
    await running.caller("second")
    call, _ = await enqueue(running)
    await asyncio.sleep(35)
    assert (await running.call(call)).queue == "second"
    return call


async def went(running: Centre, call: str) -> list[str]:
    """Why he waited differently, each time."""
    said = select(CallEvent.data).where(CallEvent.call == call, CallEvent.kind == "restaged").order_by(CallEvent.id)
    async with running.db.reading() as session:
        return [data["why"] for data in await session.scalars(said)]


async def close_second(running: Centre) -> None:
    async with running.db.transaction() as tx:
        await door.set_open(tx, "second", "sun.li", now(), is_open=False)
    await asyncio.sleep(0.1)


async def goes_home(running: Centre) -> None:
    """8001, as soon as his talk is over."""
    await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "sun.li")
    running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
    await asyncio.sleep(20)


@virtual_time
async def test_a_wait_is_counted_through_all_queues_that_a_caller_has_flowed_over(tmp_path: Path) -> None:
    asked = two_lines()
    async with centre(tmp_path, "8001", rules=asked) as running:
        since = now() - 1
        call = await flowed_over(running)
        async with running.db.reading() as session:
            board = {each.queue: each for each in await repository.queue_figures(session, asked.queues, since, now())}
        assert board["second"].longest_wait == pytest.approx(35, abs=1)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(20)
        row = await running.call(call)
        assert row.connected_at
        assert row.queued_at
        waited = row.connected_at - row.queued_at
        until = now() + 1
        async with running.db.reading() as session:
            days = await repository.day_figures(session, asked.queues, "queue", since, until, until)
            span = counting.Span(since, until, until)
            counted = all_stays((await counting.waits(session, asked.queues, ["second"], span)).values())
    assert days["second"]["longest_wait"] == pytest.approx(waited, abs=0.01)
    assert counted.longest == pytest.approx(waited, abs=0.01)
    assert (counted.answered, counted.in_time) == (2, 1)
    assert days["second"]["service_level"] == counted.service_level == 0.5


@virtual_time
async def test_overflow_takes_the_whole_wait_along_and_survives_a_restart(tmp_path: Path) -> None:
    asked = rules(skills={"none": 1}, overflow={"after": 60, "to": "second"})
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001")
        call, _ = await enqueue(running)
        began = (await running.call(call)).queued_at
        await asyncio.sleep(30)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(35)
        row = await again.call(call)
        assert (row.queue, row.priority, row.queued_at, row.skills) == ("second", 2, began, {})
        await again.dispatcher.stop()


@virtual_time
async def test_nobody_flows_over_to_a_queue_nobody_serves_until_somebody_does(tmp_path: Path) -> None:
    asked = rules(
        skills={"cards": 9}, relax=[{"after": 60, "skills": {"cards": 8}}], overflow={"after": 30, "to": "second"},
        longest={"after": 600, "step": "sorry"},
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=asked) as running:
        call, _ = await enqueue(running)
        await asyncio.sleep(45)
        assert (await running.call(call)).queue == "general"
        await asyncio.sleep(20)
        assert (await running.call(call)).skills == {"cards": 8}
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(2)
        assert ((await running.call(call)).queue, await running.offers(call)) == ("second", [("8001", "accepted")])
        left, _ = await enqueue(running, "13900000000")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "sun.li")
        running.pbx.hang_up((await running.call(call)).leg)
        await asyncio.sleep(601)
        assert (await running.call(left)).state == "menu"


@virtual_time
async def test_who_has_flowed_over_is_not_called_back_by_the_queue_he_left(tmp_path: Path) -> None:
    asked = rules(
        skills={"cards": 9}, relax=[{"after": 60, "skills": {"cards": 6}}], overflow={"after": 30, "to": "second"},
        longest={"after": 90, "step": "sorry"},
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001")
        await running.caller("second")
        call, _ = await enqueue(running)
        await asyncio.sleep(65)
        row = await running.call(call)
        assert (row.queue, row.skills, row.priority) == ("second", {}, 2)
        await asyncio.sleep(30)
        assert (await running.call(call)).state == "menu", "its longest wait still holds"


@virtual_time
async def test_who_has_flowed_over_keeps_his_place_when_he_is_cut_off_or_leaves_by_the_key(tmp_path: Path) -> None:
    asked = rules(
        skills={"none": 1}, return_within=60, overflow={"after": 10, "to": "second"},
        way_out={"key": "1", "step": "callback"},
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=asked) as running:
        comfort(running)
        await running.sign_in("8001", answers_after=1.0)
        await running.caller("second", priority=9)
        call, leg = await enqueue(running, "13911111111")
        began = (await running.call(call)).queued_at
        await asyncio.sleep(20)
        assert (await running.call(call)).queue == "second"
        running.pbx.hang_up(leg)
        await asyncio.sleep(5)
        call, leg = await enqueue(running, "13911111111")
        assert (await running.call(call)).queued_at == began
        await asyncio.sleep(20)
        assert (await running.call(call)).queue == "second"
        running.pbx.press(leg, "1")
        await asyncio.sleep(1)
        await running.calls.enqueue(call, "general", {}, 0)
        assert (await running.call(call)).queued_at == began


@virtual_time
async def test_nobody_flows_over_to_a_queue_out_of_its_hours_until_it_opens_though_somebody_is_at_work_there(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", rules=two_lines()) as running:
        running.shut.add("day")
        await running.opening.look()
        await running.sign_in("8001", answers_after=1.0)
        call, _ = await enqueue(running)
        await asyncio.sleep(45)
        again = await running.restart()
        again.shut.add("day")
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert ((await again.call(call)).queue, await again.offers(call)) == ("general", [])
        again.shut.clear()
        await again.opening.look()
        await asyncio.sleep(2)
        assert ((await again.call(call)).queue, await again.offers(call)) == ("second", [("8001", "accepted")])


@virtual_time
async def test_nobody_is_let_in_for_agents_of_a_closed_queue_to_whom_he_would_flow_over(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=two_lines(entry={"needs_agents": True})) as running:
        await running.sign_in("8001")
        await enqueue(running)
        await close_second(running)
        with pytest.raises(Refused):
            await enqueue(running, "13911111111")


@virtual_time
async def test_who_has_flowed_over_is_served_at_his_old_place_at_home_when_that_staff_goes_home(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=two_lines()) as running:
        call = await flowed_over(running)
        began = (await running.call(call)).queued_at
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await again.sign_in("9000", answers_after=1.0)
        later, _ = await again.caller("general", caller="13911111111")
        await asyncio.sleep(2)
        assert (await again.call(later)).agent == "9000"
        await goes_home(again)
        latest, _ = await again.caller("general", caller="13922222222")
        running.pbx.hang_up(running.pbx.leg_of("phone-9000"))
        await asyncio.sleep(15)
        row = await again.call(call)
        assert (row.queue, row.priority, row.queued_at, row.skills) == ("general", 0, began, {"cards": 9})
        assert await again.offers(call) == [("9000", "accepted")]
        assert (await again.call(latest)).state == "waiting"
        assert await went(again, call) == ["overflow", "returned"]


@virtual_time
async def test_who_has_flowed_over_comes_home_when_that_queue_closes_and_goes_there_once_more_when_it_opens(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", rules=two_lines()) as running:
        call = await flowed_over(running)
        await running.sign_in("9000", answers_after=1.0)
        await running.caller("general", priority=9)
        await asyncio.sleep(2)
        await close_second(running)
        assert (await running.call(call)).queue == "general"
        async with running.db.transaction() as tx:
            await door.set_open(tx, "second", "sun.li", now(), is_open=True)
        await asyncio.sleep(0.1)
        row = await running.call(call)
        assert (row.queue, row.priority, row.skills) == ("second", 2, {"loans": 1})
        assert await went(running, call) == ["overflow", "returned", "overflow"]


@virtual_time
async def test_who_has_flowed_over_stays_while_nobody_at_home_can_serve_him_and_comes_home_by_what_is_enough_there(
    tmp_path: Path,
) -> None:
    asked = two_lines(relax=[{"after": 600, "skills": {"cards": 2}}], longest={"after": 900, "step": "sorry"})
    async with centre(tmp_path, "8001", rules=asked) as running:
        call = await flowed_over(running)
        running.team.cards["9000"] = AgentCard("9000", "a", {"cards": 3}, "test")
        await running.sign_in("9000", answers_after=1.0)
        await goes_home(running)
        assert ((await running.call(call)).queue, await running.offers(call)) == ("second", [])
        await asyncio.sleep(600)
        row = await running.call(call)
        assert (row.queue, row.skills, row.agent) == ("general", {"cards": 2}, "9000")


@virtual_time
async def test_his_longest_wait_holds_for_who_came_home(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=two_lines(longest={"after": 120, "step": "sorry"})) as running:
        call = await flowed_over(running)
        await running.sign_in("9000", answers_after=1.0)
        await running.caller("general", priority=9)
        await goes_home(running)
        assert (await running.call(call)).queue == "general"
        await asyncio.sleep(70)
        assert (await running.call(call)).state == "menu"


@virtual_time
async def test_place_that_is_told_does_not_grow_though_more_wait_at_home_than_where_he_had_flowed_over_to(
    tmp_path: Path,
) -> None:
    asked = two_lines(announce={"first": 10, "every": 20})
    async with centre(tmp_path, "8001", rules=asked) as running:
        telling = comfort(running)
        call = await flowed_over(running)
        await telling.look()
        await running.sign_in("9000", answers_after=1.0)
        for _ in range(3):
            await running.caller("general", priority=9)
        await goes_home(running)
        assert (await running.call(call)).queue == "general"
        await asyncio.sleep(20)
        await telling.look()
        leg = (await running.call(call)).leg
        said = [each.sounds[0] for each in running.pbx.commands if isinstance(each, Announce) and each.leg == leg]
        assert [each.split()[1] for each in said] == ["1", "1"]


@virtual_time
async def test_who_came_after_a_caller_that_has_flowed_over_is_told_a_place_behind_him_before_and_when_he_comes_home(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", rules=two_lines(announce={"first": 10, "every": 20})) as running:
        telling = comfort(running)
        await flowed_over(running)
        await running.sign_in("9000", answers_after=1.0)
        await running.caller("general", priority=9)
        await asyncio.sleep(2)
        call, _ = await enqueue(running, "13911111111")
        await asyncio.sleep(11)
        await telling.look()
        await close_second(running)
        await asyncio.sleep(30)
        await telling.look()
        assert (await running.call(call)).queue == "general"
        assert [place for _, place in await told(running, call)] == [2, 2]


@virtual_time
async def test_who_has_flowed_over_waits_on_there_while_the_only_agent_makes_a_call_back(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", rules=two_lines()) as running:
        call = await flowed_over(running)
        await running.sign_in("9000", answers_after=1.0)
        await running.caller("general", priority=9)
        await asyncio.sleep(2)
        promised = inputs.CallerJoined("a call back", "second", {"loans": 1}, 99, now(), promised=True)
        await running.dispatcher.carry_out(lambda _floor: (promised,), "")
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(15)
        assert (await running.agent("8001"))[0] == "outbound"
        assert (await running.call(call)).queue == "second"


@pytest.mark.parametrize("what", ["phone", "desk"])
@virtual_time
async def test_who_is_out_of_reach_in_a_wrap_up_that_only_he_can_end_is_nobody_to_flow_over_to_or_to_come_in_for(
    tmp_path: Path, what: str
) -> None:
    asked = two_lines(loans={"wrap_up_ends": "agent", "entry": {"needs_agents": True}})
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await running.caller("second")
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(5)

        async def reach(*, there: bool) -> None:
            if what == "phone":
                running.pbx.phone("phone-8001", registered=there)
            else:
                await running.dispatcher.carry_out(lambda _floor: (inputs.DeskChanged("8001", there),), "")
            await asyncio.sleep(1)
            assert await running.agent("8001") == ("wrap-up", ""), "he still ends it himself"

        await reach(there=False)
        call, _ = await enqueue(running)
        await asyncio.sleep(35)
        assert (await running.call(call)).queue == "general"
        with pytest.raises(Refused, match="nobody is signed in"):
            await running.caller("second", caller="13900000000")
        await reach(there=True)
        assert (await running.call(call)).queue == "second"
        await reach(there=False)
        running.team.cards["9000"] = AgentCard("9000", "a", {"cards": 9}, "test")
        await running.sign_in("9000", answers_after=1.0)
        await asyncio.sleep(2)
        assert (await running.call(call)).agent == "9000"


@pytest.mark.parametrize("how", ["in one second", "while the link is down"])
@virtual_time
async def test_nobody_flows_over_from_where_somebody_free_can_serve_him_by_what_is_enough_since_then(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", rules=two_lines(relax=[{"after": 30, "skills": {"cards": 6}}])) as running:
        running.team.cards["9000"] = AgentCard("9000", "a", {"cards": 6}, "test")
        await running.sign_in("8001", "9000", answers_after=1.0)
        await running.caller("second")
        call, _ = await enqueue(running)
        await asyncio.sleep(10)
        if how == "while the link is down":
            running.pbx.link_down()
            await asyncio.sleep(30)
            running.pbx.link_up()
        await asyncio.sleep(25)
        row = await running.call(call)
        assert (row.queue, row.agent, await running.offers(call)) == ("general", "9000", [("9000", "accepted")])
