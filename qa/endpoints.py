"""Scores over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import CurrentUser, Role, User, allow
from core.clock import Clock, system_clock
from core.database import Database
from core.errors import NotFound
from core.numbers import FAR, Moment
from core.problem import REFUSALS
from qa import repository
from qa.models import ScoreRow
from qa.office.unjudged import Stop, try_again, unjudged

DAY = 86400.0


class ScoreLine(BaseModel):
    """A score without its rows."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    recording: str
    agent: str
    pack: str
    pack_version: str
    score: float
    veto: list[str]
    scored_at: float


class ScoreOut(ScoreLine):
    """As `hotline qa score` prints it; `reason` in the language asked for."""

    items: list[dict[str, Any]]


class UnjudgedLine(BaseModel):
    """`stop` one of `qa.office.unjudged.Stop`; `again`: whether it can be tried again."""

    model_config = ConfigDict(from_attributes=True)

    recording: str
    call: str
    agent: str
    queue: str
    language: str
    began_at: float
    stop: Stop
    why: str
    again: bool


class UnjudgedOut(BaseModel):
    """`total`: how many there are, also beyond `limit`."""

    total: int
    calls: list[UnjudgedLine]


def router(db: Database, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["quality"], responses=REFUSALS)

    @routes.get("/calls/{call}/score", dependencies=[Depends(allow(*Role))])
    async def score_of_call(call: str, user: CurrentUser, lang: Literal["zh", "en"] = "zh") -> ScoreOut:
        """The newest score of a call; agents see that of their own parts, nobody that of a call he marks blind."""
        async with db.reading() as session:
            row = await repository.score_of(session, call, user.number if user.role is Role.AGENT else "")
            return await _shown(session, row, user, lang)

    @routes.get("/recordings/{recording}/score", dependencies=[Depends(allow(*Role))])
    async def score_of_part(recording: str, user: CurrentUser, lang: Literal["zh", "en"] = "zh") -> ScoreOut:
        """The score of one part of a call that was transferred; agents see those of their own parts."""
        async with db.reading() as session:
            return await _shown(session, await session.get(ScoreRow, recording), user, lang)

    @routes.get("/scores", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))])
    async def scores(
        user: CurrentUser,
        agent: str = "",
        before: Moment = FAR,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> list[ScoreLine]:
        """Scores, newest first; `before` is the `scored_at` of the last one seen. Agents see their own."""
        whose = user.number if user.role is Role.AGENT else agent
        if user.role is Role.AGENT and not whose:
            return []
        async with db.reading() as session:
            rows = await repository.newest(session, whose, before, limit)
            veiled = await repository.veiled(session, user.login) if user.role is not Role.AGENT else set()
        return [ScoreLine.model_validate(row) for row in rows if row.call not in veiled]

    _add_unjudged(routes, db, clock)
    return routes


def _add_unjudged(routes: APIRouter, db: Database, clock: Clock) -> None:
    office = [Depends(allow(Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))]

    @routes.get("/unjudged", dependencies=office)
    async def not_judged(
        language: Annotated[str, Query(max_length=16)] = "",
        days: Annotated[float, Query(gt=0, le=3650)] = 30,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> UnjudgedOut:
        """Recorded calls without a score: where each stands still and why, the newest first."""
        async with db.reading() as session:
            found, total = await unjudged(session, clock() - days * DAY, limit, language)
        return UnjudgedOut(total=total, calls=[UnjudgedLine.model_validate(each) for each in found])

    @routes.post("/recordings/{recording}/retry", status_code=204, dependencies=office)
    async def retry(recording: str, user: CurrentUser) -> None:
        """Have one heard, or judged, again; 404 when there is nothing to try."""
        async with db.transaction() as tx:
            if not await try_again(tx, [recording], user.login):
                raise NotFound("there is nothing to try again")


async def _shown(session: AsyncSession, row: ScoreRow | None, user: User, language: str) -> ScoreOut:
    agent = user.role is Role.AGENT
    hidden = row is None or (agent and (not user.number or row.agent != user.number))
    if row is None or hidden or (not agent and row.call in await repository.veiled(session, user.login)):
        raise NotFound("there is no score for this call")
    found = ScoreOut.model_validate(row)
    found.items = [{**item, "reason": item["reason"][language]} for item in found.items]
    return found
