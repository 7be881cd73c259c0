"""A real caller, a real Asterisk, and the agent's telephone in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from app.phones.light_sip import Dialog, Party
from tests.agentdesk.telephone import (
    AGENTS_TONE,
    NUMBER,
    Workplace,
    agent_comes_to_hear,
    answer,
    both_hear_each_other,
    caller_hears,
    caller_hears_tone,
    ready,
    workplace,
)
from tests.app.test_call_control import SUPERVISOR, telephones
from tests.app.test_calls_out import CUSTOMER, World, with_way_out
from tests.browser import complaints_of, picture
from tests.centre import PATIENCE, until

pytestmark = pytest.mark.real

COLLEAGUES_TONE = 850
WAY = """each => {
  const { connection } = each.phone.session;
  const agreed = [connection.currentLocalDescription, connection.currentRemoteDescription];
  return agreed.map(({ sdp }) => /ice-ufrag:(.*)/.exec(sdp)[1]);
}"""
SOUND_GOES = """each => {
  const { connection } = each.phone.session;
  for (const kind of ["connection", "iceConnection"]) {
    Object.defineProperty(connection, `${kind}State`, { get: () => "failed", configurable: true });
    connection.dispatchEvent(new Event(`${kind}statechange`.toLowerCase()));
    setTimeout(() => delete connection[`${kind}State`], 2500);
  }
}"""
"""As if the network had failed: the browser's own state counts again a moment later."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    party = await Party("world", 0).open()
    yield World(party)
    party.close()


@pytest.fixture
async def office(tmp_path: Path, world: World) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, with_way_out(tmp_path / "config", world.port)) as place:
        world.party.server = ("127.0.0.1", place.centre.sip_port)
        yield place


async def test_browser_rings_and_both_hear_each_other_through_hold_to_the_end(office: Workplace) -> None:
    page = await office.sit_down()
    complaints = complaints_of(page)
    await ready(page)
    caller = await office.dial()
    phone = page.locator("soft-phone")
    await expect(phone).to_have_attribute("data-call", "ringing")
    await expect(page.locator("#contact")).to_contain_text("13812345678")
    await picture(page, "desk-ringing")
    for words in ("It rings", "来电振铃"):
        await page.locator("button[name=language]").click()
        await expect(phone).to_contain_text(words)
        await expect(phone).to_have_attribute("data-call", "ringing")
    await answer(page)
    await both_hear_each_other(page, caller)
    await picture(page, "desk-talking")
    await recording_pauses(page)
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "held")
    await expect(page.locator("#me .now b")).to_have_text("保持")
    await until(lambda: _hears_other_than(caller, AGENTS_TONE), 10, "the caller hears music")
    await page.keyboard.press("h")
    await expect(phone).to_have_attribute("data-call", "talking")
    await both_hear_each_other(page, caller)
    await expect(page.locator("[data-sound]")).to_have_attribute("data-sound", re.compile("good|fair|poor"))
    await picture(page, "desk-sound-quality")
    (call,) = await office.centre.live_calls("talking")
    await opens_an_article(page)
    await page.locator("[data-do=hangUp]:visible").click()
    await expect(phone).to_have_attribute("data-call", "")
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
    await picture(page, "desk-wrap-up")
    await is_ready_once_he_has_said_what_it_was_about(page)
    (said,) = await office.centre.get(f"/api/calls/{call['id']}/codes")
    assert (said["agent"], said["queue"], said["codes"], said["missing"]) == ("8001", "cards", ["limit"], [])
    (sound,) = await office.centre.get(f"/api/calls/{call['id']}/sound-quality")
    assert (sound["agent"], sound["source"]) == ("8001", "browser")
    assert 1 < sound["mos"] < 4.5
    told = "import('/assets/sound-quality.js').then(({ opinion }) => [opinion(0, 0), opinion(0, 400), opinion(10, 50)])"
    assert await page.evaluate(told) == pytest.approx([4.41, 3.05, 3.35], abs=0.01)  # G.107: R = 93.2 gives 4.41
    await asyncio.sleep(1)
    caller.press("5")  # he is asked how it was
    await asyncio.wait_for(caller.ended.wait(), 2 * PATIENCE)
    assert [each for each in complaints if "409" not in each] == []  # the browser notes the refused wish


async def opens_an_article(page: Page) -> None:
    """While he talks, by keyboard."""
    await expect(page.locator("#knowledge .articles button")).to_have_count(6)
    await page.keyboard.press("q")
    await page.keyboard.type("额度恢复")
    await expect(page.locator("#knowledge-found .articles button").first).to_contain_text("信用卡额度")
    await page.keyboard.press("Enter")
    await expect(page.locator(".article h3").first).to_be_focused()
    await picture(page, "desk-article")


