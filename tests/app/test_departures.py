"""The end of an agent's last session signs him out of the distributor, at once or as soon as that is allowed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from accounts import handsets, personnel, second_factor, service
from accounts.events import DESK_ENDED, DESK_OVER, SignedOut
from accounts.lasting import SESSION_SECONDS
from accounts.models import Person
from acd import repository
from acd.agent_state import AgentState
from app.departures import Departures
from app.lostphones import LostPhones
from core.tasks import Supervisor
from tests.acd.centre import Centre, centre
from tests.acd.test_control import talking
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time

LEAVES = SignedOut("test", "8001")
OVER = SignedOut("test", "8001", DESK_OVER)


@asynccontextmanager
async def watched(folder: Path, *numbers: str) -> AsyncIterator[Centre]:
    """A centre that hears of sessions; `test` is the agent 8001."""
    async with centre(folder, *numbers) as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="test", name="test", role="agent", number="8001"))
        supervisor = Supervisor()
        departures = Departures(running.db, running.dispatcher, supervisor, now)
        departures.listen(running.db.bus)
        supervisor.keep("departures", departures.run)
        yield running
        await supervisor.stop()


async def opened(running: Centre, before: float = 0.0) -> None:
    """He has signed in at the pages so many seconds ago."""
    async with running.db.transaction() as tx:
        await service.open_session(tx, "test", now() - before)


async def takes_browser(running: Centre) -> None:
    """A browser in which he signs in becomes his telephone."""
    async with running.db.transaction() as tx:
        token = await service.open_session(tx, "test", now())
        await handsets.issue(tx, token, "8001", "test", now())


async def last(running: Centre) -> tuple[str, str, str]:
    """His newest state, why, and who asked for it."""
    async with running.db.reading() as session:
        line = (await repository.agent_history(session, "8001", 0.0))[-1]
        return line.state, line.reason, line.by


@virtual_time
async def test_who_signs_out_takes_no_more_calls(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.db.bus.publish(LEAVES)
        running.db.bus.publish(SignedOut("zhou.yan", ""))
        await asyncio.sleep(1)
        assert await last(running) == ("signed-out", "", "test")


@virtual_time
async def test_session_that_times_out_in_the_night_says_nothing_of_who_went_home_in_the_evening(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        running.db.bus.publish(OVER)
        await asyncio.sleep(5)
        assert await last(running) == ("signed-out", "", "test")


@virtual_time
async def test_who_signs_out_in_a_talk_leaves_after_it_and_while_it_rings_after_the_ringing(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        running.db.bus.publish(LEAVES)
        await asyncio.sleep(1)
        assert (await running.agent("8001"))[0] == "talking"
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert (await running.agent("8001"))[0] == "signed-out"
        await running.sign_in("8002", answers_after=99.0)
        await running.caller("cards")
        await asyncio.sleep(2)
        assert (await running.agent("8002"))[0] == "ringing"
        running.db.bus.publish(SignedOut("wang.wei", "8002"))
        await asyncio.sleep(40)
        assert (await running.agent("8002"))[0] == "signed-out"


@virtual_time
async def test_agent_whose_session_times_out_is_signed_out_and_his_history_says_why(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await opened(running, SESSION_SECONDS - 20)
        await running.sign_in("8001")
        await asyncio.sleep(15)
        assert (await running.agent("8001"))[0] == "ready"
        await asyncio.sleep(11)
        assert await last(running) == ("signed-out", "desk_over", "")


@virtual_time
async def test_agent_whose_sessions_an_administrator_ends_is_signed_out_but_not_out_of_a_talk(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await opened(running)
        await running.sign_in("8001")
        _, leg = await talking(running)
        async with running.db.transaction() as tx:
            await service.store_password(tx, "test", "hash", "boss", "password_reset")
        await asyncio.sleep(5)
        assert (await running.agent("8001"))[0] == "talking"
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert (await last(running))[:2] == ("signed-out", DESK_ENDED)


@pytest.mark.parametrize("deed", ["password", "second factor"])
@virtual_time
async def test_talk_in_the_browser_of_an_agent_to_whom_an_administrator_gives_a_new_password_goes_on_to_its_end(
    tmp_path: Path, deed: str
) -> None:
    async with watched(tmp_path, "8001") as running:
        await takes_browser(running)
        LostPhones(running.dispatcher, running.pbx, (supervisor := Supervisor()), now).listen(running.db.bus)
        await running.sign_in("8001")
        call, leg = await talking(running)
        async with running.db.transaction() as tx:
            if deed == "password":
                await personnel.give_password(tx, "test", "hash", "boss")
            else:
                await second_factor.drop(tx, "test", "boss")
        await asyncio.sleep(30)
        assert (await running.call(call)).state == "talking"
        later, _ = await running.caller()
        running.pbx.hang_up(leg)
        await asyncio.sleep(10)
        async with running.db.reading() as session:
            assert not await service.is_signed_in(session, "test", now())
            assert await handsets.lines(session) == set()
        await asyncio.sleep(60)
        assert (await last(running))[:2] == ("signed-out", DESK_ENDED)
        assert (await running.call(later)).state == "waiting", "he is given nobody else"
        await supervisor.stop()


@pytest.mark.parametrize("restarts", [False, True])
@virtual_time
async def test_browser_of_an_agent_who_does_not_talk_is_his_telephone_no_more_once_he_has_a_new_password(
    tmp_path: Path, restarts: bool
) -> None:
    async with watched(tmp_path, "8001") as running:
        await takes_browser(running)
        await running.sign_in("8001")
        if restarts:
            running.dispatcher.remembers.clear()
        async with running.db.transaction() as tx:
            await personnel.give_password(tx, "test", "hash", "boss")
        await asyncio.sleep(1)
        running.dispatcher.remembers.set()
        await asyncio.sleep(7 if restarts else 2)
        async with running.db.reading() as session:
            assert await handsets.lines(session) == set()
        assert (await last(running))[:2] == ("signed-out", DESK_ENDED)


@virtual_time
async def test_agent_who_is_signed_in_elsewhere_or_is_back_stays(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=99.0)
        await running.caller()
        await asyncio.sleep(2)
        running.db.bus.publish(OVER)
        await asyncio.sleep(3)
        assert (await running.agent("8001"))[0] == "ringing"
        await opened(running)
        await asyncio.sleep(60)
        assert await running.agent("8001") == ("not-ready", "no_answer")


@virtual_time
async def test_agent_who_works_by_codes_at_his_telephone_stays_when_an_old_session_ends(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        for code in "131":
            running.pbx.dial_code("phone-8001", code)
            await asyncio.sleep(1)
        running.db.bus.publish(OVER)
        await asyncio.sleep(5)
        assert (await running.agent("8001"))[0] == "ready"
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "", "test")
        running.db.bus.publish(OVER)
        await asyncio.sleep(5)
        assert (await running.agent("8001"))[0] == "signed-out"


@virtual_time
async def test_agent_for_whom_something_else_was_decided_leaves_in_his_wrap_up(tmp_path: Path) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001")
        _, leg = await talking(running)
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "sun.li")
        running.db.bus.publish(OVER)
        await asyncio.sleep(100)
        assert (await running.agent("8001"))[0] == "talking"
        running.pbx.hang_up(leg)
        await asyncio.sleep(5)
        assert await last(running) == ("signed-out", "desk_over", "")


@pytest.mark.parametrize("answers", [5, 90])
@virtual_time
async def test_agent_who_calls_out_leaves_when_nobody_answers_or_after_the_talk(tmp_path: Path, answers: int) -> None:
    async with watched(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=answers, hangs_up_after=20)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(1)
        running.db.bus.publish(OVER)
        await asyncio.sleep(100)
        assert (await running.call(call)).outcome == ("answered" if answers == 5 else "not_reached")
        assert (await last(running))[:2] == ("signed-out", "desk_over")
