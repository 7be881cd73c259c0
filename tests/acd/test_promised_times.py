"""A customer who is to be called at a time of his is called then: not at once, and not after all others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from acd.outward.callback_list import Callbacks
from tests.acd.centre import Centre, centre
from tests.acd.test_control import talking
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_back_routes, call_backs, on_the_list, promised
from tests.virtual_time import now, virtual_time

DAY = 86400.0


@asynccontextmanager
async def agent(running: Centre, callbacks: Callbacks) -> AsyncIterator[httpx.AsyncClient]:
    routes = call_back_routes(callbacks)
    async with client(running, "li.na", "agent", "8001", more=[routes]) as asking:
        yield asking


async def promise(asking: httpx.AsyncClient, at: float | None = None) -> str:
    told = await asking.post("/api/callbacks", json={"number": CUSTOMER, "queue": "cards", "promised_at": at})
    return str(told.json()["id"])


@virtual_time
async def test_who_is_to_be_called_tomorrow_is_not_called_today(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=1)
        async with agent(running, callbacks) as asking:
            tomorrow = now() + DAY
            callback = await promise(asking, tomorrow)
            row = await on_the_list(running, callback)
            assert row.queued_at == row.next_at, "he has not waited since yesterday"
            await asyncio.sleep(5)
            assert await running.agent("8001") == ("ready", "")
            assert (await asking.post("/api/callbacks/next")).status_code == 404
            await asyncio.sleep(tomorrow - now() - 600)
            await callbacks.line_up()
            assert running.dispatcher.floor.promised == set()
            await asyncio.sleep(400)
            await callbacks.line_up()
            await asyncio.sleep(3)
            assert (await on_the_list(running, callback)).state == "taken"
            assert await running.agent("8001") == ("talking", "")


@virtual_time
async def test_who_is_to_be_called_soon_is_not_called_while_he_talks_still(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002")
        async with agent(running, callbacks) as asking:
            callback = await promise(asking)
            assert (await on_the_list(running, callback)).asked_on == call
            await asyncio.sleep(60)
            assert (await on_the_list(running, callback)).state == "open"
            running.pbx.phone(OUTSIDE, answers_after=1)
            running.pbx.hang_up(leg)
            await asyncio.sleep(1)
            await callbacks.line_up()
            await asyncio.sleep(1)
            assert (await on_the_list(running, callback)).state == "taken"
            assert (await on_the_list(running, await promise(asking))).asked_on == ""
            await asyncio.sleep(1)


@virtual_time
async def test_whose_time_has_come_is_called_before_those_who_have_waited_longer(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        await running.sign_in("8001")
        async with agent(running, callbacks) as asking:
            for urgent in (0, 9):
                await on_time(running, await promised(running, callbacks, priority=urgent), now() + DAY)
            await asyncio.sleep(60)
            mine = await promise(asking, now() + 3600)
            listed = [each["id"] for each in (await asking.get("/api/callbacks")).json()]
            assert listed[2] == mine
            await asyncio.sleep(3400)
            assert (await asking.get("/api/callbacks")).json()[0]["id"] == mine
            running.pbx.phone(OUTSIDE, answers_after=1)
            assert (await asking.post("/api/callbacks/next")).status_code == 202
            assert (await on_the_list(running, mine)).state == "taken"


async def on_time(running: Centre, callback: str, at: float) -> None:
    async with running.db.transaction() as tx:
        row = await on_the_list(running, callback)
        (await tx.session.get_one(type(row), callback)).promised_at = at


@virtual_time
async def test_message_that_a_caller_leaves_after_the_talk_is_a_promise_of_its_own(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running)
        await running.sign_in("8001")
        call, _ = await talking(running)
        async with agent(running, callbacks) as asking:
            mine = await promise(asking, now() + DAY)
        left = await on_the_list(running, mine)
        message = await callbacks.promise(
            type(left)(
                number=CUSTOMER, queue="cards", language="zh", priority=0, queued_at=now(), promised_at=now() + 3600,
                state="open", tries=0, next_at=now(), source="m1", asked_on=call, result="", agent="", call="",
            )
        )  # fmt: skip
        assert message != mine
