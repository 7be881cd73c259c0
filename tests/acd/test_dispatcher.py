"""A caller's way through the queue on a fake switch, told as stories."""

import asyncio
from pathlib import Path

import pytest

from accounts import service
from accounts.access import Role
from accounts.events import PeopleChanged
from accounts.people import PersonEntry
from acd.agent_state import AgentState
from acd.events import ConversationEnded, ConversationStarted, SwitchChanged
from acd.roster import AgentCard, PeopleRoster
from core.errors import NotFound, Refused
from pbx.commands import Ring
from pbx.events import CallArrived
from tests.acd.centre import SKILLS, Centre, centre
from tests.virtual_time import now, virtual_time


def listen(running: Centre, *types: type) -> list[object]:
    heard: list[object] = []

    async def keep(event: object) -> None:
        heard.append(event)

    for each in types:
        running.bus.subscribe("test", each, keep)
    return heard


@virtual_time
async def test_caller_is_offered_answered_and_the_agent_wraps_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        heard = listen(running, ConversationStarted, ConversationEnded)
        await running.sign_in("8001", answers_after=2.0)
        call, leg = await running.caller("cards")
        await asyncio.sleep(1)
        assert (await running.call(call)).state == "ringing"
        assert await running.offers(call) == [("8001", "")]
        await asyncio.sleep(2)
        assert await running.agent("8001") == ("talking", "")
        await asyncio.sleep(60)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        ended = await running.call(call)
        assert (ended.state, ended.outcome, ended.ended_by, ended.agent) == ("ended", "answered", "customer", "8001")
        assert ended.connected_at is not None
        assert ended.talk_ended_at is not None
        assert ended.talk_ended_at - ended.connected_at == pytest.approx(61, abs=0.5)
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(10)
        assert await running.agent("8001") == ("ready", "")
        assert running.pbx.live == {}
        assert [type(event) for event in heard] == [ConversationStarted, ConversationEnded]
        assert await running.history(call) == [
            "began", "queued", "offered", "offer-ended", "connected", "disconnected", "ended",
        ]  # fmt: skip


