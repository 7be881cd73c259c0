"""Counts and sums of many calls at once, added up by the database: a month is read in a blink, no row is an object."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from acd.agent_state import AgentState
from acd.call import ACCEPTED, ATTENDED
from acd.ledger import Kind
from acd.models import AgentEvent, AgentRow, Call, CallEvent, Offer, QueueVisit
from acd.queues import FALLBACK, Queue
from acd.reclaims import is_continued, taken_up_again
from acd.tally import Stays, Work

SLOT = 900
"""Seconds. Every clock on earth is a whole number of these away from UTC, so hours and days are made of them."""
MISSED = ("no_answer", "declined", "busy", "unreachable")
"""Results of offers that the agent could have taken (`acd.events.OfferEnded`)."""
INBOUND = "inbound"
STAY_COUNTS = ("answered", "abandoned", "short", "failed", "sent_back", "waiting", "in_time", "undecided")
WORK_COUNTS = ("taken", "missed", "dialled", "reached")
"""Fields of `Stays` and of `Work` that the database counts."""
START = aliased(CallEvent)
GIVEN, TAKEN, LATER = aliased(CallEvent), aliased(Offer), aliased(QueueVisit)
"""Beside a stay in which the caller was handed over: how he was given away, and the offer that he was taken by; beside
one that he left, where he went."""
Condition = ColumnElement[bool]
Calls = Select[str]
Rows = Select[*tuple[Any, ...]]
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`; what still goes on lasts until `now`."""

    since: float
    until: float
    now: float


async def stays(
    session: AsyncSession, queues: Mapping[str, Queue], names: Collection[str], span: Span
) -> dict[tuple[str, int], Stays]:
    """Stays that began in `span` in the queues `names`, by queue and beginning of the slot."""
    found = await waits(session, queues, names, span)
    for queue, slot, count, talked, held, wrapped in await session.execute(_talks(names, span)):
        key, held = (queue, slot * SLOT), held or 0.0
        sums = {"talks": count, "talked": talked - held, "held": held, "wrapped": wrapped or 0.0}
        found[key] = replace(found.get(key, Stays()), **sums)
    return found


async def waits(
    session: AsyncSession, queues: Mapping[str, Queue], names: Collection[str], span: Span
) -> dict[tuple[str, int], Stays]:
    """The same without the conversations that came of them."""
    found = {}
    for queue, slot, waited, longest, *counts in await session.execute(_waits(queues, names, span)):
        kinds = dict(zip(STAY_COUNTS, counts, strict=True))
        found[queue, slot * SLOT] = Stays(**kinds, waited=waited or 0.0, longest=longest or 0.0)
    return found


async def queues_ever(session: AsyncSession) -> list[str]:
    """Every queue that anybody has come to, those that are gone or have another name today among them."""
    # From name to name along the index: reading all stays for a few names takes too long.
    name = select(func.min(QueueVisit.queue).label("name")).cte(recursive=True)
    following = select(func.min(QueueVisit.queue)).where(QueueVisit.queue > name.c.name).scalar_subquery()
    every = name.union_all(select(following).where(name.c.name.is_not(None)))
    return list(await session.scalars(select(every.c.name).where(every.c.name.is_not(None))))


async def work(session: AsyncSession, span: Span) -> dict[str, Work]:
    """What each agent did, by number."""
    counts = {agent: dict(zip(WORK_COUNTS, each, strict=True))
              for agent, *each in await session.execute(_offers(span))}  # fmt: skip
    seconds: dict[str, dict[str, float]] = {}
    for agent, state, spent in await session.execute(_states(span)):
        seconds.setdefault(agent, {})[state] = spent
    return {
        agent: Work(**counts.get(agent, {}), seconds=seconds.get(agent, {}))
        for agent in sorted(counts.keys() | seconds.keys())
    }


def calls_of_stays(what: str, queues: Mapping[str, Queue], names: Collection[str], span: Span) -> Calls:
    """Calls whose stays are counted as `what`: a field of `Stays`, or offered."""
    kinds = _stay_kinds(queues, span.now)
    return _with_hand_overs(select(QueueVisit.call)).where(_began(names, span), kinds["offered"], kinds[what])


def calls_of_offers(what: str, span: Span) -> Calls:
    """Calls whose offers are counted as `what`: a field of `Work`, or offered."""
    kinds = _offer_kinds()
    kinds["offered"] = or_(kinds["taken"], kinds["missed"])
    return select(Offer.call).join(Call, Call.id == Offer.call).where(_offered(span), kinds[what])


