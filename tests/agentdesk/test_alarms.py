"""Alarms on the floor, on their own page and over HTTP."""

from acd.models import AlarmRow
from core.clock import system_clock
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import Visitor, enter

ORIGIN = {"origin": "http://desk.test"}


async def raise_alarms(web: Visitor) -> None:
    now = system_clock()
    async with web.db.transaction() as tx:
        tx.session.add(AlarmRow(id="a1", kind="wait", about="cards", value=95.0, raised_at=now - 20))
        tx.session.add(AlarmRow(id="a2", kind="angry-caller", about=TALK, value=0.0, raised_at=now - 10))
        tx.session.add(AlarmRow(id="a3", kind="break-overrun", about="8001", value=130.0, raised_at=now - 9,
                                ended_at=now))  # fmt: skip


async def test_the_floor_shows_what_lasts_and_who_looks_after_it(web: Visitor) -> None:
    await raise_alarms(web)
    await enter(web, "supervisor")
    page = (await web.get("/floor")).text
    assert page.count("data-alarm=") == 2
    assert "等待过久" in page
    assert f'<a href="/calls/{TALK}">' in page.partition("data-alarm=")[2]
    assert "小休超时" not in page
    await web.post("/api/alarms/a1/seen", headers=ORIGIN)
    assert "孙丽 正在处理" in (await web.get("/floor")).text
    page = (await web.get("/floor")).text
    assert page.count("/api/alarms/a1/seen") == 0
    assert page.count("/api/alarms/a2/seen") == 1


async def test_all_of_a_day_are_on_a_page_of_their_own_and_over_http(web: Visitor) -> None:
    await raise_alarms(web)
    await enter(web, "supervisor")
    assert "小休超时" in (await web.get("/floor/alarms")).text
    assert "小休超时" not in (await web.get("/floor/alarms?day=2001-01-01")).text
    assert (await web.get("/floor/alarms?day=rubbish")).status_code == 200
    assert {each["id"] for each in (await web.get("/api/alarms")).json()} == {"a1", "a2"}
    assert (await web.get("/api/alarms?day=2001-01-01")).json() == []


async def test_agents_and_quality_staff_hear_no_alarms(web: Visitor) -> None:
    await raise_alarms(web)
    for role in ("agent", "quality"):
        await enter(web, role)
        assert (await web.get("/api/alarms")).status_code == 403
        assert (await web.post("/api/alarms/a1/seen", headers=ORIGIN)).status_code == 403
        assert (await web.get("/floor/alarms")).status_code == 403
