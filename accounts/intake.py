"""What is read of a request: nothing from those who may not use its route, and no more than the route takes."""

import sys
from typing import Any

from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accounts.access import Allowed, holds_nul
from accounts.guard import SAFE
from core.texts import CONTROL

LARGEST = 4_000_000
"""Bytes. A form with a text of 400 000 characters has up to nine for each."""
FROM_STRANGERS = 65_536
AS_SENT = 5
"""Most bytes that a character of a file, or a byte of it in a form, takes on the way: two of Chinese go as nine."""


NO_OWN: Any = {"max_part_size": sys.maxsize}
"""Of a form's fields: `Intake` says how much comes in altogether, each field how long it may be."""
MOST_FIELDS = 1000


async def form_sent(request: Request, most_fields: int = MOST_FIELDS) -> FormData:
    """A form whose fields no route names. Raises HTTPException for one with a NUL, or with more fields."""
    form = await request.form(max_fields=most_fields, **NO_OWN)
    if holds_nul(form):
        raise HTTPException(400, CONTROL)
    return form


class UpTo:
    """`dependencies=[Depends(UpTo(bytes))]`: a route that takes more than LARGEST, or less; `Intake` asks it."""

    def __init__(self, size: int) -> None:
        self.size = size

    async def __call__(self) -> None:
        """By now the body is read."""


class Intake:
    """ASGI middleware. A framework reads a body before it asks who sends it: here he is asked for first.

    The refusal comes out of the reading, so that the application answers it like any other.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE:
            receive = _Body(scope, receive)
        await self._app(scope, receive, send)


class _Body:
    """The way a request's body comes in."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._most: int | None = None
        self._read = 0
        self._is_form = (
            Headers(scope=scope).get("content-type", "").lower().startswith("application/x-www-form-urlencoded")
        )
        self._end = b""

    async def __call__(self) -> Message:
        if self._most is None:
            self._most = await _admitted(self._scope)
            said = Headers(scope=self._scope).get("content-length", "")
            self._count(int(said) if said.isdecimal() else 0, self._most)
        message = await self._receive()
        piece = message.get("body", b"")
        self._read += len(piece)
        self._count(self._read, self._most)
        if self._is_form:
            self._demand_plain(piece)
        return message

    def _demand_plain(self, piece: bytes) -> None:
        """No field holds a NUL, as no address does; it may come in two pieces."""
        if b"%00" in self._end + piece or b"\0" in piece:
            raise HTTPException(400, CONTROL)
        self._end = (self._end + piece[-2:])[-2:]

    def _count(self, size: int, most: int) -> None:
        if size > most:
            raise HTTPException(413, f"more was sent than the {most} bytes that are taken here")


async def _admitted(scope: Scope) -> int:
    """How much may be sent to the route that was found. Raises HTTPException for who may not use it."""
    route = scope.get("route")
    asked = [each.call for each in route.dependant.dependencies] if isinstance(route, APIRoute) else []
    guards = [each for each in asked if isinstance(each, Allowed)]
    for guard in guards:
        await guard(HTTPConnection(scope))
    sizes = [each.size for each in asked if isinstance(each, UpTo)]
    return max(sizes, default=LARGEST if any(guard.roles for guard in guards) else FROM_STRANGERS)
