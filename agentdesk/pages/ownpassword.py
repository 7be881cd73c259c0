"""One's own password: the page on which everybody changes it, and where those begin whose password was reset."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.access import PASSWORD_PAGE, CurrentUser, Role, allow
from accounts.personnel_endpoints import change_own
from agentdesk.desk import Desk
from agentdesk.pages.signin import own_place

EARLY = [Depends(allow(*Role, early=True))]
Text = Annotated[str, Form(max_length=200)]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get(PASSWORD_PAGE, dependencies=EARLY)
    async def page(request: Request, next: str = "", changed: bool = False) -> HTMLResponse:
        return await desk.show(request, "password.html", fault="", changed=changed, next=own_place(next))

    @routes.post(PASSWORD_PAGE, dependencies=EARLY)
    async def change(
        request: Request, user: CurrentUser, old: Text = "", new: Text = "", again: Text = "", next: Text = ""
    ) -> Response:
        """On to where he was going, if he had to change it first."""
        fault = "password_twice" if new != again else ""
        if not fault and (refused := await change_own(request, user, old, new)):
            fault = refused.reason
        if fault:
            return await desk.show(
                request, "password.html", 409, fault=fault, changed=False, next=own_place(next)
            )  # fmt: skip
        return RedirectResponse(own_place(next) if user.first else f"{PASSWORD_PAGE}?changed=1", 303)

    return routes
