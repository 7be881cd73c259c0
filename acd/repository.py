"""Queries about queues, agents and calls: the live figures, the call list, and one call with all that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import figures
from acd.agent_state import AgentState
from acd.intervals import intervals
from acd.models import AgentEvent, AgentRow, Call, Callback, CallEvent, ClosedQueue, Offer, QueueVisit, SoundQuality
from acd.queues import Queue
from acd.roster import BY_PHONE

ACCEPTED = "accepted"
"""The result of an offer that became a conversation."""
DAY = 86400.0


def is_due(now: float) -> ColumnElement[bool]:
    """A call back that may be tried now: not while who asked for it is on the line still, or he would be found busy."""
    on_the_line = exists().where(Call.id == Callback.asked_on, Call.ended_at.is_(None))
    return (Callback.state == "open") & (Callback.next_at <= now) & ~on_the_line


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue since the start of the period. Times in seconds. A call that is transferred counts in each of its queues.

    offered: put into the queue, and not passed on to another unanswered. answered: talked to an agent. abandoned: hung
    up before that; short abandons are those within the queue's short-abandon time, counted in `abandoned` too. failed:
    ended by the system before an answer.
    service_level: answered within `threshold` ÷ offered; abandoned callers count as offered, callers who still wait
    and have not waited longer than the threshold do not yet count. None when nobody counts.
    """

    queue: str
    waiting: int
    longest_wait: float
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    failed: int
    answered_in_time: int
    threshold: int
    service_level: float | None
    mean_answer_wait: float | None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """'' and None mean any. `since` and `until` bound the arrival."""

    queue: str = ""
    agent: str = ""
    caller: str = ""
    state: str = ""
    outcome: str = ""
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class CallStory:
    """A call, its history in order, and its offers in order."""

    call: Call
    events: Sequence[CallEvent]
    offers: Sequence[Offer]

    @property
    def known_to(self) -> frozenset[str]:
        """The agents whose call it is or was: who talked on it, and at whom it rings now."""
        rings = "" if self.call.ended_at is None else ACCEPTED
        known = {offer.agent for offer in self.offers if offer.result in (ACCEPTED, rings)}
        return frozenset(known | ({self.call.agent} if self.call.connected_at is not None else set())) - {""}


def talked_on(agent: str) -> ColumnElement[bool]:
    """Calls that `agent` talked on, also those passed on to somebody else."""
    accepted = select(Offer.call).where(Offer.agent == agent, Offer.result == ACCEPTED)
    return or_(Call.id.in_(accepted), and_(Call.agent == agent, Call.connected_at.is_not(None)))


async def queue_figures(
    session: AsyncSession, queues: Mapping[str, Queue], since: float, now: float
) -> list[QueueFigures]:
    """One line per configured queue, in the order of the configuration, of stays that began from `since` on.

    Only `waiting` and `longest_wait` count those too who wait since before.
    """
    visit = QueueVisit
    waits, answered = visit.result == "", visit.result == "answered"
    abandoned, failed = visit.result == "abandoned", visit.result == "failed"
    wait = visit.until_at - visit.queued_at
    # Who was put into another queue unanswered is that queue's from then on.
    offered = visit.result != "left"
    threshold = case({name: queue.service_level_seconds for name, queue in queues.items()}, value=visit.queue)
    short = case({name: queue.short_abandon_seconds for name, queue in queues.items()}, value=visit.queue)
    today = visit.queued_at >= since
    query = (
        select(
            visit.queue,
            _count(waits),
            func.min(case((waits, visit.queued_at))),
            _count(and_(today, offered)),
            _count(and_(today, answered)),
            _count(and_(today, abandoned)),
            _count(and_(today, abandoned, wait <= short)),
            _count(and_(today, failed)),
            _count(and_(today, answered, wait <= threshold)),
            _count(and_(today, waits, now - visit.queued_at <= threshold)),
            func.avg(case((and_(today, answered), wait))),
        )
        .where(visit.queue.in_(queues), or_(today, waits))
        .group_by(visit.queue)
    )
    rows = {row[0]: tuple(row) for row in await session.execute(query)}
    return [_figures(name, queue, rows.get(name), now) for name, queue in queues.items()]


async def agents(session: AsyncSession) -> dict[str, AgentRow]:
    """Agents who ever signed in, by number; one who is not here is signed out."""
    return {row.number: row for row in await session.scalars(select(AgentRow).order_by(AgentRow.number))}


async def calls(session: AsyncSession, wanted: CallFilter, page: int, size: int) -> tuple[list[Call], int]:
    """Page `page` (from 0) of the calls, newest first, and how many there are in all."""
    conditions = _conditions(wanted)
    total = await session.scalar(select(func.count()).select_from(Call).where(*conditions))
    query = select(Call).where(*conditions).order_by(Call.arrived_at.desc(), Call.id.desc())
    return list(await session.scalars(query.offset(page * size).limit(size))), total or 0


