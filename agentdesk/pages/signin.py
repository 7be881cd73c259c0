"""Signing in and out, and the choice of language."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import handsets, service
from accounts.access import COOKIE, User, anyone, clock, database, user_or_none
from accounts.lasting import LONGEST_SECONDS
from acd import repository as acd
from acd.agent_state import AgentState
from agentdesk.desk import LANGUAGE_COOKIE, Desk

CODE_PAGE = "/login/code"
OPEN = [Depends(anyone())]
Text = Annotated[str, Form(max_length=200)]
YEAR = 365 * 24 * 3600
AT_THE_TELEPHONE = (AgentState.RINGING, AgentState.TALKING, AgentState.ON_HOLD)


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/login", dependencies=OPEN)
    async def login_page(request: Request, next: str = "/") -> Response:
        if await user_or_none(request) is not None:
            return RedirectResponse(own_place(next), 303)
        return await desk.show(request, "login.html", refusal="", login="", next=own_place(next))

    @routes.post("/login", dependencies=OPEN)
    async def sign_in(request: Request, login: Text = "", password: Text = "", next: Text = "/") -> Response:
        db = database(request)
        async with db.reading() as session:
            matched = await service.password_matches(session, login, password)
        async with db.transaction() as tx:
            entered = await service.sign_in(tx, login, matched, clock(request)())
        if not entered.token:
            return await _refused(desk, request, entered.refusal, login, own_place(next))
        place = f"{CODE_PAGE}?next={quote(own_place(next), safe='')}" if entered.pending else own_place(next)
        answer = RedirectResponse(place, 303)
        set_cookie(answer, request, COOKIE, entered.token, int(LONGEST_SECONDS))
        return answer

    @routes.post("/logout", dependencies=OPEN)
    async def sign_out(request: Request, sure: Text = "") -> Response:
        """Asks first who is in a call on this browser's telephone: it ends with the session."""
        state = await _on_this_telephone(request, await user_or_none(request))
        if state is AgentState.RINGING or (state and not sure):
            back = _came_from(request)
            return await desk.show(
                request, "signing_out.html", status=409, rings=state is AgentState.RINGING, back=back
            )
        if token := request.cookies.get(COOKIE):
            async with database(request).transaction() as tx:
                await service.sign_out(tx, token, clock(request)())
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    @routes.post("/language", dependencies=OPEN)
    async def choose_language(request: Request, language: Text, next: Text = "/") -> Response:
        answer = RedirectResponse(own_place(next), 303)
        if language in desk.site.languages:
            if user := await user_or_none(request):
                async with database(request).transaction() as tx:
                    await service.set_locale(tx, user.login, language)
            set_cookie(answer, request, LANGUAGE_COOKIE, language, YEAR)
        return answer

    return routes


async def _on_this_telephone(request: Request, user: User | None) -> AgentState | None:
    """What the agent is at, if he has a call on the telephone of this very session."""
    if user is None or not user.number:
        return None
    async with database(request).reading() as session:
        since = await handsets.since(session, user.number, request.cookies.get(COOKIE, ""))
        rung_at = await acd.rung_at(session, user.number)
        if since is None or (rung_at is not None and rung_at < since):
            return None
        agent = (await acd.agents(session)).get(user.number)
    return next((each for each in AT_THE_TELEPHONE if agent and each == agent.state), None)


def _came_from(request: Request) -> str:
    page = urlsplit(request.headers.get("referer", ""))
    return "/" if page.path == request.url.path else own_place(page.path + (f"?{page.query}" if page.query else ""))


async def _refused(desk: Desk, request: Request, refusal: str, login: str, next_place: str) -> HTMLResponse:
    return await desk.show(request, "login.html", status=401, refusal=refusal, login=login, next=next_place)


def own_place(address: str) -> str:
    """`address` when it is a path of ours, else the start: nobody is led to another site after signing in."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if ours else "/"


def set_cookie(answer: Response, request: Request, name: str, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)
