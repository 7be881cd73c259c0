"""Reports on pages, as JSON and as files: figures, totals, and the calls behind every count."""

import csv
import io
import re
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from accounts.models import AuditEntry, Person
from acd.models import Call, QueueVisit
from agentdesk.pages.reports import NARROWED_BY, ROLES
from agentdesk.reports.measures import DRAWINGS
from agentdesk.reports.part import Part
from app.bench.month import Month, write
from qa.models import ScoreRow
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS, _finished

DAYS = "period=days&since=2026-03-02&until=2026-03-04"


@pytest.fixture
async def month(house: House) -> Month:
    """Three days of March, looked back at; no call counts twice."""
    begin = datetime(2026, 3, 2, tzinfo=house.desk.site.zone).timestamp()
    made = Month(begin, 3, ["7001", "7002", "7003"], Random(5), given_away=0)
    made.make(90)
    async with house.db.transaction() as tx:
        for number, team in (("7001", "一组"), ("7002", "一组"), ("7003", "二组")):
            tx.session.add(Person(login=f"a{number}", name=f"Agent {number}", role="agent", number=number, team=team))
    await write(house.db, made)
    return made


async def report(web: Visitor, name: str, query: str = DAYS) -> dict[str, Any]:
    answer = await web.get(f"/api/reports/{name}?{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def listed(web: Visitor, address: str) -> int:
    """How many calls the list behind a link has."""
    query = urlsplit(address).query
    answer = await web.get(f"/api/call-search?{query}")
    assert answer.status_code == 200
    return int(answer.json()["total"])


@pytest.mark.parametrize("name", ["intervals", "queues", "agents", "quality", "codes", "callers"])
async def test_the_list_behind_a_count_has_as_many_calls_as_it_says(web: Visitor, month: Month, name: str) -> None:
    await enter(web, "supervisor")
    followed = 0
    asked = f"{DAYS}&step=60" if "step" in NARROWED_BY[name] else DAYS
    for table in (await report(web, name, asked))["tables"]:
        for row in table["rows"][:14]:
            for code, address in row["calls"].items():
                assert await listed(web, address) == row["values"][code], (table["name"], row["label"], code)
                followed += 1
    assert followed > 5


async def test_menu_counts_lead_to_their_calls(web: Visitor, month: Month, house: House) -> None:
    await enter(web, "admin")
    found = await report(web, "menus")
    days, steps = found["tables"]
    assert days["total"]["values"]["calls"] == 90
    assert days["total"]["values"]["self_service"] > 0
    for table in (days, steps):
        for row in [*table["rows"], *([table["total"]] if table["total"] else [])]:
            for code, address in row["calls"].items():
                assert await listed(web, address) == row["values"][code], (row["label"], code)
    assert {row["key"]: row["values"]["entered"] for row in steps["rows"]}["main"] == 90


async def test_a_call_that_came_to_a_queue_twice_counts_twice_and_is_listed_once(web: Visitor, house: House) -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=house.desk.site.zone).timestamp()
    async with house.db.transaction() as tx:
        tx.session.add(Call(id="again", leg="again", caller="1", dialled="2", arrived_at=at, state="ended"))
        await tx.session.flush()
        for number in (0, 1):
            begin = at + 600 * number
            tx.session.add(
                QueueVisit(
                    call="again", queue="loans", queued_at=begin, waits_since=begin, until_at=begin, result="answered"
                )
            )
    await enter(web, "supervisor")
    (table,) = (await report(web, "queues"))["tables"]
    assert table["total"]["values"]["answered"] == 2
    assert await listed(web, table["total"]["calls"]["answered"]) == 1
    page = (await web.get(table["total"]["calls"]["answered"])).text
    assert "被多次计数的通话只列出一次" in page
    assert "已接听 · 2026-03-02 00:00 – 2026-03-05 00:00" in page


