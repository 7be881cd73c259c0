"""The audit trail over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from accounts import trail
from accounts.access import CurrentUser, Role, allow, database
from accounts.masking import text_for
from accounts.trail import Wanted
from core.numbers import LAST, Moment

Short = Annotated[str, Query(max_length=120)]
Id = Annotated[int | None, Query(ge=1, le=LAST)]


class EntryOut(BaseModel):
    """`what` a code, `about` what it touched: `call:<id>`, `person:<login>`. `at` in seconds since the epoch."""

    id: int
    at: float
    who: str
    what: str
    about: str
    reason: str


class TrailOut(BaseModel):
    """Newest first; `older` goes into `before` for the next page, null on the last."""

    entries: list[EntryOut]
    older: int | None


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/audit", dependencies=[Depends(allow(Role.ADMIN))])
    async def audit(
        request: Request, user: CurrentUser, who: Short = "", what: Short = "", about: Short = "",
        since: Moment | None = None, until: Moment | None = None, before: Id = None,
    ) -> TrailOut:  # fmt: skip
        """Who did what, to what, when and why; `about` may be a beginning. Customers' numbers are masked."""
        async with database(request).reading() as session:
            found = await trail.page(session, Wanted(who, what, about, since, until, before))
        entries = [
            EntryOut(id=each.id, at=each.at, who=each.who, what=each.what, about=text_for(user, each.about),
                     reason=text_for(user, each.reason))
            for each in found.entries
        ]  # fmt: skip
        return TrailOut(entries=entries, older=found.older)

    return routes
