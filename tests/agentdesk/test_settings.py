"""The settings' pages and endpoints: checked as at the start, published with a reason, one step back, for whom."""

import httpx
import pytest

from accounts import published, service
from core.settings import ROOT
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

FILES = ("breaks", "queues", "hours", "retention", "site")
TEXTS = {name: (ROOT / "config" / f"{name}.yaml").read_text(encoding="utf-8") for name in FILES}
LONGER = TEXTS["breaks"].replace("{each: 600", "{each: 900")


@pytest.fixture
async def admin(web: Visitor) -> Visitor:
    """The administrator's browser."""
    await enter(web, "admin")
    return web


async def _publish(admin: Visitor, name: str, text: str, reason: str = "试", seen: int = 1) -> httpx.Response:
    form = {"text": text, "reason": reason, "seen": str(seen)}
    return await admin.post(f"/settings/{name}/publish", data=form, headers=OURS)


async def test_a_setting_is_published_with_a_reason_and_one_step_back_undoes_it(admin: Visitor, house: House) -> None:
    answer = await _publish(admin, "breaks", LONGER.replace("\n", "\r\n"), "夏季")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/settings/breaks")
    page = (await admin.get("/settings/breaks")).text
    for words in ("{each: 900", "夏季", "管理员", "/settings/breaks/difference?before=1"):
        assert words in page
    assert (
        '<span class="gone">-short_break: {each: 600' in (await admin.get("/settings/breaks/difference?before=1")).text
    )
    await admin.post("/settings/breaks/back", data={"reason": "太长"}, headers=OURS)
    async with house.db.reading() as session:
        history = await published.history(session, "setting", "breaks")
    assert [(each.number, each.restores, each.text) for each in history] == [
        (3, 1, TEXTS["breaks"]), (2, 0, LONGER), (1, 0, TEXTS["breaks"])]  # fmt: skip
    assert "恢复设置" in (await admin.get("/audit?about=setting:breaks")).text


@pytest.mark.parametrize(
    ("name", "was", "now", "told"),
    [
        ("breaks", "{each: 600", "{each: 5", ['data-line="5"', "short_break.each"]),
        ("breaks", "meal: {each: 1800, total: 1800}", "meal: {each: 1800", ['data-line="7"', "YAML"]),
        ("queues", "  loans:\n", "  mortgages:\n", ["main.yaml:", "loans-person.to", 'data-line="0"', "其他文件需要"]),
        ("queues", "policy: balanced", "policy: fairest", ['data-line="6"', "fairest"]),
        ("retention", "  complaints:", "  praise:", ['data-line="5"', "praise"]),
        ("hours", "  always:\n", "  never:\n", ["main.yaml", "always"]),
        ("hours", "[09:00-17:00]", "[17:00-09:00]", ['data-line="19"']),
    ],
)
async def test_a_draft_with_which_the_centre_could_not_start_is_told_with_its_line(
    admin: Visitor, name: str, was: str, now: str, told: list[str]
) -> None:
    draft = TEXTS[name].replace(was, now, 1)
    answer = await admin.post(f"/settings/{name}/check", data={"text": draft}, headers=OURS)
    assert answer.status_code == 200
    assert [words for words in told if words not in answer.text] == []


async def test_such_a_draft_is_not_published(admin: Visitor) -> None:
    answer = await _publish(admin, "breaks", "meal: 3")
    assert (answer.status_code, 'data-line="1"' in answer.text) == (200, True)
    assert "difference?before" not in (await admin.get("/settings/breaks")).text


async def test_what_is_not_taken_at_once_says_that_it_waits_for_the_start(admin: Visitor) -> None:
    assert "时区 · 语言，第一项为首选 除外" in (await admin.get("/settings/site")).text
    await _publish(admin, "site", TEXTS["site"].replace("Asia/Shanghai", "Asia/Urumqi"))
    assert "待下次启动生效: 时区" in (await admin.get("/settings")).text
    assert "第 2 版已生效，时区 除外" in (await admin.get("/settings/site")).text


async def test_a_check_says_what_changes_for_whom(admin: Visitor, house: House) -> None:
    draft = TEXTS["queues"].replace("skills: {loans: 1}", "skills: {loans: 9}")
    draft = draft.replace("queues:\n", "queues:\n  mortgages: {name: {zh: 房贷}}\n", 1)
    page = " ".join((await admin.post("/settings/queues/check", data={"text": draft}, headers=OURS)).text.split())
    for words in (
        "<code>mortgages</code> </th><td><span",
        "<code>loans</code> 坐席所需技能 › loans</th><td><del>1</del></td><td><ins>9<",
        "<td>0 位排队来电, 3 名坐席</td>",
    ):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    ("text", "reason", "seen", "told"),
    [(LONGER, "", 1, "请先填写理由"), (LONGER, "x", 0, "期间已有他人发布"), (TEXTS["breaks"], "x", 1, "unchanged")],
)
async def test_publishing_is_refused_without_reason_or_change_or_on_an_old_version(
    admin: Visitor, text: str, reason: str, seen: int, told: str
) -> None:
    answer = await _publish(admin, "breaks", text, reason, seen)
    assert (answer.status_code, 'role="alert"' in answer.text) == (200, True)
    assert told in answer.text or told == "unchanged"