async def test_a_queue_that_is_gone_stays_in_the_reports_of_its_time(web: Visitor, month: Month, house: House) -> None:
    await enter(web, "supervisor")
    before = [(await report(web, name))["tables"][0] for name in ("queues", "intervals")]
    async with house.db.transaction() as tx:
        await tx.session.execute(update(QueueVisit).where(QueueVisit.queue == "loans").values(queue="credits"))
    lines, days = [(await report(web, name))["tables"][0] for name in ("queues", "intervals")]
    was = {row["key"]: row for row in before[0]["rows"]}["loans"]
    (row,) = [row for row in lines["rows"] if row["key"] == "credits"]
    assert was["values"]["in_time"] > 0
    assert (row["label"], row["values"]) == ("credits", was["values"])
    assert [lines["total"]["values"], days["total"]["values"]] == [each["total"]["values"] for each in before]
    for each in (row, lines["total"]):
        assert await listed(web, each["calls"]["in_time"]) == each["values"]["in_time"]
    (alone,) = (await report(web, "queues", f"{DAYS}&queue=credits"))["tables"][0]["rows"]
    assert alone["values"] == was["values"]


async def test_totals_are_made_of_counts(web: Visitor, month: Month) -> None:
    await enter(web, "supervisor")
    (table,) = (await report(web, "queues"))["tables"]
    rows, total = [row["values"] for row in table["rows"]], table["total"]["values"]
    for code in ("offered", "answered", "in_time", "abandoned", "failed"):
        assert total[code] == sum(row[code] for row in rows)
    assert total["service_level"] == pytest.approx(total["in_time"] / total["offered"])
    assert total["service_level"] != pytest.approx(sum(row["service_level"] for row in rows) / len(rows))
    assert total["longest"] == max(row["longest"] for row in rows)


