"""Which route names which roles: read off the application, so that one that names nobody cannot go unnoticed."""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from accounts.access import Allowed, Role


@dataclass(frozen=True, slots=True)
class Rights:
    """`roles` empty: open to strangers (`anyone()`); None: the route names nobody, which is a fault."""

    method: str
    path: str
    roles: frozenset[Role] | None


def rights_of(app: FastAPI) -> list[Rights]:
    """Every method of every route, those of included routers too, sockets as WEBSOCKET.

    Mounted applications name nobody.
    """
    found = []
    for route in iter_route_contexts(app.routes):
        guards: list[Allowed] = []
        socket = isinstance(route.original_route, APIWebSocketRoute)
        if isinstance(route.original_route, APIRoute | APIWebSocketRoute):
            needed = route.original_route.dependant.dependencies
            guards = [each.call for each in needed if isinstance(each.call, Allowed)]
        roles = guards[0].roles if guards else None
        found += [Rights(method, route.path or "", roles) for method in _methods(route.methods, socket)]
    return found


def _methods(methods: Iterable[str] | None, socket: bool) -> list[str]:
    return ["WEBSOCKET"] if socket else sorted(methods or {"MOUNT"})
