"""The agent's desk and the supervisor's floor as text: what is shown, and a ticket in one step."""

import re
from collections import Counter

import pytest
from sqlalchemy import select, update

from acd.consults import Consult
from acd.models import AgentRow, Call, CallEvent, ChosenCode, Offer, Summary
from agentdesk.reading.menuway import MenuWay
from app import configuration
from core.clock import system_clock
from core.settings import ROOT
from recordings.models import Pause, Recording, RecordingState
from tests.agentdesk.cast import TALK, Caller, add_call
from tests.agentdesk.conftest import House, Visitor, enter
from tickets.models import Ticket

ORIGIN = {"origin": "http://desk.test"}
RINGING = "call000000000000000077"


async def ring(house: House, agent: str = "8001") -> None:
    """A call of somebody who called before rings at the agent's."""
    now = system_clock()
    async with house.db.transaction() as tx:
        add_call(tx, Caller(RINGING, "13812345678", 30, "complaints", "gold", state="ringing", agent=agent), now)
        await tx.session.flush()
        offer = await tx.session.scalar(select(Offer).where(Offer.call == RINGING))
        assert offer is not None
        offer.result = ""
        call = await tx.session.get_one(Call, RINGING)
        call.customer = "13800000001"


async def test_offered_call_is_shown_with_tier_and_last_contacts_before_anything_else(
    web: Visitor, house: House
) -> None:
    await enter(web, "agent")
    assert "phase-last" in (await web.get("/desk/contact")).text
    await ring(house)
    contact = (await web.get("/desk/contact")).text
    for words in ("phase-ringing", "13812345678", "黄金", "投诉与建议", "已核身 13800000001", f"/calls/{TALK}"):
        assert words in contact
    script = (await web.get("/desk/script")).text
    assert "投诉" in script
    assert "服务忌语" in script


async def test_recording_is_shown_with_its_pause_while_the_agent_talks_and_only_then(
    web: Visitor, house: House
) -> None:
    await enter(web, "agent")
    await ring(house)
    assert "data-pause" not in (await web.get("/desk/recording")).text
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, RINGING)
        offer = await tx.session.scalar(select(Offer).where(Offer.call == RINGING))
        assert offer is not None
        call.state, call.connected_at, offer.result = "talking", system_clock(), "accepted"
        tx.session.add(Recording(id="r", call=RINGING, number=1, raw="x", state=RecordingState.RECORDING, started_at=1))
    assert 'data-until="0.0"' in (await web.get("/desk/recording")).text
    async with house.db.transaction() as tx:
        tx.session.add(Pause(recording="r", call=RINGING, started_at=1.0, until_at=77.0, by="li.na", reason="card"))
    part = (await web.get("/desk/recording")).text
    assert (f'data-call="{RINGING}"' in part, 'data-until="77.0"' in part, "data-secret" in part) == (True,) * 3


async def test_desk_and_call_page_say_whether_the_agent_is_muted_and_by_whom(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    await ring(house)
    told = []
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, RINGING)
        call.state, call.connected_at = "talking", system_clock()
        await tx.session.execute(update(Offer).where(Offer.call == RINGING).values(result="accepted"))
    for by, muted, phone in (("sun.li", True, False), ("li.na", False, True), ("li.na", True, True)):
        async with house.db.transaction() as tx:
            data = {"by": by, "muted": muted, "phone": phone}
            tx.session.add(CallEvent(call=RINGING, at=system_clock(), kind="muted", agent="8001", data=data))
        told += re.findall(r'data-muted="(\w*)"', (await web.get("/desk/handover")).text)
    assert told == ["switch", "", "phone"]
    await enter(web, "supervisor")
    page = (await web.get(f"/calls/{RINGING}")).text
    assert (page.count("<b>静音</b>"), page.count("取消静音")) == (2, 1)


