"""The second factor over HTTP: a key, setting it up with a first code, and dropping somebody's."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from accounts import second_factor, totp
from accounts.access import CurrentUser, Role, allow, clock, database

EARLY = [Depends(allow(*Role, early=True))]


class KeyOut(BaseModel):
    """A key that nobody has yet; `address` is what authenticator programs open."""

    key: str
    address: str


class EnrolIn(BaseModel):
    """`code`: what the authenticator shows for `key` now."""

    key: str = Field(max_length=64)
    code: str = Field(max_length=16)


class RecoveryOut(BaseModel):
    """Codes that open once each, instead of the authenticator's; told this one time."""

    recovery: list[str]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/me/second-factor", dependencies=EARLY)
    async def key(user: CurrentUser) -> KeyOut:
        """A fresh key to set up; nothing is stored."""
        made = second_factor.new_key()
        return KeyOut(key=made, address=totp.address(made, user.login, "Hotline"))

    @routes.put("/me/second-factor", dependencies=EARLY)
    async def enrol(wanted: EnrolIn, request: Request, user: CurrentUser) -> RecoveryOut:
        """Ask for codes of this key from now on; 409 when the code is wrong, or there is a second factor already."""
        async with database(request).transaction() as tx:
            codes = await second_factor.enrol(tx, user.login, wanted.key, wanted.code, clock(request)())
        return RecoveryOut(recovery=codes)

    @routes.delete("/people/{login}/second-factor", dependencies=[Depends(allow(Role.ADMIN))], status_code=204)
    async def drop(login: str, request: Request, user: CurrentUser) -> None:
        """For somebody who has lost it; signs him out."""
        async with database(request).transaction() as tx:
            await second_factor.drop(tx, login, user.login)

    return routes
