"""Opening and moving tickets, each step stamped."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound
from tickets.events import TicketChanged
from tickets.life import Category, State, due_at, move
from tickets.models import Ticket, TicketStep


async def open_ticket(
    tx: Transaction, call: str, customer: str, category: Category, summary: str, who: str, now: float
) -> Ticket:
    """A new accepted ticket for `call`; its deadline follows from the category."""
    ticket = Ticket(
        id=f"T{new_id(now)}", call=call, customer=customer, category=category, summary=summary,
        state=State.ACCEPTED, opened_by=who, opened_at=now, moved_at=now, due_at=due_at(category, now),
    )  # fmt: skip
    tx.session.add(ticket)
    _stamp(tx, ticket, who, "", now)
    return ticket


async def move_ticket(tx: Transaction, ticket_id: str, wanted: State, who: str, note: str, now: float) -> Ticket:
    """The ticket after the step; raises NotFound, or Refused for a step that may not follow."""
    ticket = await tx.session.get(Ticket, ticket_id, with_for_update=True)
    if ticket is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    ticket.state = move(State(ticket.state), wanted)
    ticket.moved_at = now
    _stamp(tx, ticket, who, note, now)
    return ticket


async def ticket_of_call(session: AsyncSession, call: str) -> Ticket | None:
    """The newest ticket opened for this call."""
    return await session.scalar(select(Ticket).where(Ticket.call == call).order_by(Ticket.opened_at.desc()).limit(1))


async def tickets(session: AsyncSession, state: State | None, limit: int) -> list[Ticket]:
    """Newest first."""
    query = select(Ticket).order_by(Ticket.opened_at.desc()).limit(limit)
    return list(await session.scalars(query if state is None else query.where(Ticket.state == state)))


def _stamp(tx: Transaction, ticket: Ticket, who: str, note: str, now: float) -> None:
    tx.session.add(TicketStep(ticket=ticket.id, state=ticket.state, at=now, who=who, note=note))
    tx.publish(TicketChanged(now, ticket.id, ticket.call, ticket.state))
