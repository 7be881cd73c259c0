"""HTTP: open, move, read and list tickets."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, User, allow
from accounts.masking import number_for, text_for
from core.clock import Clock
from core.database import Database
from core.numbers import Moment
from core.problem import REFUSALS
from core.texts import Text
from tickets import repository, service
from tickets.life import Category, State, is_overdue, steps_after
from tickets.models import Ticket, TicketStep
from tickets.reach import Reach
from tickets.repository import Standing, Wanted

FindCustomer = Callable[[str], Awaitable[str]]
"""The calling number of a call; raises NotFound."""

FindOwn = Callable[[str, str], Awaitable[str]]
"""The same of a call that the agent with this number took lately; raises NotFound."""

FindReach = Callable[[User], Awaitable[Reach]]
"""Whose tickets somebody may read and move now."""

WORKERS = Depends(allow(Role.AGENT, Role.SUPERVISOR))
READERS = Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY))


class NewTicket(BaseModel):
    category: Category
    summary: Text = Field(min_length=1, max_length=4000)
    solved: bool = Field(default=False, description="the first line solved it during the call: closed at once")


class Step(BaseModel):
    state: State
    note: Text = Field(default="", max_length=4000)


class TicketView(BaseModel):
    """A ticket; times in epoch seconds.

    `keeper`: who sees to it, a login. `told_at`: when the customer was told, null as long as he is not. `overdue`: he
    was told after `due_at`, or is not told though it is past.
    """

    id: str
    call: str
    customer: str
    category: Category
    summary: str
    state: State
    opened_by: str
    keeper: str
    opened_at: float
    moved_at: float
    due_at: float
    told_at: float | None
    overdue: bool


class StepView(BaseModel):
    """Who moved it to which state, when, and what he noted."""

    state: State
    at: float
    who: str
    note: str


class TicketStory(TicketView):
    """`next`: the steps that you may take now."""

    steps: list[StepView]
    next: list[State]


def router(
    db: Database, clock: Clock, customer_of: FindCustomer, own_customer_of: FindOwn, reach_of: FindReach
) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["tickets"], responses=REFUSALS)

    @routes.post("/calls/{call}/ticket", status_code=201, dependencies=[WORKERS])
    async def open_for_call(call: str, new: NewTicket, user: CurrentUser) -> TicketView:
        """An agent for a call of his own, a supervisor for any."""
        own = user.role is Role.AGENT
        customer = await (own_customer_of(call, user.number) if own else customer_of(call))
        async with db.transaction() as tx:
            ticket = await service.open_ticket(
                tx, call, customer, new.category, new.summary, user.login, clock(), solved=new.solved
            )
        return _view(ticket, user, clock())

    @routes.post("/tickets/{ticket}/steps", dependencies=[WORKERS])
    async def take_step(ticket: str, step: Step, user: CurrentUser) -> TicketView:
        """An agent for what he opened or took over, a supervisor for any. 409: ticket_not_yours, ticket_step."""
        reach = await reach_of(user)
        async with db.transaction() as tx:
            moved = await service.move_ticket(tx, ticket, step.state, reach, step.note, clock())
        return _view(moved, user, clock())

    @routes.get("/tickets", dependencies=[READERS])
    async def list_tickets(
        user: CurrentUser,
        show: Standing = Standing.OPEN,
        state: State | None = None,
        mine: bool = False,
        due_since: Moment | None = None,
        due_until: Moment | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> list[TicketView]:
        """Open ones unless you ask otherwise, the earliest deadline first; closed ones the latest first.

        Agents find their own and those of the customer in front of them. `mine`: what you see to yourself.
        """
        wanted, now = Wanted(show, state, user.login if mine else "", due_since, due_until), clock()
        reach = await reach_of(user)
        async with db.reading() as session:
            found = await repository.tickets(session, wanted, reach, now, limit, offset)
        return [_view(ticket, user, now) for ticket in found]

    @routes.get("/tickets/{ticket}", dependencies=[READERS])
    async def one(ticket: str, user: CurrentUser) -> TicketStory:
        """With all that was done about it."""
        reach = await reach_of(user)
        async with db.reading() as session:
            found = await repository.ticket(session, ticket, reach)
            steps = await repository.steps_of(session, ticket)
        return _story(found, steps, user, reach, clock())

    return routes


def _view(ticket: Ticket, user: User, now: float) -> TicketView:
    return TicketView.model_validate(_values(ticket, user, now))


def _story(ticket: Ticket, steps: list[TicketStep], user: User, reach: Reach, now: float) -> TicketStory:
    may = steps_after(State(ticket.state), Category(ticket.category)) if reach.moves(ticket) else ()
    told = [{**vars(step), "note": text_for(user, step.note)} for step in steps]
    following = [each for each in State if each in may]
    return TicketStory.model_validate({**_values(ticket, user, now), "steps": told, "next": following})


def _values(ticket: Ticket, user: User, now: float) -> dict[str, object]:
    return {
        **vars(ticket),
        "customer": number_for(user, ticket.customer),
        "summary": text_for(user, ticket.summary),
        "overdue": is_overdue(ticket.told_at, ticket.due_at, now),
    }
