"""What is due for people: risks and drawn samples, counted whole by the database and listed in part."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from accounts.models import Person
from qa import sampling
from qa.blind import Kind
from qa.models import BlindCall, BlindRound, Review, ScoreRow
from qa.sampling import Candidate, Draw, Plan, Why

Query = TypeVar("Query", bound="Select[*tuple[Any, ...]]")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A call a plan has drawn: `plan` is its name; `double`: two people mark it blind."""

    recording: str
    plan: str
    double: bool


async def counts(session: AsyncSession, plan: Plan, since: float) -> dict[Why, int]:
    """How many unreviewed calls scored since a time each risk brings, counted by the database."""
    classes = (ScoreRow.score < plan.low_score, _vetoed(), ScoreRow.doubts > 0)
    query = _risky(select(func.count(), func.min(ScoreRow.score), *classes), plan, since).group_by(*classes)
    found: Counter[Why] = Counter()
    for count, lowest, _, veto, doubts in (await session.execute(query)).all():
        why = sampling.why(lowest, bool(veto), int(doubts), plan)
        if why is not None:
            found[why] += count
    return dict(found)


async def risky(session: AsyncSession, plan: Plan, since: float, only: Why | None, limit: int) -> Sequence[ScoreRow]:
    """Unreviewed calls that are a risk, the gravest first; of one reason where it is named."""
    query = _risky(select(ScoreRow), plan, since).order_by(_vetoed().desc(), ScoreRow.score, ScoreRow.scored_at.desc())
    match only:
        case Why.VETO:
            query = query.where(_vetoed())
        case Why.LOW:
            query = query.where(ScoreRow.score < plan.low_score, ~_vetoed())
        case Why.DOUBT:
            query = query.where(ScoreRow.score >= plan.low_score, ~_vetoed())
    return (await session.scalars(query.limit(limit))).all()


async def drawn(session: AsyncSession, plan: Plan, zone: ZoneInfo, now: float) -> list[Drawn]:
    """Calls that the plans want listened to and that nobody has taken up yet; each once, under the first plan."""
    found: dict[str, Drawn] = {}
    for draw in plan.draws:
        begin = sampling.begin_of_period(draw, now, zone)
        sizes = await _sizes(session, draw, begin)
        lots = await _lots(session, draw, begin, max(map(draw.quota, sizes.values()), default=0))
        done = await _done(session, draw, begin)
        candidates = [Candidate(recording, group) for recording, group, _ in lots]
        doubles = {recording: sampling.is_double(lot, plan) for recording, _, lot in lots}
        for recording in sampling.drawn(candidates, done, sizes, draw):
            found.setdefault(recording, Drawn(recording, draw.name, doubles[recording]))
    return list(found.values())


def _vetoed() -> ColumnElement[bool]:
    return cast(ScoreRow.veto, String) != "[]"


def _free(query: Query) -> Query:
    """Only scores that nobody reviews and nobody has marked blind in a double round."""
    doubles = select(BlindCall.recording).join(BlindRound, BlindRound.id == BlindCall.round)
    reviewed = select(Review.id).where(Review.recording == ScoreRow.recording).exists()
    return query.where(~reviewed, ScoreRow.recording.not_in(doubles.where(BlindRound.kind == Kind.DOUBLE)))


def _risky(query: Query, plan: Plan, since: float) -> Query:
    risk = or_(ScoreRow.score < plan.low_score, ScoreRow.doubts > 0)
    return _free(query.where(ScoreRow.scored_at >= since, risk))


def _grouped(query: Query, draw: Draw) -> Query:
    if draw.of == "team":
        query = query.outerjoin(Person, Person.number == ScoreRow.agent)
    return query.where(_group(draw).in_(draw.only)) if draw.only else query


def _group(draw: Draw) -> ColumnElement[str] | InstrumentedAttribute[str]:
    match draw.of:
        case "agent":
            return ScoreRow.agent
        case "queue":
            return ScoreRow.queue
        case "team":
            return func.coalesce(Person.team, "")
        case "all":
            return literal("")


async def _sizes(session: AsyncSession, draw: Draw, begin: float) -> dict[str, int]:
    group = _group(draw)
    query = select(group, func.count()).select_from(ScoreRow).where(ScoreRow.scored_at >= begin)
    if draw.of != "all":
        query = query.group_by(group)
    return dict((await session.execute(_grouped(query, draw))).all())


async def _lots(session: AsyncSession, draw: Draw, begin: float, most: int) -> list[tuple[str, str, str]]:
    """Recording, group and lot of the first `most` free calls of each group, by lot."""
    group = _group(draw)
    place = func.row_number().over(partition_by=group, order_by=ScoreRow.lot)
    columns = (ScoreRow.recording, group.label("drawn_of"), ScoreRow.lot, place.label("place"))
    query = _free(select(*columns).select_from(ScoreRow).where(ScoreRow.scored_at >= begin))
    inner = _grouped(query, draw).subquery()
    first = select(inner.c.recording, inner.c.drawn_of, inner.c.lot).where(inner.c.place <= most)
    return [tuple(row) for row in (await session.execute(first.order_by(inner.c.lot))).all()]


async def _done(session: AsyncSession, draw: Draw, begin: float) -> dict[str, int]:
    """How many drawn calls of each group people have taken up in the period."""
    group = _group(draw)
    doubles = select(BlindCall.recording).join(BlindRound, BlindRound.id == BlindCall.round)
    doubles = doubles.where(BlindRound.kind == Kind.DOUBLE, BlindRound.opened_at >= begin)
    reviews = select(Review.recording).where(Review.why == Why.SAMPLE, Review.opened_at >= begin)
    taken = or_(ScoreRow.recording.in_(doubles), ScoreRow.recording.in_(reviews))
    query = select(group, func.count()).select_from(ScoreRow).where(taken)
    if draw.of != "all":
        query = query.group_by(group)
    return dict((await session.execute(_grouped(query, draw))).all())
