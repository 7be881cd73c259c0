"""What is due for people: risks and drawn samples, counted whole by the database and listed in part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Case, ColumnElement, Select, String, case, func, literal, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from accounts.models import Person
from qa import sampling
from qa.blind import Kind
from qa.models import BlindCall, BlindRound, Review, ScoreRow
from qa.sampling import Candidate, Draw, Plan, Why

Query = TypeVar("Query", bound="Select[*tuple[Any, ...]]")

NOBODY = literal_column("''", String)
"""Written out: PostgreSQL takes two bound values for two different groups."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A call a plan has drawn: `plan` is its name; `double`: two people mark it blind."""

    recording: str
    plan: str
    double: bool


def why_of(plan: Plan) -> Case[str]:
    """`sampling.why` for the database: the gravest risk of a score, '' without one."""
    risks = {
        Why.VETO: ScoreRow.vetoed,
        Why.LOW: ScoreRow.score < plan.low_score,
        Why.ANGRY: func.json_array_length(ScoreRow.anger) > 0,
        Why.DOUBT: ScoreRow.doubts > 0,
        Why.WORDING: ScoreRow.wording_weight > 0,
    }
    return case(*((risk, literal(why.value)) for why, risk in risks.items()), else_="")


def rank(why: Case[str]) -> Case[float]:
    """The lowest score first; of wordings to hear the heaviest."""
    return case((why == Why.WORDING.value, -ScoreRow.wording_weight), else_=ScoreRow.score)


async def counts(session: AsyncSession, plan: Plan, since: float, without: Collection[str] = ()) -> dict[Why, int]:
    """How many calls scored since a time and not taken up each risk brings; none of the agents `without`."""
    query = _free(select(why_of(plan).label("why"), func.count()).select_from(ScoreRow), since, without).group_by("why")
    return {Why(name): count for name, count in (await session.execute(query)).all() if name}


async def risky(
    session: AsyncSession, plan: Plan, since: float, only: Why | None, limit: int, without: Collection[str] = ()
) -> Sequence[ScoreRow]:
    """Risks not taken up, the gravest first, without their items; of one reason where it is named; none of the agents
    `without`."""
    why = why_of(plan)
    place = case({each.value: number for number, each in enumerate(Why)}, value=why)
    query = _free(select(ScoreRow.recording), since, without).where(why == only if only else why != "")
    first = query.order_by(place, rank(why), ScoreRow.scored_at.desc()).limit(limit)
    names = list(await session.scalars(first))
    return await rows_of(session, names)


async def rows_of(session: AsyncSession, recordings: Sequence[str]) -> list[ScoreRow]:
    """Scores in this order, without their items."""
    query = select(ScoreRow).where(ScoreRow.recording.in_(recordings)).options(defer(ScoreRow.items))
    found = {row.recording: row for row in await session.scalars(query)}
    return [found[name] for name in recordings if name in found]


class Draws:
    """What the plans have drawn, remembered for a minute: a busy inbox is shown again with every score that comes in.

    Whoever lists it leaves out what has been taken up since.
    """

    def __init__(self, lasting: float = 60.0) -> None:
        self._lasting = lasting
        self._plan: Plan | None = None
        self._at = 0.0
        self._found: list[Drawn] = []

    async def current(self, session: AsyncSession, plan: Plan, zone: ZoneInfo, now: float) -> list[Drawn]:
        if plan != self._plan or not 0 <= now - self._at < self._lasting:
            self._found = await drawn(session, plan, zone, now)
            self._plan, self._at = plan, now
        return self._found


async def drawn(session: AsyncSession, plan: Plan, zone: ZoneInfo, now: float) -> list[Drawn]:
    """Calls that the plans want listened to and that nobody has taken up yet; each once, under the first plan.

    Risks come to people without a draw: the draw leaves them out, so that they use up none of its quota.
    """
    found: dict[str, Drawn] = {}
    for draw in plan.draws:
        begin = sampling.begin_of_period(draw, now, zone)
        sizes = await _sizes(session, draw, begin) if draw.share else {}
        lots = await _lots(session, plan, draw, begin, max(map(draw.quota, sizes.values()), default=draw.quota(0)))
        done = await _done(session, draw, begin)
        candidates = [Candidate(recording, group) for recording, group, _ in lots]
        doubles = {recording: sampling.is_double(lot, plan) for recording, _, lot in lots}
        for recording in sampling.drawn(candidates, done, sizes, draw):
            found.setdefault(recording, Drawn(recording, draw.name, doubles[recording]))
    return list(found.values())


def _free(query: Query, since: float, without: Collection[str] = ()) -> Query:
    """Only scores made since a time that nobody has taken up: what the index of `ScoreRow` holds."""
    query = query.where(ScoreRow.taken.is_(False), ScoreRow.scored_at >= since)
    return query.where(ScoreRow.agent.not_in(without)) if without else query


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
            return func.coalesce(Person.team, NOBODY)
        case "all":
            return NOBODY


async def _sizes(session: AsyncSession, draw: Draw, begin: float) -> dict[str, int]:
    group = _group(draw)
    query = select(group, func.count()).select_from(ScoreRow).where(ScoreRow.scored_at >= begin)
    if draw.of != "all":
        query = query.group_by(group)
    return dict((await session.execute(_grouped(query, draw))).all())


async def _lots(session: AsyncSession, plan: Plan, draw: Draw, begin: float, most: int) -> list[tuple[str, str, str]]:
    """Recording, group and lot of the first `most` free calls of each group that are no risks, by lot."""
    group = _group(draw)
    place = func.row_number().over(partition_by=group, order_by=ScoreRow.lot)
    columns = (ScoreRow.recording, group.label("drawn_of"), ScoreRow.lot, place.label("place"))
    query = _free(select(*columns).select_from(ScoreRow), begin).where(why_of(plan) == "")
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