async def is_ready_once_he_has_said_what_it_was_about(page: Page) -> None:
    """The time is made longer first, so that it does not end the wrap-up."""
    await page.keyboard.press("w")
    await expect(page.locator("#me")).to_contain_text(re.compile(r"1:\d\d"))
    await page.keyboard.press("1")
    await expect(page.locator("#me .refusal")).to_contain_text("请先选择业务小结")
    await says_what_it_was_about(page)
    await picture(page, "desk-coded")
    await page.keyboard.press("1")
    await expect(page.locator("#me .now b")).to_have_text("就绪")


async def says_what_it_was_about(page: Page) -> None:
    await page.keyboard.press("i")
    await page.keyboard.type("edcx")
    await page.keyboard.press("Enter")
    await expect(page.locator("#summary [data-need=code]")).to_be_hidden()
    await page.keyboard.press("Tab")


async def recording_pauses(page: Page) -> None:
    """By the key, and while somebody is in a secret field; the switch obeys each time."""
    recording = page.locator("#recording")
    call = await recording.get_attribute("data-call")

    async def is_paused() -> bool:
        running = await page.evaluate("call => fetch(`/api/calls/${call}/recording`).then(each => each.json())", call)
        return bool(running["paused"])

    async def is_running() -> bool:
        return not await is_paused()

    await until(is_running, 5, "it is recorded")
    await page.keyboard.press("p")
    await expect(recording).to_have_attribute("paused", "")
    await until(is_paused, 5, "nothing is recorded")
    await picture(page, "desk-recording-paused")
    await page.keyboard.press("p")
    await expect(recording).not_to_have_attribute("paused", "")
    await until(is_running, 5, "it is recorded again")
    await page.locator("#recording [data-secret]").fill("6222")
    await expect(recording).to_have_attribute("paused", "")
    await until(is_paused, 5, "nothing is recorded")
    await page.locator("#recording [data-secret]").blur()
    await expect(recording).not_to_have_attribute("paused", "")
    await until(is_running, 5, "it is recorded again")
    await expect(page.locator("#recording [data-secret]")).to_have_value("6222")


async def test_browser_that_rings_answers_when_its_agent_asks_by_program_also_after_a_reload(
    office: Workplace,
) -> None:
    page = await office.sit_down()
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await office.centre.get("/api/queues", "li.na")  # a token takes a while, and it rings for some seconds only
    await ready(page)
    phone = page.locator("soft-phone")
    for reload in (False, True):
        caller = await office.dial()
        await expect(phone).to_have_attribute("data-call", "ringing")
        if reload:
            await page.reload()
            await expect(phone).to_have_attribute("data-call", "ringing")
        (call,) = await office.centre.live_calls("ringing")
        await office.centre.post(f"/api/calls/{call['id']}/answer", login="li.na")
        await expect(phone).to_have_attribute("data-call", "talking")
        await both_hear_each_other(page, caller)
        caller.hang_up()
        await expect(phone).to_have_attribute("data-call", "")
        await office.centre.ready_agent(NUMBER)


async def test_a_reload_while_it_rings_rings_again_and_one_in_mid_call_brings_the_caller_back(
    office: Workplace,
) -> None:
    page = await office.sit_down()
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await ready(page)
    caller = await office.dial()
    for _ in range(2):
        await expect(page.locator("soft-phone")).to_have_attribute("data-call", "ringing")
        await page.reload()
    await expect(page.locator("soft-phone")).to_have_attribute("data-call", "ringing")
    await picture(page, "desk-rings-after-reload")
    await page.locator("[data-do=answer]").dblclick()
    await expect(page.locator("soft-phone")).to_have_attribute("data-call", "talking")
    await both_hear_each_other(page, caller)
    (call,) = await office.centre.live_calls("talking")
    story = (await office.centre.get(f"/api/calls/{call['id']}"))["events"]
    assert [each["data"]["result"] for each in story if each["kind"] == "offer-ended"] == ["accepted"]
    async with telephones(office.centre, a8002=COLLEAGUES_TONE) as phones:
        await office.centre.ready_agent("8002")
        await page.keyboard.press("p")
        await expect(page.locator("#recording")).to_have_attribute("paused", "")
        await page.reload()
        phone = page.locator("soft-phone")
        await expect(phone).to_have_attribute("data-call", "talking")
        await both_hear_each_other(page, caller)
        await expect(page.locator("#recording")).to_have_attribute("paused", "")
        running = await office.centre.get(f"/api/calls/{call['id']}/recording", "li.na")
        assert running["paused"]
        assert phones["8002"].talk is None
    await picture(page, "desk-after-reload")
    caller.hang_up()
    await expect(phone).to_have_attribute("data-call", "")


