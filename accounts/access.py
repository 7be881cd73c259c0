"""Who may use a route: roles, the dependency every route names, and the person behind a request."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Depends, HTTPException, WebSocketException
from starlette.datastructures import FormData
from starlette.requests import HTTPConnection

from accounts.behind import Behind, Holder
from accounts.tokens import fingerprint
from core.clock import Clock, system_clock
from core.database import Database
from core.texts import CONTROL

COOKIE = "hotline_session"
PASSWORD_PAGE = "/password"
SECOND_PAGE = "/second-factor"


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QUALITY = "quality"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """The person behind a request. `number` is an agent's number, '' for people without a telephone.

    `lead`: leads the quality office. `first`: the page of what he must see to before all others, '' for none.
    """

    login: str
    name: str
    role: Role
    number: str
    locale: str
    lead: bool = False
    first: str = ""

    @property
    def leads(self) -> bool:
        """Whether this person decides what the quality office works by: its forms, samples and key figures."""
        return self.role is Role.SUPERVISOR or (self.role is Role.QUALITY and self.lead)


class Allowed:
    """The dependency made by `allow`; `roles` can be read by tests and documentation. No roles: open to anyone.

    `early`: also for those who must see to a page first: choose a password of their own, set up a second factor.
    """

    def __init__(self, roles: frozenset[Role], *, early: bool = False) -> None:
        self.roles = roles
        self.early = early

    async def __call__(self, request: HTTPConnection) -> User | None:
        _demand_plain(request)
        if not self.roles:
            return None
        user = await current_user(request)
        if user.role not in self.roles:
            problem = f"the role {user.role} may not use this"
            raise WebSocketException(1008, problem) if _is_socket(request) else HTTPException(403, problem)
        if user.first and not self.early:
            raise _led(request, user.first, 403, f"this comes first: {user.first}, or PUT /api/me{user.first}")
        return user


def allow(*roles: Role, early: bool = False) -> Allowed:
    """`dependencies=[Depends(allow(Role.ADMIN))]`: 401 (or 303 to the login page) for strangers, 403 for others."""
    if not roles:
        raise ValueError("name at least one role, or use anyone()")
    return Allowed(frozenset(roles), early=early)


def anyone() -> Allowed:
    """Marks a route as open to people who are not signed in: the login page, style sheets, health."""
    return Allowed(frozenset())


async def current_user(request: HTTPConnection) -> User:
    """The signed-in person, by session cookie or bearer token; read once per request."""
    known = await user_or_none(request)
    if known is None:
        raise _sign_in_first(request)
    return known


async def user_or_none(request: HTTPConnection) -> User | None:
    """Like `current_user`, for pages that strangers may see as well."""
    if not hasattr(request.state, "user"):
        request.state.user = await _find(request)
    return cast(User | None, request.state.user)


CurrentUser = Annotated[User, Depends(current_user)]


def database(request: HTTPConnection) -> Database:
    """The centre's database, which the composition put into `app.state.db`."""
    return cast(Database, request.app.state.db)


def clock(request: HTTPConnection) -> Clock:
    """The centre's clock: `app.state.clock` where a test set one, else the system's."""
    return cast(Clock, getattr(request.app.state, "clock", system_clock))


async def in_words(request: HTTPConnection, text: str) -> str:
    """A fault in the asker's language: by `app.state.in_words`, where the pages have put it."""
    say: Callable[[HTTPConnection, str], Awaitable[str]] | None = getattr(request.app.state, "in_words", None)
    return await say(request, text) if say else text


def bearer_of(request: HTTPConnection) -> str:
    """The token of an `Authorization: Bearer` header, '' without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _find(request: HTTPConnection) -> User | None:
    if token := bearer_of(request):
        # A program's token is no password that somebody else has seen, and no code is asked of it.
        holder = await _behind(request).tokens.get(fingerprint(token))
        return as_user(holder) if holder else None
    if token := request.cookies.get(COOKIE, ""):
        mark, now = fingerprint(token), clock(request)()
        holder = await _behind(request).sessions.get(mark)
        if holder and holder.expires_at is not None and holder.expires_at > now:
            await _behind(request).used(mark, holder, now)
            return replace(as_user(holder), first=_first(request, holder))
    return None


def _behind(request: HTTPConnection) -> Behind:
    """One for each application."""
    state = request.app.state
    if not hasattr(state, "behind"):
        state.behind = Behind(database(request))
    return cast(Behind, state.behind)


def _first(request: HTTPConnection, person: Holder) -> str:
    if person.ending:  # led away in a talk, he would lose the telephone on which he talks
        return ""
    if person.must_change:
        return PASSWORD_PAGE
    wanted: Collection[str] = getattr(request.app.state, "second_factor", tuple)()
    return SECOND_PAGE if person.role in wanted and not person.second_key else ""


def as_user(person: Holder) -> User:
    return User(person.login, person.name, Role(person.role), person.number, person.locale, person.lead)


def _demand_plain(request: HTTPConnection) -> None:
    """No address holds a NUL, and no field of a form that has been read by now: it can be in no text of the database,
    and PostgreSQL does not even look for one."""
    form = getattr(request, "_form", None)
    if (form and holds_nul(form)) or "\0" in request.scope["path"] or b"%00" in request.scope.get("query_string", b""):
        raise WebSocketException(1008, CONTROL) if _is_socket(request) else HTTPException(400, CONTROL)


def holds_nul(form: FormData) -> bool:
    """In a field, its name, or the name of a file; in a file it is nothing but a byte."""
    items = [(name, each if isinstance(each, str) else each.filename or "") for name, each in form.multi_items()]
    return any("\0" in name or "\0" in text for name, text in items)


def _sign_in_first(request: HTTPConnection) -> HTTPException | WebSocketException:
    return _led(request, "/login", 401, "sign in first")


def _led(request: HTTPConnection, page: str, status: int, problem: str) -> HTTPException | WebSocketException:
    """A page leads to another one first; a fragment tells htmx to; a program gets the status; a socket is closed."""
    if _is_socket(request):
        return WebSocketException(1008, problem)
    if request.url.path.startswith("/api/") or request.headers.get("authorization"):
        return HTTPException(status, problem, {"WWW-Authenticate": "Bearer"} if status == 401 else None)
    if request.headers.get("hx-request"):
        return HTTPException(status, problem, {"HX-Redirect": page})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return HTTPException(303, problem, {"Location": f"{page}?next={quote(wanted, safe='')}"})


def _is_socket(request: HTTPConnection) -> bool:
    return bool(request.scope["type"] == "websocket")
