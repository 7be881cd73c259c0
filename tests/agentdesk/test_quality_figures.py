"""Figures of the quality office: the page, the period, the tables for spreadsheets."""

import csv
import html
import io
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agentdesk.quality.figures import period
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import Visitor, enter
from tests.agentdesk.test_quality import OURS, _opened, _settle

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, tzinfo=ZONE).timestamp()


async def _table(web: Visitor, name: str, query: str = "") -> list[dict[str, str]]:
    answer = await web.get(f"/quality/figures/{name}.csv{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_final_verdicts_count_once_a_review_is_finished(web: Visitor) -> None:
    await enter(web, "quality")
    before = await _table(web, "agents")
    assert [(row["agent"], row["calls"], row["mean_score"], row["vetoes"]) for row in before] == [
        ("8001", "1", "0.0", "1")
    ]
    place = await _opened(web)
    await web.post(f"{place}/rows/F1", data={"verdict": "pass", "reason": "有工单"}, headers=OURS)
    await web.post(f"{place}/rows/A2", data={"verdict": "fail"}, headers=OURS)
    await _settle(web, place)
    assert await _table(web, "agents") == before
    await web.post(f"{place}/finish", headers=OURS)
    after = (await _table(web, "agents"))[0]
    assert float(after["mean_score"]) > 60
    assert (after["vetoes"], after["reviewed"], after["name"]) == ("0", "1", "李娜")
    rules = {row["rule"]: row for row in await _table(web, "rules")}
    assert (rules["F1"]["agreement"], rules["F1"]["precision"]) == ("0.0", "0.0")
    assert (rules["A2"]["agreement"], rules["A2"]["precision"], rules["A2"]["title"]) == ("1.0", "1.0", "服务忌语")
    untouched = [row for row in rules.values() if row["judged"] == "1" and row["rule"] not in ("A2", "F1")]
    assert {row["reviewed"] for row in untouched if row["rule"] == "A1"} == {"0"}


async def test_the_page_shows_agents_weeks_and_rules(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = (await web.get("/quality/figures")).text
    for words in ("李娜", "服务忌语", 'data-rule="F1"', "-W"):
        assert words in page
    assert "style=" not in page
    assert "没有评分的通话" in (await web.get("/quality/figures?agent=8002")).text
    assert await _table(web, "rules", "?since=2001-01-01&until=2001-02-01") == []


async def test_every_count_leads_to_its_calls(web: Visitor) -> None:
    await enter(web, "supervisor")
    page = (await web.get("/quality/figures")).text
    ways = {html.unescape(each) for each in re.findall(r'href="(/calls\?part=[^"]+)"', page)}
    counts = {tuple(re.findall(r"(score\.\w+)|(agent|team|rule)%3D", way)[0]) for way in ways}
    assert {what for what, _ in counts} == {"score.scored", "score.vetoes", "score.judged", "score.deducted"}
    for way in ways:
        assert TALK in (await web.get(way)).text, way
    last_year = [way.replace(re.findall(r"since%3D(\d+)", way)[0], "1").replace(
        re.findall(r"until%3D(\d+)", way)[0], "2") for way in ways]  # fmt: skip
    assert TALK not in (await web.get(last_year[0])).text


@pytest.mark.parametrize("role", ["agent", "admin"])
async def test_figures_are_for_the_office_only(web: Visitor, role: str) -> None:
    await enter(web, role)
    assert (await web.get("/quality/figures")).status_code == 403
    assert (await web.get("/quality/figures/agents.csv")).status_code == 403


async def test_there_are_no_other_tables(web: Visitor) -> None:
    await enter(web, "quality")
    assert (await web.get("/quality/figures/people.csv")).status_code == 422


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("", "", ("2026-10-26", "2026-11-22")),
        ("2026-11-01", "", ("2026-11-01", "2026-11-22")),
        ("", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("2026-11-09", "2026-11-02", ("2026-11-02", "2026-11-02")),
        ("rubbish", "2026-02-30", ("2026-10-26", "2026-11-22")),
        ("0002-01-01", "9999-12-31", ("2026-10-26", "2026-11-22")),
    ],
)
def test_periods_are_whole_days(since: str, until: str, found: tuple[str, str]) -> None:
    asked = period(since, until, "", NOON, ZONE)
    assert (asked.since, asked.until) == found
