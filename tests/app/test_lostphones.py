"""An agent's browser is taken from him in mid-talk: his caller is not left in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from accounts import handsets, service
from accounts.models import Person
from app.lostphones import LostPhones
from core.tasks import Supervisor
from tests.acd.centre import Centre, centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import data_of, talking
from tests.virtual_time import now, virtual_time


@asynccontextmanager
async def watched(folder: Path, *, in_browser: bool = True) -> AsyncIterator[Centre]:
    """A centre where `li.na` is the agent 8001 and works in her browser, or at a hard telephone."""
    async with centre(folder, "8001", "8002") as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="li.na", name="li.na", role="agent", number="8001"))
            await tx.session.flush()
            token = await service.open_session(tx, "li.na", now())
            if in_browser:
                await handsets.issue(tx, token, "8001", "li.na", now())
        supervisor = Supervisor()
        LostPhones(running.dispatcher, supervisor).listen(running.db.bus)
        yield running
        await supervisor.stop()


async def new_password(running: Centre) -> None:
    async with running.db.transaction() as tx:
        await service.store_password(tx, "li.na", "hash", "boss", "password_set")


@virtual_time
async def test_caller_waits_again_before_those_who_came_later_and_the_agent_wraps_up(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        first, leg = await running.caller()
        await asyncio.sleep(20)
        await running.sign_in("8001")
        await asyncio.sleep(3)
        later, _ = await running.caller()
        await asyncio.sleep(10)
        await new_password(running)
        await asyncio.sleep(1)
        assert (await running.call(first)).state == "waiting"
        assert running.pbx.live[leg].place == "centre-wait"
        assert (await running.agent("8001"))[0] == "wrap-up"
        assert (await data_of(running, first, "lost"))["by"] == "boss"
        await running.sign_in("8002")
        await asyncio.sleep(3)
        assert ((await running.call(first)).agent, (await running.call(later)).state) == ("8002", "waiting")


@virtual_time
async def test_who_signs_out_in_mid_talk_ends_it_himself(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        async with running.db.transaction() as tx:
            token = await service.open_session(tx, "li.na", now())
            await handsets.issue(tx, token, "8001", "li.na", now())
        async with running.db.transaction() as tx:
            await service.sign_out(tx, token, now())
        await asyncio.sleep(3)
        row = await running.call(call)
        assert (row.state, row.ended_by, row.outcome) == ("ended", "agent", "answered")


@virtual_time
async def test_talk_on_a_hard_telephone_goes_on(tmp_path: Path) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await new_password(running)
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_of_three_who_talk_together_the_caller_stays_with_the_colleague(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        call, _ = await consulting(running)
        await running.dispatcher.consults.join(call, "li.na")
        await new_password(running)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")


@virtual_time
async def test_while_nothing_can_be_stored_it_is_tried_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.dispatcher._lost = True
        await new_password(running)
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"
        running.dispatcher._lost = False
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "waiting"
