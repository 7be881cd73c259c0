"""The desk in a real browser when something fails: telephone, pauses of the recording, codes of a call."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect
from sqlalchemy import select
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from acd.events import CallMuted, ConversationEnded, ConversationStarted
from acd.models import Call, CallEvent, Offer
from agentdesk.presence import ASK_EVERY
from agentdesk.softphone.endpoints import PhoneLine
from agentdesk.softphone.line import SipLines
from agentdesk.web import create_app
from core.clock import system_clock
from recordings.models import Pause, Recording, RecordingState
from tests.agentdesk.cast import Caller, add_call, add_talks
from tests.agentdesk.conftest import House
from tests.agentdesk.test_in_browser import Office
from tests.browser import chromium, served
from tests.centre import until

pytestmark = pytest.mark.real

TALKING, NEXT = "call000000000000000077", "call000000000000000078"
SIP_PHONE = """
export const keptCall = () => null;
export const keepCall = () => {};
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
  mute(on) {
    this.muted = on;
    this.tell("muted", { on });
  }
}
"""
"""In the place of sip-phone.js: `sip.say` has a call begin and end, `sip.done` is what the page did."""


TALK_BEGINS = "() => { sip.say('ringing'); sip.say('talking'); }"


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


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
    await expect(desk.locator("[data-when~=forbidden]")).to_be_visible()
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


async def test_mute_is_at_once_whoever_can_be_told_and_one_with_what_others_mute(desk: Page, house: House) -> None:
    told: list[Any] = []
    away = True

    async def hear(asked: Route) -> None:
        if away:
            await asked.abort()
        else:
            told.append(asked.request.post_data_json)
            await asked.fulfill(status=204)

    await desk.route(f"**/api/calls/{TALKING}/mute", hear)
    await talks(house, 0)
    await desk.reload()
    phone, untold = desk.locator("soft-phone"), desk.locator(".untold")
    await expect(phone).to_have_attribute("data-line", "idle")
    await desk.evaluate(TALK_BEGINS)
    await desk.keyboard.press("m")
    assert await desk.evaluate("sip.muted")
    await expect(untold).to_be_visible()
    await expect(phone).to_have_attribute("muted", "")
    away = False
    await expect(untold).to_be_hidden()
    assert told == [{"muted": True, "phone": True}]
    await others_mute(house, muted=False)
    await expect(phone).not_to_have_attribute("muted", "")
    assert not await desk.evaluate("sip.muted")
    await others_mute(house, muted=True)
    await expect(phone).to_have_attribute("muted", "")
    away = True
    await desk.keyboard.press("m")
    await expect(untold).to_be_visible()
    await expect(phone).to_have_attribute("muted", "")  # the switch lets nothing through before it is told
    away = False
    await expect(phone).not_to_have_attribute("muted", "")
    await expect(untold).to_be_hidden()
    assert told[1:] == [{"muted": False, "phone": True}]


class Ear:
    """Hears who is muted and answers, the first time not before it is `free`."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.free = asyncio.Event()

    async def hear(self, asked: Route) -> None:
        wish: Any = asked.request.post_data_json
        self.told.append(wish["muted"])
        if len(self.told) == 1:
            await self.free.wait()
        await asked.fulfill(status=204)

    async def was_told(self, *mutes: bool) -> None:
        async def so() -> bool:
            return self.told == list(mutes)

        await until(so, 10, f"told {mutes}")


@pytest.fixture
async def ear(desk: Page, house: House) -> Ear:
    """Of the talk that has begun at the desk, in which the agent has just muted himself."""
    ear = Ear()
    await desk.route(f"**/api/calls/{TALKING}/mute", ear.hear)
    await talks(house, 0)
    await desk.reload()
    await expect(desk.locator("soft-phone")).to_have_attribute("data-line", "idle")
    await desk.evaluate(TALK_BEGINS)
    await desk.keyboard.press("m")
    await ear.was_told(True)
    return ear


async def test_mute_is_told_though_that_of_the_talk_before_was_not_answered_yet(desk: Page, ear: Ear) -> None:
    await desk.evaluate("sip.say('')")
    await desk.evaluate(TALK_BEGINS)
    await desk.keyboard.press("m")
    await ear.was_told(True, True)
    async with desk.expect_response("**/mute"):
        ear.free.set()
    await desk.keyboard.press("m")
    await ear.was_told(True, True, False)


