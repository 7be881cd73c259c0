"""Who is called is spoken to in the language of his wish, and whoever takes him over speaks it."""

import asyncio
from pathlib import Path

import pytest

from acd.calls import LANGUAGE_VARIABLE
from acd.models import Callback
from acd.outward.callback_list import Callbacks
from acd.outward.callbacks import TryRule
from acd.queues import Queues
from acd.roster import AgentCard
from core.errors import NotFound
from pbx.events import CallArrived
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_back_routes, on_the_list
from tests.virtual_time import now, virtual_time

ENGLISH = {"en": 1, "cards": 5, "loans": 5}


def asking_for(level: int) -> Queues:
    """Queues of which that for cards asks its agents for English."""
    cards = QUEUES.queues["cards"].model_copy(update={"skills": {"cards": 1, "en": level}})
    return QUEUES.model_copy(update={"queues": {**QUEUES.queues, "cards": cards}})


def speaks_english(running: Centre, number: str, **levels: int) -> None:
    running.team.cards[number] = AgentCard(number, "name", ENGLISH | levels, "test")


def call_backs(running: Centre, *, automatic: bool = False) -> Callbacks:
    rule, dispatcher = TryRule(automatic=automatic), running.dispatcher
    made = Callbacks(running.db, now, dispatcher.outbound, lambda: rule, running.rules, dispatcher.carry_out)
    made.listen(running.bus)
    return made


async def wished(callbacks: Callbacks, language: str, priority: int = 0) -> str:
    return await callbacks.promise(
        Callback(
            number=CUSTOMER, queue="cards", language=language, priority=priority, queued_at=now(),
            promised_at=now() + 9, state="open", tries=0, next_at=now(), source="", asked_on="", result="", agent="",
            call="",
        )
    )  # fmt: skip


@pytest.mark.parametrize("restarts", [False, True])
@virtual_time
async def test_who_asked_in_english_is_spoken_to_in_english_and_given_to_who_speaks_it(
    tmp_path: Path, restarts: bool
) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        speaks_english(running, "8001")
        speaks_english(running, "8003")
        callbacks = call_backs(running)
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=1)
        call = await callbacks.take(await wished(callbacks, "en"), "8001", "test")
        await asyncio.sleep(5)
        assert ((await running.call(call)).language, (await running.call(call)).state) == ("en", "talking")
        leg = running.pbx.live[running.pbx.leg_of(OUTSIDE)]
        assert leg.variables[LANGUAGE_VARIABLE] == "en", "should the engine be gone, the dial plan speaks to him in it"
        if restarts:
            running = await running.restart()
            running.pbx.link_up()
            await asyncio.sleep(1)
        await running.sign_in("8002")
        await running.dispatcher.control.transfer(call, "test", queue="loans")
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "waiting", "8002 does not speak English"
        await running.sign_in("8003")
        await asyncio.sleep(5)
        assert ((await running.call(call)).state, (await running.call(call)).agent) == ("talking", "8003")


@virtual_time
async def test_who_was_called_out_and_is_given_away_has_the_priority_of_the_new_queue_alone(tmp_path: Path) -> None:
    urgent = QUEUES.queues["cards"].model_copy(update={"priority": 7})
    rules = QUEUES.model_copy(update={"queues": {**QUEUES.queues, "cards": urgent}})
    async with centre(tmp_path, "8001", rules=rules) as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=1)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "test", queue="cards")
        await asyncio.sleep(5)
        await running.dispatcher.control.transfer(call, "test", queue="loans")
        assert (await running.call(call)).priority == QUEUES.queues["loans"].priority


