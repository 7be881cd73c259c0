"""Notices to agents over HTTP."""

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts import notices, repository
from accounts.access import CurrentUser, Role, allow, clock, database
from core.errors import NotFound
from core.problem import REFUSALS
from core.texts import Line


class NoticeIn(BaseModel):
    """`to`: an agent's number, '' for all. Shown for `minutes`, or until read."""

    text: Line = Field(min_length=1, max_length=400)
    to: Line = Field(default="", max_length=16)
    minutes: float = Field(default=60, gt=0, le=1440)


class NoticeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    at: float
    by: str
    to: str
    text: str
    until_at: float


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/notices", tags=["people"], responses=REFUSALS)

    @routes.post("", status_code=201, dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))])
    async def tell(wanted: NoticeIn, request: Request, user: CurrentUser) -> NoticeOut:
        """404 for an agent's number that nobody has."""
        text, now = wanted.text.strip(), clock(request)()
        if not text:
            raise HTTPException(422, "write what agents shall read")
        async with database(request).transaction() as tx:
            if wanted.to and wanted.to not in {each.number for each in await repository.agents(tx.session)}:
                raise NotFound(f"there is no agent {wanted.to}")
            made = await notices.tell(tx, text, wanted.to, user.login, now, wanted.minutes * 60)
        return NoticeOut.model_validate(made)

    @routes.get("", dependencies=[Depends(allow(Role.AGENT))])
    async def unread(request: Request, user: CurrentUser) -> list[NoticeOut]:
        """What you have not read yet, newest first."""
        async with database(request).reading() as session:
            found = await notices.unread(session, user.number, clock(request)())
        return [NoticeOut.model_validate(each) for each in found]

    @routes.post("/{notice}/read", status_code=204, dependencies=[Depends(allow(Role.AGENT))])
    async def read(notice: str, request: Request, user: CurrentUser) -> None:
        async with database(request).transaction() as tx:
            await notices.read(tx, notice, user.number, clock(request)())

    return routes
