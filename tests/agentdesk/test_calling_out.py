"""What an agent calls out for, and what supervisors do to queues and agents, as pages and over the API."""

import ast
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import acd
from accounts.models import AuditEntry
from acd.consults import Consult
from acd.models import AlarmRow, Call, Callback, CallEvent, Offer
from acd.queues import load
from agentdesk.reading.handover import handover_of
from agentdesk.reading.outgoing import promises
from agentdesk.reading.underway import UnderWay
from agentdesk.words.codes import WORDS
from agentdesk.words.refusals import REFUSALS
from agentdesk.words.shifts import SHIFTS
from app.bench.watchers_process import PART, TOGETHER
from core.clock import system_clock
from core.settings import ROOT
from ivr.models import Message
from tests.agentdesk.cast import TALK, add_calls_out
from tests.agentdesk.conftest import House, Visitor, enter

NAMES = {"8002": "王伟"}
TITLE = load(ROOT / "config").queues["cards"].name["zh"]


async def test_agent_sees_call_backs_of_queues_he_serves_and_his_own_late_ones_marked(
    web: Visitor, house: House
) -> None:
    await add_calls_out(house.db)
    async with house.db.transaction() as tx:
        tx.session.add(Callback(id="other", number="13944440000", queue="complaints", queued_at=1, state="open",
                                promised_at=1, tries=0, next_at=0))  # fmt: skip
    await enter(web, "agent")
    part = (await web.get("/desk/callbacks")).text
    assert "13944440000" not in part
    late = part[part.index('data-callback="callback0"') : part.index('data-callback="callback1"')]
    assert ('class="own"' in late, "figure late" in late, "占线" in late) == (True,) * 3
    assert 'data-deed="POST /api/callbacks/callback1/take" data-dials="13922220000"' in part


async def test_supervisor_reads_in_an_alarm_who_was_promised_a_call_back(web: Visitor, house: House) -> None:
    await add_calls_out(house.db)
    async with house.db.transaction() as tx:
        row = await tx.session.get_one(Callback, "callback1")
        row.queue = "cards"
        tx.session.add(AlarmRow(id="a", kind="callback-overdue", about=row.id, value=0.0, raised_at=system_clock()))
    await enter(web, "supervisor")
    for place in ("/floor", "/floor/alarms"):
        page = (await web.get(place)).text
        assert "回电已逾期" in page
        assert f"{TITLE} 13922220000" in page
        assert "callback1" not in page


async def test_message_whose_call_back_reached_nobody_says_so_and_has_no_player_without_a_sound(
    web: Visitor, house: House
) -> None:
    async with house.db.transaction() as tx:
        tx.session.add(Message(id="wish", call=TALK, caller="13955550000", language="zh", left_at=1, deadline_at=2,
                               state="open"))  # fmt: skip
        tx.session.add(Callback(id="promise", source="wish", number="13955550000", queue="cards", queued_at=1,
                                promised_at=2, next_at=0, state="given_up", tries=3, result="no_answer"))  # fmt: skip
    await enter(web, "supervisor")
    page = (await web.get("/messages")).text
    assert "已放弃 · 无人接听 · 已尝试 3 次" in page
    assert "/api/messages/wish/sound" not in page