async def test_what_others_mute_while_the_telephones_own_mute_is_being_told_is_done_as_soon_as_it_was(
    desk: Page, house: House, ear: Ear
) -> None:
    await others_mute(house, muted=False)
    await expect(desk.locator("#handover")).not_to_have_attribute("data-mute-line", "0")
    await expect(desk.locator("soft-phone")).to_have_attribute("muted", "")
    ear.free.set()
    await expect(desk.locator("soft-phone")).not_to_have_attribute("muted", "")
    assert not await desk.evaluate("sip.muted")


async def others_mute(house: House, *, muted: bool) -> None:
    now = system_clock()
    async with house.db.transaction() as tx:
        data = {"by": "sun.li", "muted": muted, "phone": False}
        tx.session.add(CallEvent(call=TALKING, at=now, kind="muted", agent="8001", data=data))
        tx.publish(CallMuted(now, TALKING, "8001", muted))


async def talks(house: House, paused_until: float, talking: str = TALKING) -> None:
    """8001 is on a recorded call; its recording is paused until then."""
    now = system_clock()
    async with house.db.transaction() as tx:
        add_call(tx, Caller(talking, "13812345678", 30, "complaints", state="talking", agent="8001", waited=2), now)
        await tx.session.flush()
        offer = (await tx.session.scalars(select(Offer).where(Offer.call == talking))).one()
        call = await tx.session.get_one(Call, talking)
        offer.result, call.connected_at = "accepted", now
        tx.session.add(
            Recording(id=talking, call=talking, number=1, raw="x", state=RecordingState.RECORDING, started_at=now)
        )
        await tx.session.flush()
        if paused_until:
            tx.session.add(Pause(recording=talking, call=talking, started_at=now, until_at=paused_until, by="li.na"))


async def caller_hangs_up(house: House) -> None:
    now = system_clock()
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, TALKING)
        call.state, call.outcome, call.talk_ended_at, call.ended_at = "ended", "answered", now, now
        (await tx.session.get_one(Recording, TALKING)).state = RecordingState.STORED
        tx.publish(ConversationEnded(now, TALKING, call.leg, "8001", "customer"))


class Recorder:
    """Answers for the switch; `told` are the wishes in their order, (paused, why)."""

    def __init__(self) -> None:
        self.told: list[tuple[bool, str]] = []
        self.answers: list[str] = []

    async def hear(self, route: Route) -> None:
        wish: Any = route.request.post_data_json
        self.told.append((wish["paused"], wish["reason"]))
        until_at = system_clock() + 120 if wish["paused"] else "null"
        body = self.answers.pop() if self.answers else f'{{"until_at": {until_at}}}'
        await route.fulfill(content_type="application/json", body=body)

    async def was_told(self, times: int) -> None:
        async def so() -> bool:
            return len(self.told) >= times

        await until(so, 10, f"{times} wishes")


async def test_pause_of_before_a_reload_outlasts_a_secret_field_and_a_fields_own_does_not(office: Office) -> None:
    await talks(office.house, system_clock() + 90)
    page, switch = await office.sit_down("agent"), Recorder()
    await page.route(f"**/api/calls/{TALKING}/recording", switch.hear)
    part, field = page.locator("#recording"), page.locator("#recording [data-secret]")
    pause, secret = "暂停或恢复录音", str(await field.get_attribute("data-secret"))
    assert pause == await part.locator("[data-pause]").get_attribute("data-label")
    await expect(part).to_have_attribute("paused", "")
    await field.fill("6222")
    await field.blur()
    await page.keyboard.press("p")
    await switch.was_told(2)
    assert switch.told == [(True, secret), (False, pause)]
    await expect(part).not_to_have_attribute("paused", "")
    await field.fill("6223")
    await expect(part).to_have_attribute("paused", "")
    await field.blur()
    await switch.was_told(4)
    assert switch.told[2:] == [(True, secret), (False, "")]


