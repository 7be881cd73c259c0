"""The pages of tickets as text: by deadline, whose, and one with its steps and what may follow."""

import re

import pytest

from acd.models import AlarmRow
from core.clock import system_clock
from tests.agentdesk.cast import TALK, add_tickets
from tests.agentdesk.conftest import Visitor, enter


async def shown(web: Visitor, query: str) -> list[str]:
    return re.findall(r'href="/tickets/(\w+)"', (await web.get(f"/tickets{query}")).text)


@pytest.mark.parametrize(
    ("role", "query", "found"),
    [
        ("supervisor", "", ["T1", "T3"]),
        ("supervisor", "?show=overdue", ["T1"]),
        ("supervisor", "?show=closed", ["T2"]),
        ("supervisor", "?show=rubbish&whose=rubbish&page=9", ["T1", "T3"]),
        ("supervisor", "?whose=mine", []),
        ("quality", "", ["T1", "T3"]),
        ("agent", "", ["T1"]),
        ("agent", "?show=closed&whose=mine", ["T2"]),
    ],
)
async def test_tickets_are_listed_by_deadline_as_far_as_the_reader_may_know(
    web: Visitor, role: str, query: str, found: list[str]
) -> None:
    await add_tickets(web.db)
    await enter(web, role)
    assert await shown(web, query) == found


async def test_what_is_late_is_said_and_the_list_is_live(web: Visitor) -> None:
    await add_tickets(web.db)
    await enter(web, "supervisor")
    page = (await web.get("/tickets?show=overdue")).text
    part = (await web.get("/tickets?show=overdue", headers={"hx-request": "true"})).text
    assert part.startswith('<section id="tickets" class="card" data-live="tickets" data-from="/tickets?show=overdue"')
    assert "超期" in part
    assert next(line for line in part.splitlines() if "T1" in line) in page
    assert '<a href="/tickets" aria-current="page">工单</a>' in page


async def test_ticket_shows_who_did_what_and_offers_the_next_step_to_who_may_take_it(web: Visitor) -> None:
    await add_tickets(web.db)
    offered = {}
    for role in ("agent", "supervisor", "quality"):
        await enter(web, role)
        page = (await web.get("/tickets/T1")).text
        assert "已转信用卡中心" in page
        assert page.count("李娜") >= 3
        assert f'<a href="/calls/{TALK}">' in page
        offered[role] = re.findall(r'name="state" value="(\w+)"', page)
    assert offered == {"agent": ["resolved"], "supervisor": ["resolved"], "quality": []}
    assert "138****5678" in page
    assert "13812345678" not in page


async def test_ticket_of_somebody_else_is_not_there_for_an_agent(web: Visitor) -> None:
    await add_tickets(web.db)
    await enter(web, "agent")
    assert (await web.get("/tickets/T3")).status_code == 404
    await enter(web, "admin")
    assert (await web.get("/tickets")).status_code == 403


async def test_ticket_is_reached_from_its_call_from_an_alarm_and_from_the_calls_that_are_late(web: Visitor) -> None:
    await add_tickets(web.db)
    async with web.db.transaction() as tx:
        tx.session.add(AlarmRow(id="a", kind="ticket-overdue", about="T1", value=3600.0, raised_at=system_clock()))
    await enter(web, "supervisor")
    assert 'href="/tickets/T1"' in (await web.get(f"/calls/{TALK}")).text
    for place in ("/floor", "/floor/alarms"):
        page = (await web.get(place)).text
        assert "工单已超期" in page
        assert 'href="/tickets/T1"' in page
    assert f'href="/calls/{TALK}"' in (await web.get("/calls?ticket=late")).text
    assert "call000000000000000002" not in (await web.get("/calls?ticket=late")).text
    await enter(web, "admin")
    assert "/tickets/T1" not in (await web.get(f"/calls/{TALK}")).text
