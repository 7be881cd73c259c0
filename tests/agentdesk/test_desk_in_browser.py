"""The desk in a real browser when something fails: telephone, pauses of the recording, codes of a call."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from agentdesk.softphone.endpoints import PhoneLine
from agentdesk.softphone.line import SipLines
from agentdesk.web import create_app
from tests.agentdesk.conftest import House
from tests.agentdesk.test_in_browser import Office
from tests.browser import chromium, served

pytestmark = pytest.mark.real

SIP_PHONE = """
export const keptCall = () => null;
export const forgetCall = () => {};
export class SipPhone extends EventTarget {
  constructor() {
    super();
    this.done = [];
    this.session = { connection: new RTCPeerConnection() };
    window.sip = this;
  }
  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  say(state) {
    this.answered = false;
    this.tell("call", { state, number: "13812345678", name: "" });
  }
  start() { this.tell("line", { up: true }); }
  stop() { this.done.push("stop"); }
  answer() {
    if (this.answered) throw new DOMException("", "InvalidStateError");
    this.answered = true;
    this.done.push("answer");
  }
  reject() { this.done.push("reject"); }
}
"""
"""In the place of sip-phone.js: `sip.say` has a call begin and end, `sip.done` is what the page did."""


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Page]:
    """An agent's, with a telephone in the browser and a microphone, but no switch."""

    async def written() -> None:
        pass

    app = create_app(house.db, house.desk, phone=PhoneLine(SipLines("ws://127.0.0.1:9"), written))
    async with served(app, house.desk.live.close) as address, chromium() as browser:
        page = await Office(house, browser, address).sit_down("agent")
        await page.route("**/sip-phone.js*", lambda each: each.fulfill(content_type="text/javascript", body=SIP_PHONE))
        await page.add_init_script("navigator.mediaDevices.getUserMedia = async () => new MediaStream();")
        await page.goto("/desk")
        await expect(page.locator("soft-phone")).to_have_attribute("data-line", "idle")
        yield page


async def test_agent_who_presses_answer_several_times_keeps_each_caller(desk: Page) -> None:
    press = "for (const _ of [1, 2]) document.querySelector('[data-do=answer]').click()"
    for calls in (1, 2):
        await desk.evaluate(f"() => {{ sip.say('ringing'); {press}; }}")
        await desk.locator("[data-do=answer]").click()
        assert await desk.evaluate("sip.done") == ["answer"] * calls
        await desk.evaluate("() => { sip.say('talking'); sip.say(''); }")


async def test_caller_at_an_agent_without_a_microphone_is_declined_and_the_agent_told_why(desk: Page) -> None:
    denied = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }"
    await desk.evaluate(f"() => {{ {denied}; sip.say('ringing'); }}")
    await desk.locator("[data-do=answer]").click()
    await desk.evaluate("sip.say('')")
    await expect(desk.locator("[data-when=forbidden]")).to_be_visible()
    assert await desk.evaluate("sip.done") == ["reject"]


async def test_telephone_of_the_browser_is_kept_in_a_call_and_until_the_server_has_given_it_back(desk: Page) -> None:
    phone, hard = desk.locator("soft-phone"), desk.locator("[data-do=useHard]")
    kept = "[sip.done, localStorage.getItem('hotline-phone-choice')]"
    await phone.locator("summary").click()
    await expect(hard).to_be_visible()
    await desk.evaluate("sip.say('talking')")
    await expect(hard).to_be_hidden()
    await desk.evaluate("sip.say('')")
    await desk.route("**/desk/phone", lambda each: each.abort())
    await hard.click()
    await expect(phone.locator(".refusal")).to_have_text("服务器没有响应，请重试。")
    await expect(phone).to_have_attribute("data-line", "idle")
    assert await desk.evaluate(kept) == [[], None]
    await desk.unroute("**/desk/phone")
    await hard.click()
    await expect(phone).to_have_attribute("data-line", "hard")
    assert await desk.evaluate(kept) == [["stop"], "hard"]
