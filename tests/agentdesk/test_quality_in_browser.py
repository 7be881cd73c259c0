"""Reviewing in a real browser with the keyboard alone, and the agent's answer."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from qa import repository
from qa.models import Review
from tests.agentdesk.cast import SOUND
from tests.agentdesk.conftest import House
from tests.agentdesk.test_in_browser import Office
from tests.browser import chromium, complaints_of, picture, served
from tests.centre import until

pytestmark = pytest.mark.real

SAID = "sound => sound.currentTime > 12 && sound.currentTime < 16"


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


async def _review(office: Office) -> Review:
    async with office.house.db.reading() as session:
        found = await repository.review_of_recording(session, SOUND)
    assert found is not None
    return found


async def _go(page: Page, row: str) -> None:
    """Walk to a row with the keyboard."""
    for _ in range(40):
        if await page.locator(f"#row-{row}.here").count():
            return
        await page.keyboard.press("j")
    raise AssertionError(f"{row} was not reached")


async def test_a_call_is_reviewed_by_keyboard_appealed_and_decided(office: Office) -> None:
    page = await office.sit_down("quality")
    complaints = complaints_of(page)
    await page.goto("/quality")
    await picture(page, "zh-quality-inbox")
    await page.locator(f"tr[data-recording={SOUND}] button").click()
    await expect(page.locator(".form-row.here")).to_have_count(1)
    await page.keyboard.press("?")
    await expect(page.locator("dialog#keys")).to_be_visible()
    heights = "all => all.map(each => each.getBoundingClientRect().height)"
    assert max(await page.locator("dialog#keys dl > div").evaluate_all(heights)) < 50
    await picture(page, "zh-quality-keys")
    await page.keyboard.press("Escape")
    await page.locator("#row-A1").click()
    await _go(page, "A1")
    await page.keyboard.press("c")
    await expect(page.locator("#row-A1")).to_contain_text("✓")
    await expect(page.locator("#row-A2.here")).to_have_count(1)
    # Slowly, so that a busy machine still meets what was said.
    await page.locator("audio").evaluate("sound => { sound.defaultPlaybackRate = sound.playbackRate = 0.1; }")
    await page.keyboard.press("e")
    await until(lambda: page.locator("audio").evaluate(SAID), 5, "what was said is heard")
    await _go(page, "F1")
    await page.keyboard.press("p")
    await expect(page.locator("#row-F1 [name=reason]")).to_be_focused()
    await page.keyboard.type("ticket is in the old system")
    await page.keyboard.press("Enter")
    await expect(page.locator("#row-F1")).to_contain_text("ticket is in the old system")
    score = (await _review(office)).score
    assert score > 0
    while await page.locator(".form-row.undecided").count():
        left = await page.locator(".form-row.undecided").count()
        await page.keyboard.press("d")
        await page.keyboard.press("p")
        await expect(page.locator(".form-row.undecided")).to_have_count(left - 1)
    await picture(page, "zh-quality-review")
    await page.keyboard.press("g")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/quality")
    assert ((await _review(office)).state, (await _review(office)).score) == ("finished", score)
    await _appeal(office)
    boss = await office.sit_down("supervisor", "en")
    complaints += complaints_of(boss)
    await boss.goto("/quality")
    await boss.get_by_role("link", name="Answer").click()
    await picture(boss, "en-quality-appeal")
    await boss.locator("textarea[name=answer]").fill("The recording is clear.")
    await boss.get_by_role("button", name="Answer the appeal").click()
    await expect(boss.locator(".appeal")).to_contain_text("The score stands")
    assert (await _review(office)).state == "decided"
    assert complaints == []


async def _appeal(office: Office) -> None:
    agent = await office.sit_down("agent")
    complaints = complaints_of(agent)
    await agent.goto("/my-quality")
    await picture(agent, "zh-my-quality")
    await agent.locator("a[href^='/my-quality/']").first.click()
    await picture(agent, "zh-my-review")
    await agent.locator("textarea[name=text]").fill("我已经道歉")
    await agent.get_by_role("button", name="申诉").click()
    await expect(agent.locator(".appeal")).to_contain_text("我已经道歉")
    assert complaints == []


async def _mark_blind(page: Page, failed: str) -> None:
    """Fill in the whole form with the keyboard: everything passes but one row, and hand it in."""
    await expect(page.locator(".form-row.here")).to_have_count(1)
    await page.locator("#row-A1 .title").click()
    count = await page.locator("[data-row]").count()
    for done in range(count):
        row = page.locator(".form-row.here")
        if await row.get_attribute("id") == f"row-{failed}":
            await page.keyboard.press("f")
            await expect(row.locator("[name=reason]")).to_be_focused()
            await page.keyboard.type("heard it")
            await page.keyboard.press("Enter")
        else:
            await page.keyboard.press("p")
        await expect(page.locator(".form-row.decided")).to_have_count(done + 1)
    await page.keyboard.press("g")
    await page.keyboard.press("Enter")


async def test_two_mark_blind_by_keyboard_and_a_third_settles_in_a_session_they_compare(office: Office) -> None:
    boss = await office.sit_down("supervisor", "en")
    complaints = complaints_of(boss)
    await boss.goto("/quality/calibrations")
    await boss.locator("input[name=title]").fill("November")
    for login in ("sun.li", "zhou.yan"):
        await boss.locator(f"input[value='{login}']").check()
    await boss.locator(f"input[value={SOUND}]").check()
    await picture(boss, "en-quality-calibrations")
    await boss.get_by_role("button", name="Invite").click()
    await expect(boss.locator("#calibration")).to_be_visible()
    await boss.wait_for_load_state("load")
    session = boss.url
    await boss.keyboard.press("j")
    await boss.keyboard.press("Enter")
    await boss.wait_for_url("**/quality/blind/*")
    await _mark_blind(boss, "A2")
    await boss.wait_for_url(session)
    page = await office.sit_down("quality")
    complaints += complaints_of(page)
    await page.goto(session)
    await page.locator(f"tr[data-recording={SOUND}] button").click()
    await page.wait_for_url("**/quality/blind/*")
    await picture(page, "zh-quality-blind")
    await _mark_blind(page, "B1")
    await expect(boss.locator("#calibration")).to_contain_text("周燕 ✓")
    await boss.get_by_role("button", name="Close and compare").click()
    await expect(boss.locator("tr.differs")).to_have_count(2)
    await boss.locator("textarea[name=note]").fill("A2: the agent's own words count.")
    await boss.get_by_role("button", name="Write").click()
    await picture(boss, "en-quality-calibration")
    await page.goto(session)
    await picture(page, "zh-quality-calibration")
    assert complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_forms_plans_and_figures_are_worked_with(office: Office, language: str) -> None:
    page = await office.sit_down("quality", language)
    complaints = complaints_of(page)
    await page.goto("/quality/forms/zh-telecom")
    await page.locator("input[name='weight.A7']").fill("5")
    await page.locator("input[name='weight.C1']").fill("1")
    await page.locator("input[name='weight.C1']").press("Enter")
    await page.locator("form[action$=trial] button").click()
    await expect(page.locator("[data-impact]")).to_be_visible(timeout=30000)
    await picture(page, f"{language}-quality-form")
    await page.locator("form[action$=publish] input").fill("clearer speech")
    await page.locator("form[action$=publish] input").press("Enter")
    await expect(page.locator(".list", has_text="clearer speech")).to_be_visible()
    await page.goto("/quality/plans")
    await page.locator("input[name=name]").last.fill("cards, monthly")
    await page.locator("input[name=share]").last.fill("5")
    await page.locator("input[name=reason]").first.fill("a new quarter")
    await page.locator("input[name=reason]").first.press("Enter")
    await expect(page.locator("input[name=name]")).to_have_count(3)
    await picture(page, f"{language}-quality-plans")
    for place in ("figures", "kpi", "forms"):
        await page.goto(f"/quality/{place}")
        await picture(page, f"{language}-quality-{place}")
    await page.goto("/quality", wait_until="load")
    await page.keyboard.press("j")
    await expect(page.locator(f"tr[data-recording={SOUND}] button")).to_be_focused()
    await page.keyboard.press("5")
    await page.wait_for_url("**/quality/kpi")
    assert complaints == []
