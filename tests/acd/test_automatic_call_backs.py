"""Call backs that wait among the callers and are given to agents when their turn comes, on a fake switch."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.outward.callback_list import Callbacks
from acd.outward.callbacks import TryRule
from acd.outward.dialling import Dialling
from acd.queues import Queues
from app import configuration, taking
from core.settings import ROOT
from tests.acd.centre import QUEUES, SKILLS, Centre, centre
from tests.acd.test_control import data_of
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_backs, in_menu, on_the_list, promised
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_call_back_waits_at_its_kept_place_among_callers_and_its_agent_calls_when_its_turn_comes(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        later, urgent = [(await in_menu(running))[0] for _ in range(2)]
        await running.calls.enqueue(later, "cards", {"zh": 1}, 0)
        await running.calls.enqueue(urgent, "cards", {"zh": 1}, 90)
        again = await running.restart()
        callbacks = call_backs(again, automatic=True)
        callbacks.listen(again.bus)
        running.pbx.link_up()
        await asyncio.sleep(1)
        await callbacks.line_up()
        running.pbx.phone(OUTSIDE, answers_after=1, hangs_up_after=3)
        await again.sign_in("8001", answers_after=1, hangs_up_after=3)
        await asyncio.sleep(60)
        begun = [await again.call(call) for call in (urgent, (await on_the_list(again, asked)).call, later)]
        assert [(call.direction, call.agent) for call in begun] == [
            ("inbound", "8001"), ("outbound", "8001"), ("inbound", "8001"),
        ]  # fmt: skip
        assert sorted(call.connected_at or 0.0 for call in begun) == [call.connected_at for call in begun]
        assert (await on_the_list(again, asked)).state == "done"
        assert await again.agent("8001") == ("ready", "")
        await again.dispatcher.stop()


@virtual_time
async def test_call_back_that_its_agent_breaks_off_is_not_at_once_given_to_him_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        running.pbx.phone(OUTSIDE, answers_after=30)
        asked = await promised(running, callbacks)
        await running.sign_in("8001", answers_after=1)
        await asyncio.sleep(5)
        await running.dispatcher.outbound.stop("8001")
        await asyncio.sleep(20)
        await callbacks.line_up()
        assert (await running.agent("8001"), await running.offers()) == (("ready", ""), [("8001", "cancelled")])
        await asyncio.sleep(60)
        await callbacks.line_up()
        await asyncio.sleep(1)
        row = await on_the_list(running, asked)
        assert (row.state, row.tries, row.agent) == ("taken", 0, "8001")


@virtual_time
async def test_customer_who_calls_himself_is_served_and_not_called_while_he_waits(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        call, _ = await running.caller("cards", caller=CUSTOMER)
        running.pbx.phone(OUTSIDE, answers_after=1, hangs_up_after=3)
        await running.sign_in("8001", answers_after=1, hangs_up_after=90)
        await asyncio.sleep(70)
        await callbacks.line_up()
        assert (await running.offers(), running.dispatcher.floor.promised) == ([("8001", "accepted")], set())
        await asyncio.sleep(30)
        await callbacks.line_up()
        await asyncio.sleep(30)
        row = await on_the_list(running, asked)
        assert (row.state, row.tries, (await running.call(call)).outcome) == ("done", 1, "answered")


@virtual_time
async def test_call_back_that_is_taken_or_cannot_be_made_leaves_the_queue_and_its_agent_free(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        settled, refused = await promised(running, callbacks), await promised(running, callbacks)
        await asyncio.sleep(0.1)
        floor = running.dispatcher.floor
        assert floor.promised == {settled, refused}
        await callbacks.settle(settled, "given_up")
        await asyncio.sleep(0.1)
        assert floor.promised == {refused}
        running.dispatcher.outbound._trunk = lambda: None
        await running.sign_in("8001")
        await asyncio.sleep(1)
        assert (await running.agent("8001"), floor.waiting) == (("ready", ""), 0)
        row = await on_the_list(running, refused)
        assert (row.state, row.agent, row.next_at > now() + 30) == ("open", "", True)


def only_8002_may_dial(running: Centre) -> None:
    running.dispatcher.outbound._rules = Dialling(agents={"8002": "domestic"}, blocked=("+8616",))


@virtual_time
async def test_call_back_is_given_to_one_whose_class_allows_it_and_keeps_no_caller_behind_it_waiting(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        only_8002_may_dial(running)
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        call, _ = await in_menu(running)
        await running.calls.enqueue(call, "cards", {"zh": 1}, 0)
        assert len({each.group for each in running.dispatcher.floor.contacts.values()}) == 1
        running.pbx.phone(OUTSIDE, answers_after=1, hangs_up_after=3)
        await running.sign_in("8001", answers_after=1)
        await asyncio.sleep(3)
        assert await running.offers() == [("8001", "accepted")]
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(60)
        assert (await running.agent("8001"), await running.offers()) == (("ready", ""), [("8001", "accepted")])
        await running.sign_in("8002", answers_after=1)
        await asyncio.sleep(30)
        row = await on_the_list(running, asked)
        assert (row.state, row.agent, (await running.agent("8001"))[0]) == ("done", "8002", "ready")


@virtual_time
async def test_history_of_a_call_back_tells_why_it_was_this_agents_and_whom_his_class_kept_from_it(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        only_8002_may_dial(running)
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        await running.sign_in("8001", "8002")
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        told: Any = await data_of(running, (await on_the_list(running, asked)).call, "dialled")
        assert (told["policy"], told["waiting"], told["free"], told["skills"]) == ("balanced", 1, 2, SKILLS)
        assert (told["why"]["goes"], told["why"]["not_permitted"]) == ("urgency", ["8001"])


@virtual_time
async def test_agent_who_is_free_calls_back_at_once_when_his_class_comes_to_allow_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        rules = running.dispatcher.outbound._rules = Dialling(agents={"8002": "domestic"})
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        await promised(running, callbacks)
        await running.sign_in("8001")
        await asyncio.sleep(1)
        assert (await running.agent("8001"), running.dispatcher.floor.waiting) == (("ready", ""), 1)
        raised = replace(configuration.load(ROOT / "config"), dialling=Dialling(agents={"default": "domestic"}))
        await taking.call_backs(callbacks, rules)(raised)
        await asyncio.sleep(0.1)
        assert (await running.agent("8001"))[0] == "outbound"


@virtual_time
async def test_call_back_that_an_agent_may_not_make_does_not_keep_him_from_his_break(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        only_8002_may_dial(running)
        running.dispatcher.agents.rules = lambda: Breaks(free_agents=0)
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        await promised(running, callbacks)
        await running.sign_in("8001")
        assert running.dispatcher.floor.waiting == 1
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "test")
        assert await running.agent("8001") == ("meal", "")


@virtual_time
async def test_call_back_that_waits_among_callers_is_had_by_whom_the_changed_rules_let_have_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=cards_for({"cards": 9})) as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await running.sign_in("8001", answers_after=1)
        running.pbx.phone(OUTSIDE, answers_after=1, hangs_up_after=3)
        await callbacks.line_up()
        assert (await running.agent("8001"), running.dispatcher.floor.promised) == (("ready", ""), {asked})
        await running.go_by(cards_for({"cards": 1}))
        await callbacks.line_up()
        await asyncio.sleep(10)
        row = await on_the_list(running, asked)
        assert (row.state, row.agent) == ("done", "8001")


def cards_for(skills: dict[str, int]) -> Queues:
    named = {"cards": {"name": {"en": "Cards"}, "skills": skills}, "general": {"name": {"en": "General"}}}
    return Queues.model_validate({"queues": named})


@virtual_time
async def test_number_that_nobody_may_dial_does_not_wait_among_the_callers(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        assert running.dispatcher.floor.promised == {asked}
        running.dispatcher.outbound._rules = Dialling(agents={"default": "domestic"}, blocked=("+86139",))
        await callbacks.line_up()
        assert (running.dispatcher.floor.promised, (await on_the_list(running, asked)).state) == (set(), "open")


@virtual_time
async def test_where_call_backs_are_not_given_to_agents_any_more_none_waits_among_the_callers(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        rule = [TryRule(automatic=True)]
        dispatcher = running.dispatcher
        callbacks = Callbacks(running.db, now, dispatcher.outbound, lambda: rule[0], QUEUES, dispatcher.carry_out)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        rule[0] = TryRule(automatic=False)
        await callbacks.line_up()
        await running.sign_in("8001")
        await asyncio.sleep(1)
        assert (await running.agent("8001"), dispatcher.floor.waiting) == (("ready", ""), 0)
        assert (await on_the_list(running, asked)).state == "open"
