"""People over HTTP: who am I; the rest is in the modules whose routes are included."""

from typing import Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from accounts import (
    change_endpoints,
    display_endpoints,
    notice_endpoints,
    personnel_endpoints,
    phone_endpoints,
    second_endpoints,
    service,
    trail_endpoints,
)  # fmt: skip
from accounts.access import CurrentUser, Role, allow, database
from accounts.phone_endpoints import PhoneServer
from core.problem import REFUSALS


class Me(BaseModel):
    login: str
    name: str
    role: Role
    number: str
    locale: str


class LocaleIn(BaseModel):
    locale: Literal["zh", "en"]


def router(phones: PhoneServer) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["people"], responses=REFUSALS)

    @routes.get("/me", dependencies=[Depends(allow(*Role))])
    async def me(user: CurrentUser) -> Me:
        return Me(login=user.login, name=user.name, role=user.role, number=user.number, locale=user.locale)

    @routes.put("/me/locale", dependencies=[Depends(allow(*Role))], status_code=204)
    async def choose_language(wanted: LocaleIn, request: Request, user: CurrentUser) -> None:
        """The language of one's pages, and of what the API says to people."""
        async with database(request).transaction() as tx:
            await service.set_locale(tx, user.login, wanted.locale)

    routes.include_router(personnel_endpoints.router())
    routes.include_router(change_endpoints.router())
    routes.include_router(second_endpoints.router())
    routes.include_router(trail_endpoints.router())
    routes.include_router(phone_endpoints.router(phones))
    both = APIRouter()
    both.include_router(routes)
    both.include_router(notice_endpoints.router())
    both.include_router(display_endpoints.router())
    return both