async def test_caller_is_given_to_a_colleague_the_next_one_to_a_queue_and_a_supervisor_takes_him_over(
    office: Workplace,
) -> None:
    page = await office.sit_down()
    complaints = complaints_of(page)
    await ready(page)
    caller = await office.dial()
    await answer(page)
    async with telephones(office.centre, a8002=COLLEAGUES_TONE):
        await office.centre.ready_agent("8002")
        colleague = await office.sit_down("wang.wei", hard=True)
        for ends, way_to_find_him in (("b", "ww"), ("jg", "credit 8002")):
            await page.keyboard.press("c")
            await expect(page.locator("#targets [type=search]")).to_be_focused()
            await expect(page.locator("#targets [data-agent='8002']")).to_be_enabled()
            await picture(page, "desk-consult")
            await page.keyboard.type(way_to_find_him)
            await page.keyboard.press("Enter")
            await expect(page.locator("#handover")).to_have_attribute("data-step", "answered")
            await agent_comes_to_hear(page, COLLEAGUES_TONE)
            await picture(page, "desk-consulting")
            await colleague_sees_whom_he_is_asked_about(colleague, page)
            for key in ends:
                await page.keyboard.press(key)
                if key == "j":
                    await expect(page.locator("#handover")).to_have_attribute("data-step", "joined")
                    await until(lambda: _hears_a_person(caller), 10, "the caller hears them")
                    await picture(page, "desk-three")
            if ends == "b":
                await both_hear_each_other(page, caller)
                await until(lambda: _free(office, "8002"), 10, "the colleague is free again")
        await expect(page.locator("#me .now b")).to_have_text("话后处理")
        await until(lambda: caller_hears_tone(caller, COLLEAGUES_TONE), 10, "the caller hears the colleague")
        await expect(colleague.locator("#contact.phase-talking")).to_contain_text("要求提额")
        (call,) = await office.centre.live_calls("talking")
        story = (await office.centre.get(f"/api/calls/{call['id']}"))["events"]
        assert [each["data"]["result"] for each in story if each["kind"] == "offer-ended"] == ["accepted"] * 2
        caller.hang_up()
        await until(lambda: _is(office, "8002", "wrap-up"), 10, "the colleague wraps up")
        await office.centre.put("/api/agents/8002/state", {"state": "signed-out"})  # the next one is not for him
        await says_what_it_was_about(page)
        await ready(page)
        caller = await office.dial("13912345678")
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
    await says_what_it_was_about(page)
    await ready(page)
    floor = await office.sit_down("sun.li")
    complaints_there = complaints_of(floor)
    await floor.goto("/floor")
    await supervisor_helps(floor, page, call["id"])
    async with telephones(office.centre, a8003=SUPERVISOR):
        await supervisor_takes_over(floor, call["id"])
        await expect(page.locator("#me .now b")).to_have_text("话后处理")
        await until(lambda: caller_hears_tone(caller, SUPERVISOR), 10, "the caller hears the supervisor")
    # the browser notes the refused wish to listen without a telephone
    assert complaints + [each for each in complaints_there if "422" not in each] == []


async def colleague_sees_whom_he_is_asked_about(colleague: Page, asker: Page) -> None:
    """And what the asker writes meanwhile."""
    contact = colleague.locator("#contact.phase-asked")
    for words in ("13812345678", "8001 李娜", "信用卡"):
        await expect(contact).to_contain_text(words)
    await asker.keyboard.press("v")
    await asker.locator("#summary textarea").fill("要求提额")
    await asker.keyboard.press("Tab")
    await expect(contact).to_contain_text("要求提额")
    await expect(colleague.locator("#ticket form")).to_have_count(0)  # it is the asker's call
    await picture(colleague, "desk-asked")


async def supervisor_helps(floor: Page, page: Page, call: str) -> None:
    """Agents read what they are told, a queue is closed, a caller who waits is moved up and given to somebody."""
    await floor.locator(".tell input").fill("系统 14:00 维护")
    await floor.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("系统 14:00 维护")
    await page.keyboard.press("y")
    await expect(floor.locator(".told li")).to_contain_text("1 人已读")
    floor.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await floor.locator("[data-queue=loans] button").click()
    await expect(floor.locator("[data-queue=loans]")).to_contain_text("已由 孙丽 关闭")
    row = floor.locator(f"tr[data-call='{call}']")
    was = int(await row.locator(".rank b").inner_text())
    await row.locator(".rank button").first.click()
    await expect(row.locator(".rank b")).to_have_text(str(was + 10))
    await row.locator("select").focus()  # as who chooses: the part waits for him
    await row.locator("select").select_option(NUMBER)
    await picture(floor, "floor-pick")
    await row.locator("form button").click()
    await answer(page)


