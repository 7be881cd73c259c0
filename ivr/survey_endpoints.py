"""What callers answered to surveys, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from accounts.access import CurrentUser, Role, allow
from core.database import Database
from core.numbers import Moment
from core.problem import REFUSALS
from ivr.models import SurveyAnswer


class AnswerOut(BaseModel):
    """`agent` and `queue` of the talk before it, '' when there was none; the scale is from `lowest` to `highest`."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    agent: str
    queue: str
    step: str
    question: str
    answer: int
    lowest: int
    highest: int
    answered_at: float


class SurveyOut(BaseModel):
    """`mean` of the answers listed, null when there are none."""

    answers: list[AnswerOut]
    mean: float | None


def router(db: Database) -> APIRouter:
    routes = APIRouter(prefix="/api/surveys", tags=["surveys"], responses=REFUSALS)

    @routes.get("", dependencies=[Depends(allow(*Role))])
    async def answers(
        user: CurrentUser, agent: str = "", call: str = "", question: str = "", since: Moment = 0.0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> SurveyOut:  # fmt: skip
        """Newest first; agents see answers about themselves."""
        query = select(SurveyAnswer).where(SurveyAnswer.answered_at >= since)
        wanted = (user.number or "-") if user.role is Role.AGENT else agent
        for column, value in (
            (SurveyAnswer.agent, wanted), (SurveyAnswer.call, call), (SurveyAnswer.question, question),
        ):  # fmt: skip
            query = query.where(column == value) if value else query
        async with db.reading() as session:
            rows = list(await session.scalars(query.order_by(SurveyAnswer.answered_at.desc()).limit(limit)))
        found = [AnswerOut.model_validate(row) for row in rows]
        mean = sum(each.answer for each in found) / len(found) if found else None
        return SurveyOut(answers=found, mean=mean)

    return routes
