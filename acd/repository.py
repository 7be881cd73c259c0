"""Queries about queues, agents and calls: the live figures, the call list, and one call with all that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd.call import CallState
from acd.models import AgentRow, Call, CallEvent, Offer, SoundQuality
from acd.queues import Queue

ACCEPTED = "accepted"
"""The result of an offer that became a conversation."""


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue since the start of the period. Times in seconds.

    offered: put into the queue. answered: talked to an agent. abandoned: hung up before that; short abandons are those
    within the queue's short-abandon time, counted in `abandoned` too. failed: ended by the system before an answer.
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
    """One line per configured queue, in the order of the configuration, of calls queued from `since` on."""
    waits = Call.state.in_((CallState.WAITING, CallState.RINGING))
    wait = Call.connected_at - Call.queued_at
    answered = Call.connected_at.is_not(None)
    lost = and_(~answered, Call.state == CallState.ENDED)
    abandoned = and_(lost, Call.ended_by == "customer")
    threshold = case({name: queue.service_level_seconds for name, queue in queues.items()}, value=Call.queue)
    short = case({name: queue.short_abandon_seconds for name, queue in queues.items()}, value=Call.queue)
    query = (
        select(
            Call.queue,
            _count(waits),
            func.min(case((waits, Call.queued_at))),
            func.count(),
            _count(answered),
            _count(abandoned),
            _count(and_(abandoned, Call.ended_at - Call.queued_at <= short)),
            _count(lost),
            _count(and_(answered, wait <= threshold)),
            _count(and_(waits, now - Call.queued_at <= threshold)),
            func.avg(case((answered, wait))),
        )
        .where(Call.queue.in_(queues), Call.queued_at.is_not(None), or_(Call.queued_at >= since, waits))
        .group_by(Call.queue)
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


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _figures(name: str, queue: Queue, row: tuple[object, ...] | None, now: float) -> QueueFigures:
    if row is None:
        return QueueFigures(name, 0, 0.0, 0, 0, 0, 0, 0, 0, queue.service_level_seconds, None, None)
    waiting, offered, answered, abandoned, short, lost, in_time, undecided = (
        int(str(row[at])) for at in (1, 3, 4, 5, 6, 7, 8, 9)
    )
    longest = max(0.0, now - float(str(row[2]))) if row[2] is not None else 0.0
    counted = offered - undecided
    return QueueFigures(
        name, waiting, longest, offered, answered, abandoned, short, lost - abandoned, in_time,
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