async def test_agent_sees_one_customer_of_a_campaign_with_the_results_he_may_choose(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    assert "hidden" in (await web.get("/desk/campaign")).text
    await add_calls_out(house.db)
    part = (await web.get("/desk/campaign")).text
    for words in ("13933330000", "王女士", "白金卡", "已尝试 1 次", "有意向", "POST /api/prospects/prospect0/result"):
        assert words in part


@pytest.mark.parametrize(
    ("why", "words"), [("closed", "该外呼活动已关闭。"), ("not_yours", "该客户已可由其他坐席联系")]
)
async def test_agent_whose_telephone_stopped_ringing_for_a_campaign_reads_why(
    web: Visitor, house: House, why: str, words: str
) -> None:
    now = system_clock()
    async with house.db.transaction() as tx:
        tx.session.add(Call(id="out", leg="out", caller="13933330000", dialled="95566", arrived_at=now, agent="8001",
                            state="ended", outcome="not_reached", direction="outbound", ended_at=now))  # fmt: skip
        await tx.session.flush()
        tx.session.add(Offer(id="o", call="out", agent="8001", device="phone-8001", caller="13933330000", waited=0.0,
                             offered_at=now, result="cancelled", ended_at=now))  # fmt: skip
        told = {"offer": "o", "result": "cancelled", "why": why}
        tx.session.add(CallEvent(call="out", at=now, kind="offer-ended", agent="8001", data=told))
    await enter(web, "agent")
    assert f"已取消 · {words}" in (await web.get("/desk/dial")).text
    await enter(web, "supervisor")
    assert f"已取消 · {words}" in (await web.get("/calls/out")).text


@pytest.mark.parametrize(
    ("consult", "held", "step", "name"),
    [
        (None, False, "talking", ""),
        (None, True, "held", ""),
        (Consult("c", "8001", "8002", "leg"), True, "ringing", "王伟"),
        (Consult("c", "8001", "8002", "leg", answered=True), True, "answered", "王伟"),
        (Consult("c", "8001", "8002", "leg", answered=True, joined=True), False, "joined", "王伟"),
    ],
)
def test_handover_says_where_a_consult_stands(consult: Consult | None, held: bool, step: str, name: str) -> None:
    found = handover_of(UnderWay(lambda _call: consult, lambda _call: held), "c", NAMES)
    assert (found.step, found.name) == (step, name)


def test_promised_times_are_full_minutes_ahead_and_tomorrow_at_nine() -> None:
    assert promises(1000.0, ZoneInfo("UTC"))[:2] == (960.0 + 1800, 960.0 + 3600)
    assert promises(1000.0, ZoneInfo("UTC"))[-1] == 86400 + 9 * 3600


def test_every_reason_the_distributor_refuses_with_has_words_on_the_pages() -> None:
    said = {
        node.args[0].value
        for path in Path(acd.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused"
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert said - REFUSALS.keys() - SHIFTS.keys() == {"not_in_menu"}  # of a menu's run, which no page asks for
    assert set(REFUSALS.values()) - WORDS.keys() == set()


async def test_notice_is_shown_until_it_is_read_and_only_to_whom_it_is_for(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    web.headers["origin"] = "http://desk.test"
    assert (await web.post("/api/notices", json={"text": "x"})).status_code == 403
    await enter(web, "supervisor")
    nobody = await web.post("/api/notices", json={"text": "x", "to": "2026-02-30"})
    assert (nobody.status_code, nobody.json()["detail"]) == (404, "没有工号为 2026-02-30 的坐席")
    for to in ("8001", "8002"):
        told = await web.post("/api/notices", json={"text": f"只给 {to}", "to": to})
        assert told.status_code == 201
    await enter(web, "agent")
    (mine,) = (await web.get("/api/notices")).json()
    assert mine["text"] == "只给 8001"
    assert "只给 8001" in (await web.get("/desk/notices")).text
    assert (await web.post(f"/api/notices/{told.json()['id']}/read")).status_code == 404
    for _ in range(2):
        assert (await web.post(f"/api/notices/{mine['id']}/read")).status_code == 204
    assert (await web.get("/api/notices")).json() == []
    await enter(web, "supervisor")
    assert "1 人已读" in (await web.get("/floor")).text
    async with house.db.reading() as session:
        query = select(AuditEntry.reason).where(AuditEntry.what == "notice_told").order_by(AuditEntry.id)
        assert list(await session.scalars(query)) == ["8001: 只给 8001", "8002: 只给 8002"]


async def test_simulated_desks_of_the_bench_follow_every_live_part_of_the_page(web: Visitor) -> None:
    await enter(web, "agent")
    page = (await web.get("/desk")).text
    found = PART.findall(page)
    assert len(found) == page.count("data-live=")
    assert ("me", "agent-8001", "") in found
    together = TOGETHER.findall(page)[0]
    parts = (await web.get(f"{together}?{'&'.join(f'part={part}' for part, *_ in found)}")).text
    assert {part for part, *_ in PART.findall(parts)} == {part for part, *_ in found}


async def test_the_times_offered_for_a_call_back_are_of_the_moment_somebody_asks(web: Visitor) -> None:
    await enter(web, "agent")
    assert 'hx-get="/desk/promises" hx-target="#promises"' in (await web.get("/desk")).text
    fresh = await web.get("/desk/promises")
    assert [float(each) > system_clock() for each in re.findall(r'value="([0-9.]+)"', fresh.text)] == [True] * 5
