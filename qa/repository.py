"""Queries for scores."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from qa.models import ScoreRow


async def score_of(session: AsyncSession, call: str) -> ScoreRow | None:
    """The newest score of a call."""
    return await session.scalar(
        select(ScoreRow).where(ScoreRow.call == call).order_by(ScoreRow.scored_at.desc()).limit(1)
    )


async def newest(session: AsyncSession, agent: str, before: float, limit: int) -> Sequence[ScoreRow]:
    """Scores made before a time, newest first; of one agent, or of all when `agent` is empty."""
    query = select(ScoreRow).where(ScoreRow.scored_at < before).order_by(ScoreRow.scored_at.desc()).limit(limit)
    return (await session.scalars(query.where(ScoreRow.agent == agent) if agent else query)).all()


async def scores_of(session: AsyncSession, calls: Sequence[str]) -> dict[str, ScoreRow]:
    """Newest score by call, for a list of calls."""
    rows = await session.scalars(select(ScoreRow).where(ScoreRow.call.in_(calls)).order_by(ScoreRow.scored_at))
    return {row.call: row for row in rows}
