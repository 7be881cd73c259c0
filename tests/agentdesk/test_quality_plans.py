"""Sampling plans on their page: changed by leads, checked, kept with a reason, and drawn from at once."""

from typing import Any

import pytest
from sqlalchemy import update

from accounts import published
from qa.models import ScoreRow
from tests.agentdesk.cast import SOUND
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS
from tests.agentdesk.test_quality_rounds import _as

FORM: dict[str, Any] = {
    "name": ["每位坐席", "贷款组", ""], "of": ["agent", "team", "agent"], "only": ["", "贷款组，信用卡一组", ""],
    "period": ["week", "month", "week"], "count": ["3", "", ""], "share": ["", "2.5", ""], "double_blind": "20",
    "low_score": "50", "appeal_days": "3", "poor_kappa": "0.6", "from_reviews": "10", "reason": "新季度",
}  # fmt: skip


async def test_plans_are_changed_with_a_reason_and_one_step_back_undoes_it(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    assert (await web.post("/quality/plans", data=FORM, headers=OURS)).status_code == 303
    page = (await web.get("/quality/plans")).text
    for words in ("贷款组, 信用卡一组", 'value="2.5"', 'value="20"', "新季度"):
        assert words in page
    assert "低于 50 分" in (await web.get("/quality")).text
    await web.post("/quality/plans", data={**FORM, "low_score": "45", "reason": "再降"}, headers=OURS)
    await web.post("/quality/plans/back", data={"reason": "降多了"}, headers=OURS)
    assert 'name="low_score" inputmode="decimal" value="50"' in (await web.get("/quality/plans")).text
    async with house.db.reading() as session:
        history = await published.history(session, "sampling", "plan")
    assert (history[0].published_by, history[0].reason, history[0].restores) == ("zhou.yan", "降多了", 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reason": ""}, "请先填写理由"),
        ({"count": ["3", "4", ""]}, "数量或比例"),
        ({"count": ["", "", ""]}, "数量或比例"),
        ({"count": ["many", "", ""]}, "超出范围"),
        ({"double_blind": "120"}, "超出范围"),
        ({"name": ["x", "x", ""]}, "同名"),
        ({"of": ["agent", "all", "agent"]}, "留空"),
        ({"only": ["8001, 8099", "", ""]}, "不存在"),
        ({"only": ["", "信用卡九组", ""]}, "不存在"),
    ],
)
async def test_what_cannot_be_meant_is_told_and_changes_nothing(
    web: Visitor, house: House, change: dict[str, Any], told: str
) -> None:
    await enter(web, "quality")
    answer = await web.post("/quality/plans", data={**FORM, **change}, headers=OURS)
    assert (answer.status_code, told in answer.text) == (200, True)
    kept = [value for key in ("name", "only", "count") for value in {**FORM, **change}[key] if value]
    assert [each for each in kept if f'value="{each}"' not in answer.text] == []
    async with house.db.reading() as session:
        assert await published.live(session, "sampling", "plan") is None


async def test_a_drawn_call_of_the_double_blind_share_shows_no_score(web: Visitor, house: House) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(ScoreRow).values(score=88.0, veto=[], vetoed=False, doubts=0))
    await enter(web, "quality")
    for share, shown in (("0", True), ("100", False)):
        await web.post("/quality/plans", data={**FORM, "double_blind": share}, headers=OURS)
        page = (await web.get("/quality?why=sample")).text
        row = page[page.index(f'data-recording="{SOUND}"') :].partition("</tr>")[0]
        assert (">88<" in row, "每位坐席" in row, f"/recordings/{SOUND}/blind" in row) == (shown, True, not shown)


async def test_who_does_not_lead_looks_only(web: Visitor) -> None:
    await _as(web, "he.jing")
    assert 'name="reason"' not in (await web.get("/quality/plans")).text
    assert (await web.post("/quality/plans", data=FORM, headers=OURS)).status_code == 409
    assert (await web.post("/quality/plans/back", data={"reason": "x"}, headers=OURS)).status_code == 409
    await enter(web, "agent")
    assert (await web.get("/quality/plans")).status_code == 403
