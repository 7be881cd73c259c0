"""The second factor's pages: set up by oneself, asked for after the password, dropped by the administrator."""

import re

from accounts import totp
from agentdesk.pages import qr
from core.clock import system_clock
from tests.agentdesk.cast import PASSWORD
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS


def _now(key: str, steps: int = 0) -> str:
    return totp.code(key, int(system_clock()) // totp.STEP + steps)


async def _set_up(web: Visitor) -> tuple[str, list[str]]:
    """The key that the page offered, and the recovery codes it showed."""
    page = (await web.get("/second-factor")).text
    key = page.partition('name="key" value="')[2].partition('"')[0]
    assert totp.grouped(key) in page
    assert 'class="qr"' in page
    wrong = await web.post("/second-factor", data={"key": key, "code": "000000"}, headers=OURS)
    assert (wrong.status_code, "验证码不正确" in wrong.text, f'value="{key}"' in wrong.text) == (409, True, True)
    done = await web.post("/second-factor", data={"key": key, "code": _now(key, -1)}, headers=OURS)
    return key, re.findall(r"<output>([a-z0-9-]{14})</output>", done.text)


async def test_after_setting_it_up_the_code_is_asked_for_and_leads_on(web: Visitor) -> None:
    await enter(web, "supervisor")
    key, codes = await _set_up(web)
    assert len(set(codes)) == 8
    assert "已设置双重验证" in (await web.get("/second-factor")).text
    web.cookies.clear()
    form = {"login": "sun.li", "password": PASSWORD, "next": "/floor"}
    asked = await web.post("/login", data=form, headers=OURS)
    assert asked.headers["location"] == "/login/code?next=%2Ffloor"
    assert (await web.get("/floor")).headers["location"] == "/login?next=%2Ffloor"
    wrong = await web.post("/login/code", data={"code": "000000", "next": "/floor"}, headers=OURS)
    assert (wrong.status_code, "验证码不正确" in wrong.text) == (401, True)
    right = await web.post("/login/code", data={"code": _now(key), "next": "/floor"}, headers=OURS)
    assert right.headers["location"] == "/floor"
    assert (await web.get("/floor")).status_code == 200


async def test_a_recovery_code_opens_once_and_the_page_tells_how_many_are_left(web: Visitor) -> None:
    await enter(web, "supervisor")
    _, codes = await _set_up(web)
    assert "还剩 8 个恢复码" in (await web.get("/second-factor")).text
    for status, told in ((303, "还剩 7 个恢复码"), (401, "")):
        web.cookies.clear()
        await web.post("/login", data={"login": "sun.li", "password": PASSWORD}, headers=OURS)
        assert (await web.post("/login/code", data={"code": codes[3]}, headers=OURS)).status_code == status
        assert told in (await web.get("/second-factor")).text


async def test_the_administrator_drops_it_for_somebody_who_lost_the_telephone(web: Visitor) -> None:
    await enter(web, "supervisor")
    await _set_up(web)
    await enter(web, "admin")
    assert "解除双重验证" in (await web.get("/people/person/sun.li")).text
    await web.post("/people/person/sun.li/second-factor", headers=OURS)
    assert "/second-factor" not in (await web.get("/people/person/sun.li")).text
    web.cookies.clear()
    entered = await web.post("/login", data={"login": "sun.li", "password": PASSWORD}, headers=OURS)
    assert entered.headers["location"] == "/"


async def test_a_role_that_needs_one_sets_it_up_before_all_else(web: Visitor, house: House) -> None:
    house.app.state.second_factor = lambda: {"admin"}
    await enter(web, "admin")
    assert (await web.get("/people")).headers["location"] == "/second-factor?next=%2Fpeople"
    page = (await web.get("/second-factor")).text
    assert "您的角色登录时还需要验证码" in page
    assert 'href="/people"' not in page
    await _set_up(web)
    assert (await web.get("/people")).status_code == 200


def test_a_code_is_drawn_with_its_three_corners_and_a_quiet_zone() -> None:
    text = totp.address("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "sun.li", "Anxin Bank")
    drawing = qr.drawn(text)
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", drawing.path)]
    assert (drawing.size - 2 * qr.QUIET - 17) % 4 == 0
    assert {min(x for x, _, _ in runs), min(y for _, y, _ in runs)} == {qr.QUIET}
    assert max(x + width for x, _, width in runs) == drawing.size - qr.QUIET
    far = drawing.size - qr.QUIET - 7
    assert {(qr.QUIET, qr.QUIET, 7), (far, qr.QUIET, 7), (qr.QUIET, far, 7)} <= set(runs)
    assert drawing != qr.drawn(text.replace("sun", "sum"))
