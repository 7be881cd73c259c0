"""A real caller, a real Asterisk, and the agent's telephone in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.agentdesk.telephone import (
    AGENTS_TONE,
    Workplace,
    agent_hears,
    answer,
    both_hear_each_other,
    caller_hears,
    ready,
    workplace,
)
from tests.app.test_call_control import telephones
from tests.browser import complaints_of, picture
from tests.centre import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

COLLEAGUES_TONE = 850


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
    await recording_pauses(page)
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "held")
    await expect(page.locator("#me .now b")).to_have_text("保持")
    assert abs(await caller_hears(caller) - AGENTS_TONE) > 15
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "talking")
    await asyncio.sleep(0.5)
    await both_hear_each_other(page, caller)
    await expect(page.locator("[data-sound]")).to_have_attribute("data-sound", "good")
    await picture(page, "desk-sound-quality")
    (call,) = await office.centre.live_calls("talking")
    await page.locator("[data-do=hangUp]:visible").click()
    await expect(phone).to_have_attribute("data-call", "")
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
    await picture(page, "desk-wrap-up")
    (sound,) = await office.centre.get(f"/api/calls/{call['id']}/sound-quality")
    assert (sound["agent"], sound["source"], sound["loss_in"] < 5) == ("8001", "browser", True)
    assert sound["mos"] > 3.6
    told = "import('/assets/sound-quality.js').then(({ opinion }) => [opinion(0, 0), opinion(0, 400), opinion(10, 50)])"
    assert await page.evaluate(told) == pytest.approx([4.41, 3.05, 3.35], abs=0.01)  # G.107: R = 93.2 gives 4.41
    await asyncio.sleep(1)
    caller.press("5")  # he is asked how it was
    await asyncio.wait_for(caller.ended.wait(), 45)
    assert complaints == []


async def recording_pauses(page: Page) -> None:
    """By the key, and while somebody is in a secret field; the switch obeys each time."""
    recording = page.locator("#recording")
    call = await recording.get_attribute("data-call")

    async def is_paused() -> bool:
        running = await page.evaluate("call => fetch(`/api/calls/${call}/recording`).then(each => each.json())", call)
        return bool(running["paused"])

    assert not await is_paused()
    await page.keyboard.press("p")
    await expect(recording).to_have_attribute("paused", "")
    assert await is_paused()
    await picture(page, "desk-recording-paused")
    await page.keyboard.press("p")
    await expect(recording).not_to_have_attribute("paused", "")
    assert not await is_paused()
    await page.locator("#recording [data-secret]").fill("6222")
    await expect(recording).to_have_attribute("paused", "")
    assert await is_paused()
    await page.locator("#recording [data-secret]").blur()
    await expect(recording).not_to_have_attribute("paused", "")
    assert not await is_paused()


async def test_caller_comes_back_to_the_same_agent_after_a_reload_in_mid_call(office: Workplace) -> None:
    page = await office.sit_down()
    await ready(page)
    caller = await office.dial()
    await answer(page)
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    async with telephones(office.centre, a8002=COLLEAGUES_TONE) as phones:
        await office.centre.ready_agent("8002")
        await page.reload()
        phone = page.locator("soft-phone")
        await expect(phone).to_have_attribute("data-call", "talking", timeout=20000)
        await asyncio.sleep(1)
        await both_hear_each_other(page, caller)
        assert phones["8002"].talk is None
    await picture(page, "desk-after-reload")
    caller.hang_up()
    await expect(phone).to_have_attribute("data-call", "", timeout=10000)


async def test_caller_is_given_to_a_colleague_who_was_asked_and_the_next_one_to_a_queue(office: Workplace) -> None:
    page = await office.sit_down()
    complaints = complaints_of(page)
    await ready(page)
    caller = await office.dial()
    await answer(page)
    async with telephones(office.centre, a8002=COLLEAGUES_TONE):
        await office.centre.ready_agent("8002")
        for end in "bg":
            await page.keyboard.press("c")
            await expect(page.locator("#targets [type=search]")).to_be_focused()
            await expect(page.locator("#targets [data-agent='8002']")).to_be_enabled()
            await picture(page, "desk-consult")
            await page.keyboard.type("8002")
            await page.keyboard.press("Enter")
            await expect(page.locator("[data-hand=complete]")).to_be_visible()
            await asyncio.sleep(1.5)
            assert abs(await agent_hears(page) - COLLEAGUES_TONE) < 15
            await picture(page, "desk-consulting")
            await page.keyboard.press(end)
            if end == "b":
                await asyncio.sleep(0.5)
                await both_hear_each_other(page, caller)
                await until(lambda: _free(office, "8002"), 10, "the colleague is free again")
        await expect(page.locator("#me .now b")).to_have_text("话后处理")
        assert abs(await caller_hears(caller) - COLLEAGUES_TONE) < 15
        caller.hang_up()
        await ready(page)
        await office.dial("13912345678")
        await answer(page)
        await expect(page.locator("#handover")).to_be_visible()
        await page.keyboard.press("t")
        await expect(page.locator("#targets [type=search]")).to_be_focused()
        await page.keyboard.type("投诉")
        await picture(page, "desk-transfer")
        await page.keyboard.press("Enter")
        await expect(page.locator("#me .now b")).to_have_text("话后处理")
        (call,) = await office.centre.live_calls("waiting")
        assert (call["caller"], call["queue"]) == ("13912345678", "complaints")
    assert complaints == []


async def _free(office: Workplace, number: str) -> bool:
    agents = {agent["number"]: agent["state"] for agent in await office.centre.get("/api/agents")}
    return bool(agents[number] == "ready")


async def _unreachable(office: Workplace, number: str) -> bool:
    (agent,) = [each for each in await office.centre.get("/api/agents") if each["number"] == number]
    return (agent["state"], agent["reason"]) == ("not-ready", "unreachable")


async def test_second_tab_says_so_a_desk_that_vanishes_is_missed_and_signing_out_withdraws_the_telephone(
    office: Workplace,
) -> None:
    page = await office.sit_down()
    await ready(page)
    second = await page.context.new_page()
    await second.goto("/desk")
    await expect(second.locator("soft-phone")).to_have_attribute("data-line", "second")
    await picture(second, "desk-second-tab")
    await page.close()
    await expect(second.locator("soft-phone")).to_have_attribute("data-line", "idle", timeout=20000)
    page = second
    await until(lambda: _free(office, "8001"), 10, "calls may come to the second tab")
    await page.goto("about:blank")
    await until(lambda: _unreachable(office, "8001"), 10, "nobody is offered a call at a desk that has vanished")
    await page.goto("/desk")
    await until(lambda: _free(office, "8001"), 10, "the desk is there again, and so is its agent")
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_url("**/login**")
    hard = await office.centre.phone("8001")
    hard.close()
    assert not await _free(office, "8001")


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
    await phone.evaluate("each => each.phone.agent.unregister()")  # the socket lives, the registration is gone
    await expect(phone).to_have_attribute("data-line", "offline")
    await expect(phone).to_have_attribute("data-line", "idle", timeout=15000)
    caller.hang_up()
    await expect(phone).to_have_attribute("data-call", "", timeout=10000)
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
