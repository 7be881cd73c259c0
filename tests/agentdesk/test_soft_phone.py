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
    await asyncio.wait_for(caller.ended.wait(), 10)
    await expect(phone).to_have_attribute("data-call", "")
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
    await picture(page, "desk-wrap-up")
    assert complaints == []
