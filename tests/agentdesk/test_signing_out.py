"""Signing out while somebody is on the telephone of this browser: whoever it would cut off is thought of first."""

import pytest

from accounts import handsets
from accounts.access import COOKIE
from acd.call import CallState
from acd.models import AgentRow, Call, Offer
from core.clock import new_id, system_clock
from tests.agentdesk import cast
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

TALK, RING = "退出会挂断电话", "电话正在振铃"


async def works(house: House, web: Visitor, state: str, *, in_browser: bool = True, rang: float = 5.0) -> None:
    """The agent 8001 is signed in and in this state, with the telephone of this browser or with a hard one.

    `rang`: his telephone, for the call that he is in, so many seconds after that browser became it.
    """
    await enter(web, "agent")
    async with house.db.transaction() as tx:
        (await tx.session.get_one(AgentRow, "8001")).state = state
        if in_browser:
            now = system_clock()
            await handsets.issue(tx, web.cookies[COOKIE], "8001", "li.na", now - 60)
            leg = new_id(now - 60 + rang)
            call = await tx.session.get_one(Call, cast.TALK)
            call.agent, call.state = "8001", CallState.RINGING if state == "ringing" else CallState.TALKING
            tx.session.add(Offer(id=leg, call=cast.TALK, agent="8001", device="phone-8001", caller="", waited=1.0,
                                 offered_at=now))  # fmt: skip


async def is_signed_in(web: Visitor) -> bool:
    return (await web.get("/desk")).status_code == 200


@pytest.mark.parametrize("state", ["talking", "on-hold"])
async def test_agent_in_a_call_is_asked_first_on_any_page_and_led_back_there(
    web: Visitor, house: House, state: str
) -> None:
    await works(house, web, state)
    came = {**OURS, "referer": "http://desk.test/calls?queue=cards"}
    asked = await web.post("/logout", headers=came)
    assert (asked.status_code, TALK in asked.text, 'href="/calls?queue=cards"' in asked.text) == (409, True, True)
    assert await is_signed_in(web)
    assert 'name="sure" value="yes"' in asked.text
    done = await web.post("/logout", data={"sure": "yes"}, headers=OURS)
    assert (done.status_code, done.headers["location"]) == (303, "/login")
    assert not await is_signed_in(web)


async def test_agent_whose_telephone_rings_answers_or_declines_first(web: Visitor, house: House) -> None:
    await works(house, web, "ringing")
    asked = await web.post("/logout", data={"sure": "yes"}, headers=OURS)
    assert (asked.status_code, RING in asked.text, 'name="sure"' in asked.text) == (409, True, False)
    assert await is_signed_in(web)


async def test_agent_who_is_not_in_a_call_signs_out_at_once(web: Visitor, house: House) -> None:
    await works(house, web, "wrap-up")
    assert (await web.post("/logout", headers=OURS)).status_code == 303


async def test_signing_out_ends_no_call_of_a_hard_telephone_and_is_not_asked_about(web: Visitor, house: House) -> None:
    await works(house, web, "talking", in_browser=False)
    assert (await web.post("/logout", headers=OURS)).status_code == 303


async def test_another_browser_of_the_same_agent_is_signed_out_without_a_question(web: Visitor, house: House) -> None:
    await works(house, web, "talking")
    await enter(web, "agent")
    assert (await web.post("/logout", headers=OURS)).status_code == 303


@pytest.mark.parametrize("state", ["ringing", "talking"])
async def test_call_that_rang_at_the_hard_telephone_before_this_browser_took_over_is_not_asked_about(
    web: Visitor, house: House, state: str
) -> None:
    await works(house, web, state, rang=-5.0)
    assert (await web.post("/logout", headers=OURS)).status_code == 303
