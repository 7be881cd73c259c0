"""A promise of the menu is on the list of call backs, and both are settled together."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.models import Callback
from acd.outward.callback_list import Callbacks
from acd.queues import Relax
from acd.roster import AgentCard
from app.promises import Promises
from core.errors import NotFound
from ivr.messages import service
from ivr.models import Message
from ivr.usage.use import Answers, CallPath, fates
from pbx.events import CallArrived
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_backs
from tests.virtual_time import now, virtual_time


def listening(running: Centre) -> Callbacks:
    callbacks = call_backs(running)
    callbacks.listen(running.bus)
    Promises(running.db, running.calls, callbacks, now).listen(running.bus)
    return callbacks


async def promised(running: Centre, call: str, number: str = CUSTOMER) -> str:
    await asyncio.sleep(1)
    async with running.db.transaction() as tx:
        return await service.promise_call_back(
            tx, call=call, number=number, language="zh", deadline_at=now() + 9000, now=now()
        )


async def in_menu(running: Centre) -> tuple[str, str]:
    """A caller who listens to the menu: (call, leg)."""
    leg = running.pbx.call(CUSTOMER)
    return await running.calls.begin(CallArrived(now(), leg, CUSTOMER, "95000"), "gold", "zh"), leg


async def call_backs_of(running: Centre, call: str) -> list[str]:
    """The states of those that were promised in that call."""
    async with running.db.reading() as session:
        rows = await session.scalars(select(Callback).where(Callback.asked_on == call).order_by(Callback.id))
        return [row.state for row in rows]


async def state_of(running: Centre, message: str) -> tuple[str, str]:
    """Of the message, and of the call back it promises."""
    await asyncio.sleep(0.1)
    async with running.db.reading() as session:
        row = (await session.scalars(select(Callback).where(Callback.source == message))).one()
        return (await session.get_one(Message, message)).state, row.state


@virtual_time
async def test_a_promise_is_kept_withdrawn_or_settled_by_hand(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = listening(running)
        call, leg = await running.caller("cards", priority=7)
        running.pbx.hang_up(leg)
        kept = await promised(running, call)
        by_hand = await promised(running, call, "13900000001")
        withdrawn = await promised(running, call, "13900000002")
        assert await state_of(running, kept) == ("open", "open")
        async with running.db.transaction() as tx:
            await service.finish_message(tx, by_hand, "li.na", now())
            await service.choose_contact(tx, call, "sms", now())
        assert await state_of(running, by_hand) == ("done", "done")
        assert await state_of(running, withdrawn) == ("open", "given_up")
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        await callbacks.take_next("8001", "li.na")
        await asyncio.sleep(20)
        assert await state_of(running, kept) == ("done", "done")
        async with running.db.reading() as session:
            row = (await session.scalars(select(Callback).where(Callback.source == kept))).one()
        assert (row.queue, row.priority >= 7, row.asked_on) == ("cards", True, call)
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "li.na")


@virtual_time
async def test_who_is_called_back_needs_what_he_needed_when_he_waited_whatever_his_queue_asks_by_then(
    tmp_path: Path,
) -> None:
    rules = QUEUES.model_copy(deep=True)
    async with centre(tmp_path, "8001", "8002", rules=rules) as running:
        running.team.cards["8002"] = AgentCard("8002", "name", {"zh": 8, "fraud": 9}, "test")
        callbacks = listening(running)
        call, leg = await in_menu(running)
        await running.calls.enqueue(call, "cards", {"zh": 1, "fraud": 5, "cards": 1}, 0)
        running.pbx.hang_up(leg)
        wanted = await promised(running, call)
        assert await state_of(running, wanted) == ("open", "open")
        await running.sign_in("8001", "8002")
        for agent in ("8001", "8002"):
            with pytest.raises(NotFound):
                await callbacks.take_next(agent, "li.na")
        rules.become(QUEUES.model_copy(update={"queues": {**QUEUES.queues, "cards": QUEUES.queues["general"]}}))
        assert await callbacks.take_next("8002", "li.na")


@virtual_time
async def test_who_is_called_back_does_not_need_what_his_queue_had_relaxed_him_to(tmp_path: Path) -> None:
    relaxed = QUEUES.queues["cards"].model_copy(update={"relax": [Relax(after=20, skills={"backup": 1})]})
    rules = QUEUES.model_copy(update={"queues": {**QUEUES.queues, "cards": relaxed}})
    async with centre(tmp_path, "8001", rules=rules) as running:
        callbacks = listening(running)
        call, leg = await in_menu(running)
        await running.calls.enqueue(call, "cards", {"zh": 1}, 0)
        await asyncio.sleep(30)
        assert (await running.call(call)).skills == {"zh": 1, "backup": 1}
        running.pbx.hang_up(leg)
        await promised(running, call)
        await running.sign_in("8001")
        assert await callbacks.take_next("8001", "li.na")


@virtual_time
async def test_who_is_on_the_line_still_is_not_called_back_yet(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = listening(running)
        call, leg = await running.caller("cards")
        await promised(running, call)
        await running.sign_in("8001", answers_after=99)
        with pytest.raises(NotFound):
            await callbacks.take_next("8001", "li.na")
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        assert await callbacks.take_next("8001", "li.na")


@virtual_time
@pytest.mark.parametrize("found_first", [True, False])
async def test_who_left_a_message_and_hung_up_while_no_engine_was_there_has_not_given_up(
    tmp_path: Path, found_first: bool
) -> None:
    async with centre(tmp_path) as running:
        call, leg = await in_menu(running)
        running.pbx.link_down()
        running.pbx.hang_up(leg)
        again = await running.restart()
        if found_first:
            await promised(again, call)
        listening(again)
        await asyncio.sleep(60)
        again.pbx.link_up()
        await asyncio.sleep(1)
        if not found_first:
            assert (await again.call(call)).outcome == "abandoned"
            await promised(again, call)
            await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.outcome, row.ended_by) == ("message", "customer")
        assert (await again.history(call))[-2:] == ["ended", "amended"]
        (use,) = [list(fates(CallPath(((0.0, "message", ""),), 0.0, None, row.ended_at, row.outcome), Answers()))]
        assert use == ["calls", "over", "messages"]
        assert await call_backs_of(again, call) == ["open"]
        again.pbx.link_down()
        again.pbx.link_up()
        await asyncio.sleep(1)
        assert (await again.history(call)).count("amended") == 1
        assert await call_backs_of(again, call) == ["open"]
        await again.dispatcher.stop()


@virtual_time
async def test_who_was_served_or_talks_yet_has_not_only_left_a_message(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        listening(running)
        await running.sign_in("8001", answers_after=0.1)
        call, leg = await running.caller()
        await promised(running, call)
        assert (await running.call(call)).outcome == ""
        running.pbx.hang_up(leg)
        await promised(running, call, "13900000001")
        await asyncio.sleep(1)
        assert (await running.call(call)).outcome == "answered"
        assert "amended" not in await running.history(call)


@virtual_time
async def test_who_spoke_twice_in_a_call_is_called_back_once_and_both_messages_are_answered(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = listening(running)
        call, leg = await in_menu(running)
        first, second = [await promised(running, call) for _ in range(2)]
        running.pbx.hang_up(leg)
        await asyncio.sleep(20)
        assert await call_backs_of(running, call) == ["open"]
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        await callbacks.take_next("8001", "li.na")
        await asyncio.sleep(20)
        assert await call_backs_of(running, call) == ["done"]
        async with running.db.reading() as session:
            assert [(await session.get_one(Message, each)).state for each in (first, second)] == ["done", "done"]


@virtual_time
async def test_what_was_promised_and_what_was_kept_just_before_the_engine_died_is_known_to_the_next(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        (one, _), (other, _) = await in_menu(running), await in_menu(running)
        wanted, answered = await promised(running, one), await promised(running, other)
        callbacks = call_backs(running)
        kept = await callbacks.promise(promise_of(answered, other))
        taken = await callbacks.promise(promise_of("", ""))
        async with running.db.transaction() as tx:
            (await tx.session.get_one(Callback, kept)).state = "done"
            (await tx.session.get_one(Callback, taken)).state = "taken"
        again = await running.restart()
        listening(again)
        again.pbx.link_up()
        await asyncio.sleep(1)
        assert await state_of(again, wanted) == ("open", "open")
        assert await state_of(again, answered) == ("done", "done")
        async with again.db.reading() as session:
            assert (await session.get_one(Callback, taken)).state == "open", "nobody has called him"
        await again.dispatcher.stop()


@virtual_time
async def test_what_an_agent_promised_in_the_same_call_hides_no_message_from_the_next_engine(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call, _ = await in_menu(running)
        await call_backs(running).promise(promise_of("", call))
        message = await promised(running, call)
        again = await running.restart()
        listening(again)
        again.pbx.link_up()
        await asyncio.sleep(1)
        assert await state_of(again, message) == ("open", "open")
        await again.dispatcher.stop()


@virtual_time
async def test_call_back_whose_talk_was_over_when_the_engine_died_is_no_longer_taken(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        callback = await callbacks.promise(promise_of("", ""))
        await callbacks.take(callback, "8001", "li.na")
        await asyncio.sleep(10)
        again = await running.restart()
        listening(again)
        again.pbx.link_up()
        await asyncio.sleep(1)
        async with again.db.reading() as session:
            row = await session.get_one(Callback, callback)
        assert (row.state, row.tries, row.result) == ("done", 1, "answered")
        await again.dispatcher.stop()


def promise_of(source: str, asked_on: str) -> Callback:
    return Callback(
        number=CUSTOMER, queue="cards", language="zh", priority=0, queued_at=now(), promised_at=now() + 9,
        state="open", tries=0, next_at=now(), source=source, asked_on=asked_on, result="", agent="", call="",
    )  # fmt: skip
