"""Which route names which roles: read off the application, so that one that names nobody cannot go unnoticed."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from accounts.access import Allowed, Role


@dataclass(frozen=True, slots=True)
class Rights:
    """`roles` empty: open to strangers (`anyone()`); None: the route names nobody, which is a fault."""

    method: str
    path: str
    roles: frozenset[Role] | None


def rights_of(app: FastAPI) -> list[Rights]:
    """Every method of every route, those of included routers too. Mounted applications name nobody."""
    found = []
    for route in iter_route_contexts(app.routes):
        guards: list[Allowed] = []
        if isinstance(route.original_route, APIRoute):
            needed = route.original_route.dependant.dependencies
            guards = [each.call for each in needed if isinstance(each.call, Allowed)]
        roles = guards[0].roles if guards else None
        found += [Rights(method, route.path or "", roles) for method in sorted(route.methods or {"MOUNT"})]
    return found
