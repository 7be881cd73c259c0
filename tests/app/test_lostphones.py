"""An agent's browser is taken from him in mid-talk: his caller is not left in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from accounts import handsets, service
from accounts.models import Person
from app.lostphones import LostPhones
from core.tasks import Supervisor
from tests.acd.centre import Centre, centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import data_of, talking
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time


@asynccontextmanager
async def watched(folder: Path, *, in_browser: bool = True) -> AsyncIterator[Centre]:
    """A centre where `li.na` is the agent 8001 and works in her browser, or at a hard telephone."""
    async with centre(folder, "8001", "8002") as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="li.na", name="li.na", role="agent", number="8001"))
        if in_browser:
            await takes_browser(running)
        supervisor = Supervisor()
        LostPhones(running.dispatcher, running.pbx, supervisor, now).listen(running.db.bus)
        yield running
        await supervisor.stop()


async def takes_browser(running: Centre) -> str:
    """A browser becomes her telephone; its session."""
    async with running.db.transaction() as tx:
        token = await service.open_session(tx, "li.na", now())
        await handsets.issue(tx, token, "8001", "li.na", now())
    return token


async def signs_out(running: Centre, token: str) -> None:
    async with running.db.transaction() as tx:
        await service.sign_out(tx, token, now())


async def blocked(running: Centre) -> None:
    async with running.db.transaction() as tx:
        await service.end_sessions(tx, "li.na", by="boss")


@virtual_time
async def test_caller_waits_again_before_those_who_came_later_and_the_agent_wraps_up(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        first, leg = await running.caller()
        await asyncio.sleep(20)
        await running.sign_in("8001")
        await asyncio.sleep(3)
        later, _ = await running.caller()
        await asyncio.sleep(10)
        await blocked(running)
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
    async with watched(tmp_path, in_browser=False) as running:
        token = await takes_browser(running)
        await running.sign_in("8001")
        call, _ = await talking(running)
        await signs_out(running, token)
        await asyncio.sleep(3)
        row = await running.call(call)
        assert (row.state, row.ended_by, row.outcome) == ("ended", "agent", "answered")


@pytest.mark.parametrize("taken", ["before he signs out there", "before his account is blocked", "never"])
@virtual_time
async def test_talk_on_a_hard_telephone_goes_on_also_when_a_browser_was_taken_after_it_rang(
    tmp_path: Path, taken: str
) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001", answers_after=2)
        call, _ = await running.caller()
        await asyncio.sleep(1)
        token = "" if taken == "never" else await takes_browser(running)
        await asyncio.sleep(4)
        await (signs_out(running, token) if "signs" in taken else blocked(running))
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_caller_whom_a_colleague_leaves_to_the_agent_is_on_the_telephone_that_was_rung_for_it(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8002")
        call, _ = await talking(running)
        await running.sign_in("8001")
        await running.dispatcher.consults.start(call, "8001", "wang.wei")
        await asyncio.sleep(2)
        await takes_browser(running)
        await running.dispatcher.consults.complete(call, "wang.wei")
        await asyncio.sleep(2)
        await blocked(running)
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8001")


@virtual_time
async def test_who_gives_his_browser_back_in_mid_talk_from_elsewhere_leaves_the_caller_to_others(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        async with running.db.transaction() as tx:
            await handsets.withdraw(tx, "8001", "li.na")
        await asyncio.sleep(2)
        assert (await running.call(call)).state == "waiting"
        assert (await data_of(running, call, "lost"))["by"] == "li.na"


@virtual_time
async def test_call_out_whose_customer_has_not_answered_yet_is_stopped(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=20)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(5)
        await blocked(running)
        await asyncio.sleep(2)
        row = await running.call(call)
        assert (row.state, row.outcome, running.pbx.live) == ("ended", "not_reached", {})


@virtual_time
async def test_call_out_from_a_hard_telephone_goes_on(tmp_path: Path) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=20)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(5)
        await takes_browser(running)
        await blocked(running)
        await asyncio.sleep(30)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_caller_who_is_answered_a_moment_after_the_browser_went_is_freed_too(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001", answers_after=3)
        call, _ = await running.caller()
        await asyncio.sleep(2)
        await blocked(running)
        assert (await running.call(call)).state == "ringing"
        await asyncio.sleep(4)
        assert (await running.call(call)).state == "waiting"
        assert await running.offers(call) == [("8001", "accepted")]


@virtual_time
async def test_caller_is_freed_as_soon_as_a_new_engine_knows_of_him(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        heir, supervisor = await running.restart(), Supervisor()
        LostPhones(heir.dispatcher, heir.pbx, supervisor, now).listen(heir.db.bus)
        await blocked(running)
        await asyncio.sleep(10)
        assert (await running.call(call)).state == "talking"
        heir.pbx.link_up()
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "waiting"
        await supervisor.stop()


@virtual_time
async def test_talk_that_rang_after_the_browser_went_goes_on_however_late_that_is_seen_to(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001", answers_after=0.1)
        running.dispatcher.remembers.clear()
        await blocked(running)
        await asyncio.sleep(0.1)
        running.dispatcher.remembers.set()
        call, _ = await running.caller()
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_of_three_who_talk_together_the_caller_stays_with_the_colleague(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        call, _ = await consulting(running)
        await running.dispatcher.consults.join(call, "li.na")
        await blocked(running)
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")


@pytest.mark.parametrize("phone", [{"answers_after": 15}, {"answers_after": 1}], ids=["rings", "is answered"])
@pytest.mark.parametrize("lost", ["to another device", "as he is blocked"])
@virtual_time
async def test_asker_is_told_at_once_that_the_colleague_he_asks_has_lost_his_browser(
    tmp_path: Path, phone: dict[str, float], lost: str
) -> None:
    async with watched(tmp_path) as running:
        call, leg = await asking_8001(running, **phone)
        await (takes_browser(running) if lost == "to another device" else blocked(running))
        await asyncio.sleep(0.5)
        assert running.dispatcher.consults.of(call) is None
        assert await running.agent("8001") == ("ready", "")
        assert await running.agent("8002") == ("on-hold", "")
        await running.dispatcher.control.resume(call, "wang.wei")
        await asyncio.sleep(30)
        assert ((await running.call(call)).agent, running.pbx.live[leg].bridge != "") == ("8002", True)


@pytest.mark.parametrize("answered", [False, True])
@virtual_time
async def test_ring_moves_to_the_other_page_of_the_same_browser_and_a_talk_with_the_asker_does_not(
    tmp_path: Path, answered: bool
) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        token = await takes_browser(running)
        call, _ = await asking_8001(running, answers_after=1 if answered else 5)
        async with running.db.transaction() as tx:
            await handsets.issue(tx, token, "8001", "li.na", now())
        await asyncio.sleep(5)
        consult = running.dispatcher.consults.of(call)
        assert (consult is not None and consult.answered) is not answered


@virtual_time
async def test_who_is_asked_at_his_hard_telephone_goes_on_when_he_takes_a_browser(tmp_path: Path) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        call, _ = await asking_8001(running)
        await takes_browser(running)
        await takes_browser(running)
        await asyncio.sleep(5)
        assert running.dispatcher.consults.of(call) is not None


async def asking_8001(running: Centre, **phone: float) -> tuple[str, str]:
    """8002 talks with a caller and asks 8001: (call, the caller's leg)."""
    await running.sign_in("8002")
    call, leg = await talking(running)
    await running.sign_in("8001", **phone)
    await running.dispatcher.consults.start(call, "8001", "wang.wei")
    await asyncio.sleep(2)
    return call, leg


@virtual_time
async def test_while_nothing_can_be_stored_it_is_tried_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.dispatcher.remembers.clear()
        await blocked(running)
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"
        running.dispatcher.remembers.set()
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "waiting"


@pytest.mark.parametrize("held", [False, True])
@virtual_time
async def test_caller_whose_agents_telephone_has_vanished_waits_again_at_his_place(tmp_path: Path, held: bool) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        if held:
            await running.dispatcher.control.hold(call, "li.na")
        vanishes(running)
        await asyncio.sleep(19)
        assert (await running.call(call)).state == "talking"
        later, _ = await running.caller()
        await asyncio.sleep(2)
        assert ((await running.call(call)).state, running.pbx.live[leg].place) == ("waiting", "centre-wait")
        assert (await running.agent("8001"))[0] == "wrap-up"
        assert "lost" in await running.history(call)
        await running.sign_in("8002")
        await asyncio.sleep(3)
        assert ((await running.call(call)).agent, (await running.call(later)).state) == ("8002", "waiting")


@pytest.mark.parametrize(
    "still", ["comes back in time", "is heard", "was lost with the link and is back in time", "rings for another"]
)
@virtual_time
async def test_talk_goes_on_where_the_telephone(tmp_path: Path, still: str) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        vanishes(running)
        await asyncio.sleep(15)
        match still:
            case "comes back in time":
                running.pbx.phone("phone-8001", registered=True)
            case "is heard":
                running.pbx.phone("phone-8001", sounds=True)
            case "was lost with the link and is back in time":
                running.pbx.link_down()
                await asyncio.sleep(1)
                running.pbx.link_up()
                await asyncio.sleep(15)
                running.pbx.phone("phone-8001", registered=True)
            case "rings for another":
                running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
                await asyncio.sleep(1)
                await running.sign_in("8002")
                call, _ = await running.caller()
        await asyncio.sleep(20)
        assert (await running.call(call)).state == "talking"


@pytest.mark.parametrize("which", ["another engine", "the same engine"])
@virtual_time
async def test_telephone_that_was_gone_already_when_the_link_came_up_has_its_time_from_then_on(
    tmp_path: Path, which: str
) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        supervisor = Supervisor()
        running.pbx.link_down()
        vanishes(running)
        if which == "another engine":
            heir = await running.restart()
            LostPhones(heir.dispatcher, heir.pbx, supervisor, now).listen(heir.db.bus)
        await asyncio.sleep(60)
        running.pbx.link_up()
        await asyncio.sleep(19)
        assert (await running.call(call)).state == "talking"
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "waiting"
        await supervisor.stop()


@virtual_time
async def test_telephone_that_is_only_not_registered_any_more_is_lost_when_no_sound_comes_from_it(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        running.pbx.phone("phone-8001", registered=False)
        await asyncio.sleep(60)
        assert (await running.call(call)).state == "talking"
        running.pbx.phone("phone-8001", sounds=False)
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "waiting"


@virtual_time
async def test_caller_who_rings_where_no_telephone_is_any_more_is_soon_a_colleagues(tmp_path: Path) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001", answers_after=99)
        call, _ = await running.caller()
        await asyncio.sleep(1)
        await running.sign_in("8002")
        vanishes(running)
        await asyncio.sleep(5)
        assert await running.offers(call) == [("8001", "unreachable"), ("8002", "accepted")]
        running.pbx.phone("phone-8001", registered=True, sounds=True)
        await asyncio.sleep(0.1)
        assert await running.agent("8001") == ("ready", "")


@virtual_time
async def test_ring_outlives_a_telephone_that_is_out_of_reach_for_a_moment(tmp_path: Path) -> None:
    async with watched(tmp_path, in_browser=False) as running:
        await running.sign_in("8001", answers_after=8)
        call, _ = await running.caller()
        await asyncio.sleep(1)
        vanishes(running)
        await asyncio.sleep(2)
        running.pbx.phone("phone-8001", registered=True, sounds=True)
        await asyncio.sleep(10)
        assert await running.offers(call) == [("8001", "accepted")]


def vanishes(running: Centre) -> None:
    """8001's telephone, without a word."""
    running.pbx.phone("phone-8001", registered=False, sounds=False)
