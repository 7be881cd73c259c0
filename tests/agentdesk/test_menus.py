"""The menus' pages without a browser: who may change, words of faults, calls told in the version they ran on."""

import re
from collections.abc import Iterable

import pytest

from acd.models import AlarmRow, Call, CallEvent
from agentdesk.pages.menus import told
from agentdesk.words.faults import fault_words
from agentdesk.words.menus import RULES
from core.clock import system_clock
from core.pages import load_catalogue
from core.settings import ROOT
from ivr import customers, lint
from ivr.effects import VerifySecret
from ivr.fault import Fault, FaultKind
from ivr.faults.kept import Faults
from ivr.menus import Spoken
from ivr.prompts.store import PromptFault
from ivr.secret import Secret
from ivr.selfservice.verifying import Verifier
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import Heard, House, Visitor, enter
from tests.agentdesk.test_words import HERE

SAME = {"origin": "http://desk.test", "accept-language": "zh"}
CHINESE = load_catalogue(HERE / "locale", "zh")


def test_every_rule_has_words() -> None:
    assert set(lint.RULES) == set(RULES)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("there is no step 'x'", "没有步骤 'x'"),
        ("steps are: main, more", "现有步骤：main, more"),
        ("8 options, at most 7", "8 个选项，最多 7 个"),
        ("prompt says '优惠': leave it out of the main menu", "prompt 中有 '优惠'：主菜单里请不要做广告"),
        ("a sentence nobody has written yet", "a sentence nobody has written yet"),
    ],
)
def test_sentences_are_told_in_the_readers_language(said: str, words: str) -> None:
    assert fault_words(said, CHINESE.gettext) == words
    assert fault_words(said, lambda text: text) == said


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("go: cards\n", "go: card\n", 78, "没有步骤 'card'"),
        ("last_resort: person", "last_resort: persons", 107, "没有步骤 'persons'"),
        ("kind: play", "kind: plays", 0, "没有 'plays' 这种步骤"),
        ("person: person\n", "person: main\n", 0, "步骤 'main' 不是队列"),
        ("    retries: 2\n", "    retries: 9\n", 0, "不得大于 5"),
        ("schedule: business", "schedule: busyness", 0, "没有营业时间表 'busyness'"),
        ("start: by-age", "start: by-age\nfoo: 1", 0, "不认识的字段"),
        ("languages: [zh, en]", "languages: [zh, en", 0, "不是有效的 YAML"),
    ],
)
async def test_faults_of_a_draft_have_their_line_and_chinese_words(
    house: House, old: str, new: str, line: int, words: str
) -> None:
    text = (await house.menus.version("main")).text
    assert old in text
    (fault,) = told(await house.menus.check("main", text.replace(old, new, 1)))["faults"]
    assert words in fault_words(fault.problem, CHINESE.gettext)
    assert fault.line == line or not line
    assert fault.line > 0


@pytest.mark.parametrize("role", ["agent", "supervisor", "quality"])
async def test_only_an_administrator_changes_a_menu(web: Visitor, house: House, role: str) -> None:
    await enter(web, role)
    same = {"Origin": "http://desk.test"}
    for place in ("publish", "back", "trial/end"):
        assert (await web.post(f"/menus/main/{place}", data={"text": "x"}, headers=same)).status_code == 403
        assert (await web.post(f"/api/menus/main/{place}", json={}, headers=same)).status_code == 403
    assert len(await house.menus.history("main")) == 1


def shown(page: str) -> str:
    """The live version's number that its form sends back."""
    (form,) = re.findall(r'name="seen" value="(\d+)"', page)
    return str(form)


