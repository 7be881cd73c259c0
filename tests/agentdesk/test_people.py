"""The pages of people: the list, one person, passwords told once, lists from files, the audit trail."""

from typing import Any

import pytest

from accounts import personnel, service
from accounts.people import PersonEntry
from core.clock import system_clock
from tests.agentdesk.cast import PASSWORD, TALK
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

FORM: dict[str, Any] = {
    "login": "wu.di", "name": "吴迪", "role": "agent", "number": "8009", "team": "贷款组", "locale": "zh",
    "level:zh": "8", "level:cards": "", "skill": "fraud", "level": "5",
}  # fmt: skip


async def _known(house: House, login: str) -> PersonEntry:
    async with house.db.reading() as session:
        return (await personnel.member(session, login, system_clock())).entry


def _told_once(page: str) -> str:
    return page.partition("<output>")[2].partition("</output>")[0]


async def test_somebody_is_added_and_signs_in_with_the_password_that_was_shown_once(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    page = (await web.post("/people/new", data=FORM, headers=OURS)).text
    once = _told_once(page)
    assert len(once) == 14
    assert once not in (await web.get("/people/person/wu.di")).text
    assert (await _known(house, "wu.di")).skills == {"zh": 8, "fraud": 5}
    web.cookies.clear()
    entered = await web.post("/login", data={"login": "wu.di", "password": once, "next": "/calls"}, headers=OURS)
    assert entered.headers["location"] == "/calls"
    assert (await web.get("/calls")).headers["location"] == "/password?next=%2Fcalls"
    choice = {"old": once, "new": PASSWORD, "again": PASSWORD, "next": "/calls"}
    asked = (await web.get("/password?next=%2Fcalls")).text
    assert "一次性密码" in asked
    assert "data-live-stream" not in asked
    assert 'href="/wallboard"' not in asked
    twice = await web.post("/password", data={**choice, "again": "something else"}, headers=OURS)
    assert "两次输入的新密码不一致" in twice.text
    assert (await web.post("/password", data=choice, headers=OURS)).headers["location"] == "/calls"
    assert (await web.get("/calls")).status_code == 200


async def test_the_tokens_of_programs_are_counted_on_the_page_and_withdrawn_there(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    async with house.db.transaction() as tx:
        await service.issue_token(tx, "sun.li", system_clock())
    page = (await web.get("/people/person/sun.li")).text
    assert "程序令牌：1 个" in page
    assert "/people/person/sun.li/tokens" in page
    done = await web.post("/people/person/sun.li/tokens", headers=OURS)
    assert done.headers["location"] == "/people/person/sun.li"
    page = (await web.get("/people/person/sun.li")).text
    assert "/people/person/sun.li/tokens" not in page
    assert "收回令牌" in page  # in the trail


async def test_everybody_changes_his_own_password_and_stays_signed_in(web: Visitor) -> None:
    await enter(web, "agent")
    choice = {"old": PASSWORD, "new": "quite another one", "again": "quite another one"}
    wrong = await web.post("/password", data={**choice, "old": "guess"}, headers=OURS)
    assert "旧密码不正确" in wrong.text
    assert (await web.post("/password", data=choice, headers=OURS)).headers["location"] == "/password?changed=1"
    assert "密码已修改" in (await web.get("/password?changed=1")).text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"login": "li.na"}, "该用户名已存在"),
        ({"login": "Wu Di"}, "小写字母开头"),
        ({"number": "8001"}, "该工号已被他人使用"),
        ({"role": "quality"}, "坐席必须有工号"),
        ({"skill": "fraud", "level": ""}, "级别 1 至 10"),
    ],
)
async def test_what_cannot_be_is_told_and_the_form_keeps_what_was_typed(
    web: Visitor, change: dict[str, str], told: str
) -> None:
    await enter(web, "admin")
    answer = await web.post("/people/new", data={**FORM, **change}, headers=OURS)
    assert (answer.status_code, told in answer.text, 'value="吴迪"' in answer.text) == (409, True, True)
    assert (await web.get("/people/person/wu.di")).status_code == 404


async def test_a_person_is_changed_blocked_and_unblocked_and_the_page_tells_who_did_it(
    web: Visitor, house: House
) -> None:
    await enter(web, "admin")
    place = "/people/person/li.na"
    form = {"name": "李娜娜", "role": "agent", "number": "8001", "locale": "zh", "team": "", "level:zh": "9"}
    assert (await web.post(place, data=form, headers=OURS)).status_code == 303
    assert (await _known(house, "li.na")).skills == {"zh": 9}
    await web.post(f"{place}/active", data={"active": "no"}, headers=OURS)
    page = (await web.get(place)).text
    for words in ("已停用", "技能: 中文 9, 信用卡 9, 贷款 4 → 中文 9", "账号停用"):
        assert words in page
    assert "/people/person/li.na" in (await web.get("/people?state=blocked")).text
    assert "/people/person/li.na" not in (await web.get("/people?state=active&words=娜")).text
    await web.post(f"{place}/active", data={"active": "yes"}, headers=OURS)
    assert (await _known(house, "li.na")).active


