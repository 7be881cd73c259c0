"""The menus' pages in a real browser: live counts, a draft tried out, checked, published, compared and taken back."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from acd.models import Call, CallEvent
from core.clock import system_clock
from tests.agentdesk.conftest import House
from tests.agentdesk.test_in_browser import Office
from tests.browser import chromium, complaints_of, picture, served

pytestmark = pytest.mark.real

BROKEN = ("go: complaints", "go: complaint")


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


async def calls(house: House, number: int, many: int, key: str = "3", served: int = 0) -> None:
    """Callers of today on a version: the first `served` hang up served, the others go to a queue."""
    at = system_clock()
    async with house.db.transaction() as tx:
        for each in range(many):
            name = f"menu-{number}-{key}-{each}"
            path = [{"at": at + 1, "step": "main", "keys": ""}, {"at": at + 5, "step": "loans-person", "keys": key}]
            helped = each < served
            tx.session.add(Call(
                id=name, leg=name, caller="13800000009", dialled="95566", language="zh", arrived_at=at,
                state="ended", ended_at=at + 9, outcome="self_service" if helped else "answered", path=path,
                menu="main", menu_version=number,
            ))  # fmt: skip
            if not helped:
                tx.session.add(CallEvent(call=name, at=at + 8, kind="queued", data={"queue": "loans"}))


async def replace(page: Page, old: str, new: str) -> None:
    text = await page.locator("#text").input_value()
    assert old in text
    await page.locator("#text").fill(text.replace(old, new))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_menu_page_counts_callers_on_the_ways_while_they_call(office: Office, language: str) -> None:
    await calls(office.house, 1, 25)
    page = await office.sit_down("supervisor", language)
    complaints = complaints_of(page)
    await page.goto("/menus")
    await page.get_by_role("link", name="main", exact=True).click()
    counted = {"zh": "进25 出25 挂0 3秒", "en": "25 in 25 on 0 ✕ 3 s"}
    await expect(page.locator("#step-main")).to_contain_text(counted[language])
    await picture(page, f"{language}-menu")
    await calls(office.house, 1, 15, key="0", served=15)
    await expect(page.locator(".menu-figures")).to_contain_text("40")
    assert await page.locator(".menu-page form[method=post]").count() == 0  # a supervisor changes nothing
    assert complaints == []


@pytest.mark.parametrize("language", ["zh"])
async def test_draft_is_tried_checked_published_compared_and_taken_back(office: Office, language: str) -> None:
    page = await office.sit_down("admin", language)
    complaints = complaints_of(page)
    await page.goto("/menus/main/edit")
    await replace(page, *BROKEN)
    await page.keyboard.press("Control+Enter")
    said = {"zh": "没有步骤 'complaint'", "en": "there is no step 'complaint'"}
    await expect(page.locator("#checked")).to_contain_text(said[language])
    await expect(page.locator(".gutter .wrong")).to_have_count(1)
    await picture(page, f"{language}-menu-fault")
    await page.locator("[data-go]").click()
    await expect(page.locator("#text")).to_be_focused()
    await replace(page, *reversed(BROKEN))
    await replace(page, "zh: 请选择服务。", "zh: 请选择您需要的服务。")
    await page.locator("[name=keys]").fill("1 0")
    await page.locator("[name=at]").fill("2026-03-02T10:00")
    await page.keyboard.press("Enter")
    await expect(page.locator("#walked")).to_contain_text("请选择您需要的服务。")
    await expect(page.locator("#walked .fine")).to_contain_text("general")
    await expect(page.locator("#walk-picture .here")).to_have_attribute("id", "step-person")
    await page.locator("[data-press=back]").click()
    await expect(page.locator("#walk-picture .here")).not_to_have_attribute("id", "step-person")
    await page.locator("[data-press='5']").click()
    await expect(page.locator("#walk-picture .here")).to_have_attribute("id", "step-self")
    await page.locator("#compare").click()
    await expect(page.locator("#checked .added")).to_contain_text("您需要的")
    await page.locator("[name=reason]").fill("politer")
    await picture(page, f"{language}-menu-draft")
    await page.locator("#publish").click()
    await page.wait_for_url("**/menus/main")
    await expect(page.locator("#versions")).to_contain_text("politer")
    await page.locator("#versions a[href*=difference]").first.click()
    await expect(page.locator(".difference .added")).to_contain_text("您需要的")
    await picture(page, f"{language}-menu-difference")
    await page.goto("/menus/main")
    await page.locator("form[action$=back] [name=reason]").fill("too long")
    await page.keyboard.press("Enter")
    await expect(page.locator("#versions tbody tr")).to_have_count(3)
    assert (await office.house.menus.version("main")).restores == 1
    assert complaints == []


@pytest.mark.parametrize("language", ["en"])
async def test_two_versions_side_by_side_are_compared_and_the_better_one_taken(office: Office, language: str) -> None:
    await calls(office.house, 1, 60, served=10)
    page = await office.sit_down("admin", language)
    complaints = complaints_of(page)
    await page.goto("/menus/main?version=1")
    await page.locator("#ordered").click()
    await expect(page.locator(".suggestion")).to_be_visible()
    await page.locator("#try-share").click()
    await expect(page.locator("#checked .refusal")).to_contain_text("Give a reason")
    await page.locator("[name=reason]").fill("by use")
    await page.locator("[name=share]").fill("50")
    await page.locator("#try-share").click()
    await page.wait_for_url("**/menus/main")
    await calls(office.house, 1, 60, key="1", served=10)
    await calls(office.house, 2, 60, served=40)
    await page.reload()
    better = {"zh": "差异超出偶然", "en": "A difference beyond chance"}
    await expect(page.locator("#trial")).to_contain_text(better[language])
    await picture(page, f"{language}-menu-trial")
    await page.locator("#trial [name=reason]").fill("better")
    await page.locator("button[value=take]").click()
    await expect(page.locator("#versions tbody tr")).to_have_count(3)
    assert (await office.house.menus.version("main")).restores == 2
    assert complaints == []
