"""The pages of campaigns: made, given a list that is looked at first, started and ended; who is never to be called."""

from types import ModuleType

import pytest

from acd.agent_state import AgentState
from acd.models import AgentRow
from acd.outward import import_list
from acd.rota import endpoints as rota_endpoints
from agentdesk.pages import campaigns, people
from core.errors import Refused
from tests.agentdesk.cast import add_calls_out
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

LIST = "手机号,姓名,卡种\n13900000001,张三,金卡\nabc,李四,\n13900000001,张三,金卡\n13900000079,赵六,白金卡\n"


async def made(web: Visitor) -> str:
    form = {"name": "分期回访", "queue": "cards"}
    return (await web.post("/campaigns", data=form, headers=OURS)).headers["location"]


def test_a_list_may_name_its_columns_in_chinese() -> None:
    def plain(number: str) -> str:
        if not number.isdigit():
            raise Refused("not_a_number", f"{number!r} is no telephone number")
        return number

    read = import_list.read(LIST, plain)
    assert [(row.name, row.facts) for row in read.rows] == [("张三", {"卡种": "金卡"}), ("赵六", {"卡种": "白金卡"})]
    assert [line for line, _ in read.faults] == [3, 4]


async def test_a_campaign_begins_paused_is_started_and_ends_for_good(web: Visitor) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    assert "已暂停" in (await web.get(place)).text
    assert (await web.put(f"/api{place}", json={"open": True}, headers=OURS)).status_code == 204
    part = (await web.get(place, headers={"hx-request": "true"})).text
    assert ("进行中" in part, "<html" in part) == (True, False)
    assert (await web.post(f"/api{place}/end", headers=OURS)).status_code == 204
    late = await web.post(place, data={"name": "x", "queue": "cards"}, headers=OURS)
    assert (late.status_code, "该外呼活动已结束" in late.text) == (409, True)
    again = await web.put(f"/api{place}", json={"open": True}, headers=OURS)
    assert (again.status_code, again.json()["detail"]["reason"]) == (409, "ended")


async def test_a_list_is_looked_at_line_by_line_before_it_is_taken(web: Visitor) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    await web.post("/api/do-not-call", json={"number": "13900000079", "reason": "投诉"}, headers=OURS)
    sheet = {"file": ("list.csv", LIST.encode("gb18030"))}
    page = (await web.post(f"{place}/list", files=sheet, headers=OURS)).text
    for words in ("新增 1", "禁拨名单 1", "未收入 2", "&#39;abc&#39; 不是电话号码", "该号码前面已出现", "金卡"):
        assert words in page
    assert "0 / 0" in page
    done = (await web.post(f"{place}/list/apply", data={"text": LIST}, headers=OURS)).text
    assert "名单新增 1 人" in done
    assert "0 / 1" in done
    assert "13900000001,张三,open" in (await web.get(f"{place}/list.csv")).text
    wrong = await web.post(f"{place}/list", files={"file": ("x.csv", b"a,b\n1,2\n")}, headers=OURS)
    assert "缺少列 `number`" in wrong.text


async def test_supervisor_sees_how_many_are_not_called_and_why(web: Visitor) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    await web.post(
        f"{place}/list/apply", data={"text": "number\n16200000077\n13900000001\n13900000079\n"}, headers=OURS
    )
    await web.post("/api/do-not-call", json={"number": "13900000079"}, headers=OURS)
    page = (await web.get(place, headers={"hx-request": "true"})).text
    for words in ("禁拨名单", "被拨号规则禁止"):
        assert f'<dt>{words}</dt><dd class="figure">1</dd>' in page
    assert (await web.get("/api/campaigns")).json()[0]["counts"] == {"blocked": 1, "open": 1, "barred": 1}
    listed = (await web.get(f"{place}/list.csv")).text
    for line in ("16200000077,,blocked", "13900000001,,open", "13900000079,,barred"):
        assert line in listed


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh", ["'abc' 不是电话号码", "该号码前面已出现"]),
        ("en", ["'abc' is no telephone number", "this number stands further up already"]),
    ],
)
async def test_a_program_is_told_what_is_wrong_with_a_list_in_the_language_of_whoever_asks(
    web: Visitor, house: House, locale: str, words: list[str]
) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    await web.put("/api/me/locale", json={"locale": locale}, headers=OURS)
    csv = OURS | {"Content-Type": "text/csv"}
    told = (await web.post(f"/api{place}/list?apply=false", content=LIST.encode(), headers=csv)).json()
    assert [problem for _, problem in told["faults"]] == words


