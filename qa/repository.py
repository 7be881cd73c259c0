"""Queries for scores and reviews."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, String, and_, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from acd.models import Call, Offer
from acd.reclaims import taken_up_again
from acd.talks import talks
from qa.blind import Kind, RoundState
from qa.kpi import Facts
from qa.marks import Marked
from qa.models import (
    Appeal,
    BlindCall,
    BlindForm,
    BlindRound,
    CoachingNote,
    PackVersion,
    Review,
    ReviewEvent,
    ScoreRow,
)  # fmt: skip
from qa.review import ReviewState, restored
from qa.verdict import Verdict, packed

AT_ONCE = 500
LATELY = 600.0
NOT_TAKEN = ("no_answer", "declined", "busy", "unreachable")
"""Results of offers that the agent could have taken (`acd.events.OfferEnded`)."""


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


async def scores_by_recording(session: AsyncSession, recordings: Sequence[str]) -> Sequence[ScoreRow]:
    return (await session.scalars(select(ScoreRow).where(ScoreRow.recording.in_(recordings)))).all()


async def take_up(session: AsyncSession, recordings: Sequence[str]) -> None:
    """Somebody is at these calls: they are due no more."""
    await session.execute(update(ScoreRow).where(ScoreRow.recording.in_(recordings)).values(taken=True))


async def review_of_recording(session: AsyncSession, recording: str) -> Review | None:
    return await session.scalar(select(Review).where(Review.recording == recording))


async def reviews_in(session: AsyncSession, states: Sequence[ReviewState], limit: int) -> Sequence[Review]:
    """Reviews in these states, the oldest first."""
    query = select(Review).where(Review.state.in_(states)).order_by(Review.opened_at)
    return (await session.scalars(query.limit(limit))).all()


async def reviews_like(
    session: AsyncSession, state: ReviewState | None, reviewer: str, agent: str, before: float, limit: int
) -> Sequence[Review]:
    """Reviews opened before a time, the newest first; None and '' for any."""
    query = select(Review).where(Review.opened_at < before).order_by(Review.opened_at.desc()).limit(limit)
    wanted = {Review.state: state, Review.reviewer: reviewer, Review.agent: agent}
    return (await session.scalars(query.where(*(column == value for column, value in wanted.items() if value)))).all()


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


async def marked(
    session: AsyncSession, since: float, until: float, agents: Collection[str] | None = None, queue: str = ""
) -> list[Marked]:
    """Scores made in a period with what reviews made of them; of these agents (None: all) and this queue ('': all)."""
    wanted = [ScoreRow.scored_at >= since, ScoreRow.scored_at < until]
    if agents is not None:
        wanted.append(ScoreRow.agent.in_(agents))
    if queue:
        wanted.append(ScoreRow.queue == queue)
    done = (Review.recording == ScoreRow.recording, Review.state != ReviewState.OPEN)
    reviews = select(Review.recording, Review.score, Review.veto, Review.rows).join(ScoreRow, and_(*done))
    final = {row[0]: row[1:] for row in await session.execute(reviews.where(*wanted))}
    columns = (ScoreRow.call, ScoreRow.agent, ScoreRow.scored_at, ScoreRow.score, ScoreRow.vetoed, ScoreRow.verdicts)
    found = []
    rows = await session.stream(select(ScoreRow.recording, *columns).where(*wanted).order_by(ScoreRow.scored_at))
    # Some at a time: calls go on meanwhile, and nothing may keep them waiting.
    async for some in rows.partitions(AT_ONCE):
        for recording, call, agent, at, score, vetoed, verdicts in some:
            if recording in final:
                score, veto, lines = final[recording]
                vetoed, verdicts = bool(veto), packed((line.id, line.stands) for line in restored(lines))
            found.append(Marked(call, agent, at, score, vetoed, recording in final, verdicts))
    return found


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


async def rule_titles(session: AsyncSession, language: str) -> dict[str, str]:
    """Rule → its title in the newest version of every pack."""
    found: dict[str, str] = {}
    for version in await pack_versions(session):
        items: Mapping[str, Any] = version.content["items"]
        found |= {rule: item["title"].get(language) or item["title"]["zh"] for rule, item in items.items()}
    return found


async def double_of(session: AsyncSession, recording: str) -> BlindRound | None:
    """The double round of a recording."""
    query = select(BlindRound).join(BlindCall, BlindCall.round == BlindRound.id)
    return await session.scalar(query.where(BlindCall.recording == recording, BlindRound.kind == Kind.DOUBLE))


async def forms_of(session: AsyncSession, round_id: str, recording: str = "") -> Sequence[BlindForm]:
    """Forms of a round, or of one of its calls, in the order they were begun."""
    query = select(BlindForm).where(BlindForm.round == round_id).order_by(BlindForm.begun_at, BlindForm.id)
    return (await session.scalars(query.where(BlindForm.recording == recording) if recording else query)).all()


async def finished_forms(session: AsyncSession, round_id: str) -> dict[str, list[BlindForm]]:
    """Finished forms by recording."""
    found: dict[str, list[BlindForm]] = {}
    for form in await forms_of(session, round_id):
        if form.done_at is not None:
            found.setdefault(form.recording, []).append(form)
    return found


async def calls_of_round(session: AsyncSession, round_id: str) -> Sequence[BlindCall]:
    return (await session.scalars(select(BlindCall).where(BlindCall.round == round_id).order_by(BlindCall.call))).all()


async def rounds(session: AsyncSession, kind: Kind, states: Sequence[RoundState], limit: int) -> Sequence[BlindRound]:
    """Rounds of a kind in these states, the newest first."""
    query = select(BlindRound).where(BlindRound.kind == kind, BlindRound.state.in_(states))
    return (await session.scalars(query.order_by(BlindRound.opened_at.desc()).limit(limit))).all()


async def blind_verdicts(
    session: AsyncSession, since: float, until: float, agent: str
) -> AsyncIterator[list[dict[str, Verdict]]]:
    """Verdicts by rule of everybody who marked a call blind, call by call, of rounds compared in a period.

    A double round is compared when both forms are in.
    """
    query = select(BlindRound.id, BlindCall.recording).join(BlindCall, BlindCall.round == BlindRound.id)
    query = query.where(BlindRound.state != RoundState.MARKING)
    query = query.where(BlindRound.opened_at >= since, BlindRound.opened_at < until)
    if agent:
        query = query.where(BlindCall.agent == agent)
    for round_id, recording in (await session.execute(query)).all():
        forms = [form for form in await forms_of(session, round_id, recording) if form.done_at is not None]
        yield [{line.id: line.stands for line in restored(form.rows)} for form in forms]


async def invited_to_mark(session: AsyncSession, call: str) -> set[str]:
    """Logins of those who mark this call blind in a session that is open."""
    query = select(BlindRound.invited).join(BlindCall, BlindCall.round == BlindRound.id)
    query = query.where(BlindCall.call == call, BlindRound.state == RoundState.MARKING)
    return {login for invited in await session.scalars(query) for login in invited}


async def kpi_facts(session: AsyncSession, since: float, until: float) -> dict[str, Facts]:
    """What each agent's key figures of a period are made of, added up by the database."""
    found: dict[str, Facts] = {}
    done = and_(Review.recording == ScoreRow.recording, Review.state != ReviewState.OPEN)
    final = func.coalesce(Review.score, ScoreRow.score)
    veto = cast(func.coalesce(cast(Review.veto, String), cast(ScoreRow.veto, String)) != "[]", Integer)
    scores = select(
        ScoreRow.agent, func.count(), func.sum(final), func.sum(veto), func.count(Review.id),
        func.coalesce(func.sum(Review.score), 0.0),
    ).outerjoin(Review, done)  # fmt: skip
    scores = scores.where(ScoreRow.scored_at >= since, ScoreRow.scored_at < until).group_by(ScoreRow.agent)
    for agent, count, total, vetoes, reviewed, reviews in (await session.execute(scores)).all():
        found[agent] = Facts(scored=count, score_sum=total, vetoes=vetoes, reviewed=reviewed, review_sum=reviews)
    taken = func.sum(cast(Offer.result == "accepted", Integer))
    offers = select(Offer.agent, func.count(), taken).where(Offer.result.in_(["accepted", *NOT_TAKEN]))
    offers = offers.join(Call, Call.id == Offer.call).where(Call.direction == "inbound")
    offers = offers.where(Offer.offered_at >= since, Offer.offered_at < until, ~taken_up_again()).group_by(Offer.agent)
    for agent, count, accepted in (await session.execute(offers)).all():
        found[agent] = found.get(agent, Facts()) + Facts(offered=count, taken=accepted)
    for agent, (count, seconds) in (await talks(session, since, until)).items():
        found[agent] = found.get(agent, Facts()) + Facts(talks=count, talk_sum=seconds)
    return found


async def angry_lately(session: AsyncSession, now: float) -> Sequence[str]:
    """Calls that were scored in the last minutes and whose customer was angry."""
    query = select(ScoreRow.call).where(ScoreRow.scored_at > now - LATELY, cast(ScoreRow.anger, String) != "[]")
    return sorted(set(await session.scalars(query)))


async def veiled(session: AsyncSession, login: str) -> set[str]:
    """Calls whose scores this person of the office may not see yet, because they are marked blind."""
    query = select(BlindRound.kind, BlindRound.invited, BlindCall.call).join(
        BlindCall, BlindCall.round == BlindRound.id
    )
    rows = (await session.execute(query.where(BlindRound.state == RoundState.MARKING))).all()
    return {call for kind, invited, call in rows if kind == Kind.DOUBLE or login in invited}
