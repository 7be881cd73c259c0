"""The sheet of key figures: agents, teams, the period before, files of the same rows."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from accounts.models import AuditEntry, Person
from qa.models import ScoreRow
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS, _finished


async def _rows(web: Visitor, query: str = "") -> list[dict[str, str]]:
    answer = await web.get(f"/quality/kpi.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_an_agents_and_the_teams_figures_come_from_the_same_calls(web: Visitor, house: House) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(ScoreRow).values(score=82.5, veto=[]))
        await tx.session.execute(update(Person).where(Person.number == "8001").values(team="一组"))
    await enter(web, "quality")
    rows = {row["of"]: row for row in await _rows(web)}
    assert (rows["8001"]["score"], rows["8001"]["veto_free"], rows["8001"]["name"]) == ("82.5", "1.0", "李娜")
    assert rows["一组"]["score"] == "82.5"
    assert float(rows["8001"]["talk"]) == pytest.approx((30 + 128) / 2)
    page = (await web.get("/quality/kpi")).text
    for words in ("质检均分", "一组", "82.5", "权重 40", "接起的通话 ÷"):
        assert words in page


async def test_a_finished_review_counts_with_its_final_score(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    before = {row["of"]: row for row in await _rows(web)}["8001"]
    assert (before["score"], before["veto_free"]) == ("0.0", "0.0")
    place = await web.post("/quality/recordings/recording000000000001/review", data={"why": "low"}, headers=OURS)
    await web.post(f"{place.headers['location']}/rows/F1", data={"verdict": "pass", "reason": "有工单"}, headers=OURS)
    await _finished(web)
    after = {row["of"]: row for row in await _rows(web)}["8001"]
    assert float(after["score"]) > 60
    assert after["veto_free"] == "1.0"


async def test_another_period_has_other_figures(web: Visitor) -> None:
    await enter(web, "supervisor")
    assert await _rows(web, "?day=2001-03-05") == []
    assert "2001-03-01 – 2001-03-31" in (await web.get("/quality/kpi?day=2001-03-05")).text
    assert (await web.get("/quality/kpi?day=rubbish")).status_code == 200


async def test_excel_and_pdf_bring_the_same_rows_and_the_definitions(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    plain = await _rows(web)
    page: Any = load_workbook(io.BytesIO((await web.get("/quality/kpi.xlsx")).content)).active
    assert [cell.value for cell in page[1]][:5] == ["坐席或班组", "姓名", "KPI 得分", "上期", "质检均分"]
    assert [str(row[0].value) for row in page.iter_rows(2, 1 + len(plain))] == [row["of"] for row in plain]
    assert any("无一票否决率: 没有一票否决的评分通话" in str(cell.value) for (cell, *_) in page.iter_rows())
    answer = await web.get("/quality/kpi.pdf")
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    async with house.db.reading() as session:
        told = (await session.scalars(select(AuditEntry.about).where(AuditEntry.what == "figures_exported"))).all()
    assert len(told) == 3
    assert all(about.startswith("quality:kpi-") for about in told)


@pytest.mark.parametrize("role", ["agent", "admin"])
async def test_key_figures_are_for_the_office_only(web: Visitor, role: str) -> None:
    await enter(web, role)
    for place in ("/quality/kpi", "/quality/kpi.csv", "/quality/kpi.pdf"):
        assert (await web.get(place)).status_code == 403
