"""Tickets are opened for calls; every step is stamped, taken by whom it may be, and found by who may read it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.access import Role
from accounts.models import AuditEntry
from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from tickets import repository, service
from tickets.events import TicketChanged
from tickets.life import HOUR, Category, State
from tickets.models import Ticket
from tickets.reach import Reach
from tickets.repository import Standing, Wanted

OPENER, TAKER, OTHER = (Reach(login, Role.AGENT) for login in ("li.na", "wang", "chen"))
IN_FRONT = Reach("chen", Role.AGENT, frozenset({"13800000000"}))
SUPERVISOR, QUALITY = Reach("sun.li", Role.SUPERVISOR), Reach("zhou.yan", Role.QUALITY)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await database.create_all()
    yield database
    await database.close()


async def opened(database: Database, category: Category = Category.COMPLAINT, now: float = 10.0) -> Ticket:
    async with database.transaction() as tx:
        return await service.open_ticket(tx, "c1", "13800000000", category, "rude", "li.na", now)


async def moved(database: Database, ticket: str, state: State, by: Reach, now: float = 11.0, note: str = "") -> Ticket:
    async with database.transaction() as tx:
        return await service.move_ticket(tx, ticket, state, by, note, now)


async def listed(database: Database, wanted: Wanted, reach: Reach, now: float = 20.0) -> list[str]:
    async with database.reading() as session:
        found = await repository.tickets(session, wanted, reach, now, 10)
        assert await repository.count(session, wanted, reach, now) == len(found)
    return [each.id for each in found]


async def test_solved_enquiry_is_opened_closed_and_told(database: Database) -> None:
    heard: list[TicketChanged] = []

    async def hear(event: TicketChanged) -> None:
        heard.append(event)

    database.bus.subscribe("ear", TicketChanged, hear)
    async with database.transaction() as tx:
        ticket = await service.open_ticket(
            tx, "c1", "13800000000", Category.ENQUIRY, "balance", "li.na", 10.0, solved=True
        )
    await database.bus.drain()
    assert [(event.call, event.state) for event in heard] == [("c1", "accepted"), ("c1", "closed")]
    assert (ticket.told_at, ticket.keeper) == (10.0, "li.na")
    async with database.reading() as session:
        steps = await repository.steps_of(session, ticket.id)
        found = await repository.ticket_of_call(session, "c1")
    assert [(step.state, step.who, step.note) for step in steps] == [
        ("accepted", "li.na", ""),
        ("closed", "li.na", "solved during the call"),
    ]
    assert found is not None
    assert found.state == "closed"


async def test_forbidden_step_changes_nothing_and_unknown_ticket_is_said(database: Database) -> None:
    ticket = await opened(database)
    with pytest.raises(Refused):
        await moved(database, ticket.id, State.INFORMED, OPENER)
    with pytest.raises(NotFound):
        await moved(database, "T0", State.CLASSIFIED, SUPERVISOR)
    async with database.reading() as session:
        assert [step.state for step in await repository.steps_of(session, ticket.id)] == ["accepted"]


async def test_step_is_taken_by_who_opened_it_or_took_it_over_or_a_supervisor_and_by_nobody_else(
    database: Database,
) -> None:
    ticket = await opened(database)
    with pytest.raises(NotFound):
        await moved(database, ticket.id, State.CLASSIFIED, OTHER)
    for reader in (IN_FRONT, QUALITY):
        with pytest.raises(Refused, match="not yours"):
            await moved(database, ticket.id, State.CLASSIFIED, reader)
    await moved(database, ticket.id, State.CLASSIFIED, OPENER)
    async with database.transaction() as tx:
        await service.give_on(tx, [ticket.id], "li.na", "wang", 12.0)
    await moved(database, ticket.id, State.RESOLVED, TAKER)
    await moved(database, ticket.id, State.INFORMED, SUPERVISOR)


async def test_every_step_stands_in_the_audit_trail_without_what_was_noted(database: Database) -> None:
    ticket = await opened(database)
    await moved(database, ticket.id, State.CLASSIFIED, OPENER, note="he shouted")
    async with database.reading() as session:
        trail = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(each.who, each.what, each.about, each.reason) for each in trail] == [
        ("li.na", "ticket.open", ticket.id, ""),
        ("li.na", "ticket_moved", ticket.id, "accepted → classified"),
    ]


async def test_agent_finds_his_own_tickets_and_those_of_the_customer_in_front_of_him(database: Database) -> None:
    ticket = await opened(database)
    readers = (OPENER, IN_FRONT, SUPERVISOR, QUALITY, OTHER, TAKER)
    assert [bool(await listed(database, Wanted(), each)) for each in readers] == [True] * 4 + [False] * 2
    async with database.transaction() as tx:
        await service.give_on(tx, [ticket.id], "li.na", "wang", 12.0)
    assert await listed(database, Wanted(), TAKER) == [ticket.id]
    assert await listed(database, Wanted(keeper="wang"), TAKER) == [ticket.id]
    assert await listed(database, Wanted(keeper="li.na"), OPENER) == []


async def test_tickets_are_listed_by_their_deadline_and_by_whether_they_are_late(database: Database) -> None:
    complaint = await opened(database, Category.COMPLAINT, 1000.0)
    service_ticket = await opened(database, Category.SERVICE, 1001.0)
    enquiry = await opened(database, Category.ENQUIRY, 1002.0)
    assert await listed(database, Wanted(), SUPERVISOR) == [enquiry.id, complaint.id, service_ticket.id]
    later = 1003.0 + 48 * HOUR
    overdue = Wanted(Standing.OVERDUE)
    assert await listed(database, overdue, SUPERVISOR, later) == [enquiry.id, complaint.id]
    assert await listed(database, Wanted(until=enquiry.due_at), SUPERVISOR) == []
    assert await listed(database, Wanted(since=complaint.due_at), SUPERVISOR) == [complaint.id, service_ticket.id]
    await moved(database, enquiry.id, State.CLOSED, OPENER, later)
    assert await listed(database, overdue, SUPERVISOR, later) == [complaint.id]
    assert await listed(database, Wanted(Standing.CLOSED), SUPERVISOR) == [enquiry.id]
    assert await listed(database, Wanted(state=State.CLOSED), SUPERVISOR) == [enquiry.id]