def _began(names: Collection[str], span: Span) -> Condition:
    visit = QueueVisit
    return and_(visit.queue.in_(names), visit.queued_at >= span.since, visit.queued_at < span.until)


def _stay_kinds(queues: Mapping[str, Queue], now: float) -> dict[str, Condition]:
    """By field of `Stays` among the offered, and what is offered; beside hand-overs."""
    visit = QueueVisit
    wait = visit.until_at - visit.waits_since
    answered, abandoned, waiting = (visit.result == each for each in ("answered", "abandoned", ""))
    gone_on = exists().where(LATER.call == visit.call, LATER.id > visit.id).correlate(visit)
    sent_back = and_(visit.result == "left", ~gone_on)
    # A queue that is gone has the fallback's limits, as on the floor.
    thresholds = {name: queue.service_level_seconds for name, queue in queues.items()}
    shorts = {name: queue.short_abandon_seconds for name, queue in queues.items()}
    threshold = case(thresholds, value=visit.queue, else_=thresholds[FALLBACK])
    short = case(shorts, value=visit.queue, else_=shorts[FALLBACK])
    return {
        "answered": answered,
        "abandoned": abandoned,
        "short": and_(abandoned, wait <= short),
        "failed": visit.result == "failed",
        "sent_back": sent_back,
        "waiting": waiting,
        "in_time": and_(answered, wait <= threshold),
        "undecided": and_(waiting, now - visit.waits_since <= threshold),
        "offered": and_(or_(visit.result != "left", sent_back), TAKEN.id.is_(None)),
    }


def _with_hand_overs(query: Select[*Columns]) -> Select[*Columns]:
    """Beside stays. Given to who is on the line, or to his own agent again, and taken at once, nobody has waited."""
    visit, data = QueueVisit, GIVEN.data
    target = data["target"].as_string()
    attended = and_(GIVEN.kind == Kind.TRANSFER, data["mode"].as_string() == ATTENDED)
    straight = and_(GIVEN.kind.in_((Kind.TRANSFER, Kind.LOST)), or_(attended, GIVEN.kind == Kind.LOST))
    of_stay = and_(GIVEN.call == visit.call, GIVEN.at == visit.queued_at, straight)
    at_once = and_(TAKEN.call == visit.call, TAKEN.offered_at == visit.queued_at, TAKEN.result == ACCEPTED)
    return query.outerjoin(GIVEN, of_stay).outerjoin(TAKEN, and_(at_once, TAKEN.agent == target))


def _waits(queues: Mapping[str, Queue], names: Collection[str], span: Span) -> Rows:
    visit = QueueVisit
    wait = func.coalesce(visit.until_at, span.now) - visit.waits_since
    kinds = _stay_kinds(queues, span.now)
    counts = [_count(kinds[each]) for each in STAY_COUNTS]
    waited = func.sum(case((kinds["answered"], wait)))
    query = _with_hand_overs(select(visit.queue, _slot(), waited, func.max(wait), *counts))
    return query.where(_began(names, span), kinds["offered"]).group_by(visit.queue, _slot())


def _talks(names: Collection[str], span: Span) -> Rows:
    """Talks, their seconds with holds, the holds and the wrap-ups, by queue and slot.

    A hold that the end of the talk ends was never resumed. A wrap-up begins where the talk ends; it may go on now.
    """
    talk, after = _ended_talks(names, span), AgentEvent
    marks = _marks(talk)
    signed = case((marks.c.kind == Kind.RESUMED, marks.c.at - talk.c.over), else_=talk.c.over - marks.c.at)
    holds = select(func.sum(signed)).where(marks.c.kind != func.coalesce(marks.c.before, Kind.RESUMED))
    end = (CallEvent.call == talk.c.call, CallEvent.kind == Kind.DISCONNECTED, CallEvent.at == talk.c.over)
    agent = select(func.max(CallEvent.agent)).where(*end).correlate(talk).scalar_subquery()
    wrap_up = (after.agent == agent, after.at == talk.c.over, after.state == AgentState.WRAP_UP)
    # In the instant in which it begins he may have come to the talk as well: times alone do not say what was first.
    first = select(func.min(after.id)).where(*wrap_up).correlate(talk).scalar_subquery()
    ready = (after.agent == agent, after.at >= talk.c.over, after.id > first, after.state != AgentState.WRAP_UP)
    free = select(func.min(after.at)).where(*ready).correlate(talk).scalar_subquery()
    wrapped = case((first.is_not(None), func.coalesce(free, span.now) - talk.c.over))
    spent = (holds.correlate(talk).scalar_subquery(), wrapped)
    sums = [func.sum(each) for each in (talk.c.over - talk.c.began, *spent)]
    return select(talk.c.queue, talk.c.slot, _count(~talk.c.continued), *sums).group_by(talk.c.queue, talk.c.slot)


