"""HTTP: open, move and list tickets."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from accounts import audit
from accounts.access import CurrentUser, Role, allow
from core.clock import Clock
from core.database import Database
from core.errors import NotFound, Refused
from tickets import service
from tickets.life import Category, State, is_overdue
from tickets.models import Ticket

FindCustomer = Callable[[str], Awaitable[str]]
"""The calling number of a call; raises NotFound."""

FindOwn = Callable[[str, str], Awaitable[str]]
"""The same of a call that the agent with this number took lately; raises NotFound."""

WORKERS = Depends(allow(Role.AGENT, Role.SUPERVISOR))
READERS = Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY))


class NewTicket(BaseModel):
    category: Category
    summary: str = Field(min_length=1, max_length=4000)
    solved: bool = Field(default=False, description="the first line solved it during the call: closed at once")


class Step(BaseModel):
    state: State
    note: str = Field(default="", max_length=4000)


class TicketView(BaseModel):
    """A ticket; times in epoch seconds."""

    id: str
    call: str
    category: Category
    summary: str
    state: State
    opened_by: str
    opened_at: float
    due_at: float
    overdue: bool


def router(db: Database, clock: Clock, customer_of: FindCustomer, own_customer_of: FindOwn) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["tickets"])

    def view(ticket: Ticket) -> TicketView:
        overdue = is_overdue(State(ticket.state), ticket.due_at, clock())
        return TicketView.model_validate({**vars(ticket), "overdue": overdue})

    @routes.post("/calls/{call}/ticket", status_code=201, dependencies=[WORKERS])
    async def open_for_call(call: str, new: NewTicket, user: CurrentUser) -> TicketView:
        """An agent for a call of his own, a supervisor for any."""
        try:
            own = user.role is Role.AGENT
            customer = await (own_customer_of(call, user.number) if own else customer_of(call))
        except NotFound as fault:
            raise HTTPException(404, str(fault)) from None
        async with db.transaction() as tx:
            ticket = await service.open_ticket(tx, call, customer, new.category, new.summary, user.login, clock())
            if new.solved:
                await tx.session.flush()
                await service.move_ticket(tx, ticket.id, State.CLOSED, user.login, "solved during the call", clock())
            await audit.note(tx, user.login, "ticket.open", ticket.id)
        return view(ticket)

    @routes.post("/tickets/{ticket_id}/steps", dependencies=[WORKERS])
    async def take_step(ticket_id: str, step: Step, user: CurrentUser) -> TicketView:
        try:
            async with db.transaction() as tx:
                ticket = await service.move_ticket(tx, ticket_id, step.state, user.login, step.note, clock())
        except NotFound as fault:
            raise HTTPException(404, str(fault)) from None
        except Refused as fault:
            raise HTTPException(409, str(fault)) from None
        return view(ticket)

    @routes.get("/tickets", dependencies=[READERS])
    async def list_tickets(
        state: State | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> list[TicketView]:
        async with db.reading() as session:
            return [view(ticket) for ticket in await service.tickets(session, state, limit)]

    return routes