@virtual_time
async def test_who_stands_in_line_for_a_call_back_speaks_its_language_as_well_as_the_queue_asks(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", rules=asking_for(5)) as running:
        speaks_english(running, "8001", en=4)
        speaks_english(running, "8002", en=5)
        running.pbx.phone(OUTSIDE, answers_after=1)
        callbacks = call_backs(running, automatic=True)
        wish = await wished(callbacks, "en")
        await running.sign_in("8001")
        await asyncio.sleep(5)
        assert (await on_the_list(running, wish)).state == "open"
        await running.sign_in("8002")
        await asyncio.sleep(5)
        assert ((await on_the_list(running, wish)).state, (await on_the_list(running, wish)).agent) == ("taken", "8002")


@virtual_time
async def test_the_next_call_back_is_one_whose_language_the_agent_speaks(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=1)
        foreign = await wished(callbacks, "en", priority=9)
        with pytest.raises(NotFound):
            await callbacks.take_next("8001", "test")
        own = await wished(callbacks, "zh")
        await callbacks.take_next("8001", "test")
        assert ((await on_the_list(running, foreign)).state, (await on_the_list(running, own)).state) == (
            "open",
            "taken",
        )


def test_who_has_named_no_language_is_spoken_to_in_that_of_the_queue_or_the_sites_first() -> None:
    rules, both = asking_for(1), {"cards": 1, "en": 1, "zh": 1}
    assert rules.language_of("cards", ("zh", "en")) == "en"
    assert [rules.language_of(queue, ("zh", "en")) for queue in ("general", "gone")] == ["zh", "zh"]
    assert rules.language_of("general", ("en", "zh")) == "en"
    cards = rules.queues["cards"].model_copy(update={"skills": both})
    assert Queues(queues={**rules.queues, "cards": cards}).language_of("cards", ("zh", "en")) == "zh"


@pytest.mark.parametrize("talks", [True, False])
@virtual_time
async def test_a_call_back_that_an_agent_promises_is_in_the_language_of_his_customer(
    tmp_path: Path, talks: bool
) -> None:
    async with centre(tmp_path, "8001") as running:
        routes = call_back_routes(call_backs(running))
        await running.sign_in("8001")
        leg = running.pbx.call(CUSTOMER)
        call = await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "en")
        await running.calls.enqueue(call, "general", {}, 0)
        await asyncio.sleep(3)
        if not talks:
            running.pbx.hang_up(leg)
            await asyncio.sleep(1)
        async with client(running, "li.na", "agent", "8001", more=[routes]) as asking:
            made = await asking.post("/api/callbacks", json={"number": CUSTOMER})
            assert made.json()["language"] == "en"
            other = await asking.post("/api/callbacks", json={"number": "13900000078"})
            assert other.json()["language"] == ("en" if talks else "zh")


@virtual_time
async def test_the_customer_of_a_call_is_called_in_its_language(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        leg = running.pbx.call(CUSTOMER)
        call = await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "en")
        await running.calls.enqueue(call, "general", {}, 0)
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        running.pbx.phone(OUTSIDE, answers_after=20)
        async with client(running, "li.na", "agent", "8001") as asking:
            made = (await asking.post("/api/me/dial", json={"call": call})).json()["call"]
        assert (await running.call(made)).language == "en"


@virtual_time
async def test_who_is_called_by_his_number_is_spoken_to_as_in_his_last_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        leg = running.pbx.call(CUSTOMER)
        await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "en")
        running.pbx.hang_up(leg)
        running.pbx.phone(OUTSIDE, answers_after=1)
        async with client(running, "li.na", "agent", "8001") as asking:
            made = (await asking.post("/api/me/dial", json={"number": CUSTOMER})).json()["call"]
        await asyncio.sleep(5)
        assert ((await running.call(made)).language, (await running.call(made)).state) == ("en", "talking")
        spoken = running.pbx.live[running.pbx.leg_of(OUTSIDE)].variables[LANGUAGE_VARIABLE]
        assert spoken == "en", "should the engine be gone, the dial plan speaks to him in it"


@pytest.mark.parametrize(("login", "role", "number"), [("li.na", "agent", "8001"), ("sun.li", "supervisor", "")])
@virtual_time
async def test_a_call_back_entered_by_number_is_in_the_language_that_the_customer_table_gives(
    tmp_path: Path, login: str, role: str, number: str
) -> None:
    async with centre(tmp_path) as running:
        leg = running.pbx.call(CUSTOMER)
        await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "zh")
        running.pbx.hang_up(leg)
        routes = call_back_routes(call_backs(running), **{f"n{CUSTOMER}": "en"})
        async with client(running, login, role, number, more=[routes]) as asking:
            made = await asking.post("/api/callbacks", json={"number": CUSTOMER})
        assert made.json()["language"] == "en"


@virtual_time
async def test_who_takes_over_the_customer_of_a_call_that_an_agent_calls_speaks_its_language(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        speaks_english(running, "8003")
        leg = running.pbx.call(CUSTOMER)
        asked_on = await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "en")
        await running.sign_in("8001")
        await running.calls.enqueue(asked_on, "general", {}, 0)
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        running.pbx.phone(OUTSIDE, answers_after=1)
        async with client(running, "li.na", "agent", "8001") as asking:
            call = (await asking.post("/api/me/dial", json={"call": asked_on})).json()["call"]
        await asyncio.sleep(5)
        await running.sign_in("8002")
        await running.dispatcher.control.transfer(call, "test", queue="loans")
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "waiting", "8002 does not speak English"
        await running.sign_in("8003")
        await asyncio.sleep(5)
        assert ((await running.call(call)).state, (await running.call(call)).agent) == ("talking", "8003")
