"""Queries about queues, agents and calls: the live figures, the call list, and one call with all that happened."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from accounts.models import Person
from acd import counting, figures
from acd.agent_state import IN_CONTACT, AgentState
from acd.call import ACCEPTED, CallState
from acd.counting import Span
from acd.intervals import intervals
from acd.ledger import Kind
from acd.models import AgentEvent, AgentRow, Call, Callback, CallEvent, ClosedQueue, Offer, QueueVisit, SoundQuality
from acd.muting import Muting, muting_of
from acd.queues import Queue
from acd.roster import BY_PHONE
from acd.seat import DESK_GONE
from acd.tally import Stays, all_stays
from core.clock import made_at
from core.errors import NotFound

DAY, HALF_HOUR = 86400.0, 1800
LEAD = 300.0
"""Seconds before the time promised from which a customer may be called, and is before those without such haste."""


def is_due(now: float) -> ColumnElement[bool]:
    """A call back that may be tried now: not while who asked for it is on the line, or he would be found busy."""
    his = or_(Call.id == Callback.asked_on, Call.caller == Callback.number)
    on_the_line = exists().where(his, Call.ended_at.is_(None))
    return (Callback.state == "open") & (Callback.next_at <= now) & ~on_the_line


def most_urgent_first(now: float) -> tuple[SQLColumnExpression[Any], ...]:
    """To order call backs by: those promised for now or earlier, whatever has waited longer."""
    later = case((Callback.promised_at <= now + LEAD, 0), else_=1)
    return later, Callback.priority.desc(), Callback.queued_at, Callback.id


async def unkept(session: AsyncSession, now: float, ahead: float, limit: int) -> dict[str, float]:
    """Call backs that should have been made, or are to be within `ahead` s, and whose customer nobody talks with yet,
    with the time promised: `limit` of either, those nearest to now, so that old ones that nobody sees to hide none."""
    promised = Callback.promised_at
    reached = select(Call.id).where(Call.id == Callback.call, Call.state == CallState.TALKING).exists()
    waits = or_(Callback.state == "open", and_(Callback.state == "taken", ~reached))
    query = select(Callback.id, promised).where(waits)
    late = query.where(promised < now).order_by(promised.desc(), Callback.id).limit(limit)
    soon = query.where(promised >= now, promised <= now + ahead).order_by(promised, Callback.id).limit(limit)
    found = [*await session.execute(late), *await session.execute(soon)]
    return {row.id: row.promised_at for row in found}


async def talks_on(session: AsyncSession, agent: str) -> str:
    """The call on which this agent talks now, '' for none."""
    query = select(Call.id).where(Call.agent == agent, Call.state == CallState.TALKING)
    return (await session.scalar(query.limit(1)) if agent else "") or ""


async def rung_at(session: AsyncSession, agent: str) -> float | None:
    """When his telephone began to ring for the call that is his now; see `LiveCall`. None when he has none."""
    his = (Offer.agent == agent, Call.agent == agent, Call.state.in_((CallState.RINGING, CallState.TALKING)))
    last = select(Offer.id, Offer.offered_at).join(Call, Call.id == Offer.call).where(*his)
    last = last.order_by(Offer.offered_at.desc())
    row = (await session.execute(last.limit(1))).first()
    return (made_at(row.id) or row.offered_at) if row else None


async def language_with(session: AsyncSession, number: str, call: str) -> str:
    """What was spoken in that call, or else in the last one with that number; '' where there was none."""
    query = select(Call.language).where(or_(Call.id == call, Call.caller == number))
    found = await session.scalar(query.order_by((Call.id == call).desc(), Call.arrived_at.desc()).limit(1))
    return found or ""


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue since the start of the period. Times in seconds. A call that is transferred counts in each of its queues.

    offered: put into the queue, and not passed on to another unanswered, nor handed over to somebody who was on the
    line, or to his own agent whose telephone had lost him. answered: talked to an agent. abandoned: hung
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
    stays = await counting.waits(session, queues, list(queues), _so_far(since, now))
    now_waiting = {queue: (count, oldest) for queue, count, oldest in await session.execute(_waiting())}
    return [
        _figures(
            name,
            queue,
            all_stays(each for (of, _), each in stays.items() if of == name),
            *now_waiting.get(name, (0, now)),
            now,
        )
        for name, queue in queues.items()
    ]


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


async def story_for(session: AsyncSession, call: str, user: User) -> CallStory:
    """Agents read the calls they had, or that ring at them now. Raises NotFound."""
    story = await call_story(session, call)
    if story is None or (user.role is Role.AGENT and user.number not in story.known_to):
        raise NotFound(f"there is no call {call}")
    return story


async def with_desks(session: AsyncSession) -> dict[str, str]:
    """By number, the login of each agent whose pages have been there; see `AgentRow.desk`."""
    query = select(AgentRow.number, Person.login).outerjoin(Person, Person.number == AgentRow.number)
    return {number: login or "" for number, login in await session.execute(query.where(AgentRow.desk))}


async def works_by_codes(session: AsyncSession, agent: str, login: str) -> bool:
    """Whether he has told his states at his telephone alone, and none at a desk, since he signed in."""
    asked = set(await session.scalars(select(AgentEvent.by).where(*await _signed_in(session, agent)).distinct()))
    return BY_PHONE in asked and login not in asked


async def went_on_without_desk(session: AsyncSession, agent: str) -> bool:
    """Whether, when his desk was last gone since he signed in, somebody asked for him to be ready all the same."""
    mine, number = await _signed_in(session, agent), AgentEvent.id
    gone = select(func.max(number)).where(*mine, AgentEvent.reason == DESK_GONE).scalar_subquery()
    ready = select(AgentEvent.by).where(*mine, AgentEvent.state == AgentState.READY, number > gone)
    return bool(await session.scalar(ready.order_by(number).limit(1)))


async def _signed_in(session: AsyncSession, agent: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What `AgentEvent` holds of him since he was last signed out."""
    mine, at = AgentEvent.agent == agent, AgentEvent.at
    left = select(at).where(mine, AgentEvent.state == AgentState.SIGNED_OUT).order_by(at.desc()).limit(1)
    return mine, at > (await session.scalar(left) or 0.0)