async def test_a_list_of_more_than_a_million_bytes_is_taken_as_it_was_looked_at(web: Visitor) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    text = "number,name,fact\n" + "".join(f"1390000{n:04},张三,{'卡' * 3000}\n" for n in range(150))
    page = await web.post(f"{place}/list", files={"file": ("list.csv", text.encode())}, headers=OURS)
    assert "新增 150" in page.text
    sent = {"text": text.replace("\n", "\r\n")}
    done = await web.post(f"{place}/list/apply", data=sent, headers=OURS)
    assert "名单新增 150 人" in done.text


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize(
    ("page", "module", "remedy"),
    [("/people/import", people, "请拆分名单"), ("/shifts/import", rota_endpoints, "请按日期拆分"),
     ("", campaigns, "请拆分名单")],
)  # fmt: skip
async def test_a_file_that_is_too_large_is_refused_and_no_part_of_it_read(
    web: Visitor, monkeypatch: pytest.MonkeyPatch, page: str, module: ModuleType, remedy: str, *, fits: bool
) -> None:
    await enter(web, "admin")
    place = page or f"{await made(web)}/list"
    monkeypatch.setattr(module, "LARGEST", len(LIST.encode()) - (not fits))
    answer = (await web.post(place, files={"file": ("x.csv", LIST.encode())}, headers=OURS)).text
    assert ("文件过大: 最大 0 MB: " + remedy in answer) is not fits


async def test_agents_see_their_campaigns_only(web: Visitor) -> None:
    await enter(web, "supervisor")
    place = await made(web)
    await web.put(f"/api{place}", json={"open": True}, headers=OURS)
    form = {"name": "分期回访", "queue": "cards", "agents": ["8002"]}
    assert (await web.post(place, data=form, headers=OURS)).status_code == 303
    await enter(web, "agent")
    assert "分期回访" not in (await web.get("/desk/campaign")).text
    refused = await web.post(f"/api{place}/next", headers=OURS)
    assert refused.json()["detail"]["reason"] == "not_assigned"


async def test_whom_an_absent_agent_was_shown_is_released_for_others(web: Visitor, house: House) -> None:
    await add_calls_out(house.db)
    await enter(web, "supervisor")
    page = (await web.get("/campaigns/campaign0")).text
    assert ("李娜 8001" in page, "放回离席坐席的客户" in page) == (True, False)
    await web.post("/api/campaigns/campaign0/release", headers=OURS)
    assert (await web.get("/api/campaigns")).json()[0]["counts"] == {"shown": 1}
    async with house.db.transaction() as tx:
        (await tx.session.get_one(AgentRow, "8001")).state = AgentState.SIGNED_OUT
    assert "放回离席坐席的客户" in (await web.get("/campaigns/campaign0")).text
    await web.post("/api/campaigns/campaign0/release", headers=OURS)
    assert (await web.get("/api/campaigns")).json()[0]["counts"] == {"open": 1}


async def test_numbers_of_the_list_are_masked_for_administrators_who_cannot_search_them(web: Visitor) -> None:
    await enter(web, "supervisor")
    await web.post("/api/do-not-call", json={"number": "13900000079"}, headers=OURS)
    assert "13900000079" in (await web.get("/campaigns?number=139")).text
    assert (await web.delete("/api/do-not-call/13900000078", headers=OURS)).status_code == 404
    await enter(web, "admin")
    page = (await web.get("/campaigns?number=139")).text
    assert ("139****0079" in page, "13900000079" in page) == (True, False)
    await enter(web, "supervisor")
    assert (await web.delete("/api/do-not-call/13900000079", headers=OURS)).status_code == 204
    assert "13900000079" not in (await web.get("/campaigns")).text
