"""The second factor's pages: set up by oneself, and asked for after the password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import second_factor, totp
from accounts.access import COOKIE, SECOND_PAGE, CurrentUser, Role, User, allow, anyone, clock, database
from accounts.lasting import LONGEST_SECONDS
from accounts.models import Person
from agentdesk.desk import Desk
from agentdesk.pages import qr
from agentdesk.pages.signin import CODE_PAGE, own_place, set_cookie
from agentdesk.words.titles import title
from core.errors import Refused

OPEN = [Depends(anyone())]
EARLY = [Depends(allow(*Role, early=True))]
Text = Annotated[str, Form(max_length=200)]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    _enter(routes, desk)
    _enrol(routes, desk)
    return routes


def _enter(routes: APIRouter, desk: Desk) -> None:
    @routes.get(CODE_PAGE, dependencies=OPEN)
    async def ask(request: Request, next: str = "") -> HTMLResponse:
        return await desk.show(request, "code.html", refusal="", next=own_place(next))

    @routes.post(CODE_PAGE, dependencies=OPEN)
    async def enter(request: Request, code: Text = "", next: Text = "") -> Response:
        token = request.cookies.get(COOKIE, "")
        async with database(request).transaction() as tx:
            entered = await second_factor.enter(tx, token, code, clock(request)())
        if not entered.token:
            return await desk.show(request, "code.html", 401, refusal=entered.refusal, next=own_place(next))
        answer = RedirectResponse(own_place(next), 303)
        set_cookie(answer, request, COOKIE, entered.token, int(LONGEST_SECONDS))
        return answer


def _enrol(routes: APIRouter, desk: Desk) -> None:
    @routes.get(SECOND_PAGE, dependencies=EARLY)
    async def offer(request: Request, user: CurrentUser) -> HTMLResponse:
        return await _offer(desk, request, user, second_factor.new_key())

    @routes.post(SECOND_PAGE, dependencies=EARLY)
    async def enrol(request: Request, user: CurrentUser, key: Text = "", code: Text = "") -> HTMLResponse:
        """The codes for a lost telephone are shown in the answer, and never again."""
        try:
            async with database(request).transaction() as tx:
                codes = await second_factor.enrol(tx, user.login, key, code, clock(request)())
        except Refused as fault:
            return await _offer(desk, request, user, key, fault.reason)
        return await _offer(desk, request, user, "", codes=codes)


async def _offer(
    desk: Desk, request: Request, user: User, key: str, fault: str = "", codes: list[str] | None = None
) -> HTMLResponse:
    async with database(request).reading() as session:
        person = await session.get_one(Person, user.login)
    name = title(desk.site.name, desk.language(request, user))
    address = totp.address(key, user.login, name)
    return await desk.show(
        request, "second_factor.html", 409 if fault else 200, known=bool(person.second_key), left=len(person.recovery),
        key=key, shown=totp.grouped(key), address=address, drawing=qr.drawn(address) if key else None, fault=fault,
        codes=codes or [],
    )  # fmt: skip
