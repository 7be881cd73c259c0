"""Queries: tickets by deadline, as far as somebody may read them, and their steps."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import NotFound
from tickets.life import TAKEN_UP_WITHIN, State
from tickets.models import Ticket, TicketStep
from tickets.reach import Reach

GOING_ON = tuple(each for each in State if each is not State.CLOSED)


class Standing(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`overdue`: the customer is not told though it is past the deadline. `state` counts before `standing`.

    `keeper`: a login, '' for everybody's. `since` and `until` bound the deadline.
    """

    standing: Standing = Standing.OPEN
    state: State | None = None
    keeper: str = ""
    since: float | None = None
    until: float | None = None


async def ticket(session: AsyncSession, ticket_id: str, reach: Reach, *, lock: bool = False) -> Ticket:
    """Raises NotFound, also for what is out of reach."""
    found = await session.get(Ticket, ticket_id, with_for_update=lock)
    if found is None or not reach.reads(found):
        raise NotFound(f"there is no ticket {ticket_id}")
    return found


async def tickets(
    session: AsyncSession, wanted: Wanted, reach: Reach, now: float, limit: int, offset: int = 0
) -> list[Ticket]:
    """The earliest deadline first; closed ones the latest first."""
    over = wanted.state is State.CLOSED or (wanted.state is None and wanted.standing is Standing.CLOSED)
    by = (Ticket.due_at.desc(), Ticket.id.desc()) if over else (Ticket.due_at, Ticket.id)
    query = select(Ticket).where(*_asked(wanted, reach, now)).order_by(*by)
    return list(await session.scalars(query.limit(limit).offset(offset)))


async def count(session: AsyncSession, wanted: Wanted, reach: Reach, now: float) -> int:
    query = select(func.count()).select_from(Ticket).where(*_asked(wanted, reach, now))
    return await session.scalar(query) or 0


async def tickets_of_call(session: AsyncSession, call: str, reach: Reach) -> list[Ticket]:
    """The newest first."""
    query = select(Ticket).where(Ticket.call == call).order_by(Ticket.opened_at.desc())
    return [each for each in await session.scalars(query) if reach.reads(each)]


async def ticket_of_call(session: AsyncSession, call: str) -> Ticket | None:
    """The newest ticket opened for this call."""
    return await session.scalar(select(Ticket).where(Ticket.call == call).order_by(Ticket.opened_at.desc()).limit(1))


async def all_of_call(session: AsyncSession, call: str) -> Sequence[Ticket]:
    """Whoever asks; the latest deadline first."""
    query = select(Ticket).where(Ticket.call == call).order_by(Ticket.due_at.desc(), Ticket.opened_at.desc())
    return (await session.scalars(query)).all()


async def steps_of(session: AsyncSession, ticket_id: str) -> list[TicketStep]:
    """The first one first."""
    query = select(TicketStep).where(TicketStep.ticket == ticket_id).order_by(TicketStep.id)
    return list(await session.scalars(query))


async def untold(session: AsyncSession, now: float, ahead: float, limit: int) -> dict[str, float]:
    """Tickets whose customer is not told yet and should have been, or is to be within `ahead` s, with their deadlines:
    `limit` of either, those nearest to now, so that old ones that nobody sees to hide none."""
    return await _nearest(session, Ticket.due_at, Ticket.told_at.is_(None), now, ahead, limit)


async def not_taken_up(session: AsyncSession, now: float, ahead: float, limit: int) -> dict[str, float]:
    """The same of those with which nobody has done anything yet, and of the time by which somebody must."""
    found: dict[str, float] = {}
    for category, within in TAKEN_UP_WITHIN.items():
        waits = (Ticket.state == State.ACCEPTED) & (Ticket.category == category) & Ticket.told_at.is_(None)
        opened = await _nearest(session, Ticket.opened_at, waits, now - within, ahead, limit)
        found |= {name: at + within for name, at in opened.items()}
    return found


async def _nearest(
    session: AsyncSession, time: InstrumentedAttribute[float], waits: ColumnElement[bool], now: float, ahead: float,
    limit: int,
) -> dict[str, float]:  # fmt: skip
    query = select(Ticket.id, time).where(waits)
    late = query.where(time < now).order_by(time.desc(), Ticket.id).limit(limit)
    soon = query.where(time >= now, time < now + ahead).order_by(time, Ticket.id).limit(limit)
    found = [*await session.execute(late), *await session.execute(soon)]
    return dict(tuple(row) for row in found)


def _untold(before: float) -> Collection[ColumnElement[bool]]:
    return Ticket.told_at.is_(None), Ticket.due_at < before


def _asked(wanted: Wanted, reach: Reach, now: float) -> list[ColumnElement[bool]]:
    return [*_standing(wanted, now), *_bounds(wanted), *_within(reach)]


def _standing(wanted: Wanted, now: float) -> Collection[ColumnElement[bool]]:
    if wanted.state is not None:
        return (Ticket.state == wanted.state,)
    match wanted.standing:
        case Standing.OPEN:
            return (Ticket.state.in_(GOING_ON),)
        case Standing.OVERDUE:
            return _untold(now)
        case Standing.CLOSED:
            return (Ticket.state == State.CLOSED,)


def _bounds(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [Ticket.keeper == wanted.keeper] if wanted.keeper else []
    if wanted.since is not None:
        found.append(Ticket.due_at >= wanted.since)
    if wanted.until is not None:
        found.append(Ticket.due_at < wanted.until)
    return found


def _within(reach: Reach) -> list[ColumnElement[bool]]:
    if reach.everything:
        return []
    own = (Ticket.opened_by == reach.login) | (Ticket.keeper == reach.login)
    return [own | Ticket.customer.in_(reach.customers)]
