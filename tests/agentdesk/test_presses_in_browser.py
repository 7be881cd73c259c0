"""Pressing twice in a real browser: what people wish for once is done once, and hits nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from acd.agent_state import AgentState
from acd.models import AgentRow
from core.clock import system_clock
from tests.agentdesk.conftest import House
from tests.agentdesk.test_desk_in_browser import TALKING, talks
from tests.agentdesk.test_in_browser import SOON_LATE, Office
from tests.browser import chromium, served
from tests.centre import until

pytestmark = pytest.mark.real

LISTENED = "call000000000000000014"
UNDERNEATH = """() => {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", id: "underneath" });
  box.style = "position: fixed; inset: 0; width: 100vw; height: 100vh; margin: 0; z-index: 9";
  document.body.append(box);
}"""
TOP = f"document.querySelector('tr[data-call={LISTENED}]').getBoundingClientRect().top"
READ_MS = 20_000
MORE = "[data-deed$='/wrap-up']"


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


class Server:
    """Counts what it is asked for at an address, and answers when it is told to."""

    def __init__(self, status: int) -> None:
        self.status, self.asked, self.free = status, 0, asyncio.Event()

    async def answer(self, asked: Route) -> None:
        if asked.request.method == "GET":
            await asked.continue_()
            return
        self.asked += 1
        await self.free.wait()
        await asked.fulfill(status=self.status, content_type="application/json", body="{}")


async def served_by(page: Page, address: str, status: int = 201) -> Server:
    server = Server(status)
    await page.route(address, server.answer)
    return server


async def twice(press: Callable[[], Awaitable[None]], server: Server) -> None:
    """Before the answer and in the moment after it."""
    await press()
    server.free.set()


async def test_call_back_handover_and_notice_are_made_once_however_often_they_are_pressed(office: Office) -> None:
    page = await office.sit_down("agent")
    for dialog, address in (("promise", "**/api/callbacks"), ("hand-over", "**/api/me/handovers")):
        server = await served_by(page, address)
        box = page.locator(f"#{dialog}")
        await page.locator(f"[data-open={dialog}]").first.click()
        if dialog == "promise":
            await box.locator("[name=number]").fill("13812345678")
        else:
            await box.locator("[name=to]").select_option(index=1)
        await twice(box.locator("form[data-deed] button").dblclick, server)
        await expect(box).to_be_hidden()
        assert server.asked == 1
    floor = await office.sit_down("supervisor")
    await floor.goto("/floor")
    server = await served_by(floor, "**/api/notices")
    await floor.locator(".tell [name=text]").fill("请大家注意")
    await twice(floor.locator(".tell button").dblclick, server)
    await expect(floor.locator(".tell [name=text]")).to_have_value("")
    assert server.asked == 1


async def test_second_press_on_a_colleague_hits_nothing_under_the_dialog_that_closed(
    office: Office, house: House
) -> None:
    await talks(house, 0)
    async with house.db.transaction() as tx:
        (await tx.session.get_one(AgentRow, "8002")).state = AgentState.READY
    page = await office.sit_down("agent")
    server = await served_by(page, f"**/api/calls/{TALKING}/consult", 204)
    await page.locator("[data-hand=consult]").click()
    colleague = page.locator("#targets .list [data-agent]:enabled").first
    await expect(colleague).to_be_visible()
    await page.evaluate(UNDERNEATH)
    await twice(colleague.dblclick, server)
    await expect(page.locator("#targets")).to_be_hidden()
    box = page.locator("#underneath")
    assert (server.asked, await box.is_checked()) == (1, False)
    await box.click()
    assert await box.is_checked()


async def test_who_presses_twice_to_listen_listens_once_and_a_refusal_moves_no_row_and_goes_once_it_is_read(
    office: Office,
) -> None:
    page = await office.sit_down("supervisor")
    await page.clock.install()
    await page.goto("/floor")
    server = await served_by(page, f"**/api/calls/{LISTENED}/supervision", 200)
    listen = page.locator(f"tr[data-call={LISTENED}] [data-spy=listen]")
    server.free.set()
    await listen.dblclick()
    await expect(page.locator(".floor-tools .refusal")).to_be_hidden()
    assert server.asked == 1
    server.status = 404
    before = await page.evaluate(TOP)
    whisper = page.locator(f"tr[data-call={LISTENED}] [data-spy=whisper]")
    await whisper.click()
    await expect(page.locator(".floor-tools .refusal")).to_be_visible()
    assert await page.evaluate(TOP) == before
    await page.clock.fast_forward(READ_MS)
    await expect(page.locator(".floor-tools .refusal")).to_be_hidden()


async def wraps_up(house: House) -> None:
    async with house.db.transaction() as tx:
        row = await tx.session.get_one(AgentRow, "8001")
        row.state, row.until_at = AgentState.WRAP_UP, system_clock() + 600


async def test_each_press_for_a_minute_more_adds_one_before_the_answer_and_in_the_moment_after_it(
    office: Office, house: House
) -> None:
    await wraps_up(house)
    page = await office.sit_down("agent")
    server = await served_by(page, "**/api/agents/8001/wrap-up", 204)
    await page.locator(MORE).click(click_count=3)
    await until(lambda: _asked(server, 1), 10, "the first minute is asked for")
    server.free.set()
    await until(lambda: _asked(server, 3), 10, "three minutes are asked for")
    for _ in range(3):
        async with page.expect_response("**/wrap-up"):
            await page.locator(MORE).click()
    assert server.asked == 6


async def test_who_presses_several_times_for_a_minute_more_is_refused_once_and_may_press_again(
    office: Office, house: House
) -> None:
    await wraps_up(house)
    page = await office.sit_down("agent")
    server = await served_by(page, "**/api/agents/8001/wrap-up", 409)
    await page.locator(MORE).click(click_count=3)
    server.free.set()
    await expect(page.locator("#me .refusal")).to_be_visible()
    assert server.asked == 1
    server.status = 204
    await page.locator(MORE).click()
    await expect(page.locator("#me .refusal")).to_be_hidden()
    assert server.asked == 2


async def test_deed_that_the_server_does_not_answer_is_told_to_be_so_and_may_be_pressed_again(office: Office) -> None:
    page = await office.sit_down("agent")
    await page.add_init_script(SOON_LATE)
    await page.goto("/desk")
    server = await served_by(page, "**/api/agents/8001/state")
    state = page.locator("#me [data-state]").first
    await state.click()
    await expect(page.locator("#me .refusal")).to_have_text("服务器没有响应，请重试。")
    await state.click()
    await until(lambda: _asked(server, 2), 10, "it is asked for again")


async def _asked(server: Server, times: int) -> bool:
    return server.asked == times