async def test_caller_who_was_given_to_a_colleague_is_whom_the_wrap_up_and_its_ticket_are_about(
    web: Visitor, house: House
) -> None:
    await enter(web, "agent")
    await ring(house)
    now = system_clock()
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, RINGING)
        offer = await tx.session.scalar(select(Offer).where(Offer.call == RINGING))
        assert offer is not None
        offer.result, offer.ended_at = "accepted", now
        call.agent, call.state, call.connected_at = "8002", "talking", now
    contact = (await web.get("/desk/contact")).text
    assert ("13812345678" in contact, "phase-last" in contact) == (True, True)
    assert f'hx-post="/desk/calls/{RINGING}/ticket"' in (await web.get("/desk/ticket")).text


async def test_colleague_who_is_asked_sees_the_caller_who_asks_and_what_was_written_so_far(house: House) -> None:
    await ring(house)
    async with house.db.transaction() as tx:
        tx.session.add(Summary(call=RINGING, agent="8001", queue="complaints", at=1, note="要求提额", changed_at=1,
                               changed_by="li.na"))  # fmt: skip
        tx.session.add(ChosenCode(call=RINGING, agent="8001", code="limit", place=0))
    asked = Consult(RINGING, "8001", "8002", "leg")
    async with house.db.reading() as session:
        contact = await house.desk.contacts.read(session, "8002", "zh", system_clock(), asked)
        own = await house.desk.contacts.read(session, "8002", "zh", system_clock())
    assert contact is not None
    assert (contact.phase, contact.caller, contact.tier, contact.asker) == ("asked", "13812345678", "gold", "8001 李娜")
    assert [(each.agent, each.codes, each.note) for each in contact.said] == [("李娜", ("额度查询与调整",), "要求提额")]
    assert own is None or own.phase != "asked"


async def test_colleague_is_found_by_login_number_sound_first_letters_and_skill_in_either_language(
    web: Visitor,
) -> None:
    await enter(web, "agent")
    lines = re.findall(r'data-find="([^"]+)"><button[^>]*data-agent="(\d+)"', (await web.get("/desk/targets")).text)
    found = {number: find for find, number in lines}
    for words in ("8003", "张敏", "zhangmin", "zm", "zhang.min", "loans", "贷款", "daikuan"):
        assert words in found["8003"].split()


async def test_no_two_things_on_the_desk_have_the_same_key(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    await ring(house)
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, RINGING)
        offer = await tx.session.scalar(select(Offer).where(Offer.call == RINGING))
        assert offer is not None
        call.state, call.connected_at, offer.result = "talking", system_clock(), "accepted"
        tx.session.add(Recording(id="r", call=RINGING, number=1, raw="x", state=RecordingState.RECORDING, started_at=1))
    keys = re.findall(r'data-key="(.)"', (await web.get("/desk")).text)
    assert {"n", "v", "p", "t"} <= set(keys)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


@pytest.mark.parametrize(("ago", "told"), [(3, True), (600, False)])
async def test_agent_is_told_for_a_while_why_his_call_out_reached_nobody(
    web: Visitor, house: House, ago: float, told: bool
) -> None:
    await enter(web, "agent")
    await ring(house)
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, RINGING)
        offer = await tx.session.scalar(select(Offer).where(Offer.call == RINGING))
        assert offer is not None
        call.state, call.direction, call.outcome = "ended", "outbound", "not_reached"
        offer.result, offer.ended_at = "busy", system_clock() - ago
    assert ("占线" in (await web.get("/desk/dial")).text) == told