async def agent_history(session: AsyncSession, agent: str, since: float) -> list[AgentEvent]:
    """The agent's changes of state from `since` on, and the one before, in order."""
    mine = select(AgentEvent).where(AgentEvent.agent == agent)
    before = mine.where(AgentEvent.at < since).order_by(AgentEvent.id.desc()).limit(1)
    after = mine.where(AgentEvent.at >= since).order_by(AgentEvent.id)
    return [*await session.scalars(before), *await session.scalars(after)]


async def why_ready(session: AsyncSession, agent: str) -> str:
    """Of an agent in a contact: why he was ready before it, '' for no reason."""
    last = select(AgentEvent.state, AgentEvent.reason).where(
        AgentEvent.agent == agent, AgentEvent.state.not_in(IN_CONTACT)
    )
    line = (await session.execute(last.order_by(AgentEvent.at.desc(), AgentEvent.id.desc()).limit(1))).first()
    return line.reason if line and line.state == AgentState.READY else ""


async def day_figures(
    session: AsyncSession, queues: Mapping[str, Queue], by: str, since: float, until: float, now: float
) -> dict[str, dict[str, object]]:
    """`acd.figures.table` of the stays that began from `since` to `until`, with all that came of them later."""
    moved = select(AgentEvent).where(AgentEvent.at >= since - 2 * DAY, AgentEvent.at < until + DAY)
    found = await day_stays(session, since, until)
    history = list(await session.scalars(moved.order_by(AgentEvent.id)))
    # Nobody has done yet what goes on now.
    figures.add_wrap_ups(found, intervals(history, since, min(until + DAY, now)))
    counted = [stay for stay in found if since <= stay.queued_at < until]
    return figures.table(counted, intervals(history, since, min(until, now)), by, queues, since, now)


async def day_stays(session: AsyncSession, since: float, until: float) -> list[figures.Stay]:
    """All stays of the calls of which one began from `since` to `until`."""
    began = select(QueueVisit.call).where(QueueVisit.queued_at >= since, QueueVisit.queued_at < until)
    lines = select(CallEvent).where(CallEvent.call.in_(began)).order_by(CallEvent.id)
    return figures.stays(await session.scalars(lines))


def _so_far(since: float, now: float) -> Span:
    return Span(since, math.nextafter(now, math.inf), now)


def _waiting() -> Select[str, int, float]:
    """By queue, how many wait, and since when the first of them."""
    visit = QueueVisit
    query = select(visit.queue, func.count(), func.min(visit.waits_since)).join(Call, Call.id == visit.call)
    waits = Call.state.in_((CallState.WAITING, CallState.RINGING)) & (visit.result == "")
    return query.where(waits).group_by(visit.queue)


def _figures(name: str, queue: Queue, stays: Stays, waiting: int, oldest: float, now: float) -> QueueFigures:
    return QueueFigures(
        name, waiting, max(0.0, now - oldest), stays.offered, stays.answered, stays.abandoned, stays.short,
        stays.failed, stays.in_time, queue.service_level_seconds, stays.service_level, stays.answer_speed,
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


async def muting(session: AsyncSession, call: str, agent: str) -> Muting:
    """Of this agent in this call."""
    kinds = CallEvent.kind.in_((Kind.CONNECTED, Kind.MUTED))
    query = select(CallEvent.id, CallEvent.kind, CallEvent.data).where(CallEvent.call == call, kinds)
    rows = await session.execute(query.where(CallEvent.agent == agent).order_by(CallEvent.id))
    return muting_of((row.id, row.kind, row.data) for row in rows)


async def worst_sound(session: AsyncSession, call: str) -> float | None:
    """The lowest mean opinion score of the agents' parts of a call; None when nobody measured."""
    return await session.scalar(select(func.min(SoundQuality.mos)).where(SoundQuality.call == call))


async def closed_queues(session: AsyncSession) -> dict[str, str]:
    """The queues that supervisors have closed → who did."""
    return dict((await session.execute(select(ClosedQueue.queue, ClosedQueue.closed_by))).all())


@dataclass(frozen=True, slots=True)
class TrendBar:
    """What joined queues in the half hour from `at` on, and came of it, as in `acd.tally.Stays`."""

    at: float
    offered: int
    answered: int
    abandoned: int
    in_time: int
    service_level: float | None


async def trend(session: AsyncSession, queues: Mapping[str, Queue], since: float, now: float) -> list[TrendBar]:
    """Every half hour from the first after `since` in which somebody joined one of these queues until now."""
    found: dict[int, list[Stays]] = {}
    for (_, slot), stays in (await counting.waits(session, queues, list(queues), _so_far(since, now))).items():
        found.setdefault(int((slot - since) // HALF_HOUR), []).append(stays)
    until = int((now - since) // HALF_HOUR) + 1
    sums = {half: all_stays(found.get(half, ())) for half in range(min(found, default=until), until)}
    return [
        TrendBar(since + half * HALF_HOUR, each.offered, each.answered, each.abandoned, each.in_time,
                 each.service_level)
        for half, each in sums.items()
    ]  # fmt: skip
