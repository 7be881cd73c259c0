"""A real caller, a real Asterisk, and the agent's telephone in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.agentdesk.telephone import (
    AGENTS_TONE,
    Workplace,
    answer,
    both_hear_each_other,
    caller_hears,
    ready,
    workplace,
)
from tests.browser import complaints_of, picture

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def test_browser_rings_and_both_hear_each_other_through_hold_to_the_end(office: Workplace) -> None:
    page = await office.sit_down()
    complaints = complaints_of(page)
    await ready(page)
    caller = await office.dial()
    phone = page.locator("soft-phone")
    await expect(phone).to_have_attribute("data-call", "ringing", timeout=20000)
    await expect(page.locator("#contact")).to_contain_text("13812345678")
    await picture(page, "desk-ringing")
    await answer(page)
    await asyncio.sleep(1)
    await both_hear_each_other(page, caller)
    await picture(page, "desk-talking")
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "held")
    await expect(page.locator("#me .now b")).to_have_text("保持")
    assert abs(await caller_hears(caller) - AGENTS_TONE) > 15
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "talking")
    await asyncio.sleep(0.5)
    await both_hear_each_other(page, caller)
    await page.locator("[data-do=hangUp]:visible").click()
    await expect(phone).to_have_attribute("data-call", "")
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
    await picture(page, "desk-wrap-up")
    await asyncio.sleep(1)
    caller.press("5")  # he is asked how it was
    await asyncio.wait_for(caller.ended.wait(), 45)
    assert complaints == []


async def test_caller_comes_back_to_the_same_agent_after_a_reload_in_mid_call(office: Workplace) -> None:
    page = await office.sit_down()
    await ready(page)
    caller = await office.dial()
    await answer(page)
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await page.reload()
    phone = page.locator("soft-phone")
    await expect(phone).to_have_attribute("data-call", "talking", timeout=20000)
    await asyncio.sleep(1)
    await both_hear_each_other(page, caller)
    await picture(page, "desk-after-reload")
    caller.hang_up()
    await expect(phone).to_have_attribute("data-call", "", timeout=10000)


async def test_second_tab_says_so_and_signing_out_withdraws_the_telephone(office: Workplace) -> None:
    page = await office.sit_down()
    await ready(page)
    second = await page.context.new_page()
    await second.goto("/desk")
    await expect(second.locator("soft-phone")).to_have_attribute("data-line", "second")
    await picture(second, "desk-second-tab")
    await second.close()
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_url("**/login**")
    hard = await office.centre.phone("8001")
    hard.close()


async def test_talk_goes_on_while_the_line_is_cut_and_its_end_is_heard_afterwards(office: Workplace) -> None:
    page = await office.sit_down()
    await ready(page)
    caller = await office.dial()
    await answer(page)
    phone = page.locator("soft-phone")
    for _ in range(2):
        await phone.evaluate("each => each.phone.agent.transport.socket._ws.close()")
        await expect(phone).to_have_attribute("data-line", "offline")
        await both_hear_each_other(page, caller)
        await expect(phone).to_have_attribute("data-line", "idle", timeout=15000)
    caller.hang_up()
    await expect(phone).to_have_attribute("data-call", "", timeout=10000)
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