async def test_call_that_rings_at_a_colleague_is_not_shown(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    await ring(house, agent="8002")
    assert "phase-ringing" not in (await web.get("/desk/contact")).text


@pytest.mark.parametrize(("solved", "state"), [("", "accepted"), ("yes", "closed")])
async def test_ticket_in_one_step_belongs_to_the_call_and_its_customer(
    web: Visitor, house: House, solved: str, state: str
) -> None:
    await enter(web, "agent")
    await ring(house)
    form = {"category": "complaint", "summary": " 额度没有恢复 ", "solved": solved}
    answer = await web.post(f"/desk/calls/{RINGING}/ticket", data=form, headers=ORIGIN)
    assert "已为 13812345678 登记：投诉" in answer.text
    async with house.db.reading() as session:
        ticket = await session.scalar(select(Ticket))
    assert ticket is not None
    assert (ticket.call, ticket.customer, ticket.summary, ticket.state, ticket.opened_by) == (
        RINGING, "13812345678", "额度没有恢复", state, "li.na",
    )  # fmt: skip
    part = (await web.get("/desk/shift")).text
    offered = [f"&#34;{step}&#34;" in part for step in ("classified", "closed", "resolved")]
    assert offered == ([False, False, False] if solved else [True, False, False])


async def test_ticket_for_the_call_before_is_taken_while_the_next_one_rings(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    await ring(house)
    form = {"category": "enquiry", "summary": "利率"}
    answer = await web.post(f"/desk/calls/{TALK}/ticket", data=form, headers=ORIGIN)
    assert (answer.status_code, "登记：咨询" in answer.text) == (200, True)
    assert f'hx-post="/desk/calls/{RINGING}/ticket"' in answer.text
    async with house.db.reading() as session:
        ticket = await session.scalar(select(Ticket))
    assert ticket is not None
    assert ticket.call == TALK


async def test_ticket_for_a_call_of_somebody_else_is_refused(web: Visitor) -> None:
    await enter(web, "agent")
    form = {"category": "enquiry", "summary": "x"}
    answer = await web.post("/desk/calls/call000000000000000002/ticket", data=form, headers=ORIGIN)
    assert answer.status_code == 404


async def test_own_day_counts_own_conversations_of_today_with_scores(web: Visitor, house: House) -> None:
    mine, moment = select(Call.id).where(Call.agent == "8001"), system_clock()
    ended = (CallEvent.kind == "disconnected", CallEvent.call.in_(mine))
    async with house.db.transaction() as tx:
        began = update(CallEvent).where(CallEvent.kind == "connected", CallEvent.call.in_(mine))
        await tx.session.execute(began.values(at=moment - 95))
        await tx.session.execute(update(CallEvent).where(*ended).values(at=moment - 1))
        await tx.session.execute(update(Call).where(Call.id == TALK).values(agent="8002"))  # who has him since
    await enter(web, "agent")
    own = (await web.get("/desk/own")).text
    assert own.count('<a href="/calls/') == 2
    assert "1:34" in own
    assert f"call-{TALK}" in own
    assert "13300005555" in own


async def test_floor_shows_calls_under_way_with_help_for_those_who_talk(web: Visitor) -> None:
    await enter(web, "supervisor")
    floor = (await web.get("/floor")).text
    talking = floor[floor.index('data-call="call000000000000000014"') :]
    assert 'data-spy="whisper"' in talking[: talking.index("</tr>")]
    waiting = floor[floor.index('data-call="call000000000000000011"') :]
    assert "data-spy" not in waiting[: waiting.index("</tr>")]


async def test_floor_shows_what_an_agent_will_be_after_his_contact(web: Visitor, house: House) -> None:
    async with house.db.transaction() as tx:
        forced = update(AgentRow).where(AgentRow.number == "8004").values(wish="meal", wish_by="sun.li")
        await tx.session.execute(forced)
    await enter(web, "supervisor")
    floor = (await web.get("/floor")).text
    line = floor[floor.index('data-agent="8004"') :]
    assert "结束后：用餐" in line[: line.index("</tr>")]
    assert floor.count("结束后：") == 1


@pytest.mark.parametrize(
    ("step", "keys", "language", "words"),
    [
        ("cards", "2", "zh", "账户和银行卡"),
        ("cards-person", "1", "zh", "余额与交易查询"),
        ("speak-chinese", "1", "zh", "中文服务"),
        ("main", "2", "zh", "账户和银行卡"),
        ("main", "3", "en", "Loans"),
        ("cards", "", "zh", "账户和银行卡"),
        ("no-such-step", "5", "zh", "no-such-step"),
    ],
)
def test_way_through_the_menu_is_told_in_the_menus_own_words(step: str, keys: str, language: str, words: str) -> None:
    found = configuration.load(ROOT / "config")
    assert MenuWay(found.menus[found.site.hotline]).title(step, keys, language) == words
