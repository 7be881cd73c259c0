"""Opening, moving and giving on tickets: each step stamped, each by whom it may be taken, each in the audit trail."""

from collections.abc import Collection

from sqlalchemy import select

from accounts import audit
from core.clock import new_id
from core.database import Transaction
from core.errors import Refused
from tickets import repository
from tickets.events import TicketChanged
from tickets.life import Category, State, due_at, move, told_at
from tickets.models import Ticket, TicketStep
from tickets.reach import Reach


async def open_ticket(
    tx: Transaction, call: str, customer: str, category: Category, summary: str, who: str, now: float,
    *, solved: bool = False,
) -> Ticket:  # fmt: skip
    """A new ticket for `call`; its deadline follows from the category. `solved` during the call: closed at once."""
    ticket = Ticket(
        id=f"T{new_id(now)}", call=call, customer=customer, category=category, summary=summary,
        state=State.ACCEPTED, opened_by=who, keeper=who, opened_at=now, moved_at=now, due_at=due_at(category, now),
    )  # fmt: skip
    tx.session.add(ticket)
    _stamp(tx, ticket, State.ACCEPTED, who, "", now)
    if solved:
        _stamp(tx, ticket, State.CLOSED, who, "solved during the call", now)
    await audit.note(tx, who, "ticket.open", ticket.id)
    return ticket


async def move_ticket(tx: Transaction, ticket_id: str, wanted: State, by: Reach, note: str, now: float) -> Ticket:
    """The ticket after the step. Raises NotFound, Refused: ticket_not_yours, ticket_step."""
    ticket = await repository.ticket(tx.session, ticket_id, by, lock=True)
    if not by.moves(ticket):
        raise Refused("ticket_not_yours", "this ticket is not yours")
    before = State(ticket.state)
    _stamp(tx, ticket, move(before, wanted, Category(ticket.category)), by.login, note, now)
    await audit.note(tx, by.login, "ticket_moved", ticket.id, f"{before} → {wanted}")
    return ticket


async def give_on(tx: Transaction, ticket_ids: Collection[str], giver: str, keeper: str, now: float) -> None:
    """From now on `keeper` sees to those that are open and `giver`'s still; who else has one by now keeps it."""
    still = (Ticket.id.in_(ticket_ids), Ticket.keeper == giver, Ticket.state != State.CLOSED)
    for ticket in await tx.session.scalars(select(Ticket).where(*still).with_for_update()):
        ticket.keeper = keeper
        tx.publish(TicketChanged(now, ticket.id, ticket.call, ticket.state))


def _stamp(tx: Transaction, ticket: Ticket, state: State, who: str, note: str, now: float) -> None:
    ticket.state, ticket.moved_at, ticket.told_at = state, now, told_at(ticket.told_at, state, now)
    tx.session.add(TicketStep(ticket=ticket.id, state=state, at=now, who=who, note=note))
    tx.publish(TicketChanged(now, ticket.id, ticket.call, state))
