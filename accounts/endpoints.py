"""People over HTTP: who am I, who is there, and the place somebody has."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from accounts import notice_endpoints, phone_endpoints, repository, service
from accounts.access import CurrentUser, Role, allow, database
from accounts.phone_endpoints import PhoneServer


class Me(BaseModel):
    login: str
    name: str
    role: Role
    number: str
    locale: str


class PersonOut(BaseModel):
    login: str
    name: str
    role: Role
    number: str
    skills: dict[str, int]
    team: str
    lead: bool
    active: bool


class PlaceIn(BaseModel):
    """`team` as it is called in figures, '' for none; `lead`: leads the quality office."""

    team: str = Field(default="", max_length=64)
    lead: bool = False


def router(phones: PhoneServer) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["people"])

    @routes.get("/me", dependencies=[Depends(allow(*Role))])
    async def me(user: CurrentUser) -> Me:
        return Me(login=user.login, name=user.name, role=user.role, number=user.number, locale=user.locale)

    @routes.get("/people", dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))])
    async def people(request: Request) -> list[PersonOut]:
        async with database(request).reading() as session:
            found = await repository.people(session)
        return [PersonOut.model_validate(person, from_attributes=True) for person in found]

    @routes.put("/people/{login}/place", dependencies=[Depends(allow(Role.ADMIN))])
    async def place(login: str, wanted: PlaceIn, request: Request, user: CurrentUser) -> PersonOut:
        """The team somebody is in, and whether he leads the quality office."""
        async with database(request).transaction() as tx:
            found = await service.set_place(tx, login, wanted.team.strip(), wanted.lead, user.login)
        return PersonOut.model_validate(found, from_attributes=True)

    routes.include_router(phone_endpoints.router(phones))
    both = APIRouter()
    both.include_router(routes)
    both.include_router(notice_endpoints.router())
    return both
