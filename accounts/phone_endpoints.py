"""The settings of a hard telephone or softphone over HTTP; reading its secret is noted in the audit trail."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from accounts import audit, repository
from accounts.access import CurrentUser, Role, allow, database


@dataclass(frozen=True, slots=True)
class PhoneServer:
    """Where telephones register."""

    host: str
    port: int


class PhoneOut(BaseModel):
    """What to enter into a SIP telephone."""

    user: str
    secret: str
    server: str
    port: int


def router(phones: PhoneServer) -> APIRouter:
    routes = APIRouter()

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
