"""Scores over HTTP."""

from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from accounts.access import CurrentUser, Role, allow
from core.database import Database
from core.errors import NotFound
from qa import repository


class ScoreOut(BaseModel):
    """As `hotline qa score` prints it; `reason` in the language asked for."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    pack: str
    pack_version: str
    score: float
    veto: list[str]
    items: list[dict[str, Any]]
    scored_at: float


def router(db: Database) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["quality"])

    @routes.get(
        "/calls/{call}/score", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))]
    )
    async def score_of_call(call: str, user: CurrentUser, lang: Literal["zh", "en"] = "zh") -> ScoreOut:
        """The newest score; agents see those of their own calls."""
        async with db.reading() as session:
            row = await repository.score_of(session, call)
        if row is None or (user.role is Role.AGENT and row.agent != user.number):
            raise NotFound("there is no score for this call")
        found = ScoreOut.model_validate(row)
        found.items = [{**item, "reason": item["reason"][lang]} for item in found.items]
        return found

    return routes
