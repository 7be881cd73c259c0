"""Queries for scores and reviews."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from qa.models import Appeal, CoachingNote, PackVersion, Review, ReviewEvent, ScoreRow
from qa.review import ReviewState
from qa.sampling import Candidate, Why


async def score_of(session: AsyncSession, call: str, agent: str = "") -> ScoreRow | None:
    """The newest score of a call, or of `agent`'s parts of it."""
    query = select(ScoreRow).where(ScoreRow.call == call).order_by(ScoreRow.scored_at.desc()).limit(1)
    return await session.scalar(query.where(ScoreRow.agent == agent) if agent else query)


async def newest(session: AsyncSession, agent: str, before: float, limit: int) -> Sequence[ScoreRow]:
    """Scores made before a time, newest first; of one agent, or of all when `agent` is empty."""
    query = select(ScoreRow).where(ScoreRow.scored_at < before).order_by(ScoreRow.scored_at.desc()).limit(limit)
    return (await session.scalars(query.where(ScoreRow.agent == agent) if agent else query)).all()


async def scores_of(session: AsyncSession, calls: Sequence[str], agent: str = "") -> dict[str, ScoreRow]:
    """Newest score by call, for a list of calls; only of `agent`'s parts where one is named."""
    query = select(ScoreRow).where(ScoreRow.call.in_(calls)).order_by(ScoreRow.scored_at)
    rows = await session.scalars(query.where(ScoreRow.agent == agent) if agent else query)
    return {row.call: row for row in rows}


async def risky(session: AsyncSession, since: float, below: float, limit: int) -> Sequence[ScoreRow]:
    """Scores made since a time that nobody reviews and that are low, doubtful or of an angry customer; lowest first."""
    query = (
        select(ScoreRow)
        .outerjoin(Review, Review.recording == ScoreRow.recording)
        .where(Review.id.is_(None), ScoreRow.scored_at >= since)
        .where(or_(ScoreRow.score < below, ScoreRow.doubts > 0, func.json_array_length(ScoreRow.anger) > 0))
        .order_by(ScoreRow.score, ScoreRow.scored_at.desc())
    )
    return (await session.scalars(query.limit(limit))).all()


async def unreviewed(session: AsyncSession, since: float) -> list[Candidate]:
    """Every scored call since a time that nobody has reviewed."""
    query = (
        select(ScoreRow.recording, ScoreRow.agent)
        .outerjoin(Review, Review.recording == ScoreRow.recording)
        .where(Review.id.is_(None), ScoreRow.scored_at >= since)
    )
    return [Candidate(recording, agent) for recording, agent in (await session.execute(query)).all()]


async def sampled(session: AsyncSession, since: float) -> dict[str, int]:
    """How many drawn calls of each agent have been reviewed since a time."""
    query = select(Review.agent, func.count()).where(Review.why == Why.SAMPLE, Review.opened_at >= since)
    return dict((await session.execute(query.group_by(Review.agent))).all())


async def scores_by_recording(session: AsyncSession, recordings: Sequence[str]) -> Sequence[ScoreRow]:
    return (await session.scalars(select(ScoreRow).where(ScoreRow.recording.in_(recordings)))).all()


async def review_of_recording(session: AsyncSession, recording: str) -> Review | None:
    return await session.scalar(select(Review).where(Review.recording == recording))


async def reviews_in(session: AsyncSession, states: Sequence[ReviewState], limit: int) -> Sequence[Review]:
    """Reviews in these states, the oldest first."""
    query = select(Review).where(Review.state.in_(states)).order_by(Review.opened_at)
    return (await session.scalars(query.limit(limit))).all()


async def reviews_of_agent(session: AsyncSession, agent: str, limit: int) -> Sequence[Review]:
    """An agent's finished reviews, the newest first."""
    query = select(Review).where(Review.agent == agent, Review.state != ReviewState.OPEN)
    return (await session.scalars(query.order_by(Review.finished_at.desc()).limit(limit))).all()


async def finished_reviews(session: AsyncSession, since: float, until: float) -> Sequence[Review]:
    """Reviews finished in a period, the oldest first."""
    query = select(Review).where(Review.finished_at >= since, Review.finished_at < until)
    return (await session.scalars(query.order_by(Review.finished_at))).all()


async def scores_with_reviews(
    session: AsyncSession, since: float, until: float, agent: str
) -> AsyncIterator[tuple[ScoreRow, Review | None]]:
    """Scores made in a period, each with its finished review where there is one; '' for every agent."""
    done = and_(Review.recording == ScoreRow.recording, Review.state != ReviewState.OPEN)
    query = select(ScoreRow, Review).outerjoin(Review, done)
    query = query.where(ScoreRow.scored_at >= since, ScoreRow.scored_at < until)
    if agent:
        query = query.where(ScoreRow.agent == agent)
    async for score, review in await session.stream(query.execution_options(yield_per=200)):
        yield score, review


async def appeal_of(session: AsyncSession, review: str) -> Appeal | None:
    return await session.get(Appeal, review)


async def history_of(session: AsyncSession, review: str) -> Sequence[ReviewEvent]:
    """Everything that happened to a review, first to last."""
    query = select(ReviewEvent).where(ReviewEvent.review == review).order_by(ReviewEvent.id)
    return (await session.scalars(query)).all()


async def notes_of_review(session: AsyncSession, review: str) -> Sequence[CoachingNote]:
    query = select(CoachingNote).where(CoachingNote.review == review).order_by(CoachingNote.written_at)
    return (await session.scalars(query)).all()


async def notes_of_agent(session: AsyncSession, agent: str, limit: int) -> Sequence[CoachingNote]:
    """Notes about finished reviews, the newest first."""
    query = select(CoachingNote).join(Review).where(CoachingNote.agent == agent, Review.state != ReviewState.OPEN)
    return (await session.scalars(query.order_by(CoachingNote.written_at.desc()).limit(limit))).all()


async def pack_versions(session: AsyncSession, pack: str = "") -> Sequence[PackVersion]:
    """Versions the engine has used, oldest first."""
    query = select(PackVersion).order_by(PackVersion.first_used_at)
    return (await session.scalars(query.where(PackVersion.pack == pack) if pack else query)).all()
