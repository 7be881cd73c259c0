"""Tickets are opened for calls and every step is stamped."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from tickets import service
from tickets.events import TicketChanged
from tickets.life import Category, State
from tickets.models import TicketStep


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await database.create_all()
    yield database
    await database.close()


async def test_solved_enquiry_is_opened_closed_and_told(database: Database) -> None:
    heard: list[TicketChanged] = []

    async def hear(event: TicketChanged) -> None:
        heard.append(event)

    database.bus.subscribe("ear", TicketChanged, hear)
    async with database.transaction() as tx:
        ticket = await service.open_ticket(tx, "c1", "13800000000", Category.ENQUIRY, "balance", "8001", 10.0)
        await tx.session.flush()
        await service.move_ticket(tx, ticket.id, State.CLOSED, "8001", "told at once", 11.0)
    await database.bus.drain()
    assert [(event.call, event.state) for event in heard] == [("c1", "accepted"), ("c1", "closed")]
    async with database.reading() as session:
        steps = list(await session.scalars(select(TicketStep).order_by(TicketStep.at)))
        found = await service.ticket_of_call(session, "c1")
    assert [(step.state, step.who, step.note) for step in steps] == [
        ("accepted", "8001", ""),
        ("closed", "8001", "told at once"),
    ]
    assert found is not None
    assert found.state == "closed"


async def test_forbidden_step_changes_nothing_and_unknown_ticket_is_said(database: Database) -> None:
    async with database.transaction() as tx:
        ticket = await service.open_ticket(tx, "c1", "13800000000", Category.COMPLAINT, "rude", "8001", 10.0)

    async def step(ticket_id: str) -> None:
        async with database.transaction() as tx:
            await service.move_ticket(tx, ticket_id, State.INFORMED, "8001", "", 11.0)

    with pytest.raises(Refused):
        await step(ticket.id)
    with pytest.raises(NotFound):
        await step("T0")
    async with database.reading() as session:
        assert (await service.tickets(session, State.ACCEPTED, 10))[0].id == ticket.id
