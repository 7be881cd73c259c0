"""Who works at a desk is given no calls while it is gone; who works at his telephone alone needs none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from accounts import service
from accounts.models import Person
from acd import repository
from acd.agent_state import AgentState
from acd.roster import BY_PHONE
from agentdesk.presence import ASK_EVERY, Presence
from app.vanished import Vanished
from core.tasks import Supervisor
from tests.acd.centre import Centre, centre
from tests.acd.test_control import talking
from tests.virtual_time import now, virtual_time

GONE, READY = ("not-ready", "desk_gone"), ("ready", "")


class Desk:
    """The pages of 8001, whose login is `test`; he is signed in in his browser."""

    def __init__(self) -> None:
        self.open = True
        self.presence, self.supervisor = Presence(), Supervisor()

    async def is_asked_by(self, engine: Centre) -> None:
        """From now on: of what the one before has heard it knows nothing."""
        await self.supervisor.stop()
        self.presence, self.supervisor = Presence(), Supervisor()
        self.supervisor.keep("pages", self.answer)
        self.supervisor.keep("desks", Vanished(engine.db, engine.dispatcher, self.presence).run)

    async def answer(self) -> None:
        while True:
            if self.open:
                self.presence.hear("8001", "test")
            await asyncio.sleep(ASK_EVERY)


@asynccontextmanager
async def at_desk(folder: Path, *, opened: bool = True) -> AsyncIterator[tuple[Centre, Desk]]:
    """8001 is ready, his desk is there, if it is `opened`, and his telephone, which he answers at once, beside it."""
    async with centre(folder, "8001") as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="test", name="test", role="agent", number="8001"))
            await service.open_session(tx, "test", now())
        desk = Desk()
        desk.open = opened
        await desk.is_asked_by(running)
        await running.sign_in("8001")
        await asyncio.sleep(30)
        assert await running.agent("8001") == READY
        yield running, desk
        await desk.supervisor.stop()


@virtual_time
async def test_desk_that_is_gone_for_ten_seconds_takes_no_calls_until_it_is_there_again(tmp_path: Path) -> None:
    async with at_desk(tmp_path) as (running, desk):
        desk.open = False
        await asyncio.sleep(10)
        assert await running.agent("8001") == GONE
        call, _ = await running.caller()
        await asyncio.sleep(60)
        assert await running.offers() == []
        desk.open = True
        await asyncio.sleep(4)
        assert await running.offers(call) == [("8001", "accepted")]


@virtual_time
async def test_page_that_is_loaded_again_or_cut_off_for_a_moment_changes_nothing(tmp_path: Path) -> None:
    async with at_desk(tmp_path) as (running, desk):
        for _ in range(5):
            desk.open = False
            await asyncio.sleep(5)
            desk.open = True
            await asyncio.sleep(5)
        async with running.db.reading() as session:
            assert [line.state for line in await repository.agent_history(session, "8001", 0.0)] == ["ready"]


@virtual_time
async def test_talk_whose_agent_has_lost_his_desk_goes_on_and_no_other_follows(tmp_path: Path) -> None:
    async with at_desk(tmp_path) as (running, desk):
        call, leg = await talking(running)
        desk.open = False
        await asyncio.sleep(30)
        assert (await running.call(call)).state == "talking"
        running.pbx.hang_up(leg)
        await running.caller()
        await asyncio.sleep(60)
        assert (await running.agent("8001"), len(await running.offers())) == (GONE, 1)


@virtual_time
async def test_who_works_by_codes_or_asks_for_calls_when_his_desk_has_gone_needs_none(tmp_path: Path) -> None:
    async with at_desk(tmp_path) as (running, desk):
        desk.open = False
        await asyncio.sleep(10)
        assert await running.agent("8001") == GONE
        await running.dispatcher.set_state("8001", AgentState.READY, "", BY_PHONE)
        await asyncio.sleep(60)
        assert await running.agent("8001") == READY
        for state in (AgentState.SIGNED_OUT, AgentState.READY):
            await running.dispatcher.set_state("8001", state, "", BY_PHONE)
            await asyncio.sleep(1)
        desk.open = True
        await asyncio.sleep(5)
        desk.open = False
        await asyncio.sleep(60)
        assert await running.agent("8001") == READY


@virtual_time
@pytest.mark.parametrize("back", [True, False])
async def test_new_engine_knows_whose_desk_was_gone(tmp_path: Path, back: bool) -> None:
    async with at_desk(tmp_path) as (running, desk):
        desk.open = False
        await asyncio.sleep(10)
        again, desk.open = await running.restart(), back
        await desk.is_asked_by(again)
        again.pbx.link_up()
        await asyncio.sleep(20)
        assert await again.agent("8001") == (READY if back else GONE)


async def begins_anew(running: Centre, desk: Desk, which: str) -> None:
    if which == "another engine":
        await desk.is_asked_by(await running.restart())
    else:
        running.pbx.link_down()
    running.pbx.link_up()


@virtual_time
@pytest.mark.parametrize("which", ["another engine", "the same engine"])
async def test_desk_that_is_gone_in_a_talk_is_so_after_it_also_when(tmp_path: Path, which: str) -> None:
    async with at_desk(tmp_path) as (running, desk):
        call, leg = await talking(running)
        desk.open = False
        await asyncio.sleep(10)
        await begins_anew(running, desk, which)
        await asyncio.sleep(20)
        assert (await running.call(call)).state == "talking"
        running.pbx.hang_up(leg)
        await asyncio.sleep(30)
        assert await running.agent("8001") == GONE
        desk.open = True
        await asyncio.sleep(5)
        assert await running.agent("8001") == READY


@virtual_time
@pytest.mark.parametrize("which", ["another engine", "the same engine"])
async def test_desk_that_is_there_again_in_its_usual_time_has_not_been_gone_for(tmp_path: Path, which: str) -> None:
    async with at_desk(tmp_path) as (running, desk):
        desk.open = False
        await asyncio.sleep(5)
        await begins_anew(running, desk, which)
        await asyncio.sleep(2)
        desk.open = True
        await asyncio.sleep(30)
        async with running.db.reading() as session:
            assert [line.state for line in await repository.agent_history(session, "8001", 0.0)] == ["ready"]


@virtual_time
@pytest.mark.parametrize("which", ["another engine", "the same engine"])
async def test_who_asked_for_calls_when_his_desk_had_gone_needs_none_of(tmp_path: Path, which: str) -> None:
    async with at_desk(tmp_path) as (running, desk):
        desk.open = False
        await asyncio.sleep(10)
        assert await running.agent("8001") == GONE
        await running.dispatcher.set_state("8001", AgentState.READY, "", BY_PHONE)
        await begins_anew(running, desk, which)
        await asyncio.sleep(60)
        assert await running.agent("8001") == READY


@virtual_time
@pytest.mark.parametrize("which", ["another engine", "the same engine"])
@pytest.mark.parametrize("before", ["never", "yesterday", "until he went on without it"])
async def test_who_works_by_a_program_beside_an_old_session_misses_no_desk_when_it_begins_anew(
    tmp_path: Path, before: str, which: str
) -> None:
    async with at_desk(tmp_path, opened=before != "never") as (running, desk):
        desk.open = False
        if before == "yesterday":
            await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        await asyncio.sleep(15)
        await running.dispatcher.set_state("8001", AgentState.READY, "", "test")
        await asyncio.sleep(3)
        await begins_anew(running, desk, which)
        await asyncio.sleep(60)
        assert await running.agent("8001") == READY


@virtual_time
async def test_nobody_is_gone_because_the_server_itself_has_stood_still(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        desk = Desk()
        watch = Vanished(running.db, running.dispatcher, desk.presence)
        await running.sign_in("8001")
        desk.presence.hear("8001", "test")
        await asyncio.sleep(60)
        running_watch = asyncio.create_task(watch.run())
        await asyncio.sleep(0.5)
        desk.presence.hear("8001", "test")
        await asyncio.sleep(5)
        running_watch.cancel()
        assert await running.agent("8001") == READY
