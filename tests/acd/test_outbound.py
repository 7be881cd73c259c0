"""Calls out, on a fake switch: callers sent outside, agents who dial, call backs, codes dialled on telephones."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.events import CallEnded, CustomerRung, SwitchChanged
from acd.models import AgentEvent, Callback, Offer
from acd.outward import callback_endpoints, dialling
from acd.outward.callback_list import Callbacks
from acd.outward.callbacks import TryRule
from acd.outward.dialling import Dialling
from core.errors import NotFound, Refused
from core.settings import ROOT
from pbx.commands import Confirm, Ring
from pbx.events import CallArrived
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import talking
from tests.virtual_time import now, virtual_time

CUSTOMER = "13900000077"
OUTSIDE = f"{CUSTOMER}@trunk"


async def reason_of(refused: object) -> str:
    with pytest.raises(Refused) as told:
        await refused  # type: ignore[misc]  # a coroutine of the caller's choice
    return told.value.reason


async def in_menu(running: Centre) -> tuple[str, str]:
    leg = running.pbx.call()
    return await running.calls.begin(CallArrived(now(), leg, "13800000000", "95000"), "gold", "zh"), leg


@virtual_time
async def test_a_caller_talks_with_the_number_outside_until_it_hangs_up(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        running.pbx.phone("110@trunk", answers_after=3)
        call, _ = await in_menu(running)
        assert await running.dispatcher.outside.connect(call, "110") == ""
        assert (await running.call(call)).state == "outside"
        (ring,) = [each for each in running.pbx.commands if isinstance(each, Ring)]
        assert (ring.device, ring.shown_number) == ("110@trunk", "95566")
        running.pbx.hang_up(running.pbx.leg_of("110@trunk"))
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.outcome, row.ended_by) == ("ended", "transferred", "outside")
        assert running.pbx.live == {}


@pytest.mark.parametrize(
    ("behaviour", "why", "seconds"),
    [
        ({"busy": True}, "busy", 0),
        ({"answers_after": 99}, "no_answer", 30),
        ({"declines_after": 0.5}, "declined", 0.5),
        ({"registered": False}, "failed", 0),
    ],
)
@virtual_time
async def test_a_caller_nobody_answers_is_in_the_menu_again_at_once(
    tmp_path: Path, behaviour: dict[str, float], why: str, seconds: float
) -> None:
    async with centre(tmp_path) as running:
        running.pbx.phone("110@trunk", **behaviour)
        call, leg = await in_menu(running)
        begun = now()
        assert await running.dispatcher.outside.connect(call, "110") == why
        assert now() - begun == pytest.approx(seconds, abs=0.1)
        assert (running.pbx.live[leg].place, (await running.call(call)).state) == ("hotline", "menu")
        await running.calls.enqueue(call, "general", {}, 0)
        assert (await running.call(call)).state == "waiting"


@virtual_time
async def test_a_caller_who_hangs_up_while_it_rings_outside_leaves_nothing(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        running.pbx.phone("110@trunk", answers_after=9)
        call, leg = await in_menu(running)
        connecting = asyncio.ensure_future(running.dispatcher.outside.connect(call, "110"))
        await asyncio.sleep(2)
        running.pbx.hang_up(leg)
        assert await connecting == "gone"
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.outcome, row.ended_by, running.pbx.live) == ("abandoned", "customer", {})


@pytest.mark.parametrize("answered", [True, False])
@virtual_time
async def test_a_new_engine_leaves_a_talk_outside_alone_and_ends_a_ring(tmp_path: Path, answered: bool) -> None:
    async with centre(tmp_path) as running:
        running.pbx.phone("110@trunk", answers_after=1 if answered else 20)
        call, leg = await in_menu(running)
        connecting = asyncio.ensure_future(running.dispatcher.outside.connect(call, "110"))
        await asyncio.sleep(3)
        connecting.cancel()
        second = await running.restart()
        second.pbx.link_up()
        await asyncio.sleep(1)
        assert (await second.call(call)).state == ("outside" if answered else "menu")
        assert len(second.pbx.live) == (2 if answered else 1)
        assert second.pbx.live[leg].place == ("centre-wait" if answered else "hotline")
        second.pbx.hang_up(leg)
        await asyncio.sleep(15)
        row = await second.call(call)
        assert (row.state, row.outcome) == ("ended", "transferred" if answered else "abandoned")


@virtual_time
async def test_an_agent_who_dials_talks_with_the_customer_and_wraps_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=4)
        rung: list[CustomerRung] = []

        async def hear(event: CustomerRung) -> None:
            rung.append(event)

        running.bus.subscribe("test", CustomerRung, hear)
        outbound = running.dispatcher.outbound
        call = await outbound.dial("8001", CUSTOMER, "li.na", queue="cards")
        await asyncio.sleep(2)
        assert await running.agent("8001") == ("outbound", "dialling")
        assert [(each.call, each.agent) for each in rung] == [(call, "8001")]
        assert await reason_of(outbound.dial("8001", CUSTOMER, "li.na")) == "dialling"
        assert await reason_of(running.dispatcher.set_state("8001", AgentState.READY, "", "li.na")) == "dialling"
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.direction, row.caller, row.queue) == ("talking", "outbound", CUSTOMER, "cards")
        assert await running.agent("8001") == ("talking", "")
        customer = running.pbx.live[row.leg]
        assert customer.partner == running.pbx.leg_of("phone-8001")
        await running.dispatcher.control.hold(call, "li.na")
        await running.dispatcher.control.resume(call, "li.na")
        running.pbx.hang_up(row.leg)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.outcome, row.ended_by) == ("answered", "customer")
        assert await running.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(20)
        assert await running.agent("8001") == ("ready", "")
        assert await running.history(call) == [
            "began", "dialled", "offer-ended", "connected", "held", "resumed", "disconnected", "ended",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "theirs", "result"),
    [
        ({}, {"busy": True}, "busy"),
        ({}, {"answers_after": 99}, "no_answer"),
        ({"declines_after": 0.5}, {}, "own_phone"),
        ({"hangs_up_after": 1}, {"answers_after": 9}, "cancelled"),
    ],
)
@virtual_time
async def test_an_agent_whose_call_fails_is_what_he_was_before(
    tmp_path: Path, own: dict[str, float], theirs: dict[str, float], result: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", **own)
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "paper", "li.na")
        running.pbx.phone(OUTSIDE, **theirs)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(60)
        row = await running.call(call)
        assert (row.state, row.outcome, row.agent) == ("ended", "not_reached", "8001")
        assert await running.offers(call) == [("8001", result)]
        assert await running.agent("8001") == ("not-ready", "no_answer" if own == {"declines_after": 0.5} else "paper")
        assert running.pbx.live == {}


@virtual_time
async def test_who_stops_his_call_is_not_blamed_for_a_telephone_still_at_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=15.0)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        waits, _ = await running.caller()
        running.pbx.phones["phone-8001"].busy = True
        await running.dispatcher.outbound.stop("8001")
        await asyncio.sleep(0.5)
        running.pbx.phones["phone-8001"].busy = False
        await asyncio.sleep(2)
        assert await running.offers(waits) == [("8001", "system"), ("8001", "")]


@virtual_time
async def test_who_may_not_dial_now_is_told_why(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        outbound = running.dispatcher.outbound
        assert await reason_of(outbound.dial("8001", CUSTOMER, "li.na")) == "not_free"
        await running.sign_in("8001")
        assert await reason_of(outbound.dial("8001", "16612345678", "li.na")) == "number_blocked"
        await talking(running)
        assert await reason_of(outbound.dial("8001", CUSTOMER, "li.na")) == "not_free"
        with pytest.raises(NotFound):
            await outbound.stop("8001")


@virtual_time
async def test_ring_that_no_link_can_end_is_not_booked_as_ended_and_its_talk_is_one(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        outbound = running.dispatcher.outbound
        await running.sign_in("8001", answers_after=2.0)
        running.pbx.phone(OUTSIDE, answers_after=5.0)
        call = await outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(4)
        running.pbx.link_down()
        await asyncio.sleep(1)
        assert await reason_of(outbound.stop("8001")) == "link_down"
        await asyncio.sleep(5)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert ((await running.call(call)).state, await running.agent("8001")) == ("talking", ("talking", ""))


@pytest.mark.parametrize("answered", [True, False])
@virtual_time
async def test_a_new_engine_keeps_a_talk_and_ends_a_ring_of_a_call_out(tmp_path: Path, answered: bool) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=2 if answered else 30)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(5)
        second = await running.restart()
        second.pbx.link_up()
        await asyncio.sleep(1)
        assert await second.agent("8001") == (("talking", "") if answered else ("ready", ""))
        assert len(second.pbx.live) == (2 if answered else 0)
        if answered:
            second.pbx.hang_up(second.pbx.leg_of("phone-8001"))
            await asyncio.sleep(2)
        row = await second.call(call)
        assert (row.state, row.outcome) == ("ended", "answered" if answered else "not_reached")


def call_backs(running: Centre, *, automatic: bool = False) -> Callbacks:
    rule, dispatcher = TryRule(automatic=automatic), running.dispatcher
    return Callbacks(running.db, now, dispatcher.outbound, lambda: rule, running.rules, dispatcher.carry_out)


def call_back_routes(callbacks: Callbacks, *spoken: str, **tables: str) -> APIRouter:
    """`tables`: languages that the customer table gives, by `n` and a number."""
    languages = spoken or ("zh", "en")

    def language_of(number: str, _queue: str, last: str) -> str:
        return tables.get(f"n{number}") or last or languages[0]

    rules = dialling.load(ROOT / "config")
    return callback_endpoints.router(callbacks, QUEUES, rules, lambda: languages, language_of)


async def promised(running: Centre, callbacks: Callbacks, priority: int = 0, source: str = "") -> str:
    return await callbacks.promise(
        Callback(
            number=CUSTOMER, queue="cards", language="zh", priority=priority, queued_at=now(), promised_at=now() + 9,
            state="open", tries=0, next_at=now(), source=source, asked_on="", result="", agent="", call="",
        )
    )  # fmt: skip


async def on_the_list(running: Centre, callback: str) -> Callback:
    async with running.db.reading() as session:
        return (await session.scalars(select(Callback).where(Callback.id == callback))).one()


@virtual_time
async def test_a_call_back_that_finds_the_line_busy_is_tried_again_and_then_done(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        callbacks.listen(running.bus)
        await running.sign_in("8001")
        await promised(running, callbacks)
        urgent = await promised(running, callbacks, priority=5, source="m1")
        assert await promised(running, callbacks, source="m1") == urgent
        running.pbx.phone(OUTSIDE, busy=True)
        await callbacks.take_next("8001", "li.na")
        assert (await on_the_list(running, urgent)).state == "taken"
        assert await reason_of(callbacks.take(urgent, "8001", "li.na")) == "not_open"
        await asyncio.sleep(10)
        row = await on_the_list(running, urgent)
        assert (row.state, row.tries, row.result) == ("open", 1, "busy")
        assert row.next_at - now() > 280
        running.pbx.phone(OUTSIDE, busy=False, hangs_up_after=3)
        call = await callbacks.take(urgent, "8001", "li.na")
        await asyncio.sleep(20)
        assert (await running.call(call)).purpose == "callback"
        row = await on_the_list(running, urgent)
        assert (row.state, row.tries, row.agent, row.call) == ("done", 2, "8001", call)
        with pytest.raises(NotFound):
            await callbacks.take("nobody", "8001", "li.na")


@virtual_time
async def test_customer_who_was_spoken_to_and_gives_up_after_a_transfer_has_been_called_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        callbacks.listen(running.bus)
        await running.sign_in("8001")
        callback = await promised(running, callbacks)
        running.pbx.phone(OUTSIDE)
        call = await callbacks.take(callback, "8001", "li.na")
        await asyncio.sleep(5)
        await running.dispatcher.control.transfer(call, "li.na", queue="loans")
        await asyncio.sleep(0.5)
        running.pbx.hang_up((await running.call(call)).leg)
        await asyncio.sleep(1)
        row = await on_the_list(running, callback)
        assert ((await running.call(call)).outcome, row.state, row.result) == ("abandoned", "done", "answered")


@pytest.mark.parametrize("late", ["its end is told again", "the link to the switch is back"])
@virtual_time
async def test_end_of_the_first_try_does_not_count_again_when_a_call_back_is_tried_anew(
    tmp_path: Path, late: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks, outbound = call_backs(running), running.dispatcher.outbound
        callbacks.listen(running.bus)
        await running.sign_in("8001")
        callback = await promised(running, callbacks)
        running.pbx.phone(OUTSIDE, busy=True)
        first = await callbacks.take(callback, "8001", "li.na")
        await asyncio.sleep(10)
        dial = outbound.dial

        async def meanwhile(agent: str, number: str, by: str, **of_call: Any) -> str:
            again = late == "its end is told again"
            running.bus.publish(CallEnded(now(), first, "answered") if again else SwitchChanged(now(), True, ""))
            await running.bus.drain()
            return await dial(agent, number, by, **of_call)

        outbound.dial = meanwhile  # type: ignore[method-assign]
        running.pbx.phone(OUTSIDE, busy=False, answers_after=1, hangs_up_after=3)
        second = await callbacks.take(callback, "8001", "li.na")
        row = await on_the_list(running, callback)
        assert (row.state, row.tries, row.call) == ("taken", 1, second)
        await asyncio.sleep(20)
        row = await on_the_list(running, callback)
        assert (row.state, row.tries, row.result) == ("done", 2, "answered")


@virtual_time
async def test_a_call_back_that_cannot_be_dialled_stays_on_the_list(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        callback = await promised(running, callbacks)
        assert await reason_of(callbacks.take(callback, "8001", "li.na")) == "not_free"
        row = await on_the_list(running, callback)
        assert (row.state, row.agent) == ("open", "")
        await callbacks.settle(callback, "given_up")
        assert await reason_of(callbacks.settle(callback, "done")) == "not_open"


@virtual_time
async def test_next_call_back_is_one_that_the_agent_may_dial_and_he_is_told_where_there_is_none(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.outbound._rules = Dialling(agents={"default": "domestic"}, blocked=("+86138",))
        callbacks = call_backs(running)
        await running.sign_in("8001")
        allowed, blocked = await promised(running, callbacks), await promised(running, callbacks, priority=5)
        async with running.db.transaction() as tx:
            (await tx.session.get_one(Callback, blocked)).number = "13800000077"
        running.pbx.phone(OUTSIDE, busy=True)
        await callbacks.take_next("8001", "li.na")
        await asyncio.sleep(10)
        assert (await on_the_list(running, allowed)).state == "taken"
        assert await reason_of(callbacks.take_next("8001", "li.na")) == "number_blocked"


@virtual_time
async def test_call_back_that_another_cannot_make_stays_with_the_agent_who_had_it(tmp_path: Path) -> None:
    async def ended(*_: object, **__: object) -> str:
        raise asyncio.CancelledError

    async with centre(tmp_path, "8001", "8002") as running:
        callbacks = call_backs(running)
        callbacks.listen(running.bus)
        callback = await promised(running, callbacks)
        async with running.db.transaction() as tx:
            (await tx.session.get_one(Callback, callback)).agent = "8002"
        assert await reason_of(callbacks.take(callback, "8001", "li.na")) == "not_free"
        row = await on_the_list(running, callback)
        assert (row.state, row.agent) == ("open", "8002")
        running.dispatcher.outbound.dial = ended  # type: ignore[method-assign]  # the engine ends in that moment
        with pytest.raises(asyncio.CancelledError):
            await callbacks.take(callback, "8001", "li.na")
        assert (await on_the_list(running, callback)).state == "taken"
        running.pbx.link_down()
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await on_the_list(running, callback)
        assert (row.state, row.agent) == ("open", "8002")


@virtual_time
async def test_an_agent_signs_in_and_out_by_codes_at_his_telephone(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        pbx = running.pbx
        pbx.phone("phone-8001")
        states = []
        for code in "13201":
            pbx.dial_code("phone-8001", code)
            await asyncio.sleep(1)
            states.append((await running.agent("8001"))[0])
        assert states == ["ready", "not-ready", "short-break", "signed-out", "ready"]
        assert [each.done for each in pbx.commands if isinstance(each, Confirm)] == [True] * 5
        async with running.db.reading() as session:
            asked = set(await session.scalars(select(AgentEvent.by).where(AgentEvent.agent == "8001")))
        assert asked == {"phone"}
        pbx.phone("phone-8001", answers_after=60)
        await running.caller()
        await asyncio.sleep(1)
        for device, code in (("phone-8001", "1"), ("phone-8001", "2"), ("phone-8001", "9"), ("phone-7777", "1")):
            pbx.dial_code(device, code)
            await asyncio.sleep(1)
        assert [each.done for each in pbx.commands if isinstance(each, Confirm)][5:] == [False] * 4
        async with running.db.reading() as session:
            assert len(list(await session.scalars(select(Offer)))) == 1
