"""Whose matter a closed ticket was is forgotten when its time is over: kind, steps and times stay."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Transaction
from tickets.life import State
from tickets.models import Ticket, TicketStep

Kept = Collection[str] | Select[str]
"""Calls of which nothing is forgotten, by their ids or as a query that finds them."""


def _over(before: float, kept: Kept) -> ColumnElement[bool]:
    known = (Ticket.customer != "") | (Ticket.summary != "")
    return (Ticket.state == State.CLOSED) & (Ticket.moved_at < before) & known & Ticket.call.not_in(kept)


async def due(session: AsyncSession, before: float, kept: Kept = ()) -> int:
    """How many tickets `forget` would make forget somebody."""
    return await session.scalar(select(func.count()).select_from(Ticket).where(_over(before, kept))) or 0


async def forget(tx: Transaction, before: float, kept: Kept = ()) -> None:
    """Take the customer and what was written out of tickets closed before `before`, but for calls in `kept`."""
    over = select(Ticket.id).where(_over(before, kept))
    await tx.session.execute(update(TicketStep).where(TicketStep.ticket.in_(over)).values(note=""))
    await tx.session.execute(update(Ticket).where(_over(before, kept)).values(customer="", summary=""))