async def supervisor_takes_over(floor: Page, call: str) -> None:
    """He listens at the telephone of an agent who is not there."""
    row = floor.locator(f"tr[data-call='{call}']")
    await expect(row.locator("[data-spy=listen]")).to_be_visible()
    await row.locator("[data-spy=listen]").click()
    await expect(floor.locator(".floor-tools .refusal")).to_have_text("请先选择用于监听的电话。")
    await floor.locator("#ear").select_option("8003")
    await row.locator("[data-spy=listen]").click()
    taking = row.get_by_role("button", name="接管")
    await expect(taking).to_be_visible()
    await picture(floor, "floor-listening")
    await taking.click()


async def _hears_a_person(caller: Dialog) -> bool:
    heard = await caller_hears(caller)
    return any(abs(heard - tone) < 15 for tone in (AGENTS_TONE, COLLEAGUES_TONE))


async def _hears_other_than(caller: Dialog, tone: float) -> bool:
    return abs(await caller_hears(caller) - tone) > 15


async def _is(office: Workplace, number: str, state: str) -> bool:
    agents = {agent["number"]: agent["state"] for agent in await office.centre.get("/api/agents")}
    return bool(agents[number] == state)


async def _free(office: Workplace, number: str) -> bool:
    return await _is(office, number, "ready")


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
    await expect(second.locator("soft-phone")).to_have_attribute("data-line", "idle")
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


async def test_talk_goes_on_while_the_line_is_cut_and_afterwards_the_agent_dials_out(
    office: Workplace, world: World
) -> None:
    page = await office.sit_down()
    await ready(page)
    caller = await office.dial()
    await answer(page)
    phone = page.locator("soft-phone")
    for _ in range(2):
        await _goes_offline(phone, "each.phone.agent.transport.socket._ws.close()")
        await both_hear_each_other(page, caller)
        await expect(phone).to_have_attribute("data-line", "idle")
    way = await phone.evaluate(WAY)
    await phone.evaluate(SOUND_GOES)
    await until(lambda: _finds_another_way(phone, way), 10, "the switch has agreed on a new way for the sound")
    await both_hear_each_other(page, caller)
    await _goes_offline(phone, "each.phone.agent.unregister()")  # the socket lives, the registration is gone
    await expect(phone).to_have_attribute("data-line", "idle")
    await _goes_offline(phone, "each.phone.agent.transport.socket._ws.close()")
    await page.keyboard.press("x")
    await expect(phone).to_have_attribute("data-call", "")
    await expect(page.locator("#me .now b")).to_have_text("话后处理")
    caller.hang_up()
    await _refused(page, "12", "这不是电话号码")
    await page.locator("#dial input").fill(CUSTOMER)
    await page.keyboard.press("Enter")
    await expect(page.locator("#dial [role=status]")).to_be_visible()
    await world.rung(CUSTOMER)
    await expect(page.locator("#me .now b")).to_have_text("通话中")
    await agent_comes_to_hear(page, SUPERVISOR)
    await picture(page, "desk-dialled-out")
    await page.keyboard.press("x")
    await expect(phone).to_have_attribute("data-call", "")


async def _finds_another_way(phone: Locator, way: list[str]) -> bool:
    found = await phone.evaluate(WAY)
    return all(each != was for each, was in zip(found, way, strict=True)) and len(found) == 2


async def _goes_offline(phone: Locator, deed: str) -> None:
    """By this deed, for a moment: it comes back by itself."""
    seen = "() => each.dataset.line === 'offline' && done()"
    watch = f"new MutationObserver({seen}).observe(each, {{ attributeFilter: ['data-line'] }})"
    await phone.evaluate(f"each => new Promise((done) => {{ {watch}; {deed}; }})")


async def _refused(page: Page, number: str, words: str) -> None:
    """Why a number cannot be dialled is told in words, by keys alone."""
    await page.keyboard.press("d")
    await page.keyboard.type(number)
    await page.keyboard.press("Enter")
    await expect(page.locator("#dial .refusal")).to_contain_text(words)
    await picture(page, "desk-dial-refused")