def _seen(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


async def test_a_form_that_was_opened_before_somebody_else_saved_undoes_nothing(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    place = "/people/person/li.na"
    form = {"name": "李娜娜", "role": "agent", "number": "8001", "locale": "zh", "team": "", "level:zh": "9"}
    old = _seen((await web.get(place)).text)
    async with house.db.transaction() as tx:
        await personnel.change(tx, "li.na", {"team": "贷款组"}, "sun.li")
    for _again in range(2):
        late = await web.post(place, data={**form, "seen": old}, headers=OURS)
        assert (late.status_code, "期间已有他人" in late.text, 'value="李娜娜"' in late.text) == (409, True, True)
        old = _seen(late.text)
    known = await _known(house, "li.na")
    assert (known.name, known.team) == ("李娜", "贷款组")
    fresh = _seen((await web.get(place)).text)
    assert (await web.post(place, data={**form, "seen": fresh}, headers=OURS)).status_code == 303
    assert (await _known(house, "li.na")).name == "李娜娜"


async def test_the_only_administrator_is_not_blocked(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    answer = await web.post("/people/person/admin/active", data={"active": "no"}, headers=OURS)
    assert (answer.status_code, "没有其他人可以管理本中心" in answer.text) == (409, True)
    assert (await _known(house, "admin")).active


async def test_a_list_from_a_spreadsheet_is_looked_at_and_then_taken(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    lines = (
        "登录名,姓名,角色,工号,技能",
        "li.na,李娜,坐席,8001,zh:7",
        "wu.di,吴迪,坐席,8009,zh:8",
        "bad login,x,质检,,",
    )
    sheet = {"file": ("people.csv", "\r\n".join(lines).encode("gb18030"))}
    page = (await web.post("/people/import", files=sheet, headers=OURS)).text
    for words in ("小写字母开头", "<del>中文 9, 信用卡 9, 贷款 4</del> → <ins>中文 7</ins>", "新增 1", "有误 1"):
        assert words in page
    assert ">确认执行</button>" not in page
    text = "\n".join(lines[:-1])
    page = (await web.post("/people/import", files={"file": ("x.csv", text.encode())}, headers=OURS)).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    late = await web.post("/people/import/apply", data={"text": text, "seen": "0"}, headers=OURS)
    assert "期间人员资料已被他人修改" in late.text
    again = await web.post("/people/import/apply", data={"text": text, "seen": seen, "do": "look"}, headers=OURS)
    assert "新增 1" in again.text
    assert f'value="{seen}"' in again.text
    done = await web.post("/people/import/apply", data={"text": text, "seen": seen}, headers=OURS)
    assert "新增 1 人，修改 1 人" in done.text
    assert (await _known(house, "wu.di")).number == "8009"


async def test_the_list_that_is_taken_out_says_nothing_new_when_it_is_read_back(web: Visitor) -> None:
    await enter(web, "admin")
    sheet = (await web.get("/people.csv")).content
    page = (await web.post("/people/import", files={"file": ("people.csv", sheet)}, headers=OURS)).text
    assert "文件内容与现状一致" in page
    assert (await web.post("/people/import", files={"file": ("x.csv", b"")}, headers=OURS)).status_code == 200


async def test_the_trail_is_searched_and_shows_customers_numbers_masked(web: Visitor) -> None:
    await enter(web, "supervisor")
    await web.get(f"/calls/{TALK}")
    await enter(web, "admin")
    page = (await web.get("/audit?what=call_viewed&who=sun.li")).text
    row = page[page.index("<tbody>") :]
    for words in ("孙丽", "查看通话", f'href="/calls/{TALK}"'):
        assert words in row
    assert "没有符合条件的记录" in (await web.get("/audit?who=nobody")).text
    assert (await web.get("/audit?since=yesterday&before=0")).status_code == 200
    assert (await web.get("/audit?before=99999999999999999999999")).status_code == 422


async def test_a_change_is_undone_on_its_page_unless_it_was_changed_again(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    await web.post("/people/new", data=FORM, headers=OURS)
    await web.post("/people/person/wu.di", data={**FORM, "team": "信用卡组"}, headers=OURS)
    page = (await web.get("/people/person/wu.di")).text
    link = page.partition('href="/people-changes/')[2].partition('"')[0]
    assert "<del>信用卡组</del> → <ins>贷款组</ins>" in (await web.get(f"/people-changes/{link}")).text
    undone = await web.post(f"/people-changes/{link}/undo", headers=OURS)
    assert undone.status_code == 303
    assert (await _known(house, "wu.di")).team == "贷款组"
    assert f"撤销变更 {link}" in (await web.get("/people-changes")).text
    again = await web.post(f"/people-changes/{link}/undo", headers=OURS)
    assert (again.status_code, "已撤销" in again.text) == (409, True)
