"""A promise of the menu is on the list of call backs, and both are settled together."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.models import Callback
from app.promises import Promises
from core.errors import NotFound
from ivr.messages import service
from ivr.models import Message
from tests.acd.centre import Centre, centre
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_backs
from tests.virtual_time import now, virtual_time


async def promised(running: Centre, call: str) -> str:
    await asyncio.sleep(1)
    async with running.db.transaction() as tx:
        return await service.promise_call_back(
            tx, call=call, number=CUSTOMER, language="zh", deadline_at=now() + 9000, now=now()
        )


async def state_of(running: Centre, message: str) -> tuple[str, str]:
    """Of the message, and of the call back it promises."""
    await asyncio.sleep(0.1)
    async with running.db.reading() as session:
        row = (await session.scalars(select(Callback).where(Callback.source == message))).one()
        return (await session.get_one(Message, message)).state, row.state


@virtual_time
async def test_a_promise_is_kept_withdrawn_or_settled_by_hand(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        callbacks.listen(running.bus)
        Promises(running.db, callbacks, now).listen(running.bus)
        call, leg = await running.caller("cards", priority=7)
        running.pbx.hang_up(leg)
        kept = await promised(running, call)
        by_hand = await promised(running, call)
        withdrawn = await promised(running, call)
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
async def test_who_is_on_the_line_still_is_not_called_back_yet(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        Promises(running.db, callbacks, now).listen(running.bus)
        call, leg = await running.caller("cards")
        await promised(running, call)
        await running.sign_in("8001", answers_after=99)
        with pytest.raises(NotFound):
            await callbacks.take_next("8001", "li.na")
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        assert await callbacks.take_next("8001", "li.na")
