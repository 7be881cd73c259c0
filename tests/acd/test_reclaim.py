"""A telephone that lost its call in mid-talk: its own agent is kept for the caller, whoever else is ready."""

import asyncio
from pathlib import Path

import pytest

from accounts.access import Role, User
from acd import counting, repository
from acd.agent_state import AgentState
from acd.counting import Span
from acd.queues import Queues
from acd.tally import CONVERSING, all_stays
from agentdesk.reading.ownday import own_day
from qa import repository as marks
from tests.acd.centre import centre
from tests.acd.test_control import data_of, talking
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_the_caller_comes_back_to_this_agent_though_a_colleague_is_ready_and_others_wait(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002")
        await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "li.na")
        lost = running.pbx.leg_of("phone-8001")
        await running.dispatcher.control.reclaim(call, "li.na")
        assert running.pbx.live[leg].place == "centre-wait"
        await asyncio.sleep(3)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8001")
        assert lost not in running.pbx.live
        assert await running.offers(call) == [("8001", "accepted"), ("8001", "accepted")]
        assert await running.agent("8002") == ("ready", "")
        assert (await data_of(running, call, "lost"))["target"] == "8001"
        assert "transfer" not in await running.history(call)
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert (await running.agent("8001"))[0] == "short-break"  # as he wished before


@pytest.mark.parametrize("wrap_up", [0, 10])
@virtual_time
async def test_agent_who_goes_home_after_the_talk_takes_his_caller_up_again_before_that(
    tmp_path: Path, wrap_up: int
) -> None:
    rules = Queues.model_validate({"queues": {"general": {"name": {"en": "general"}, "wrap_up": wrap_up}}})
    async with centre(tmp_path, "8001", "8002", rules=rules) as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "li.na")
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(3)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8001")
        running.pbx.hang_up(leg)
        await asyncio.sleep(wrap_up + 1)
        assert await running.agent("8001") == ("signed-out", "")


@virtual_time
async def test_a_caller_taken_up_again_is_offered_answered_and_talked_with_once_wherever_it_is_counted(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        since, agent = now(), User("li.na", "li.na", Role.AGENT, "8001", "zh")
        await running.sign_in("8001")
        call, leg = await talking(running)
        for _ in range(3):
            await running.dispatcher.control.reclaim(call, "li.na")
            await asyncio.sleep(7)
        running.pbx.hang_up(leg)
        await asyncio.sleep(15)
        span = Span(since, now(), now())
        async with running.db.reading() as session:
            work = (await counting.work(session, span))["8001"]
            calls = list(await session.scalars(counting.calls_of_offers("offered", span)))
            stays = all_stays((await counting.stays(session, running.rules.queues, ["general"], span)).values())
            told = await repository.day_figures(session, running.rules.queues, "queue", since, now(), now())
            facts = (await marks.kpi_facts(session, since, now()))["8001"]
            day = await own_day(session, agent, since, now())
        assert await running.offers(call) == [("8001", "accepted")] * 4
        assert ((work.offered, work.taken), calls) == ((1, 1), [call])
        assert (facts.offered, facts.taken, facts.talks) == (1, 1, 1)
        assert (stays.offered, stays.answered, stays.talks) == (1, 1, 1)
        assert (told["general"]["offered"], told["general"]["answered"], day.answered) == (1, 1, 1)
        spoken = [stays.talk, told["general"]["talk"], day.mean_talk, facts.talk_sum, work.within(CONVERSING)]
        assert spoken == pytest.approx([21] * 5, abs=3)


@virtual_time
async def test_a_customer_who_was_called_and_is_taken_up_again_was_called_once(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        since = now()
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=2.0)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(6)
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(6)
        async with running.db.reading() as session:
            work = (await counting.work(session, Span(since, now(), now())))["8001"]
        assert await running.offers(call) == [("8001", "accepted")] * 2
        assert (work.dialled, work.reached, work.taken) == (1, 1, 0)


@virtual_time
async def test_talk_of_a_call_out_that_its_queue_sees_from_the_taking_up_on_is_one_there(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        since = now()
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=2.0)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na", queue="general")
        await asyncio.sleep(6)
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(60)
        await running.dispatcher.control.hang_up(call, "li.na")
        await asyncio.sleep(60)
        span = Span(since, now(), now())
        async with running.db.reading() as session:
            stays = await counting.stays(session, running.rules.queues, ["general"], span)
            told = await repository.day_figures(session, running.rules.queues, "queue", since, now(), now())
        (seen,) = stays.values()
        assert seen.talks == 1
        assert [seen.talked, told["general"]["talk"]] == pytest.approx([59, 59], abs=2)


@virtual_time
async def test_a_telephone_that_does_not_come_back_leaves_the_caller_to_the_queue(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002")
        running.pbx.phone("phone-8001", answers_after=99.0)
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(25)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")
        assert (await running.offers(call))[1:] == [("8001", "no_answer"), ("8002", "accepted")]


def patient_queue() -> Queues:
    """One in which nobody waits for longer than ten minutes."""
    longest = {"after": 600, "step": "sorry"}
    return Queues.model_validate({"queues": {"general": {"name": {"en": "general"}, "longest": longest}}})


@virtual_time
async def test_caller_who_is_kept_for_a_lost_telephone_does_not_wait_for_ever(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=patient_queue()) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.pbx.phone("phone-8001", answers_after=99.0)
        began = now()
        await running.dispatcher.control.reclaim(call, "li.na")
        (stage,) = (await running.call(call)).stages
        assert (stage["why"], stage["at"] - began) == ("longest", pytest.approx(600, abs=1))
        await asyncio.sleep(610)
        assert "sent-back" in await running.history(call)


@virtual_time
async def test_caller_found_alone_on_hold_after_a_restart_does_not_wait_for_ever(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=patient_queue()) as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.hold(call, "li.na")
        again = await running.restart()
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        running.pbx.fall_back(leg)
        running.pbx.link_up()
        await asyncio.sleep(1)
        (stage,) = (await again.call(call)).stages
        assert (stage["why"], stage["at"] - now()) == ("longest", pytest.approx(600, abs=2))
        assert (await data_of(again, call, "lost"))["target"] == ""
        assert "transfer" not in await again.history(call), "nobody has given him away"


@virtual_time
async def test_only_the_agent_of_the_call_may_take_it_up_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        async with client(running, "wang.wei", "agent", "8002") as asking:
            assert (await asking.post(f"/api/calls/{call}/reclaim")).status_code == 403
        async with client(running, "li.na", "agent", "8001") as asking:
            assert (await asking.post(f"/api/calls/{call}/reclaim")).status_code == 204
            again = await asking.post(f"/api/calls/{call}/reclaim")
            assert (again.status_code, again.json()["detail"]["reason"]) == (409, "not_talking")
            running.pbx.hang_up(leg)
            await asyncio.sleep(1)
            assert (await asking.post(f"/api/calls/{call}/reclaim")).status_code == 404
