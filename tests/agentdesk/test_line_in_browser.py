"""The telephone in a real browser on a line that a test plays: faults of microphone, line and network."""

import asyncio
from collections.abc import AsyncIterator, Sized
from dataclasses import dataclass

import pytest
from playwright.async_api import Dialog, Page, Route, expect

from acd.agent_state import AgentState
from acd.call import CallState
from acd.models import AgentRow, Call, Offer
from agentdesk.softphone.endpoints import PhoneLine
from agentdesk.softphone.line import SipLines
from agentdesk.web import create_app
from core.clock import new_id, system_clock
from tests.agentdesk import cast
from tests.agentdesk.conftest import House
from tests.agentdesk.sip_switch import SipSwitch
from tests.agentdesk.test_desk_in_browser import TALKING, talks
from tests.agentdesk.test_in_browser import Office
from tests.browser import chromium, served
from tests.centre import until

pytestmark = pytest.mark.real

REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s'); }"
ALLOWED = """navigator.mediaDevices.getUserMedia = async () => {
  const sound = new AudioContext().createMediaStreamDestination().stream;
  (window.given ??= []).push(sound.getAudioTracks()[0]);
  return sound;
}"""
PULLED_OUT = "() => { given.at(-1).stop(); given.at(-1).dispatchEvent(new Event('ended')); }"
SPEAKS = "phone.phone.session.connection.getSenders()[0].track"
"""What the caller hears; `given` are the microphones' tracks, the newest last."""
SOUND_IS = """state => {
  const { connection } = document.querySelector("soft-phone").phone.session;
  for (const kind of ["connection", "iceConnection"]) {
    Object.defineProperty(connection, `${kind}State`, { value: state, configurable: true });
    connection.dispatchEvent(new Event(`${kind}statechange`.toLowerCase()));
  }
}"""


@dataclass
class Seat:
    page: Page
    switch: SipSwitch

    async def line_is(self, state: str) -> None:
        await expect(self.page.locator("soft-phone")).to_have_attribute("data-line", state)

    async def call_is(self, state: str) -> None:
        await expect(self.page.locator("soft-phone")).to_have_attribute("data-call", state)

    async def talks(self) -> None:
        """The caller is there, and both hear each other."""
        await self.switch.ring()
        await self.page.locator("[data-do=answer]").click()
        await self.switch.connect()
        await self.call_is("talking")
        await self.page.evaluate(SOUND_IS, "connected")


@pytest.fixture
async def seat(house: House) -> AsyncIterator[Seat]:
    """An agent's, who talks with a caller as far as the server knows."""

    async def written() -> None:
        pass

    await talks(house, 0)
    app = create_app(house.db, house.desk, phone=PhoneLine(SipLines("ws://127.0.0.1:9"), written))
    async with served(app, house.desk.live.close) as address, chromium() as browser:
        page = await Office(house, browser, address).sit_down("agent")
        switch = SipSwitch(page)
        await switch.plug_in()
        await page.add_init_script(f"{ALLOWED};")
        await page.goto("/desk")
        found = Seat(page, switch)
        await found.line_is("idle")
        yield found


async def test_microphone_that_is_allowed_after_a_declined_call_leaves_the_telephone_as_it_was(seat: Seat) -> None:
    await seat.page.evaluate(f"() => {{ {REFUSED % 'NotAllowedError'}; }}")
    await seat.switch.ring()
    await seat.page.locator("[data-do=answer]").click()
    await seat.switch.hears("SIP/2.0 603")
    await seat.line_is("forbidden")
    await seat.page.evaluate(f"() => {{ {ALLOWED}; }}")
    await seat.page.locator("[data-when~=forbidden] button").click()
    await seat.line_is("idle")
    assert len(seat.switch.lines) == 1


async def test_telephone_that_is_made_anew_has_left_the_line_before_and_is_not_taken_for_another_window(
    seat: Seat,
) -> None:
    await seat.page.evaluate("document.querySelector('soft-phone').register()")
    await until(lambda: _are(seat.switch.lines, 2), 10, "the new telephone has a line")
    await until(lambda: _is(seat, "phone.phone.up"), 10, "the new telephone is registered")
    await seat.line_is("idle")


async def test_network_that_is_away_for_a_while_ends_no_talk_and_a_new_way_for_the_sound_is_found(seat: Seat) -> None:
    await seat.talks()
    for state in ("disconnected", "failed"):
        await seat.page.evaluate(SOUND_IS, state)
    assert "a=ice-ufrag" in await seat.switch.hears("INVITE ")
    await seat.call_is("talking")
    assert "BYE" not in seat.switch.said()


async def test_caller_is_taken_up_again_when_the_line_broke_while_a_new_way_was_asked_for(seat: Seat) -> None:
    claimed: list[str] = []

    async def claim(asked: Route) -> None:
        claimed.append(asked.request.url)
        await asked.fulfill(status=204)

    await seat.page.route("**/reclaim", claim)
    await seat.talks()
    await seat.page.locator("[data-do=mute]").click()
    await seat.page.evaluate(SOUND_IS, "failed")
    await seat.switch.hears("INVITE ")
    await seat.switch.lines[-1].close(code=1011)
    await seat.call_is("")
    await until(lambda: _are(claimed, 1), 15, "the caller is asked for")
    assert claimed[0].endswith(f"/api/calls/{TALKING}/reclaim")
    assert "BYE" not in seat.switch.said()
    await seat.switch.ring()
    await seat.switch.connect()
    await expect(seat.page.locator("soft-phone")).to_have_attribute("muted", "")