@virtual_time
async def test_telephone_shows_the_queue_in_its_agents_language(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        running.team.cards["8002"] = AgentCard("8002", "name", SKILLS, "test", "en")
        await running.sign_in("8001", "8002")
        for _ in range(2):
            await running.caller("cards")
        await asyncio.sleep(0.1)
        rings = [each for each in running.pbx.commands if isinstance(each, Ring)]
        assert {each.device: each.shown_name for each in rings} == {
            "phone-8001": "信用卡",
            "phone-8002": "Credit cards",
        }


@virtual_time
async def test_language_an_agent_chooses_is_that_of_his_next_ring(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        roster = PeopleRoster(running.db)

        async def asked(_event: PeopleChanged) -> None:
            await roster.everyone()

        running.bus.subscribe("test", PeopleChanged, asked)
        async with running.db.transaction() as tx:
            await service.seed_people(tx, [PersonEntry(login="li.na", name="Li Na", role=Role.AGENT, number="8001")])
        assert roster.language_of("8001") == "zh"
        async with running.db.transaction() as tx:
            await service.set_locale(tx, "li.na", "en")
        await asyncio.sleep(0.1)
        assert roster.language_of("8001") == "en"


@virtual_time
async def test_agent_who_hangs_up_first_ends_the_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", hangs_up_after=30.0)
        call, _ = await running.caller()
        await asyncio.sleep(40)
        ended = await running.call(call)
        assert (ended.state, ended.outcome, ended.ended_by) == ("ended", "answered", "agent")
        assert running.pbx.live == {}


@virtual_time
async def test_caller_who_hangs_up_while_the_agent_rings_frees_the_agent(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=10.0)
        call, leg = await running.caller()
        await asyncio.sleep(2)
        running.pbx.hang_up(leg)
        await asyncio.sleep(0.2)
        assert await running.agent("8001") == ("ready", "")
        assert await running.offers(call) == [("8001", "cancelled")]
        ended = await running.call(call)
        assert (ended.outcome, ended.ended_by) == ("abandoned", "customer")
        assert running.pbx.live == {}


@virtual_time
async def test_a_telephone_still_at_a_ring_that_was_ended_is_rung_again_and_its_agent_is_not_blamed(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=3.0)
        _, leg = await running.caller()
        second, _ = await running.caller()
        await asyncio.sleep(1)
        running.pbx.phones["phone-8001"].busy = True
        running.pbx.hang_up(leg)
        await asyncio.sleep(0.5)
        running.pbx.phones["phone-8001"].busy = False
        await asyncio.sleep(5)
        assert await running.offers(second) == [("8001", "system"), ("8001", "accepted")]
        assert await running.agent("8001") == ("talking", "")


@virtual_time
async def test_a_telephone_that_is_busy_with_something_else_makes_its_agent_not_ready(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", busy=True)
        call, _ = await running.caller()
        await asyncio.sleep(1)
        assert await running.offers(call) == [("8001", "busy")]
        assert await running.agent("8001") == ("not-ready", "busy")


@virtual_time
async def test_agent_who_does_not_answer_is_set_not_ready_and_the_caller_keeps_his_place(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=99.0)
        first, _ = await running.caller()
        await asyncio.sleep(5)
        second, _ = await running.caller()
        await asyncio.sleep(11)
        assert await running.agent("8001") == ("not-ready", "no_answer")
        await running.sign_in("8002", answers_after=1.0)
        await asyncio.sleep(2)
        assert (await running.call(first)).state == "talking"
        assert (await running.call(second)).state == "waiting"
        assert await running.offers(first) == [("8001", "no_answer"), ("8002", "accepted")]


@pytest.mark.parametrize(
    ("phone", "reason"), [({"busy": True}, "busy"), ({"declines_after": 1.0, "answers_after": 9.0}, "declined")]
)
def test_agent_who_refuses_is_not_ready_with_the_reason(tmp_path: Path, phone: dict[str, float], reason: str) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001") as running:
            await running.sign_in("8001", **phone)
            call, _ = await running.caller()
            await asyncio.sleep(3)
            assert await running.agent("8001") == ("not-ready", reason)
            assert (await running.call(call)).state == "waiting"

    story()


@virtual_time
async def test_lost_card_caller_overtakes_those_who_wait(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        ordinary, _ = await running.caller("cards")
        await asyncio.sleep(5)
        urgent, _ = await running.caller("lost-card")
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(2)
        assert (await running.call(urgent)).state == "talking"
        assert (await running.call(ordinary)).state == "waiting"


@virtual_time
async def test_phone_out_of_reach_makes_the_agent_unroutable_and_back_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone("phone-8001", registered=False)
        await asyncio.sleep(0.1)
        assert await running.agent("8001") == ("not-ready", "unreachable")
        call, _ = await running.caller()
        await asyncio.sleep(5)
        assert await running.offers(call) == []
        running.pbx.phone("phone-8001", registered=True)
        await asyncio.sleep(2)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_phone_that_was_lost_while_it_rang_is_given_calls_again_when_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=99.0)
        call, _ = await running.caller()
        await asyncio.sleep(3)
        running.pbx.phone("phone-8001", registered=False)
        await asyncio.sleep(30)
        assert await running.agent("8001") == ("not-ready", "unreachable")
        running.pbx.phone("phone-8001", registered=True, answers_after=1.0)
        await asyncio.sleep(2)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_signing_in_without_a_phone_leaves_the_agent_not_ready(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.dispatcher.set_state("8001", AgentState.READY, "", "test")
        assert await running.agent("8001") == ("not-ready", "unreachable")
        with pytest.raises(NotFound):
            await running.dispatcher.set_state("9999", AgentState.READY, "", "test")
        with pytest.raises(Refused, match="cannot be chosen"):
            await running.dispatcher.set_state("8001", AgentState.TALKING, "", "test")


@virtual_time
async def test_break_asked_for_while_talking_begins_after_the_wrap_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        _, leg = await running.caller()
        await asyncio.sleep(5)
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "test")
        assert await running.agent("8001") == ("talking", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(10)
        assert await running.agent("8001") == ("meal", "")


@virtual_time
async def test_caller_gone_in_the_menu_is_closed_by_the_menu_or_after_a_grace(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        outcomes = []
        for told in (True, False):
            leg = running.pbx.call()
            call = await running.calls.begin(CallArrived(now(), leg, "1", "95000"), "", "zh")
            assert await running.calls.begin(CallArrived(now(), leg, "1", "95000"), "", "zh") == call
            await running.calls.step(call, now(), "main", "2")
            gone = now()
            running.pbx.hang_up(leg)
            if told:
                await running.calls.finish(call, "self_service", "customer")
            await asyncio.sleep(11)
            row = await running.call(call)
            outcomes.append(row.outcome)
            assert row.ended_at == pytest.approx(gone, abs=0.1)
        assert outcomes == ["self_service", "abandoned"]


@virtual_time
async def test_caller_who_hangs_up_before_his_call_is_stored_leaves_no_open_call(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        leg = running.pbx.call()
        arrived = CallArrived(now(), leg, "1", "95000")
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        call = await running.calls.begin(arrived, "", "zh")
        assert (await running.call(call)).outcome == "abandoned"


@virtual_time
async def test_enqueue_refuses_an_unknown_queue_and_a_second_time(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        call, _ = await running.caller()
        with pytest.raises(Refused) as twice:
            await running.calls.enqueue(call, "general", {}, 0)
        assert twice.value.reason == "not_in_menu"
        fresh = await running.calls.begin(CallArrived(now(), running.pbx.call(), "1", "95000"), "", "zh")
        with pytest.raises(Refused) as unknown:
            await running.calls.enqueue(fresh, "nowhere", {}, 0)
        assert unknown.value.reason == "unknown_queue"


@virtual_time
async def test_nothing_is_offered_while_the_link_is_down(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        heard = listen(running, SwitchChanged)
        call, _ = await running.caller()
        running.pbx.link_down()
        await asyncio.sleep(0.1)
        await running.dispatcher.set_state("8001", AgentState.READY, "", "test")
        await asyncio.sleep(5)
        assert await running.offers(call) == []
        running.pbx.phone("phone-8001", registered=True)
        running.pbx.link_up()
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "talking"
        assert [event.up for event in heard if isinstance(event, SwitchChanged)] == [False, True]
