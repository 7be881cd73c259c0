"""Scores over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from accounts.access import CurrentUser, Role, allow
from core.database import Database
from core.errors import NotFound
from qa import repository


class ScoreLine(BaseModel):
    """A score without its rows."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    agent: str
    pack: str
    pack_version: str
    score: float
    veto: list[str]
    scored_at: float


class ScoreOut(ScoreLine):
    """As `hotline qa score` prints it; `reason` in the language asked for."""

    items: list[dict[str, Any]]


def router(db: Database) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["quality"])

    @routes.get(
        "/calls/{call}/score", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))]
    )
    async def score_of_call(call: str, user: CurrentUser, lang: Literal["zh", "en"] = "zh") -> ScoreOut:
        """The newest score; agents see those of their own calls, nobody that of a call he marks blind."""
        async with db.reading() as session:
            row = await repository.score_of(session, call)
            veiled = await repository.veiled(session, user.login)
        if row is None or (row.agent != user.number if user.role is Role.AGENT else call in veiled):
            raise NotFound("there is no score for this call")
        found = ScoreOut.model_validate(row)
        found.items = [{**item, "reason": item["reason"][lang]} for item in found.items]
        return found

    @routes.get("/scores", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))])
    async def scores(
        user: CurrentUser,
        agent: str = "",
        before: float = 1e12,
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

    return routes
