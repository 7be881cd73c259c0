"""Tickets as people see to them: by deadline, and each with its steps."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from accounts import repository as people
from accounts.access import CurrentUser, Role, allow, clock, database
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.reading.tickets import rows_of, steps_of, ticket_list, ticket_reach
from agentdesk.words.refusals import REFUSALS
from tickets import repository
from tickets.repository import Standing, Wanted

RIGHTS = [Depends(allow(*PLACES["/tickets"]))]
MINE = "mine"
KEEPERS = (Role.AGENT, Role.SUPERVISOR)
"""Who sees to tickets himself."""


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/tickets", dependencies=RIGHTS)
    async def tickets(
        request: Request, user: CurrentUser,
        show: Annotated[str, Query(max_length=16)] = "", whose: Annotated[str, Query(max_length=16)] = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> HTMLResponse:  # fmt: skip
        """Whatever else somebody types in the address bar: what is open, of all that he may see."""
        standing = Standing(show) if show in list(Standing) else Standing.OPEN
        mine, now = whose == MINE and user.role in KEEPERS, clock(request)()
        async with database(request).reading() as session:
            reach = await ticket_reach(session, user, now, desk.under_way)
            wanted = Wanted(standing, keeper=user.login if mine else "")
            found = await ticket_list(session, wanted, reach, user, now, page)
            persons = await people.persons(session)

        def page_link(number: int) -> str:
            asked = {"show": standing, **({"whose": MINE} if mine else {}), "page": number}
            return f"/tickets?{urlencode(asked)}"

        return await desk.show(
            request, "_tickets.html" if is_fragment(request) else "tickets.html", found=found, persons=persons,
            standing=standing, standings=list(Standing), mine=mine, keeps=user.role in KEEPERS, page_link=page_link,
        )  # fmt: skip

    @routes.get("/tickets/{ticket}", dependencies=RIGHTS)
    async def one(ticket: str, request: Request, user: CurrentUser) -> HTMLResponse:
        now = clock(request)()
        async with database(request).reading() as session:
            reach = await ticket_reach(session, user, now, desk.under_way)
            found = await repository.ticket(session, ticket, reach)
            values: dict[str, Any] = {
                "ticket": rows_of([found], user, now)[0], "steps": await steps_of(session, ticket, user),
                "persons": await people.persons(session), "refusals": REFUSALS,
            }  # fmt: skip
        template = "_ticket_story.html" if is_fragment(request) else "ticket.html"
        return await desk.show(request, template, **values)

    return routes
