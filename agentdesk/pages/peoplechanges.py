"""The pages of what was changed of people: the list, one change with what undoing it would do, and undoing it."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import changes, personnel, repository
from accounts.access import CurrentUser, allow, database
from accounts.change_endpoints import way_back
from accounts.changes import PAGE
from agentdesk.desk import PLACES, Desk
from core.errors import Refused
from core.numbers import Number

RIGHTS = [Depends(allow(*PLACES["/people"]))]


def router(desk: Desk) -> APIRouter:
    """Below `/people-changes`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/people-changes", dependencies=RIGHTS)
    async def lately(request: Request, before: Number = 0) -> HTMLResponse:
        async with database(request).reading() as session:
            found = await changes.lately(session, before=before or None)
            persons = await repository.persons(session)
        older = found[-1].number if len(found) == PAGE else 0
        return await desk.show(
            request, "people_changes.html", found=found, persons=persons, older=older, first=not before
        )

    @routes.get("/people-changes/{number}", dependencies=RIGHTS)
    async def change(number: Number, request: Request) -> HTMLResponse:
        return await _page(request, number)

    @routes.post("/people-changes/{number}/undo", dependencies=RIGHTS)
    async def undo(number: Number, request: Request, user: CurrentUser) -> Response:
        try:
            async with database(request).transaction() as tx:
                made = await personnel.undo(tx, number, user.login)
        except Refused as refused:
            return await _page(request, number, refused.reason)
        return RedirectResponse(f"/people-changes/{made}", 303)

    async def _page(request: Request, number: int, fault: str = "") -> HTMLResponse:
        found, plan = await way_back(request, number)
        async with database(request).reading() as session:
            persons = await repository.persons(session)
        return await desk.show(
            request, "people_change.html", 409 if fault else 200, change=found, plan=plan, persons=persons, fault=fault,
            late=_late(plan), pending=any(each.changes for each in plan),
        )  # fmt: skip

    return routes


def _late(plan: Sequence[changes.Back]) -> bool:
    return any(each.late for each in plan)
