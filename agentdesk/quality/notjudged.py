"""The part of the quality office's inbox with the calls that are not judged, and its button to try again."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.intake import form_sent
from agentdesk.desk import PLACES, Desk
from qa.office.unjudged import try_again, unjudged

LOOK_BACK = 30 * 86400.0
MOST = 50


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/not-judged", dependencies=rights)
    async def part(request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            names = await people.names(session)
            values = await standing_still(desk, session, request, user)
        return await desk.show(request, "_not_judged.html", names=names, **values)

    @routes.post("/quality/not-judged/again", dependencies=rights)
    async def again(request: Request, user: CurrentUser) -> RedirectResponse:
        """The recordings named in the form, or all that can be tried again."""
        form = await form_sent(request)
        wanted = [str(each) for each in form.getlist("recording")]
        async with database(request).transaction() as tx:
            if not wanted:
                found, _ = await unjudged(tx.session, clock(request)() - LOOK_BACK, MOST)
                wanted = [each.recording for each in found if each.again]
            await try_again(tx, wanted, user.login)
        return RedirectResponse("/quality", 303)

    return routes


async def standing_still(desk: Desk, session: AsyncSession, request: Request, user: User) -> dict[str, Any]:
    """What `_not_judged.html` shows, beside the names of agents."""
    found, count = await unjudged(session, clock(request)() - LOOK_BACK, MOST)
    return {"unheard": found, "unheard_count": count, "queues": desk.board.titles(desk.language(request, user))}
