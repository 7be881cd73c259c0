"""Pulling the plug in the middle: nobody on the telephone notices, nothing is lost."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from app.phones.light_sip import Dialog, Party
from pbx.home import Home
from pbx.state import asterisk_home
from tests.asterisk import HOTLINE
from tests.browser import chromium
from tests.centre import PATIENCE, RunningCentre, running_centre, until

pytestmark = pytest.mark.real

CARD_AGENTS = ("8001", "8002", "8004")
TO_CARDS = "121"


@pytest.fixture
async def centre() -> AsyncIterator[RunningCentre]:
    async with running_centre() as centre:
        yield centre


@contextlib.asynccontextmanager
async def agents_at_work(centre: RunningCentre, numbers: tuple[str, ...]) -> AsyncIterator[dict[str, Party]]:
    """Signed-in agents whose phones answer at once."""
    phones = {number: await centre.phone(number) for number in numbers}
    for phone in phones.values():
        phone.on_invite = phone.answer
    for number in numbers:
        await centre.ready_agent(number)
    yield phones
    for phone in phones.values():
        phone.close()


@contextlib.asynccontextmanager
async def wallboard(centre: RunningCentre) -> AsyncIterator[Page]:
    """What a supervisor sees in his browser."""
    async with chromium() as browser:
        page = await browser.new_page(base_url=centre.ready["web"])
        await page.goto("/login")
        await page.locator("input[name=login]").fill("sun.li")
        await page.locator("input[name=password]").fill(await centre.password("sun.li"))
        await page.locator("form.sign-in button").click()
        await page.wait_for_url("**/wallboard")
        yield page


async def dial(centre: RunningCentre, number: str) -> Dialog:
    """A caller who listens to the menu."""
    dialog = await (await Party(number, centre.sip_port).open()).dial(HOTLINE)
    await asyncio.wait_for(dialog.answered.wait(), PATIENCE)
    return dialog


async def dial_to_cards(centre: RunningCentre, numbers: list[str]) -> list[Dialog]:
    """Callers who key their way into the queue `cards`, one after the other."""
    dialogs = []
    for number in numbers:
        dialog = await dial(centre, number)
        dialog.press(TO_CARDS)
        await until(lambda who=number: _queued(centre, who), 15, f"caller {number} is in the queue")  # type: ignore[misc]  # who is bound
        dialogs.append(dialog)
    return dialogs


async def _queued(centre: RunningCentre, number: str) -> bool:
    calls = (await centre.get(f"/api/calls?caller={number}"))["calls"]
    return any(call["queue"] and call["state"] in ("waiting", "ringing", "talking") for call in calls)


async def _callers(centre: RunningCentre, state: str, callers: list[str]) -> bool:
    return {call["caller"] for call in await centre.live_calls(state)} == set(callers)


async def health(web: str) -> tuple[int, dict[str, Any]]:
    """Of one that stands by: what its pages answer, and what it says of itself."""
    async with httpx.AsyncClient(base_url=web) as client:
        return (await client.get("/wallboard")).status_code, (await client.get("/api/health")).json()


async def publish_changed_menu(centre: RunningCentre) -> None:
    """The menu with one more line, live for the next call."""
    text = (centre.config / "menus" / "main.yaml").read_text(encoding="utf-8") + "\n# one line more\n"
    told = await centre.post("/api/menus/main/publish", {"text": text, "reason": "one line more"}, "admin")
    assert (told["number"], told["published_by"], told["prompt_faults"]) == (2, "admin", [])
    await until(lambda: _taken(centre, 2), 20, "the new version is taken")


async def _taken(centre: RunningCentre, number: int) -> bool:
    return any("menu version taken" in line and f"number={number}" in line for line in centre.log().splitlines())


async def _stored(centre: RunningCentre, call: str) -> bool:
    parts = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
    return bool(parts) and all(part["state"] == "stored" for part in parts)


async def test_engine_that_is_killed_and_one_that_hangs_are_followed_at_once_and_nobody_and_nothing_is_lost(
    centre: RunningCentre,
) -> None:
    numbers = [f"1390000000{n}" for n in range(1, 6)]
    async with agents_at_work(centre, CARD_AGENTS) as phones:
        early = await dial(centre, numbers[0])
        await until(lambda: _callers(centre, "menu", numbers[:1]), 10, "one is in the menu")
        await publish_changed_menu(centre)
        early.press(TO_CARDS)
        await until(lambda: _queued(centre, numbers[0]), 15, "he goes on in the version he began with")
        callers = [early, *await dial_to_cards(centre, numbers[1:])]
        await until(lambda: _callers(centre, "talking", numbers[:3]), 15, "three talk")
        talking = {call["id"]: call for call in await centre.live_calls("talking")}
        waiting = [call["caller"] for call in await centre.live_calls("waiting")]
        assert waiting == numbers[3:]

        for dialog in callers:
            dialog.media.heard.clear()
        standing = await centre.stand_by()
        assert (standing["ready"], standing["standby"]) == (False, True)
        assert str(centre.ready["pid"]) in standing["engine"]
        assert (await health(standing["web"])) == (503, {"role": "standby", "link": "down", "asterisk": ""})
        asterisk = centre.ready["asterisk_pid"]
        await centre.kill()
        await centre.taken_over()
        assert centre.ready["asterisk_pid"] == asterisk

        async def as_before() -> bool:
            kept = {call["id"] for call in await centre.live_calls("talking")}
            queued = [call["caller"] for call in await centre.live_calls("waiting")]
            return kept == set(talking) and queued == waiting

        await until(as_before, 10, "the same three talk and the same two wait in their order")
        assert all(len(dialog.media.heard) > 8000 for dialog in callers[3:]), "who waits hears music"
        assert not any(dialog.ended.is_set() for dialog in callers)

        await centre.stand_by()
        centre.freeze()
        await centre.taken_over()
        await until(as_before, 10, "the third engine knows them all, too")
        assert not any(dialog.ended.is_set() for dialog in callers)

        for dialog in callers[:3]:
            dialog.hang_up()
        await until(lambda: _callers(centre, "talking", waiting), 30, "those who waited are served after the wrap-up")
        for dialog in callers[3:]:
            dialog.hang_up()
        for call in talking:
            await until(lambda call=call: _stored(centre, call), 20, "the recording is stored")  # type: ignore[misc]  # call is bound
            part = (await centre.get(f"/api/calls/{call}/recordings", "zhou.yan"))[0]
            story = (await centre.get(f"/api/calls/{call}"))["call"]
            assert story["ended_by"] == "customer"
            # Asterisk's clock of a recording is the sound itself: packets a busy test sends late are missing in it.
            assert part["seconds"] > 0.7 * (story["talk_ended_at"] - story["connected_at"])
        for version, calls in ((1, 1), (2, 4)):
            use = await centre.get(f"/api/menus/main/use?version={version}")
            assert (use["calls"], use["queued"]) == (calls, calls)
        await until(lambda: _all_quiet(phones), 10, "no telephone is left in a call")


async def _all_quiet(phones: dict[str, Party]) -> bool:
    return all(dialog.ended.is_set() for phone in phones.values() for dialog in phone.dialogs.values())


async def test_asterisk_that_dies_is_told_restarted_and_serves_the_next_call(centre: RunningCentre) -> None:
    async with agents_at_work(centre, ("8001",)) as phones, wallboard(centre) as board:
        await dial_to_cards(centre, ["13900000001"])
        await until(lambda: _callers(centre, "talking", ["13900000001"]), 15, "one talks")
        await expect(board.locator("[data-figure=talking]")).to_have_text("1")
        lost = (await centre.live_calls("talking"))[0]["id"]
        await asyncio.sleep(2)

        with cannot_start(centre):
            os.kill(centre.ready["asterisk_pid"], signal.SIGKILL)
            await until(lambda: _link(centre, "down"), 10, "the centre says that Asterisk is gone")
            await expect(board.get_by_role("alert")).to_be_visible()
        await until(lambda: _link(centre, "up"), 30, "Asterisk is back")
        await expect(board.get_by_role("alert")).to_have_count(0)
        await until(lambda: _lost(centre, lost), 10, "the call that was lost is closed")
        await until(lambda: _stored(centre, lost), 30, "what was said until then is kept")

        await phones["8001"].register()
        await until(lambda: centre.is_ready("8001"), 30, "the agent is ready again")
        callers = await dial_to_cards(centre, ["13900000002"])
        await until(lambda: _callers(centre, "talking", ["13900000002"]), 15, "the next caller is served")
        callers[0].hang_up()
        await until(lambda: _callers(centre, "talking", []), 10, "the call is over")


@contextlib.contextmanager
def cannot_start(centre: RunningCentre) -> Iterator[None]:
    """Meanwhile no Asterisk comes up: it is down for as long as somebody looks."""
    folder = Home(asterisk_home(centre.data)).folder / "etc"
    away = folder.rename(folder.with_name("away"))
    try:
        yield
    finally:
        away.rename(folder)


async def _lost(centre: RunningCentre, call: str) -> bool:
    story = (await centre.get(f"/api/calls/{call}"))["call"]
    return (story["state"], story["ended_by"]) == ("ended", "system")


async def _link(centre: RunningCentre, state: str) -> bool:
    return str((await centre.get("/api/health"))["link"]) == state
