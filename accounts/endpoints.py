"""People over HTTP: who am I; the rest is in the modules whose routes are included."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from accounts import personnel_endpoints, phone_endpoints, second_endpoints, trail_endpoints
from accounts.access import CurrentUser, Role, allow
from accounts.phone_endpoints import PhoneServer


class Me(BaseModel):
    login: str
    name: str
    role: Role
    number: str
    locale: str


def router(phones: PhoneServer) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["people"])

    @routes.get("/me", dependencies=[Depends(allow(*Role))])
    async def me(user: CurrentUser) -> Me:
        return Me(login=user.login, name=user.name, role=user.role, number=user.number, locale=user.locale)

    routes.include_router(personnel_endpoints.router())
    routes.include_router(second_endpoints.router())
    routes.include_router(trail_endpoints.router())
    routes.include_router(phone_endpoints.router(phones))
    return routes