async def test_later_of_two_administrators_with_one_draft_each_undoes_nothing(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    same = {"origin": "http://desk.test", "accept-language": "zh"}
    text = (await house.menus.version("main")).text
    open_pages = [(await web.get("/menus/main/edit?version=1")).text for _ in range(2)]
    answers = []
    for page, words in zip(open_pages, ("请选择您的服务。", "请选择一项服务。"), strict=True):
        draft = {"text": text.replace("请选择服务。", words), "reason": "politer", "seen": shown(page)}
        answers.append(await web.post("/menus/main/publish", data=draft, headers=same))
    assert [each.status_code for each in answers] == [204, 200]
    assert "期间已有他人发布新版本" in answers[1].text
    assert "请选择您的服务。" in (await house.menus.version("main")).text
    assert shown((await web.get("/menus/main/edit?version=1")).text) == "2", "not the version it begins with"


async def test_old_page_ends_no_trial_but_the_one_it_shows(web: Visitor, house: House) -> None:
    text = (await house.menus.version("main")).text
    await house.menus.start_trial("main", f"{text}# shorter\n", 0.5, "admin", "x")
    await enter(web, "admin")
    same = {"origin": "http://desk.test", "accept-language": "zh"}
    page = (await web.get("/menus/main")).text
    (_, form) = page.split('action="/menus/main/trial/end"')
    old = {"how": "take", "reason": "shorter", "seen": shown(form.partition("</form>")[0])}
    await house.menus.end_trial("main", "admin", "x", take=False)
    await house.menus.start_trial("main", f"{text}# longer\n", 0.5, "admin", "x")
    answers = [
        await web.post("/menus/main/trial/end", data=old | {"how": how}, headers=same) for how in ("take", "drop")
    ]
    assert [each.status_code for each in answers] == [409, 409]
    assert "期间已开始试用另一个挑战版" in answers[0].text
    running = await house.menus.running_trial("main")
    assert running is not None
    assert (
        await web.post("/menus/main/trial/end", data=old | {"seen": str(running.challenger)}, headers=same)
    ).is_redirect
    assert (await house.menus.version("main")).restores == running.challenger


@pytest.mark.parametrize("share", ["", "abc", "0", "150", "nan"])
async def test_trial_without_a_share_that_leaves_both_versions_calls_puts_nothing_live(
    web: Visitor, house: House, share: str
) -> None:
    await enter(web, "admin")
    text = (await house.menus.version("main")).text
    draft = {"text": f"{text}# new\n", "reason": "x", "seen": "1", "share": share}
    told = await web.post("/menus/main/publish", data=draft, headers=SAME)
    assert "请给出 1 到 99 的百分比" in told.text
    assert "is no share" not in told.text
    assert len(await house.menus.history("main")) == 1
    assert await house.menus.running_trial("main") is None
    assert (await web.post("/menus/main/publish", data=draft | {"share": "20"}, headers=SAME)).status_code == 204
    trial = await house.menus.running_trial("main")
    assert trial is not None
    assert trial.share == 0.2


async def test_page_changes_nothing_without_a_reason_and_a_dropped_challenger_is_told_from_the_live_version(
    web: Visitor, house: House
) -> None:
    text = (await house.menus.version("main")).text
    await house.menus.start_trial("main", f"{text}# shorter\n", 0.5, "admin", "x")
    async with house.db.transaction() as tx:
        tx.session.add(Call(id="tried", leg="tried", caller="1", dialled="95566", arrived_at=system_clock(),
                            state="ended", menu="main", menu_version=2))  # fmt: skip
    await enter(web, "admin")
    how = {"how": "drop", "seen": "2"}
    refused = await web.post("/menus/main/trial/end", data=how, headers=SAME)
    assert refused.status_code == 409
    assert "请填写修改菜单的原因" in refused.text
    assert await house.menus.running_trial("main") is not None
    assert (await web.post("/menus/main/trial/end", data=how | {"reason": "worse"}, headers=SAME)).is_redirect
    page = (await web.get("/menus/main", headers=SAME)).text
    assert "此处未计入：第 2 版的 1 通来电。 已放弃的挑战版" in page
    assert '<option value="2">2 · 已放弃的挑战版</option>' in page


async def test_refusal_of_a_menus_page_is_in_the_readers_language_and_leads_back_to_the_menu(
    web: Visitor, house: House
) -> None:
    await enter(web, "admin")
    gone = await web.post("/menus/main/trial/end", data={"how": "take", "reason": "x", "seen": "2"}, headers=SAME)
    assert (gone.status_code, "菜单 main 没有正在进行的试用" in gone.text) == (409, True)
    again = await web.get("/menus/main/trial/end", headers=SAME)
    for page in (gone, again, await web.get("/menus/main?version=99", headers=SAME)):
        assert '<a href="/menus/main">' in page.text
    missing = {"/menus/nope": "本中心没有菜单 nope", "/menus/main?version=99": "菜单 main 没有第 99 版"}
    for place, words in missing.items():
        page = await web.get(place, headers=SAME)
        assert (page.status_code, words in page.text, "不属于您" in page.text) == (404, True, False)
    assert '<a href="/menus">' in (await web.get("/menus/nope", headers=SAME)).text
    told = (await web.post("/api/menus/nope/publish", json={"text": "x", "reason": "x"}, headers=SAME)).json()
    assert (told["detail"], told["remedy"]) == ("本中心没有菜单 nope", "site.yaml 中的菜单：main")


async def test_back_pressed_twice_is_one_step_back(web: Visitor, house: House) -> None:
    text = (await house.menus.version("main")).text
    for number in (2, 3):
        await house.menus.publish("main", f"{text}# {number}\n", "admin", "x")
    await enter(web, "admin")
    same = {"origin": "http://desk.test", "accept-language": "zh"}
    pressed = {"reason": "too long", "seen": shown((await web.get("/menus/main")).text)}
    answers = [await web.post("/menus/main/back", data=pressed, headers=same) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 409]
    assert "期间已有另一个版本生效" in answers[1].text
    assert (await house.menus.version("main")).restores == 2


async def test_who_publishes_prompts_that_cannot_be_heard_goes_on_from_his_own_version(
    web: Visitor, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mute(_: Heard, wanted: Iterable[Spoken]) -> list[PromptFault]:
        return [PromptFault(next(iter(wanted)), "no voice")]

    monkeypatch.setattr(Heard, "prepare", mute)
    await enter(web, "admin")
    text = (await house.menus.version("main")).text
    draft = {"text": f"{text}# new\n", "reason": "x", "seen": "1"}
    told = await web.post("/menus/main/publish", data=draft, headers={"origin": "http://desk.test"})
    assert shown(told.text) == "2"


async def test_call_page_names_menu_steps_of_the_version_the_call_ran_on(web: Visitor, house: House) -> None:
    text = (await house.menus.version("main")).text
    await house.menus.publish("main", text.replace("账户和银行卡，请按二。", "存款业务，请按二。"), "admin", "x")
    now = system_clock()
    async with house.db.transaction() as tx:
        for number in (1, 2):
            name = f"version{number}"
            tx.session.add(Call(id=name, leg=name, caller="1", dialled="95566", arrived_at=now, state="ended",
                                menu="main", menu_version=number))  # fmt: skip
            tx.session.add(CallEvent(call=name, at=now, kind="menu", data={"step": "cards", "keys": "2"}))
    await enter(web, "supervisor")
    pages = [(await web.get(f"/calls/version{number}", headers={"accept-language": "zh"})).text for number in (1, 2)]
    assert ["账户和银行卡" in each for each in pages] == [True, False]
    assert ["存款业务" in each for each in pages] == [False, True]


async def fault(house: House, step: str, kind: FaultKind, problem: str, call: str = "") -> None:
    text = (await house.menus.version("main")).text
    line = house.menus.checker.read("main", text).line("steps", step)
    book = Faults(house.db, system_clock)
    book.report(Fault("main", 1, step, line, kind, problem), call)
    await book.close()


async def test_faults_are_on_the_menus_pages_the_drawing_and_the_floor_until_acknowledged(
    web: Visitor, house: House
) -> None:
    await fault(house, "find-balance", FaultKind.LOOKUP, "no answer within 2 s", TALK)
    await enter(web, "supervisor")
    chinese = {"accept-language": "zh"}
    page = (await web.get("/menus/main", headers=chinese)).text
    assert "2 秒内没有应答" in page
    assert "callers go on at" not in page, "what to do stands there in Chinese too"
    assert f'href="/calls/{TALK}"' in page
    assert 'class="fault" data-step="find-balance"' in page
    assert "1 个故障" in (await web.get("/menus", headers=chinese)).text
    (told,) = (await web.get("/api/menu-faults")).json()
    assert (told["step"], told["calls"], told["times"]) == ("find-balance", 1, 1)
    assert told["line"] > 0
    assert f"edit?version=1#line-{told['line']}" in page
    assert f"main.yaml:{told['line']}" in page
    async with web.db.transaction() as tx:
        tx.session.add(AlarmRow(id="m1", kind="menu-fault", about=told["id"], value=1.0, raised_at=system_clock() - 5))
    assert '<a href="/menus/main#faults">main · find-balance</a>' in (await web.get("/floor")).text
    seen = await web.post(f"/api/menu-faults/{told['id']}/acknowledged", headers={"origin": "http://desk.test"})
    assert seen.json()["seen_by"]
    assert (await web.get("/api/menu-faults?menu=main")).json() == []
    assert [each["id"] for each in (await web.get("/api/menu-faults?seen=true")).json()] == [told["id"]]
    page = (await web.get("/menus/main", headers=chinese)).text
    assert "没有故障。" in page
    assert 'class="fault"' not in page
    assert "2 秒内没有应答" in (await web.get("/menus/main/faults?seen=true", headers=chinese)).text


async def test_quality_reads_faults_and_acknowledges_none(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    assert (await web.get("/api/menu-faults")).json() == []
    same = {"origin": "http://desk.test"}
    assert (await web.post("/api/menu-faults/x/acknowledged", headers=same)).status_code == 403
    await enter(web, "supervisor")
    assert (await web.post("/api/menu-faults/x/acknowledged", headers=same)).status_code == 404
    assert (await web.get("/api/menu-faults?menu=nothing")).status_code == 404


async def test_draft_is_walked_key_by_key_with_its_way_in_the_drawing_and_compared_with_the_live_one(
    web: Visitor, house: House
) -> None:
    await enter(web, "supervisor")
    text = (await house.menus.version("main")).text.replace("请选择服务。", "请选择您需要的服务。")
    same = {"origin": "http://desk.test", "accept-language": "zh"}

    async def post(place: str, **more: str) -> str:
        return (await web.post(f"/menus/main/{place}", data={"text": text, **more}, headers=same)).text

    told = await post("walk", keys="151", caller="13800000001", at="2026-03-02T10:00")
    assert "请选择您需要的服务。" in told
    assert 'id="step-pin" class="here"' in told
    assert 'id="step-main" class="walked"' in told
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each == "  pin:")
    assert f'data-go="{line}">pin</button>' in told
    told = await post("walk", keys="151246810", caller="13800000001", at="2026-03-02T10:00", answers="pin: wrong")
    assert told.count("</b> wrong</li>") == 1
    told = await post("walk", keys="11a5", at="2026-03-02T10:00")
    assert "与座席通话" in told
    assert 'id="step-goodbye" class="here"' in told
    assert "不是应答" in await post("walk", answers="nonsense")
    assert "cards refused (full)" in await post("walk", keys="121", at="2026-03-02T10:00", refused="cards: full")
    assert "没有原因 &#39;tired&#39;" in await post("walk", refused="cards: tired")
    assert "没有步骤通向队列" in await post("walk", refused="card")
    assert "不是按键" in await post("walk", keys="x")
    changes = await post("changes")
    assert changes.count('class="added"') == changes.count('class="gone"') == 1
    page = (await web.get("/menus/main/edit", headers=same)).text
    assert '<option value="13800000001">' in page


@pytest.mark.parametrize(("role", "number"), [("supervisor", "13800000001"), ("admin", "138****0001")])
async def test_a_locked_telephone_code_is_shown_and_ended_on_the_page_of_the_menus(
    house: House, web: Visitor, role: str, number: str
) -> None:
    shipped = customers.load(ROOT / "config")
    verifier = Verifier(house.db, system_clock)
    for _ in range(3):
        await verifier.verify(VerifySecret(1, "13800000001", "pin", Secret("1"), 3, 600.0, own=False), shipped)
    await enter(web, role)
    page = (await web.get("/menus")).text
    assert ("来自其他号码" in page, f'<th scope="row" class="number">{number}</th>' in page) == (True, True)
    (lock,) = (await web.get("/api/code-locks")).json()
    assert (lock["customer"], lock["secret"], lock["own"], lock["tries"]) == (number, "pin", False, 3)
    assert f'data-deed="DELETE /api/code-locks/{lock["id"]}"' in page
    assert (await web.delete(f"/api/code-locks/{lock['id']}", headers=SAME)).status_code == 204
    assert "没有被锁定的电话密码" in (await web.get("/menus")).text
    again = await web.delete(f"/api/code-locks/{lock['id']}", headers=SAME)
    assert (again.status_code, again.json()["detail"][:4]) == (404, "没有锁定")
