"""Read model of tickets: by deadline, and one with all that was done about it, each as far as its reader may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from accounts.masking import number_for, text_for
from agentdesk.reading.contact import in_front
from agentdesk.reading.underway import UnderWay
from tickets import repository
from tickets.life import is_overdue
from tickets.models import Ticket
from tickets.reach import Reach
from tickets.repository import Wanted

PAGE = 50


@dataclass(frozen=True, slots=True)
class TicketRow:
    """`opened_by` and `keeper` are logins; `told_at` when the customer was told, None as long as he is not."""

    id: str
    call: str
    customer: str
    category: str
    summary: str
    state: str
    opened_by: str
    keeper: str
    opened_at: float
    due_at: float
    told_at: float | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class TicketList:
    rows: tuple[TicketRow, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class StepLine:
    state: str
    at: float
    who: str
    note: str


async def ticket_reach(session: AsyncSession, user: User, now: float, under_way: UnderWay) -> Reach:
    """Whose tickets this person may read and move now."""
    if user.role is not Role.AGENT:
        return Reach(user.login, user.role)
    customers = await in_front(session, user.number, now, under_way.asked(user.number))
    return Reach(user.login, user.role, customers)


async def ticket_list(
    session: AsyncSession, wanted: Wanted, reach: Reach, user: User, now: float, page: int, size: int = PAGE
) -> TicketList:
    total = await repository.count(session, wanted, reach, now)
    pages = max(ceil(total / size), 1)
    shown = min(max(page, 1), pages)
    found = await repository.tickets(session, wanted, reach, now, size, (shown - 1) * size)
    return TicketList(rows_of(found, user, now), shown, pages, total)


async def steps_of(session: AsyncSession, ticket: str, user: User) -> tuple[StepLine, ...]:
    """What was done about it, the first first."""
    found = await repository.steps_of(session, ticket)
    return tuple(StepLine(each.state, each.at, each.who, text_for(user, each.note)) for each in found)


def rows_of(tickets: Sequence[Ticket], user: User, now: float) -> tuple[TicketRow, ...]:
    return tuple(
        TicketRow(
            each.id, each.call, number_for(user, each.customer), each.category, text_for(user, each.summary),
            each.state, each.opened_by, each.keeper, each.opened_at, each.due_at, each.told_at,
            is_overdue(each.told_at, each.due_at, now),
        )
        for each in tickets
    )  # fmt: skip
