"""Wrap-up codes on the desk, the call's page, in the call list and the reports, and over HTTP."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from accounts.models import AuditEntry
from acd.models import AgentRow, Call, ChosenCode, Offer, Summary
from agentdesk.reading.summary import found_by
from app.settings import demand
from core.clock import system_clock
from core.errors import BadInput
from core.settings import ROOT
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import House, Visitor, enter

ORIGIN = {"origin": "http://desk.test"}
OTHERS = "call000000000000000002"
EARLIER = "call000000000000000008"


@pytest.fixture
async def talked(house: House) -> House:
    """All offers of calls that are over were taken."""
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Offer).values(result="accepted"))
    return house


async def say(web: Visitor, call: str, *codes: str, note: str = "", **more: str) -> dict[str, Any]:
    answer = await web.put(f"/api/calls/{call}/codes", json={"codes": codes, "note": note, **more}, headers=ORIGIN)
    found: dict[str, Any] = answer.json()
    return {"status": answer.status_code, **found}


async def test_codes_of_an_own_call_are_stored_in_order_with_who_and_when_and_audited(
    web: Visitor, talked: House
) -> None:
    await enter(web, "agent")
    said = await say(web, TALK, "limit", "dispute", note=" 重复扣款 ")
    assert (said["status"], said["codes"], said["note"], said["queue"]) == (
        200,
        ["limit", "dispute"],
        "重复扣款",
        "cards",
    )
    assert said["missing"] == ["ticket"]
    await say(web, TALK, "dispute", note="重复扣款")
    async with talked.db.reading() as session:
        row = await session.get_one(Summary, (TALK, "8001"))
        kept = [each.code for each in await session.scalars(select(ChosenCode).where(ChosenCode.call == TALK))]
        trail = list(await session.scalars(select(AuditEntry).where(AuditEntry.what == "call_coded")))
    assert (row.changed_by, kept) == ("li.na", ["dispute"])
    assert [each.reason for each in trail] == ["8001: – → limit dispute, note", "8001: limit dispute → dispute"]


async def test_codes_of_a_colleagues_call_or_of_another_queue_are_refused(web: Visitor, talked: House) -> None:
    await enter(web, "agent")
    assert (await say(web, OTHERS, "loan-personal"))["status"] == 404
    refused = await say(web, TALK, "loan-personal")
    assert (refused["status"], refused["reason"]) == (409, "unknown_code")
    await enter(web, "supervisor")
    assert (await say(web, OTHERS, "loan-personal", agent="8003"))["codes"] == ["loan-personal"]


async def test_earlier_calls_without_a_code_are_on_the_agents_own_list_until_they_have_one(
    web: Visitor, talked: House
) -> None:
    await enter(web, "agent")
    async with talked.db.transaction() as tx:
        await tx.session.execute(update(AgentRow).where(AgentRow.number == "8001").values(state="wrap-up"))
        latest = await tx.session.scalar(select(Offer).where(Offer.call == TALK))
        assert latest is not None
        latest.offered_at = system_clock()
    assert [each["call"] for each in (await web.get("/api/me/uncoded")).json()] == [EARLIER]
    desk = (await web.get("/desk/summary")).text
    assert f'data-codes="/api/calls/{TALK}/codes"' in desk
    assert f"/calls/{EARLIER}#summary" in desk
    await say(web, EARLIER, "blocked")
    assert (await web.get("/api/me/uncoded")).json() == []


async def test_summary_names_a_call_by_the_time_it_came_as_every_part_of_the_desk_does(
    web: Visitor, talked: House
) -> None:
    async with talked.db.transaction() as tx:
        await tx.session.execute(update(Offer).where(Offer.call == TALK).values(offered_at=system_clock()))
        arrived = (await tx.session.get_one(Call, TALK)).arrived_at
    await enter(web, "agent")
    assert f"{datetime.fromtimestamp(arrived, talked.desk.site.zone):%H:%M:%S}" in (await web.get("/desk/summary")).text


async def test_what_was_said_is_in_the_history_of_the_next_call_of_that_customer_and_on_the_calls_page(
    web: Visitor, talked: House
) -> None:
    await enter(web, "agent")
    await say(web, TALK, "limit", note="周五前恢复")
    page = (await web.get(f"/calls/{TALK}")).text
    assert "银行卡 › 用卡 › 额度查询与调整" in page
    assert "周五前恢复" in page
    assert 'value="limit" checked' in page
    await enter(web, "quality")
    page = (await web.get(f"/calls/{TALK}")).text
    assert "周五前恢复" in page
    assert "data-codes" not in page


async def test_calls_are_found_by_code_by_topic_and_by_having_none(web: Visitor, talked: House) -> None:
    await enter(web, "agent")
    await say(web, TALK, "limit")
    await enter(web, "supervisor")

    async def found(code: str) -> set[str]:
        return {each["id"] for each in (await web.get("/api/call-search", params={"code": code})).json()["rows"]}

    assert await found("limit") == await found("card") == {TALK}
    assert await found("blocked") == set()
    missing = await found("-")
    assert EARLIER in missing
    assert TALK not in missing


async def test_reports_count_codes_by_topic_queue_agent_and_interval_and_lead_to_the_calls(
    web: Visitor, talked: House
) -> None:
    await enter(web, "agent")
    await say(web, TALK, "limit", "statement")
    await enter(web, "supervisor")
    tables = {each["name"]: each for each in (await web.get("/api/reports/codes")).json()["tables"]}
    by_code = {row["key"]: row["values"]["times"] for row in tables["codes"]["rows"]}
    assert by_code == {"limit": 1, "statement": 1}
    assert tables["topics"]["rows"][0]["values"] == {"times": 2, "times_share": 1.0}
    cards = next(row for row in tables["queues"]["rows"] if row["key"] == "cards")
    assert (cards["values"]["talks"], cards["values"]["coded"], cards["values"]["first_contact"]) == (1, 1, 1.0)
    total = tables["agents"]["total"]
    for what in ("talks", "coded", "not_coded", "resolved"):
        query = total["calls"][what].partition("?")[2]
        listed = (await web.get(f"/api/call-search?{query}")).json()["total"]
        assert listed == total["values"][what], what
    narrowed = (await web.get("/api/reports/codes?topic=loan")).json()["tables"]
    assert [each["total"]["values"].get("talks", 0) for each in narrowed][2:] == [0, 0, 0]
    for kind in ("csv", "xlsx", "pdf"):
        assert (await web.get(f"/reports/codes.{kind}?table=codes")).status_code == 200


async def test_a_code_in_use_cannot_be_taken_out_of_the_catalogue(web: Visitor, talked: House) -> None:
    await enter(web, "agent")
    await say(web, TALK, "limit")
    text = (ROOT / "config" / "codes.yaml").read_text(encoding="utf-8")
    check, line = demand(ROOT / "config", talked.db), next(each for each in text.splitlines() if " limit:" in each)
    with pytest.raises(BadInput, match="1 calls have the code 'limit'"):
        await check({"codes.yaml": text.replace(line + "\n", "")})
    await check({"codes.yaml": text.replace(line, line.removesuffix("}") + ", retired: true}")})


def test_a_code_is_found_by_words_sounds_and_first_letters_of_either_language(house: House) -> None:
    blocked = house.desk.summaries.rules.choices["blocked"]
    told = found_by(blocked, ("zh", "en"))
    for typed in ("口头挂失", "koutouguashi", "ktgs", "card blocked", "blocked", "yhk"):
        assert typed in told