async def test_todays_figures_are_those_of_the_wallboard(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    (table,) = (await report(web, "queues", "period=today"))["tables"]
    async with house.db.reading() as session:
        board = {each.name: each for each in (await house.desk.board.read(session, "zh", house_now(house))).queues}
    for row in table["rows"]:
        tile = board[row["key"]]
        shown = (row["values"]["offered"], row["values"]["answered"], row["values"]["abandoned"])
        assert shown == (tile.offered, tile.answered, tile.abandoned)


def house_now(house: House) -> float:
    return datetime.now(house.desk.site.zone).timestamp()


async def test_a_report_is_narrowed_by_queue_team_and_agent(web: Visitor, month: Month) -> None:
    await enter(web, "supervisor")
    (cards,) = (await report(web, "intervals", f"{DAYS}&queue=cards&step=day"))["tables"]
    assert cards["total"]["values"]["offered"] == sum(
        row["queue"] == "cards" and row["result"] != "left" for row in month.rows[QueueVisit]
    )
    (team,) = (await report(web, "agents", f"{DAYS}&team=一组"))["tables"]
    assert [row["key"] for row in team["rows"]] == ["7001", "7002"]
    assert await listed(web, team["total"]["calls"]["taken"]) == team["total"]["values"]["taken"]
    weeks = (await report(web, "quality", f"{DAYS}&agent=7003"))["tables"][0]
    assert weeks["total"]["values"]["scored"] == sum(row["agent"] == "7003" for row in month.rows[ScoreRow])


async def test_quality_counts_the_final_verdicts(web: Visitor) -> None:
    await enter(web, "quality")
    before = (await report(web, "quality", "period=today"))["tables"]
    assert (before[0]["total"]["values"]["scored"], before[0]["total"]["values"]["reviewed"]) == (1, 0)
    failed = {row["key"]: row["values"]["deducted"] for row in before[-1]["rows"]}
    assert failed["F1"] == 1
    place = await web.post("/quality/recordings/recording000000000001/review", data={"why": "low"}, headers=OURS)
    await web.post(f"{place.headers['location']}/rows/F1", data={"verdict": "pass", "reason": "有工单"}, headers=OURS)
    await _finished(web)
    after = (await report(web, "quality", "period=today"))["tables"]
    assert after[0]["total"]["values"]["reviewed"] == 1
    assert after[0]["total"]["values"]["mean_score"] > before[0]["total"]["values"]["mean_score"]
    assert {row["key"]: row["values"]["deducted"] for row in after[-1]["rows"]}["F1"] == 0
    reviewed = after[0]["total"]["calls"]["reviewed"]
    assert TALK in (await web.get(reviewed)).text


async def test_the_quality_office_reads_scores_and_codes_only(web: Visitor) -> None:
    await enter(web, "quality")
    for name in DRAWINGS:
        for address in (f"/reports/{name}", f"/api/reports/{name}", f"/reports/{name}.csv"):
            assert (await web.get(address)).status_code == (200 if name in ("quality", "codes") else 403), address
    page = (await web.get("/reports")).text
    assert 'href="/reports/quality?' in page
    assert 'href="/reports/agents?' not in page


async def test_an_agent_cannot_use_a_count_to_look_at_scores(web: Visitor) -> None:
    await enter(web, "agent")
    everything = await listed(web, "/calls?")
    assert everything > 0
    code = Part("score", "deducted", 0, 2_000_000_000, rule="F1").code
    assert await listed(web, f"/calls?part={code}") == everything
    page = (await web.get(f"/calls?part={code}")).text
    assert 'name="part"' not in page
    assert "banner counted" not in page


@pytest.mark.parametrize("name", list(DRAWINGS))
async def test_a_page_has_charts_tables_and_the_definition_of_every_figure(
    web: Visitor, month: Month, name: str
) -> None:
    await enter(web, "supervisor")
    page = (await web.get(f"/reports/{name}?{DAYS}")).text
    found = await report(web, name)
    assert page.count('<svg class="chart"') == len(DRAWINGS[name])
    for table in found["tables"]:
        for column in table["columns"]:
            assert column["definition"]
            assert page.count(column["definition"].replace("'", "&#39;")) >= 2, column["code"]
    assert not re.search(r"<svg[^>]*chart.*?(<script|style=)", page, re.S)
    assert "Of the offered" not in page


async def test_files_bring_the_same_rows_and_a_page_of_definitions(web: Visitor, month: Month, house: House) -> None:
    await enter(web, "supervisor")
    (table,) = (await report(web, "queues"))["tables"]
    plain = await web.get(f"/reports/queues.csv?{DAYS}")
    rows = list(csv.DictReader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert [int(row["offered"]) for row in rows] == [
        *(row["values"]["offered"] for row in table["rows"]), table["total"]["values"]["offered"],
    ]  # fmt: skip
    book: Any = load_workbook(io.BytesIO((await web.get(f"/reports/quality.xlsx?{DAYS}")).content))
    assert book.sheetnames == ["按周", "按坐席", "按班组", "按规则", "指标说明"]
    assert book["按规则"]["D2"].number_format == "0.0%"
    assert ("命中率", "扣分 ÷ 判定。") in [(row[0].value, row[1].value) for row in book["指标说明"].iter_rows()]
    answer = await web.get(f"/reports/quality.pdf?{DAYS}&table=rules")
    assert answer.content[:5] == b"%PDF-"
    async with house.db.reading() as session:
        told = (await session.scalars(select(AuditEntry.about).where(AuditEntry.what == "figures_exported"))).all()
    assert sorted(told) == sorted(f"report:{name}-2026-03-02-2026-03-04" for name in ("queues", "quality", "quality"))


async def test_a_score_somebody_marks_blind_is_not_found_by_its_rules(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    code = Part("score", "deducted", 0, 2_000_000_000, rule="F1").code
    assert await listed(web, f"/calls?part={code}") == 1
    place = await web.post("/quality/recordings/recording000000000001/blind", headers=OURS)
    assert place.status_code == 303
    assert await listed(web, f"/calls?part={code}") == 0


async def test_rubbish_in_the_address_is_no_fault(web: Visitor) -> None:
    await enter(web, "supervisor")
    for address in (
        "/reports/intervals?period=never&step=7", "/reports/menus?menu=nothing&version=77",
        "/reports/queues?queue=nowhere", "/reports/quality?since=yesterday&period=days", "/calls?part=stay.nothing",
        "/calls?part=menu.calls,menu=nothing,version=9", "/calls?part=,,,",
    ):  # fmt: skip
        assert (await web.get(address)).status_code == 200, address


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0002-01-01"])
async def test_a_day_at_the_end_of_the_calendar_is_as_no_day_to_pages(web: Visitor, day: str) -> None:
    await enter(web, "supervisor")
    for address in (
        f"/reports/intervals?period=days&since={day}", f"/reports/queues?period=days&since={day}&until={day}",
        f"/calls?since={day}", f"/calls?until={day}", f"/quality/figures?since={day}", f"/quality/figures?until={day}",
        f"/quality/kpi?day={day}", f"/quality/kpi.csv?day={day}", f"/floor/alarms?day={day}", f"/shifts?day={day}",
    ):  # fmt: skip
        assert (await web.get(address)).status_code == 200, address
    for address in (f"/api/reports/codes?period=days&since={day}", f"/shifts.csv?day={day}", f"/shifts/{day}/8001"):
        assert (await web.get(address)).status_code == 422, address


@pytest.mark.parametrize(
    "asked",
    [
        "queues?period=abc", "queues?since=2026-02-30", "queues?period=day&since=2026-02-30&until=2026-02-31",
        "queues?period=today&since=2026-03-02", "queues?period=days", "queues?queue=nope", "agents?agent=nope",
        "agents?team=nope", "menus?menu=nope", "intervals?step=abc",
    ],
)  # fmt: skip
async def test_programs_are_told_what_of_an_address_cannot_be(web: Visitor, month: Month, asked: str) -> None:
    await enter(web, "supervisor")
    answer = await web.get(f"/api/reports/{asked}")
    assert (answer.status_code, bool(answer.json()["detail"])) == (422, True)


async def test_a_day_in_the_address_is_taken_without_naming_the_period(web: Visitor, month: Month) -> None:
    await enter(web, "supervisor")
    found = await report(web, "agents", "since=2026-03-02&agent=7001&team=%E4%B8%80%E7%BB%84")
    assert (found["first"], found["last"]) == ("2026-03-02", "2026-03-02")
    assert [row["key"] for row in found["tables"][0]["rows"]] == ["7001"]


async def test_a_queue_that_is_gone_may_be_asked_for(web: Visitor, month: Month, house: House) -> None:
    await enter(web, "supervisor")
    async with house.db.transaction() as tx:
        await tx.session.execute(update(QueueVisit).values(queue="formerly"))
    assert (await report(web, "queues", f"{DAYS}&queue=formerly"))["tables"][0]["total"]["values"]["offered"] > 0


async def test_a_file_of_no_table_is_refused(web: Visitor) -> None:
    await enter(web, "supervisor")
    assert (await web.get("/reports/agents.csv?table=nope")).status_code == 422
    assert (await web.get("/reports/quality.csv?table=rules")).status_code == 200


async def test_a_program_is_told_which_filters_are_meant_for_the_report(web: Visitor, month: Month) -> None:
    await enter(web, "supervisor")
    answer = await web.get(f"/api/reports/queues?{DAYS}&queue=cards&team=%E4%B8%80%E7%BB%84&step=day&menu=")
    told = "报表 queues 不能按 step, team 筛选，可用的条件：queue"
    assert (answer.status_code, answer.json()["detail"]) == (422, told)
    assert (await web.get(f"/reports/queues?{DAYS}&team=%E4%B8%80%E7%BB%84")).status_code == 200


@pytest.mark.parametrize("name", list(ROLES))
async def test_a_program_may_narrow_a_report_by_whatever_is_meant_for_it(web: Visitor, month: Month, name: str) -> None:
    await enter(web, "supervisor")
    meant = {"step": "day", "queue": "cards", "team": "一组", "agent": "7001", "menu": "main", "version": "1"}
    for each in set(NARROWED_BY[name]) & meant.keys():
        answer = await web.get(f"/api/reports/{name}?{DAYS}", params={each: meant[each]})
        assert answer.status_code == 200, (each, answer.text)


async def test_the_api_describes_its_reports(web: Visitor) -> None:
    await enter(web, "admin")
    described = (await web.get("/api/openapi.json")).json()
    assert {f"/api/reports/{name}" for name in (*DRAWINGS, "mails")} <= described["paths"].keys()
    assert "definition" in described["components"]["schemas"]["ColumnOut"]["properties"]


async def test_a_period_without_calls_says_so(web: Visitor) -> None:
    await enter(web, "supervisor")
    for name in DRAWINGS:
        page = (await web.get(f"/reports/{name}?period=days&since=2001-01-01&until=2001-01-31")).text
        assert "本周期没有可计算的数据" in page, name
        assert '<svg class="chart"' not in page
