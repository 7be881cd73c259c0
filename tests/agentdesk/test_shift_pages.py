"""The pages of shifts: a day with what everybody does now, one agent's shifts, lists from files, and what is undone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from acd.models import ShiftRow
from acd.rota.adherence import DEFINITIONS, Standing, standing
from acd.rota.shifts import Pause, Shift, ShiftRules, Span, moved, shift_of
from agentdesk.words.codes import WORDS
from agentdesk.words.shifts import FIGURES
from core.clock import system_clock
from tests.agentdesk.cast import add_calls_out, add_shifts
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

RULES = ShiftRules(ready_before=180)
MINE = Shift("8001", 36000, 64800, (Pause("meal", 43200, 45000),))
FORM = {"start": ["09:00", ""], "end": ["17:00", ""], "what-0": ["meal", ""], "from-0": ["12:00", ""],
        "to-0": ["12:30", ""], "what-1": "", "from-1": "", "to-1": ""}  # fmt: skip
HEAD = "工号,日期,上班,下班,休息\n"


def days_ahead(house: House, days: int) -> str:
    day = datetime.fromtimestamp(system_clock(), house.desk.site.zone) + timedelta(days=days)
    return f"{day:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("at", "state", "found"),
    [
        (30000, "signed-out", Standing.OFF),
        (30000, "ready", Standing.OUTSIDE),
        (35900, "signed-out", Standing.DUE),
        (36001, "signed-out", Standing.ABSENT),
        (40000, "talking", Standing.AT_WORK),
        (40000, "not-ready", Standing.AWAY),
        (40000, "meal", Standing.EARLY_BREAK),
        (44000, "meal", Standing.ON_BREAK),
        (44000, "ready", Standing.BREAK_DUE),
    ],
)
def test_what_an_agent_does_now_is_told_against_his_plan(at: float, state: str, found: Standing) -> None:
    assert standing(MINE, state, RULES, at) is found


def test_a_break_is_as_planned_where_no_breaks_were_planned() -> None:
    assert standing(Shift("8001", 36000, 64800), "meal", RULES, 40000) is Standing.ON_BREAK


def test_every_figure_and_every_standing_has_words() -> None:
    assert FIGURES.keys() == DEFINITIONS.keys()
    assert {f"standing-{each}" for each in Standing} <= WORDS.keys()


async def test_a_day_shows_who_keeps_his_shift_and_a_team_alone_on_demand(web: Visitor, house: House) -> None:
    await add_shifts(house.db)
    await enter(web, "supervisor")
    today = datetime.fromtimestamp(system_clock() - 4 * 3600, house.desk.site.zone)
    page = (await web.get(f"/shifts?day={today:%Y-%m-%d}")).text
    for words in ("班次遵守率", 'class="bar break"', "赵磊", "李娜", f"{today:%H:%M}–"):
        assert words in page
    loans = (await web.get("/shifts?view=week&team=贷款组")).text
    assert ("张敏" in loans, "李娜" in loans) == (True, False)
    assert (await web.get("/shifts?day=&team=")).status_code == 200
    part = (await web.get("/shifts", headers={"hx-request": "true"})).text
    assert "<html" not in part


async def test_a_shift_is_planned_changed_and_undone(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    day = days_ahead(house, 1)
    place = f"/shifts/{day}/8001"
    assert (await web.post(place, data=FORM, headers=OURS)).headers["location"] == f"/shifts?day={day}"
    assert 'value="12:00"' in (await web.get(place)).text
    late = await web.post(place, data={**FORM, "start": ["10:00", "16:00"], "end": ["17:00", "20:00"]}, headers=OURS)
    assert (late.status_code, "两个班次重叠" in late.text, 'value="20:00"' in late.text) == (409, True, True)
    outside = await web.post(place, data={**FORM, "to-0": ["08:00", ""]}, headers=OURS)
    assert "12:00 的休息不在班次之内" in outside.text
    await web.post(place, headers=OURS)
    assert 'value="12:00"' not in (await web.get(place)).text
    changes = (await web.get("/api/shifts/changes")).json()
    assert [(len(each["removed"]), len(each["planned"])) for each in changes] == [(1, 0), (0, 1)]
    undo = f"/shifts/changes/{changes[0]['id']}/undo"
    assert (await web.post(undo, data={"day": day}, headers=OURS)).status_code == 303
    assert 'value="12:00"' in (await web.get(place)).text
    again = await web.post(undo, data={"day": day}, headers=OURS)
    assert (again.status_code, "已撤销过" in again.text) == (409, True)


def test_a_shift_is_moved_by_days_at_the_same_times_of_day_when_the_clock_changes_between() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = shift_of("8001", date(2026, 3, 27), Span(time(9), time(17)), berlin)
    assert shift_of("8001", date(2026, 4, 3), Span(time(9), time(17)), berlin) == moved(before, timedelta(7), berlin)


async def test_a_week_is_copied_to_the_next_one_in_place_of_what_is_there(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    today = datetime.fromtimestamp(system_clock(), house.desk.site.zone).date()
    monday = today - timedelta(days=today.weekday())
    nothing = await web.post("/shifts/copy", data={"week": f"{monday}", "team": "信用卡一组"}, headers=OURS)
    assert (nothing.status_code, "这一周没有排班" in nothing.text) == (409, True)
    for day, end in ((monday, "17:00"), (monday + timedelta(days=7), "20:00")):
        await web.put(f"/api/shifts/{day}/8001", json={"shifts": [{"start": "09:00", "end": end}]}, headers=OURS)
    copied = await web.post("/shifts/copy", data={"week": f"{monday}", "team": "信用卡一组"}, headers=OURS)
    page = (await web.get(copied.headers["location"])).text
    assert ("09:00–17:00" in page, "09:00–20:00" in page) == (True, False)


async def test_a_week_is_not_copied_to_one_in_which_the_clock_jumps_over_a_shift(web: Visitor, house: House) -> None:
    assert house.desk.rota
    house.desk.rota.zone = ZoneInfo("Europe/Berlin")
    await enter(web, "supervisor")
    night = {"shifts": [{"start": "02:30", "end": "03:15"}]}
    await web.put("/api/shifts/2026-03-22/8001", json=night, headers=OURS)
    told = await web.post("/shifts/copy", data={"week": "2026-03-16", "team": ""}, headers=OURS)
    assert (told.status_code, "2026-03-29 时钟拨快，02:30-03:15 不是有效的时间段" in told.text) == (409, True)
    copied = await web.post("/api/shifts/copy", json={"week": "2026-03-16", "to": "2026-03-23"}, headers=OURS)
    put = await web.put("/api/shifts/2026-03-29/8001", json=night, headers=OURS)
    assert [(each.status_code, "02:30-03:15" in each.text) for each in (copied, put)] == [(400, True)] * 2


async def test_what_was_changed_since_is_not_undone(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    place = f"/api/shifts/{days_ahead(house, 1)}/8001"
    for end in ("17:00", "18:00"):
        assert (
            await web.put(place, json={"shifts": [{"start": "09:00", "end": end}]}, headers=OURS)
        ).status_code == 204
    first = (await web.get("/api/shifts/changes")).json()[-1]["id"]
    refused = await web.post(f"/api/shifts/changes/{first}/undo", headers=OURS)
    assert (refused.status_code, refused.json()["reason"]) == (409, "changed_since")


async def test_a_file_is_looked_at_and_then_taken_and_comes_out_again(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    day, next_day = days_ahead(house, 1), days_ahead(house, 2)
    text = f"{HEAD}8001,{day},9:00,17:00,用餐 12:00-12:30\n8002,{day},22:00,06:00,\n,{next_day},,,\n"
    wrong = await web.post(
        "/shifts/import", files={"file": ("x.csv", f"{HEAD}8099,{day},9,17,".encode())}, headers=OURS
    )
    assert "第 2 行: 没有工号为 8099 的坐席" in wrong.text
    page = (await web.post("/shifts/import", files={"file": ("x.csv", text.encode("gb18030"))}, headers=OURS)).text
    assert "09:00–17:00" in page
    assert (await web.get("/api/shifts/changes")).json() == []
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    async with house.db.transaction() as tx:
        at = datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=house.desk.site.zone).timestamp()
        tx.session.add(ShiftRow(agent="8003", start_at=at, end_at=at + 3600, breaks=[]))
    late = await web.post("/shifts/import/apply", data={"text": text, "seen": seen}, headers=OURS)
    assert "请重新查看" in late.text
    seen = late.text.partition('name="seen" value="')[2].partition('"')[0]
    done = await web.post("/shifts/import/apply", data={"text": text, "seen": seen}, headers=OURS)
    assert "排入 2 个班次，移除 1 个" in done.text
    sheet = (await web.get(f"/shifts.csv?day={day}&days=2")).content
    assert f"8001,{day},09:00,17:00,meal 12:00-12:30".encode() in sheet
    again = (await web.post("/shifts/import", files={"file": ("x.csv", sheet)}, headers=OURS)).text
    assert "文件内容与现状一致" in again


async def test_an_agent_sees_his_own_shift_on_his_desk_and_hands_over_what_is_open(web: Visitor, house: House) -> None:
    await add_shifts(house.db)
    await add_calls_out(house.db)
    await enter(web, "agent")
    page = (await web.get("/desk")).text
    for words in ("我的班次", "距下班", "1 项未完成", 'id="hand-over"'):
        assert words in page
    asked = {"to": "8002", "note": "客户明早要回电"}
    assert (await web.post("/api/me/handovers", json=asked, headers=OURS)).status_code == 201
    assert "尚未确认" in (await web.get("/desk/shift")).text
    assert len((await web.get("/api/me/shift")).json()["from_me"]) == 1
    await enter(web, "supervisor")
    page = (await web.get("/shifts?team=")).text.partition('id="handovers"')[2]
    assert [words for words in ("8001", "8002", "客户明早要回电", "0:0") if words not in page] == []
    assert "客户明早要回电" in (await web.get("/shifts/handovers?team=")).text
    waiting = (await web.get("/api/handovers?team=")).json()
    assert [(each["giver"], each["taker"], each["seconds"] < 60) for each in waiting] == [("8001", "8002", True)]
    assert (await web.get("/api/handovers?team=nobody")).json() == []


async def test_the_floor_tells_who_is_not_where_he_should_be_and_changes_what_he_serves(
    web: Visitor, house: House
) -> None:
    await enter(web, "supervisor")
    assert 'class="amiss"' not in (await web.get("/floor")).text
    await add_shifts(house.db)
    page = (await web.get("/floor")).text
    row = page[page.index('data-agent="8006"') :]
    assert "缺勤" in row[: row.index("</tr>")]
    assert 'data-agent="8006"' not in (await web.get("/floor?team=贷款组")).text
    form = {"level:zh": "9", "level:loans": "6", "team": "贷款组"}
    part = (await web.post("/floor/agents/8001", data=form, headers=OURS)).text
    assert ("已保存" in part, "可服务队列：" in part, "贷款" in part) == (True, True, True)
    wrong = await web.post("/floor/agents/8001", data={"skill": "X Y", "level": "3"}, headers=OURS)
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (200, True)