async def test_tab_that_takes_the_telephone_over_takes_the_talk_up_with_its_mute_and_any_other_offers_to(
    seat: Seat,
) -> None:
    claimed: list[str] = []

    async def claim(asked: Route) -> None:
        claimed.append(asked.request.url)
        await asked.fulfill(status=204)

    context = seat.page.context
    await context.route("**/reclaim", claim)
    await context.route("**/mute", lambda asked: asked.fulfill(status=204))
    await seat.talks()
    await seat.page.locator("[data-do=mute]").click()
    page = await context.new_page()
    other = Seat(page, SipSwitch(page))
    await other.switch.plug_in()
    await page.add_init_script(f"{ALLOWED};")
    await page.goto("/desk")
    await other.line_is("second")
    await seat.page.close()
    await until(lambda: _are(claimed, 1), 20, "the caller is asked for")
    assert claimed[0].endswith(f"/api/calls/{TALKING}/reclaim")
    await other.switch.ring()
    await other.switch.connect()
    await other.call_is("talking")
    await expect(page.locator("soft-phone")).to_have_attribute("muted", "")
    await page.evaluate("localStorage.removeItem('hotline-call')")
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await page.reload()
    await page.locator("[data-do=takeUp]").click()
    await until(lambda: _are(claimed, 2), 10, "the caller is asked for")
    await other.switch.ring()
    await other.switch.connect()
    await other.call_is("talking")
    await expect(page.locator("[data-when=adrift]")).to_be_hidden()


async def test_agent_whose_talk_cannot_be_taken_up_is_told_why(seat: Seat) -> None:
    refusal = '{"detail": {"reason": "link_down", "problem": "there is no link to the switch"}}'
    await seat.page.route(
        "**/reclaim", lambda asked: asked.fulfill(status=409, content_type="application/json", body=refusal)
    )
    await seat.page.evaluate("document.querySelector('soft-phone').takeUp()")
    await expect(seat.page.locator("#me .refusal")).to_have_text("与交换机的连接中断，请稍后再试。")
    await seat.line_is("idle")


async def test_sound_that_never_came_ends_the_call_as_before(seat: Seat) -> None:
    await seat.switch.ring()
    await seat.page.locator("[data-do=answer]").click()
    await seat.switch.connect()
    await seat.call_is("talking")
    await seat.page.evaluate(SOUND_IS, "failed")
    await seat.switch.hears("BYE ")
    await seat.call_is("")


async def test_microphone_that_is_pulled_out_in_a_talk_or_changed_is_exchanged_and_a_mute_stays(seat: Seat) -> None:
    await seat.talks()
    await seat.page.locator("[data-do=mute]").click()
    was = await seat.page.evaluate("given.length")
    await seat.page.evaluate(PULLED_OUT)
    await until(lambda: _is(seat, f"given.length === {was} + 1 && {SPEAKS} === given.at(-1)"), 10, "another is heard")
    await seat.page.evaluate("document.querySelector('[data-microphone]').dispatchEvent(new Event('change'))")
    await until(
        lambda: _is(seat, f"given.length === {was} + 2 && {SPEAKS} === given.at(-1)"), 10, "the chosen is heard"
    )
    assert await _is(seat, "!given.at(-1).enabled && given.slice(0, -1).every((each) => each.readyState === 'ended')")
    await seat.page.locator("[data-do=mute]").click()
    assert await _is(seat, "given.at(-1).enabled")
    await seat.page.locator("[data-do=hangUp]:visible").click()
    await until(lambda: _is(seat, "given.at(-1).readyState === 'ended'"), 10, "no microphone is open")


async def test_agent_whose_microphone_is_gone_in_a_talk_is_told_and_heard_again_once_one_is_there(seat: Seat) -> None:
    await seat.talks()
    warning = seat.page.locator("[data-when~=no-microphone]")
    for again in ("warning", "device"):
        await seat.page.evaluate(f"() => {{ {REFUSED % 'NotFoundError'}; }}")
        await seat.page.evaluate(PULLED_OUT)
        await expect(warning).to_be_visible()
        await seat.page.evaluate(f"() => {{ {ALLOWED}; }}")
        if again == "warning":
            await warning.locator("button").click()
        else:
            await seat.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
        await expect(warning).to_be_hidden()
        assert await _is(seat, f"{SPEAKS} === given.at(-1) && given.at(-1).readyState === 'live'")
        await seat.call_is("talking")


async def test_agent_in_a_talk_is_asked_before_he_signs_out_in_another_tab_and_once_at_his_desk(
    seat: Seat, house: House
) -> None:
    await seat.talks()
    async with house.db.transaction() as tx:
        now = system_clock()
        (await tx.session.get_one(AgentRow, "8001")).state = AgentState.TALKING
        call = await tx.session.get_one(Call, cast.TALK)
        call.agent, call.state = "8001", CallState.TALKING
        tx.session.add(Offer(id=new_id(now), call=cast.TALK, agent="8001", device="phone-8001", caller="", waited=1.0,
                             offered_at=now))  # fmt: skip
    other = await seat.page.context.new_page()
    await other.goto("/calls")
    await other.get_by_role("button", name="退出").click()
    await expect(other.locator("main")).to_contain_text("退出会挂断电话")
    await other.get_by_role("link", name="返回").click()
    await other.wait_for_url("**/calls")
    await seat.call_is("talking")
    asked: list[str] = []

    async def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    seat.page.on("dialog", agree)
    await seat.page.get_by_role("button", name="退出").click()
    await seat.page.wait_for_url("**/login")
    assert len(asked) == 1


async def _is(seat: Seat, condition: str) -> bool:
    return bool(
        await seat.page.evaluate(f"() => {{ const phone = document.querySelector('soft-phone'); return {condition}; }}")
    )


async def _are(found: Sized, number: int) -> bool:
    return len(found) == number