def _marks(talk: Subquery) -> Subquery:
    """The holds of a talk, begun and ended, each with what was `before`: a telephone's own may be heard by half."""
    mark = CallEvent
    before = func.lag(mark.kind).over(order_by=(mark.at, mark.id)).label("before")
    of_talk = (mark.call == talk.c.call, mark.at >= talk.c.began, mark.at <= talk.c.over)
    query = select(mark.at, mark.kind, before).where(*of_talk, mark.kind.in_((Kind.HELD, Kind.RESUMED)))
    return query.correlate(talk).subquery()


def _ended_talks(names: Collection[str], span: Span) -> Subquery:
    """One line a talk: `began` with the end of the wait, `over` with the first end of a talk of this call after it.

    `continued`: the rest of a talk that its agent's telephone had lost.
    """
    visit, end = QueueVisit, CallEvent
    over = func.min(end.at).label("over")
    ours = (visit.call, visit.until_at.label("began"), over, is_continued().label("continued"))
    # Who was handed over talks from the instant on in which the talk before ended.
    begun = (START.call == visit.call, START.kind == Kind.CONNECTED, START.at <= visit.until_at)
    start = select(func.max(START.id)).where(*begun).correlate(visit).scalar_subquery()
    ends = and_(end.call == visit.call, end.kind == Kind.DISCONNECTED, end.at >= visit.until_at, end.id > start)
    query = select(visit.queue, _slot().label("slot"), *ours).join(end, ends)
    query = query.where(_began(names, span), visit.result == "answered")
    return query.group_by(visit.id, visit.queue, visit.queued_at, visit.call, visit.until_at).subquery()


def _slot() -> ColumnElement[int]:
    # Written out: PostgreSQL does not see that what is selected and grouped by is the same with parameters in it.
    return cast(func.floor(QueueVisit.queued_at / literal_column(f"{SLOT}.0", Float)), Integer)


def _offered(span: Span) -> Condition:
    return and_(Offer.offered_at >= span.since, Offer.offered_at < span.until)


def _offer_kinds() -> dict[str, Condition]:
    """By field of `Work`. An agent who dials is offered his own call."""
    inbound, once = Call.direction == INBOUND, ~taken_up_again()
    taken = and_(Offer.result == ACCEPTED, once)
    return {
        "taken": and_(inbound, taken),
        "missed": and_(inbound, Offer.result.in_(MISSED)),
        "dialled": and_(~inbound, once),
        "reached": and_(~inbound, taken),
    }


def _offers(span: Span) -> Rows:
    counts = [_count(_offer_kinds()[each]) for each in WORK_COUNTS]
    query = select(Offer.agent, *counts).join(Call, Call.id == Offer.call).where(_offered(span))
    return query.group_by(Offer.agent)


def _states(span: Span) -> Rows:
    """Seconds by agent and state: each line of the history lasts until the agent's next, or the end of the span."""
    line, end = AgentEvent, min(span.until, span.now)
    last = select(line.state).where(line.agent == AgentRow.number, line.at < span.since)
    last = last.order_by(line.at.desc(), line.id.desc()).limit(1)
    at_first = select(AgentRow.number.label("agent"), literal(0).label("id"), literal(span.since).label("at"),
                      last.scalar_subquery().label("state"))  # fmt: skip
    later = select(line.agent, line.id, line.at, line.state).where(line.at >= span.since, line.at < end)
    every = union_all(at_first, later).subquery()
    following = func.lead(every.c.at).over(partition_by=every.c.agent, order_by=(every.c.at, every.c.id))
    lasting = select(every.c.agent, every.c.state, (func.coalesce(following, end) - every.c.at).label("spent"))
    parts = lasting.where(every.c.at < end).subquery()
    query = select(parts.c.agent, parts.c.state, func.sum(parts.c.spent)).where(parts.c.state.is_not(None))
    return query.group_by(parts.c.agent, parts.c.state)


def _count(condition: Condition) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
