"""Counts and sums of many calls at once, added up by the database: a month is read in a blink, no row is an object."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from acd.agent_state import AgentState
from acd.ledger import Kind
from acd.models import AgentEvent, AgentRow, Call, CallEvent, Offer, QueueVisit
from acd.queues import Queue
from acd.repository import ACCEPTED
from acd.tally import Stays, Work

SLOT = 900
"""Seconds. Every clock on earth is a whole number of these away from UTC, so hours and days are made of them."""
MISSED = ("no_answer", "declined", "busy", "unreachable")
"""Results of offers that the agent could have taken (`acd.events.OfferEnded`)."""
INBOUND = "inbound"
STAY_COUNTS = ("answered", "abandoned", "short", "failed", "waiting", "in_time", "undecided")
WORK_COUNTS = ("taken", "missed", "dialled", "reached")
"""Fields of `Stays` and of `Work` that the database counts."""
Condition = ColumnElement[bool]
Calls = Select[str]
Rows = Select[*tuple[Any, ...]]


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
    talks = {(queue, slot): sums for queue, slot, *sums in await session.execute(_talks(names, span))}
    found = {}
    for queue, slot, waited, longest, *counts in await session.execute(_waits(queues, names, span)):
        count, talked, held, wrapped = (each or 0 for each in talks.get((queue, slot), (0, 0, 0, 0)))
        found[queue, slot * SLOT] = Stays(
            **dict(zip(STAY_COUNTS, counts, strict=True)), waited=waited or 0.0, talks=count, talked=talked - held,
            held=held, wrapped=wrapped, longest=longest or 0.0,
        )  # fmt: skip
    return found


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
    return select(QueueVisit.call).where(_began(names, span), _stay_kinds(queues, span.now)[what])


def calls_of_offers(what: str, span: Span) -> Calls:
    """Calls whose offers are counted as `what`: a field of `Work`, or offered."""
    kinds = _offer_kinds()
    kinds["offered"] = or_(kinds["taken"], kinds["missed"])
    return select(Offer.call).join(Call, Call.id == Offer.call).where(_offered(span), kinds[what])


def _began(names: Collection[str], span: Span) -> Condition:
    visit = QueueVisit
    return and_(visit.queue.in_(names), visit.queued_at >= span.since, visit.queued_at < span.until)


def _stay_kinds(queues: Mapping[str, Queue], now: float) -> dict[str, Condition]:
    """By field of `Stays`, and what is offered."""
    visit = QueueVisit
    wait = visit.until_at - visit.queued_at
    answered, abandoned, waiting = (visit.result == each for each in ("answered", "abandoned", ""))
    threshold = case({name: queue.service_level_seconds for name, queue in queues.items()}, value=visit.queue)
    short = case({name: queue.short_abandon_seconds for name, queue in queues.items()}, value=visit.queue)
    return {
        "answered": answered,
        "abandoned": abandoned,
        "short": and_(abandoned, wait <= short),
        "failed": visit.result == "failed",
        "waiting": waiting,
        "in_time": and_(answered, wait <= threshold),
        "undecided": and_(waiting, now - visit.queued_at <= threshold),
        "offered": visit.result != "left",
    }


def _waits(queues: Mapping[str, Queue], names: Collection[str], span: Span) -> Rows:
    visit = QueueVisit
    wait = func.coalesce(visit.until_at, span.now) - visit.queued_at
    kinds = _stay_kinds(queues, span.now)
    counts = [_count(kinds[each]) for each in STAY_COUNTS]
    waited = func.sum(case((kinds["answered"], wait)))
    query = select(visit.queue, _slot(), waited, func.max(wait), *counts).where(_began(names, span), kinds["offered"])
    return query.group_by(visit.queue, _slot())


def _talks(names: Collection[str], span: Span) -> Rows:
    """Talks, their seconds with holds, the holds and the wrap-ups, by queue and slot.

    A hold that the end of the talk ends was never resumed. A wrap-up begins where the talk ends.
    """
    talk, held, after = _ended_talks(names, span), CallEvent, AgentEvent
    signed = case((held.kind == Kind.RESUMED, held.at - talk.c.over), else_=talk.c.over - held.at)
    of_talk = (held.call == talk.c.call, held.at >= talk.c.began, held.at <= talk.c.over)
    holds = select(func.sum(signed)).where(*of_talk, held.kind.in_((Kind.HELD, Kind.RESUMED)))
    end = (CallEvent.call == talk.c.call, CallEvent.kind == Kind.DISCONNECTED, CallEvent.at == talk.c.over)
    agent = select(func.max(CallEvent.agent)).where(*end).correlate(talk).scalar_subquery()
    ready = (after.agent == agent, after.at >= talk.c.over, after.state != AgentState.WRAP_UP)
    wrapped = select(func.min(after.at) - talk.c.over).where(*ready)
    spent = (holds.correlate(talk).scalar_subquery(), wrapped.correlate(talk).scalar_subquery())
    sums = [func.sum(each) for each in (talk.c.over - talk.c.began, *spent)]
    return select(talk.c.queue, talk.c.slot, func.count(), *sums).group_by(talk.c.queue, talk.c.slot)


def _ended_talks(names: Collection[str], span: Span) -> Subquery:
    """One line a talk: `began` with the end of the wait, `over` with the first end of a talk of this call after it."""
    visit, end = QueueVisit, CallEvent
    over = func.min(end.at).label("over")
    query = select(visit.queue, _slot().label("slot"), visit.call, visit.until_at.label("began"), over)
    query = query.join(
        end, and_(end.call == visit.call, end.kind == Kind.DISCONNECTED, end.at >= visit.until_at)
    ).where(_began(names, span), visit.result == "answered")
    return query.group_by(visit.id, visit.queue, visit.queued_at, visit.call, visit.until_at).subquery()


def _slot() -> ColumnElement[int]:
    # Written out: PostgreSQL does not see that what is selected and grouped by is the same with parameters in it.
    return cast(func.floor(QueueVisit.queued_at / literal_column(f"{SLOT}.0", Float)), Integer)


def _offered(span: Span) -> Condition:
    return and_(Offer.offered_at >= span.since, Offer.offered_at < span.until)


def _offer_kinds() -> dict[str, Condition]:
    """By field of `Work`. An agent who dials is offered his own call."""
    inbound, taken = Call.direction == INBOUND, Offer.result == ACCEPTED
    return {
        "taken": and_(inbound, taken),
        "missed": and_(inbound, Offer.result.in_(MISSED)),
        "dialled": ~inbound,
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