async def test_programs_read_check_and_publish_settings_and_only_administrators_do(
    admin: Visitor, house: House
) -> None:
    async with house.db.transaction() as tx:
        token = await service.issue_token(tx, "admin", 0.0)
        stranger = await service.issue_token(tx, "sun.li", 0.0)
    admin.cookies.clear()
    by = {"authorization": f"Bearer {token}"}
    assert (await admin.get("/api/settings", headers={"authorization": f"Bearer {stranger}"})).status_code == 403
    listed = {each["name"]: each for each in (await admin.get("/api/settings", headers=by)).json()}
    assert (listed["site"]["later"], listed["site"]["waits"]) == (["time_zone", "languages"], [])
    assert (listed["queues"]["later"], listed["kpi"]["version"]) == ([], 0)
    assert (await admin.get("/api/settings/breaks", headers=by)).text == TEXTS["breaks"]
    assert (await admin.get("/api/settings/customers", headers=by)).status_code == 200
    assert "查看含客户信息的设置" in (await admin.get("/audit?about=setting:customers", headers=by)).text
    checked = await admin.post("/api/settings/breaks/check", json={"text": LONGER}, headers=by)
    assert checked.json()["passed"]
    assert "+short_break: {each: 900" in checked.json()["difference"]
    effect = {"part": "", "field": "short_break.each", "before": "600", "after": "900", "callers": None}
    assert [{k: v for k, v in each.items() if k != "agents"} for each in checked.json()["effects"]] == [effect]
    wrong = await admin.post("/api/settings/breaks/publish", json={"text": "meal: 3", "reason": "x"}, headers=by)
    assert (wrong.status_code, "breaks.yaml:1" in wrong.text) == (400, True)
    done = await admin.post("/api/settings/breaks/publish", json={"text": LONGER, "reason": "x"}, headers=by)
    assert (done.json()["number"], done.json()["published_by"]) == (2, "admin")
    assert "+short_break: {each: 900" in (await admin.get("/api/settings/breaks/difference?before=1", headers=by)).text
    assert (await admin.post("/api/settings/breaks/back", json={"reason": "y"}, headers=by)).json()["restores"] == 1
    assert (await admin.get("/api/settings/nothing", headers=by)).status_code == 404


async def test_a_file_that_the_site_does_not_have_begins_with_its_first_text(admin: Visitor) -> None:
    assert (await admin.get("/settings/kpi")).status_code == 200
    first = (ROOT / "config" / "kpi.yaml").read_text(encoding="utf-8")
    assert (await _publish(admin, "kpi", first, "x", 0)).status_code == 204
    assert (await admin.post("/settings/kpi/back", data={"reason": "x"}, headers=OURS)).status_code == 409


async def test_a_special_day_is_entered_with_a_reason_listed_and_taken_out(admin: Visitor) -> None:
    form = {"day": "2099-03-02", "kind": "closed-between", "begins": "10:00", "ends": "12:00", "schedules": "business"}
    to = "/settings/hours/special-days"
    assert "请先填写理由" in (await admin.post(to, data=form, headers=OURS)).text
    assert "至少选择一个时间表" in (await admin.post(to, data={"day": "2099-03-02"}, headers=OURS)).text
    assert (await admin.post(to, data={**form, "reason": "系统升级"}, headers=OURS)).status_code == 204
    page = (await admin.get("/settings/hours")).text
    assert [words for words in ("09:00-10:00, 12:00-17:00", "2099-03-02", "系统升级") if words not in page] == []
    day = {"schedule": "business", "day": "2099-03-02", "hours": "09:00-10:00, 12:00-17:00"}
    assert (await admin.get("/api/settings/hours/special-days")).json() == [day]
    assert (await admin.post(f"{to}/remove", data={**form, "schedule": "always", "reason": "x"}, headers=OURS)).is_error
    taken = await admin.delete("/api/settings/hours/special-days/2099-03-02?schedule=business&reason=x", headers=OURS)
    assert (taken.status_code, taken.json()["number"]) == (200, 3)
    assert (await admin.get("/api/settings/hours/special-days")).json() == []


async def test_the_system_page_shows_how_the_server_is_set_up_to_administrators_alone(admin: Visitor) -> None:
    page = (await admin.get("/system")).text
    for words in ("HOTLINE_SIP_PORT", "环境变量", "不可用", "无法使用 Redis（x）", "desk.test", ">12<", "未启用"):
        assert words in page
    told = (await admin.get("/api/system")).json()
    assert (told["certificates"][0]["state"], told["parts"][1]["state"]) == ("fair", "poor")
    await enter(admin, "supervisor")
    assert (await admin.get("/api/system")).status_code == 403
