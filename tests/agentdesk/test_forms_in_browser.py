"""Settings' forms in a real browser: a queue added without a script, wrong, mended, published and taken back."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.agentdesk.conftest import House
from tests.agentdesk.test_accessibility import AXE, JUDGE, WIDER, ZOOMED
from tests.agentdesk.test_in_browser import Office
from tests.browser import OFFICE, chromium, complaints_of, picture, served
from tests.centre import until

pytestmark = pytest.mark.real

FORMS = ("hours", "queues?at=/queues/cards", "hours?at=/schedules/business", "site?at=/trunks/0", "dialling", "scripts")


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


async def _without_script(office: Office) -> Page:
    """The administrator's browser, in which scripts are switched off from now on."""
    page = await office.sit_down("admin")
    cookies = [{"name": each["name"], "value": each["value"], "url": office.address}
               for each in await page.context.cookies()]  # fmt: skip
    context = await office.browser.new_context(base_url=office.address, viewport=OFFICE, java_script_enabled=False)
    await context.add_cookies(cookies)  # type: ignore[arg-type]
    return await context.new_page()


async def test_a_queue_is_added_without_a_script_mended_published_and_taken_back(office: Office) -> None:
    page = await _without_script(office)
    await page.goto("/settings/queues")
    await page.get_by_role("button", name="添加 队列").click()
    await page.locator("[name='#key']").fill("mortgages")
    await page.locator("[name='/queues/-/name/zh']").fill("房贷")
    await page.locator("[name='/queues/-/ring_seconds']").fill("2")
    await page.locator("[name='/queues/-/skills#keys']").first.fill("loans")
    await page.locator("[name='/queues/-/skills#values']").first.fill("2")
    await page.locator("[name='/queues/-/entry/hours']").select_option("business")
    await page.keyboard.press("Enter")
    wrong = page.locator("[name='/queues/mortgages/ring_seconds'][aria-invalid]")
    await expect(wrong).to_have_value("2")
    await expect(page.locator(".wrong-here")).to_have_text("不得小于 3")
    await picture(page, "zh-settings-form-wrong")
    await wrong.fill("12")
    await page.locator("[name=reason]").fill("新业务")
    await page.locator("#check").click()
    await expect(page.locator("#checked .effects")).to_contain_text("mortgages")
    await page.locator("#publish").click()
    row = page.locator(".entries tr", has_text="mortgages")
    await expect(row).to_contain_text("贷款 (loans) 2")
    await expect(page.locator(".versions tbody tr").first).to_contain_text("新业务")
    await picture(page, "zh-settings-form-published")
    await page.locator("form[action$=back] [name=reason]").fill("暂缓")
    await page.locator("form[action$=back] button").click()
    await expect(row).to_have_count(0)


async def test_forms_have_no_serious_findings_light_and_dark_and_fit_an_office_screen_and_zoom(office: Office) -> None:
    page = await office.sit_down("admin", "en")
    complaints, faults = complaints_of(page), []
    for form in FORMS:
        await page.goto(f"/settings/{form}")
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await picture(page, f"en-settings-{form.partition('?')[0]}-{scheme}")
            faults += [f"{form} {scheme}: {each}" for each in await page.evaluate(JUDGE, None)]
        for size in (OFFICE, ZOOMED):
            await page.set_viewport_size(size)
            assert await page.evaluate(WIDER) == 0, (form, size)
    await _another_language_keeps_what_is_typed_and_who_leaves_is_asked(page)
    assert (faults, complaints) == ([], [])


async def _another_language_keeps_what_is_typed_and_who_leaves_is_asked(page: Page) -> None:
    await page.set_viewport_size(OFFICE)
    await page.goto("/settings/queues?at=/queues/cards")
    await page.locator("[name='/queues/cards/ring_seconds']").fill("22")
    await page.locator("[name=reason]").fill("too short")
    await page.locator("button[name=language]").click()
    await expect(page.locator("h1")).to_contain_text("cards")
    await expect(page.locator("#check")).to_have_text("检查")
    await expect(page.locator("[name='/queues/cards/ring_seconds']")).to_have_value("22")
    await expect(page.locator("[name=reason]")).to_have_value("too short")
    asked: list[str] = []

    async def stays(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stays)
    await page.locator(".crumbs a").click(no_wait_after=True)
    await until(lambda: _held(asked), 5, "who leaves is asked")
    assert asked == ["beforeunload"]
    await page.locator("#publish").click()
    await expect(page.locator(".versions tbody tr").first).to_contain_text("too short")
    assert asked == ["beforeunload"]


async def _held(asked: list[str]) -> bool:
    return bool(asked)
