"""People over HTTP: who am I, who is there, and the settings of a hard telephone or softphone."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from accounts import audit, repository, service
from accounts.access import CurrentUser, Role, allow, database


@dataclass(frozen=True, slots=True)
class PhoneServer:
    """Where telephones register."""

    host: str
    port: int


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


class PhoneOut(BaseModel):
    """What to enter into a SIP telephone."""

    user: str
    secret: str
    server: str
    port: int


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

    @routes.get("/me/phone", dependencies=[Depends(allow(Role.AGENT))])
    async def my_phone(request: Request, user: CurrentUser) -> PhoneOut:
        return await _phone(request, user.number, user.login, phones)

    @routes.get("/agents/{number}/phone", dependencies=[Depends(allow(Role.ADMIN))])
    async def phone(number: str, request: Request, user: CurrentUser) -> PhoneOut:
        return await _phone(request, number, user.login, phones)

    return routes


async def _phone(request: Request, number: str, who: str, server: PhoneServer) -> PhoneOut:
    async with database(request).transaction() as tx:
        found = await repository.phone(tx.session, number)
        if found is None:
            raise HTTPException(404, f"there is no agent {number}")
        await audit.note(tx, who, "phone_secret_read", f"agent:{number}")
    return PhoneOut(user=found.user, secret=found.secret, server=server.host, port=server.port)