async def test_who_is_still_in_the_secret_field_when_the_next_talk_begins_is_not_recorded_there_either(
    office: Office,
) -> None:
    house = office.house
    await talks(house, 0.0)
    page, switch = await office.sit_down("agent"), Recorder()
    await page.route("**/api/calls/*/recording", switch.hear)
    part, field = page.locator("#recording"), page.locator("#recording [data-secret]")
    await field.fill("6222")
    await expect(part).to_have_attribute("paused", "")
    await caller_hangs_up(house)
    await expect(page.locator("#contact.phase-last")).to_be_visible()
    assert (await field.input_value(), await part.get_attribute("data-call")) == ("6222", TALKING)
    before = len(switch.told)
    await talks(house, 0.0, NEXT)
    house.bus.publish(ConversationStarted(system_clock(), NEXT, f"leg-{NEXT}", "8001"))
    await expect(page.locator(f"#recording[data-call={NEXT}][paused]")).to_be_visible()
    assert await field.input_value() == ""
    await expect(field).to_be_focused()
    assert {paused for paused, _ in switch.told[before:]} == {True}
    await field.blur()
    await expect(part).not_to_have_attribute("paused", "")
    assert switch.told[-1] == (False, "")


async def test_recording_can_be_paused_after_an_answer_that_cannot_be_read(office: Office) -> None:
    await talks(office.house, 0.0)
    page, switch = await office.sit_down("agent"), Recorder()
    switch.answers = ["<html>"]
    await page.route(f"**/api/calls/{TALKING}/recording", switch.hear)
    part = page.locator("#recording")
    await page.keyboard.press("p")
    await switch.was_told(1)
    await page.keyboard.press("p")
    await expect(part).to_have_attribute("paused", "")
    await expect(part.locator(".refusal")).to_be_hidden()


async def test_codes_and_note_that_could_not_be_stored_stay_and_are_stored_once_the_server_is_back(
    office: Office,
) -> None:
    await add_talks(office.house.db)
    page = await office.sit_down("agent")
    await page.route("**/codes", lambda each: each.abort())
    box, note = page.locator("#summary [value=dispute]"), page.locator("#summary textarea")
    await box.check()
    await note.fill("周一回电")
    await note.blur()
    await expect(page.locator("#summary .refusal")).to_be_visible()
    await page.locator("#contact").evaluate("each => { each.dataset.old = ''; }")
    office.house.desk.live.tell(["agent-8001"])
    await expect(page.locator("#contact[data-old]")).to_have_count(0)
    assert (await box.is_checked(), await note.input_value()) == (True, "周一回电")
    await page.unroute("**/codes")
    await page.locator("#summary").evaluate("each => { each.dataset.old = ''; }")
    async with page.expect_response("**/codes") as stored:
        office.house.desk.live.cut()
    said = await (await stored.value).json()
    assert (sorted(said["codes"]), said["note"]) == (["dispute", "limit", "statement"], "周一回电")
    await expect(page.locator("#summary[data-old]")).to_have_count(0)
    await expect(box).to_be_checked()


async def test_codes_that_are_refused_for_good_do_not_hold_the_next_call_back(office: Office) -> None:
    await add_talks(office.house.db)
    page = await office.sit_down("agent")
    await page.route("**/codes", lambda each: each.fulfill(status=409, json={"reason": "unknown_code"}))
    await page.locator("#summary [value=dispute]").check()
    await expect(page.locator("#summary .refusal")).to_be_visible()
    await page.locator("#summary").evaluate("each => { each.dataset.old = ''; }")
    office.house.desk.live.tell(["agent-8001"])
    await expect(page.locator("#summary[data-old]")).to_have_count(0)


async def test_every_page_of_an_agents_is_known_to_be_there_until_it_goes(office: Office) -> None:
    heard, number = office.house.desk.presence.heard, "8001"

    async def is_there() -> bool:
        before = heard.pop(number, None)
        await asyncio.sleep(2 * ASK_EVERY)
        return before is not None and number in heard

    async def is_gone() -> bool:
        return not await is_there()

    page = await office.sit_down("agent")
    for address in ("/desk", "/my-quality", "/desk"):
        await page.goto(address)
        await until(is_there, 5, f"{address} is there")
    await page.goto("about:blank")
    await until(is_gone, 5, "gone")
    await (await office.sit_down("supervisor")).goto("/wallboard")
    await asyncio.sleep(ASK_EVERY)
    assert heard.keys() <= {number}


async def test_stranger_cannot_say_that_he_is_there(office: Office) -> None:
    with pytest.raises(InvalidStatus, match=r"40[13]"):
        await connect(office.address.replace("http", "ws") + "/here", proxy=None)
