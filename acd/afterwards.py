"""What customers did after their conversations, counted by the database: called again, complained."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from accounts.models import Person
from acd import conversations
from acd.call import ACCEPTED
from acd.conversations import Asked, Key, key, within
from acd.counting import INBOUND, SLOT, Calls, Condition, Span
from acd.ledger import Kind
from acd.models import Call, CallEvent, Offer
from tickets.life import Category
from tickets.models import Ticket

WITHIN = 7 * 86400.0
"""Seconds after a conversation in which another call of the customer is a repeated one."""
NEXT, HAD = aliased(Call), aliased(Offer)
"""The customer's other call; and of a ticket, a conversation of its call."""


@dataclass(frozen=True, slots=True)
class Came:
    """Of `talks` that are over, the number of the customer is `known`, and he called `again`."""

    talks: int = 0
    known: int = 0
    again: int = 0
    complaints: int = 0


async def came(session: AsyncSession, asked: Asked, span: Span) -> Mapping[Key, Came]:
    """Of conversations that were offered in `span`, by queue, agent and slot of that moment."""
    what = (_known().label("known"), _again().label("again"), _complaints().label("complaints"))
    line = conversations.lines(within(asked, span), *what).subquery()
    flags = (func.sum(case((each, 1), else_=0)) for each in (line.c.known, line.c.again))
    complaints = cast(func.sum(line.c.complaints), Integer)  # what PostgreSQL adds up of counts is a decimal otherwise
    query = select(*key(line), func.count(), *flags, complaints).group_by(*key(line))
    rows = await session.execute(query)
    return {(queue, agent, slot * SLOT): Came(*counts) for queue, agent, slot, *counts in rows}


def calls_after(what: str, asked: Asked, span: Span) -> Calls:
    """Calls whose conversations are counted as `what`: conversations, known, again, or those that have complaints."""
    kinds = {
        "conversations": Offer.id.is_not(None), "known": _known(), "again": _again(), "complaints": _complaints() > 0,
    }  # fmt: skip
    return conversations.calls(*within(asked, span), kinds[what])


def _known() -> Condition:
    return Call.caller != ""


def _again() -> Condition:
    end = select(func.max(CallEvent.at)).where(
        CallEvent.call == Offer.call, CallEvent.kind == Kind.DISCONNECTED, CallEvent.agent == Offer.agent
    )
    over = end.correlate(Offer).scalar_subquery()
    later = and_(NEXT.arrived_at > over, NEXT.arrived_at <= over + WITHIN)
    same = and_(NEXT.caller == Call.caller, NEXT.direction == INBOUND, NEXT.id != Call.id)
    return and_(_known(), exists().where(same, later).correlate(Call, Offer))


def _complaints() -> ColumnElement[int]:
    """Each ticket belongs to one conversation of its call: to that of who opened it, else to the last before it."""
    opener = and_(Person.number == HAD.agent, Person.login == Ticket.opened_by)
    had = select(HAD.agent).outerjoin(Person, opener)
    had = had.where(HAD.call == Ticket.call, HAD.result == ACCEPTED, HAD.offered_at <= Ticket.opened_at)
    his = had.order_by(Person.login.is_(None), HAD.offered_at.desc(), HAD.id.desc()).limit(1).correlate(Ticket)
    of_call = (Ticket.call == Offer.call, Ticket.category == Category.COMPLAINT)
    query = select(func.count()).select_from(Ticket).where(*of_call, his.scalar_subquery() == Offer.agent)
    return query.correlate(Offer).scalar_subquery()