async def call_story(session: AsyncSession, call: str) -> CallStory | None:
    found = await session.get(Call, call)
    if found is None:
        return None
    events = await session.scalars(select(CallEvent).where(CallEvent.call == call).order_by(CallEvent.id))
    offers = await session.scalars(select(Offer).where(Offer.call == call).order_by(Offer.offered_at, Offer.id))
    return CallStory(found, list(events), list(offers))


async def works_by_codes(session: AsyncSession, agent: str, login: str) -> bool:
    """Whether he has told his states at his telephone alone, and none at a desk, since he signed in."""
    mine, at = AgentEvent.agent == agent, AgentEvent.at
    left = select(at).where(mine, AgentEvent.state == AgentState.SIGNED_OUT).order_by(at.desc()).limit(1)
    since = await session.scalar(left) or 0.0
    asked = set(await session.scalars(select(AgentEvent.by).where(mine, at > since).distinct()))
    return BY_PHONE in asked and login not in asked


async def agent_history(session: AsyncSession, agent: str, since: float) -> list[AgentEvent]:
    """The agent's changes of state from `since` on, and the one before, in order."""
    mine = select(AgentEvent).where(AgentEvent.agent == agent)
    before = mine.where(AgentEvent.at < since).order_by(AgentEvent.id.desc()).limit(1)
    after = mine.where(AgentEvent.at >= since).order_by(AgentEvent.id)
    return [*await session.scalars(before), *await session.scalars(after)]


async def day_figures(
    session: AsyncSession, queues: Mapping[str, Queue], by: str, since: float, until: float, now: float
) -> dict[str, dict[str, object]]:
    """`acd.figures.table` of the stays that began from `since` to `until`, with all that came of them later."""
    began = select(QueueVisit.call).where(QueueVisit.queued_at >= since, QueueVisit.queued_at < until)
    lines = select(CallEvent).where(CallEvent.call.in_(began)).order_by(CallEvent.id)
    moved = select(AgentEvent).where(AgentEvent.at >= since - 2 * DAY, AgentEvent.at < until + DAY)
    found = figures.stays(await session.scalars(lines))
    history = list(await session.scalars(moved.order_by(AgentEvent.id)))
    figures.add_wrap_ups(found, intervals(history, since, until + DAY))
    counted = [stay for stay in found if since <= stay.queued_at < until]
    return figures.table(counted, intervals(history, since, min(until, now)), by, queues, since)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _figures(name: str, queue: Queue, row: tuple[object, ...] | None, now: float) -> QueueFigures:
    if row is None:
        return QueueFigures(name, 0, 0.0, 0, 0, 0, 0, 0, 0, queue.service_level_seconds, None, None)
    waiting, offered, answered, abandoned, short, failed, in_time, undecided = (
        int(str(row[at])) for at in (1, 3, 4, 5, 6, 7, 8, 9)
    )
    longest = max(0.0, now - float(str(row[2]))) if row[2] is not None else 0.0
    counted = offered - undecided
    return QueueFigures(
        name, waiting, longest, offered, answered, abandoned, short, failed, in_time,
        queue.service_level_seconds, in_time / counted if counted else None,
        float(str(row[10])) if row[10] is not None else None,
    )  # fmt: skip


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    named = (
        (Call.queue, wanted.queue),
        (Call.agent, wanted.agent),
        (Call.caller, wanted.caller),
        (Call.state, wanted.state),
        (Call.outcome, wanted.outcome),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in named if value]
    if wanted.since is not None:
        found.append(Call.arrived_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.arrived_at < wanted.until)
    return found


async def worst_sound(session: AsyncSession, call: str) -> float | None:
    """The lowest mean opinion score of the agents' parts of a call; None when nobody measured."""
    return await session.scalar(select(func.min(SoundQuality.mos)).where(SoundQuality.call == call))


async def closed_queues(session: AsyncSession) -> dict[str, str]:
    """The queues that supervisors have closed → who did."""
    return dict((await session.execute(select(ClosedQueue.queue, ClosedQueue.closed_by))).all())


@dataclass(frozen=True, slots=True)
class TrendBar:
    """What joined queues in the half hour from `at` on, and came of it; `in_time`: answered within their threshold."""

    at: float
    offered: int
    answered: int
    abandoned: int
    in_time: int


async def trend(session: AsyncSession, queues: Mapping[str, Queue], since: float, until: float) -> list[TrendBar]:
    """Every half hour from `since` on in which somebody joined."""
    stay, half = QueueVisit, 1800
    thresholds = [(stay.queue == name, queue.service_level_seconds) for name, queue in queues.items()]
    answered = stay.result == "answered"
    in_time = answered & (stay.until_at - stay.queued_at <= case(*thresholds, else_=0))
    part = (cast(stay.queued_at, Integer) - int(since)) // half
    query = select(part, func.count(), _count(answered), _count(stay.result == "abandoned"), _count(in_time))
    rows = await session.execute(
        query.where(stay.queued_at >= since, stay.queued_at < until).group_by(part).order_by(part)
    )
    return [TrendBar(since + int(first) * half, *map(int, counts)) for first, *counts in rows]
