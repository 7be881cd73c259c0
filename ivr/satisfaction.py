"""How satisfied customers were with their conversations, as they answered to surveys: added up by the database."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import conversations
from acd.conversations import Asked, Key, key, within
from acd.counting import SLOT, Calls, Span
from acd.models import Offer
from ivr.models import SurveyAnswer

QUESTION = "score"
"""The question that asks for it: where a survey step writes the answer if nothing else is said."""
WORST, BEST = 1.0, 5.0
"""The scale that answers on another one are converted to."""
Liked = tuple[int, float]
"""Conversations of which the caller said how satisfied he is, and the sum of what he said."""


async def liked(session: AsyncSession, asked: Asked, span: Span) -> Mapping[Key, Liked]:
    """Of conversations that were offered in `span`, by queue, agent and slot of that moment."""
    line = conversations.lines(within(asked, span), _answer().label("answer")).subquery()
    sums = (func.count(line.c.answer), func.sum(line.c.answer))
    query = select(*key(line), *sums).where(line.c.answer.is_not(None)).group_by(*key(line))
    rows = await session.execute(query)
    return {(queue, agent, slot * SLOT): (sums[0], sums[1]) for queue, agent, slot, *sums in rows}


def calls_answered(asked: Asked, span: Span) -> Calls:
    """Calls with these conversations."""
    return conversations.calls(*within(asked, span), _answer().is_not(None))


def _answer() -> ColumnElement[float]:
    """Beside an `Offer`: the caller's last answer about its agent."""
    said = SurveyAnswer
    part = cast(said.answer - said.lowest, Float) / (said.highest - said.lowest)
    mine = (said.call == Offer.call, said.agent == Offer.agent, said.question == QUESTION)
    latest = select(WORST + (BEST - WORST) * part).where(*mine).order_by(said.answered_at.desc(), said.id.desc())
    return latest.limit(1).correlate(Offer).scalar_subquery()
