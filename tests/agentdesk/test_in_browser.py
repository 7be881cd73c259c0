"""The pages in a real browser: live changes, the player."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from accounts import displays
from accounts.tokens import fingerprint
from acd.events import AlarmChanged, CallQueued, SwitchChanged
from acd.models import AlarmRow
from agentdesk.pages.screens import TILES
from core.clock import system_clock
from tests.agentdesk.cast import PASSWORD, ROLES, TALK, Caller, add_call, add_talks
from tests.agentdesk.conftest import House, until_watched
from tests.browser import OFFICE, chromium, complaints_of, picture, served
from tests.centre import until

pytestmark = pytest.mark.real

LANGUAGES = {"zh": ("zh-CN", "English"), "en": ("en-GB", "中文")}


@dataclass(frozen=True, slots=True)
class Office:
    house: House
    browser: Browser
    address: str

    async def sit_down(self, role: str, language: str = "zh", dark: bool = False) -> Page:
        """A fresh browser profile in which the person of that role, or of that login, has signed in."""
        context: BrowserContext = await self.browser.new_context(
            base_url=self.address, viewport=OFFICE, locale=LANGUAGES[language][0],
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        page = await context.new_page()
        page.set_default_timeout(15000)
        await page.goto("/login")
        await page.locator("input[name=login]").fill(ROLES.get(role, role))
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("form.sign-in button").click()
        await page.wait_for_url("**/desk" if role == "agent" else "**/wallboard")
        if await page.get_by_role("button", name=LANGUAGES[language][1]).count() == 0:
            await page.locator("button[name=language]").click()
        await expect(page.get_by_role("button", name=LANGUAGES[language][1])).to_be_visible()
        return page


SOON_LATE = "const inTime = AbortSignal.timeout; AbortSignal.timeout = () => inTime.call(AbortSignal, 300);"
"""Run in a page, its requests are not waited for long."""


async def caller_waits(house: House, call: str) -> None:
    now = system_clock()
    async with house.db.transaction() as tx:
        add_call(tx, Caller(call, "13899990000", 0, state="waiting"), now)
        tx.publish(CallQueued(now, call, "cards"))


async def alarm_is_raised(house: House) -> None:
    now = system_clock()
    async with house.db.transaction() as tx:
        tx.session.add(AlarmRow(id="a1", kind="wait", about="cards", value=95.0, raised_at=now))
        tx.publish(AlarmChanged(now, "a1", "wait", "cards"))


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


async def test_wallboard_changes_when_something_happens_and_says_when_asterisk_is_gone(office: Office) -> None:
    page = await office.sit_down("supervisor")
    complaints = complaints_of(page)
    waiting = page.locator("[data-figure=waiting]")
    await expect(waiting).to_have_text("3")
    now = system_clock()
    async with office.house.db.transaction() as tx:
        add_call(tx, Caller("call000000000000000099", "13899990000", 0, state="waiting"), now)
        tx.publish(CallQueued(now, "call000000000000000099", "cards"))
    await expect(waiting).to_have_text("4")
    await expect(page.locator("tr[data-call=call000000000000000099]")).to_contain_text("138****0000")
    office.house.bus.publish(SwitchChanged(now, True, ""))
    await expect(page.locator(".banner")).to_have_count(0)
    office.house.bus.publish(SwitchChanged(now, False, "connection lost"))
    await expect(page.locator(".banner")).to_contain_text("connection lost")
    assert complaints == []


async def test_waiting_time_counts_up_by_itself(office: Office) -> None:
    page = await office.sit_down("agent")
    await page.goto("/wallboard")
    clock = page.locator("tr[data-call=call000000000000000012] time")
    before = await clock.inner_text()
    await expect(clock).not_to_have_text(before)


async def test_click_on_a_line_moves_the_player_and_the_line_is_lit_while_it_plays(office: Office) -> None:
    page = await office.sit_down("quality")
    complaints = complaints_of(page)
    await page.goto(f"/calls/{TALK}")
    audio = page.locator("audio")
    # Slowly, so that a busy machine still meets the line while it is said.
    await audio.evaluate("sound => { sound.defaultPlaybackRate = 0.1; }")
    line = page.locator(".lines button").nth(4)
    await line.click()
    await picture(page, "zh-call-page-asks-why")
    assert await audio.get_attribute("src") is None
    await page.locator(".why input").fill("核实情况")
    await page.keyboard.press("Enter")
    await expect(line).to_have_class("current")
    await until(lambda: audio.evaluate("sound => sound.currentTime > 0"), 5, "the sound has come")
    at = await audio.evaluate("sound => sound.currentTime")
    assert 12.85 <= at < 15.2
    assert not await audio.evaluate("sound => sound.paused")
    await expect(page.locator(".position .now")).to_have_text(re.compile("0:1[2345]"))
    await page.keyboard.press("ArrowRight")
    await until(lambda: audio.evaluate("(sound, from) => sound.currentTime > from + 4", at), 5, "it has moved on")
    painted = await page.locator("canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )
    assert painted > 4
    await page.locator(".custody summary").click()
    await page.locator(".custody input").fill("客户投诉")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="MP3").click()
    assert (await download.value).suggested_filename == f"{TALK}-1-{ROLES['quality']}.mp3"
    await page.get_by_role("button", name="依法保留").click()
    await expect(page.locator(".custody summary")).to_contain_text("依法保留中")
    assert complaints == []


async def test_button_is_still_pressed_when_its_row_changes_under_the_finger(office: Office) -> None:
    page = await office.sit_down("supervisor")
    await page.goto("/floor")
    higher = page.get_by_role("button", name="提高").first
    await higher.evaluate("button => { button.dataset.pressed = ''; }")
    await higher.hover()
    async with page.expect_event("requestfinished", lambda told: "/floor?" in told.url):
        await page.mouse.down()
        await caller_waits(office.house, "call000000000000000097")
    async with page.expect_request("**/priority"):
        await page.mouse.up()
    await expect(page.locator("[data-pressed]")).to_have_count(0)
    await expect(page.locator("tr[data-call=call000000000000000097]")).to_be_visible()


async def test_live_page_recovers_when_the_stream_was_cut(office: Office) -> None:
    page = await office.sit_down("supervisor")
    await expect(page.locator("[data-figure=waiting]")).to_have_text("3")
    await page.context.set_offline(True)
    office.house.desk.live.cut()
    await expect(page.locator("[data-link-state]")).to_be_visible()
    await caller_waits(office.house, "call000000000000000098")
    await page.context.set_offline(False)
    await expect(page.locator("[data-figure=waiting]")).to_have_text("4")
    await expect(page.locator("[data-link-state]")).to_be_hidden()


async def no_answer(route: Route) -> None:
    """Until the page gives up."""


FAILURES: dict[str, Callable[[Route], Awaitable[None]]] = {
    "no network": lambda route: route.abort(),
    "a proxy without a server": lambda route: route.fulfill(status=502, body="<html>Bad Gateway</html>"),
    "no answer": no_answer,
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_change_that_could_not_be_fetched_is_shown_later_and_the_page_says_until_then_that_it_is_old(
    office: Office, failure: str
) -> None:
    page = await office.sit_down("supervisor")
    await page.add_init_script(SOON_LATE)
    await page.goto("/wallboard")
    await expect(page.locator("[data-figure=waiting]")).to_have_text("3")
    await page.route("**/wallboard", FAILURES[failure])
    await caller_waits(office.house, "call000000000000000096")
    await expect(page.locator("[data-link-state]")).to_be_visible()
    await expect(page.locator("[data-figure=waiting]")).to_have_text("3")
    await page.unroute("**/wallboard")
    await expect(page.locator("[data-figure=waiting]")).to_have_text("4")
    await expect(page.locator("[data-link-state]")).to_be_hidden()


async def test_alarms_are_shown_and_heard_while_a_list_of_the_floor_is_in_use(office: Office) -> None:
    page = await office.sit_down("supervisor")
    await page.goto("/floor")
    state = page.locator("select[name=state]").first
    await state.focus()
    await state.select_option(index=1)
    chosen = await state.input_value()
    await alarm_is_raised(office.house)
    await expect(page.locator("[data-alarm=a1]")).to_be_visible()
    await expect(page.locator("body")).to_have_attribute("data-alarms-heard", "1")
    assert (await state.input_value(), chosen != "") == (chosen, True)
    await page.locator("[data-alarm=a1] button").click()
    await expect(page.locator("[data-alarm=a1][data-seen]")).to_be_visible()


async def test_list_of_the_floor_that_nobody_chose_from_holds_it_up_for_a_moment_only(office: Office) -> None:
    page = await office.sit_down("supervisor")
    await page.clock.install()
    await page.goto("/floor")
    states = page.locator("select[name=state]")
    await states.nth(1).focus()
    await page.keyboard.press("Shift")
    await page.locator("#floor").evaluate("each => { each.dataset.old = ''; }")
    await caller_waits(office.house, "call000000000000000095")
    await alarm_is_raised(office.house)
    await expect(page.locator("[data-alarm=a1]")).to_be_visible()
    await expect(page.locator("#floor[data-old]")).to_have_count(1)
    await page.clock.fast_forward(11000)
    await expect(page.locator("tr[data-call=call000000000000000095]")).to_be_visible()
    await expect(states.nth(1)).to_be_focused()


async def test_screen_on_a_wall_that_is_taken_back_goes_dark(office: Office) -> None:
    house = office.house
    async with house.db.transaction() as tx:
        token = await displays.create(tx, "大厅", "zh", TILES, "sun.li", system_clock())
    page = await (await office.browser.new_context(base_url=office.address)).new_page()
    await page.goto(f"/display/{token}")
    await expect(page.locator("#board")).to_contain_text("李娜")
    await until_watched(house)
    async with house.db.transaction() as tx:
        await displays.remove(tx, fingerprint(token), "sun.li")
    await expect(page.locator("#board")).to_have_count(0)
    await expect(page.locator("body")).not_to_contain_text("李娜")


async def test_screen_on_a_wall_needs_nobody_and_comes_back_by_itself(office: Office) -> None:
    house, now = office.house, system_clock()
    await house.desk.switch.heard(SwitchChanged(now, True, ""))
    async with house.db.transaction() as tx:
        token = await displays.create(tx, "大厅", "zh", TILES, "sun.li", now)
    context = await office.browser.new_context(base_url=office.address, viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.goto(f"/display/{token}")
    await expect(page.locator("[data-figure=waiting]")).to_have_text("3")
    await picture(page, "zh-screen")
    await context.set_offline(True)
    house.desk.live.cut()
    await expect(page.locator("[data-link-state]")).to_be_visible()
    await page.evaluate("document.documentElement.dataset.before = ''")
    await context.set_offline(False)
    await expect(page.locator("html[data-before]")).to_have_count(0)
    await expect(page.locator("[data-figure=waiting]")).to_have_text("3")


async def test_wrong_password_is_told_and_dark_pages_can_be_read(office: Office) -> None:
    context = await office.browser.new_context(base_url=office.address, viewport=OFFICE, locale="en-GB")
    page = await context.new_page()
    await page.goto("/calls")
    await page.locator("input[name=login]").fill("li.na")
    await page.locator("input[name=password]").fill("guess")
    await page.locator("form.sign-in button").click()
    await expect(page.get_by_role("alert")).to_have_text("Login or password is wrong.")
    await picture(page, "en-sign-in")
    dark = await office.sit_down("supervisor", dark=True)
    await picture(dark, "zh-dark-wallboard")
    await dark.goto(f"/calls/{TALK}")
    await dark.wait_for_timeout(300)
    await picture(dark, "zh-dark-call-page")


async def test_another_language_on_a_page_that_answers_a_form_keeps_what_was_typed_and_what_is_told_once(
    office: Office,
) -> None:
    page = await office.sit_down("admin")
    complaints = complaints_of(page)
    await page.goto("/people/new")
    for name, value in (("login", "li.na"), ("name", "吴迪"), ("number", "8099")):
        await page.locator(f"[name={name}]").fill(value)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("该用户名已存在。")
    await page.locator("[name=team]").fill("三组")
    await _in_other_language(page, "en")
    await expect(page.locator("h1")).to_have_text("Add somebody")
    await expect(page.locator("[name=team]")).to_have_value("三组")
    await page.locator("[name=login]").fill("wu.di")
    await page.keyboard.press("Enter")
    told = await page.locator(".told-once output").inner_text()
    await _in_other_language(page, "zh")
    await expect(page).to_have_url(re.compile("/people/person/wu.di$"))
    await expect(page.locator(".told-once output")).to_have_text(told)
    await picture(page, "zh-told-once")
    await page.goto("/people/import")
    sheet = FilePayload(name="x.csv", mimeType="text/csv", buffer="login,team\nwu.di,四组\n".encode())
    await page.locator("[type=file]").set_input_files(sheet)
    await page.locator("main button.main").click()
    await _in_other_language(page, "en")
    await expect(page.locator("td .change")).to_have_text("Team: 三组 → 四组")
    assert [each for each in complaints if "409" not in each] == []


async def _in_other_language(page: Page, language: str) -> None:
    await page.locator("button[name=language]").click()
    await expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))


@pytest.mark.parametrize(("language", "dark", "typed"), [("zh", False, "jyzy"), ("en", True, "disputed")])
async def test_codes_are_chosen_and_articles_opened_by_keyboard_alone(
    office: Office, language: str, dark: bool, typed: str
) -> None:
    await add_talks(office.house.db)
    page = await office.sit_down("agent", language, dark)
    complaints = complaints_of(page)
    keys, codes, needs = page.keyboard, page.locator(".codes li"), page.locator("#summary [data-need]:visible")
    await expect(codes.nth(2).locator("input")).not_to_be_checked()
    await keys.press("i")
    await keys.type(typed)
    await expect(page.locator(".codes li:visible")).to_have_count(1)
    async with page.expect_response("**/codes") as stored:
        await keys.press("Enter")
    assert (await (await stored.value).json())["codes"] == ["dispute", "limit", "statement"]
    await expect(needs).to_have_attribute("data-need", "ticket")
    await keys.press("ArrowDown")
    await keys.press("ArrowDown")
    async with page.expect_response("**/codes") as stored:
        await keys.press("Space")
    assert (await (await stored.value).json())["codes"] == ["dispute", "statement"]
    await picture(page, f"{language}-desk-codes", whole=False)
    suggested = page.locator("#knowledge .articles")
    await expect(suggested).to_contain_text({"zh": "交易争议", "en": "Disputed transaction"}[language])
    await keys.press("Alt+q")
    await keys.type({"zh": "guashi", "en": "lost ca"}[language])
    found = page.locator("#knowledge-found .articles button")
    await expect(found.first).to_be_visible()
    await keys.press("ArrowDown")
    await keys.press("ArrowDown")
    await expect(found.nth(1)).to_be_focused()
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await expect(page.locator(".article h3").first).to_be_focused()
    await page.get_by_role("button", name={"zh": "已过时", "en": "Out of date"}[language]).click()
    await expect(page.locator(".thought [aria-pressed=true]")).to_have_count(1)
    await picture(page, f"{language}-desk-article")
    await keys.press("Escape")
    await expect(page.locator("#article")).to_be_empty()
    await keys.press("q")
    await keys.press("Escape")
    await expect(page.locator(".knowledge input[type=search]")).to_have_value(
        {"zh": "guashi", "en": "lost ca"}[language]
    )
    await keys.press("?")
    await expect(page.locator("#shortcuts")).to_be_visible()
    assert complaints == []
