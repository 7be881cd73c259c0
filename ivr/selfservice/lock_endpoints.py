"""Locks of customers' telephone codes over HTTP: which stand, and how they are ended before their time."""

from typing import Literal, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from accounts.access import CurrentUser, Role, User, allow
from accounts.masking import number_for
from core.problem import REFUSALS
from ivr.models import VerifyLock
from ivr.selfservice.verifying import CodeLocks

MAY_END = (Role.SUPERVISOR, Role.ADMIN)


class LockOut(BaseModel):
    """`customer` by his number. `own`: for tries from that number; otherwise for those from all others."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    customer: str
    secret: Literal["pin", "identity"]
    own: bool
    tries: int
    locked_until_at: float

    @classmethod
    def of(cls, row: VerifyLock, user: User) -> Self:
        return cls.model_validate(row).model_copy(update={"customer": number_for(user, row.customer)})


def router(locks: CodeLocks) -> APIRouter:
    routes = APIRouter(prefix="/api/code-locks", tags=["menus"], responses=REFUSALS)

    @routes.get("", dependencies=[Depends(allow(*MAY_END))])
    async def standing(user: CurrentUser) -> list[LockOut]:
        """The latest first."""
        return [LockOut.of(each, user) for each in await locks.standing()]

    @routes.delete("/{lock}", dependencies=[Depends(allow(*MAY_END))], status_code=204)
    async def end(lock: str, user: CurrentUser) -> None:
        """The customer may try again at once. 404 for one that is over."""
        await locks.end(lock, user.login)

    return routes
