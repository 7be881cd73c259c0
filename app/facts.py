"""What is known of a call besides the talk: from the distributor's record, its history and its ticket."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role
from accounts.models import Person
from acd.call import CallState
from acd.ledger import Kind
from acd.models import Call
from acd.models import CallEvent as HistoryRow
from acd.queues import Queues
from core.errors import NotFound
from recordings.transcript import CallEvent, CallFacts, CallType, Direction, EndedBy, Ticket
from tickets.life import is_overdue
from tickets.repository import all_of_call


@dataclass(slots=True)
class _Talk:
    """One conversation of a call that may have had several; `marks` are its holds and how it was given away.

    What somebody else did to it, a supervisor for one, is nothing its agent can be judged by.
    """

    agent: str
    queue: str
    began: float
    ended: float | None = None
    ended_by: str = ""
    taken_away: bool = False
    marks: list[HistoryRow] = field(default_factory=list)

    def note(self, line: HistoryRow, *, own: bool) -> None:
        if line.kind == Kind.RESUMED or (line.kind == Kind.MUTED and not line.data.get("muted")):
            self.marks.append(line)  # whoever does it, it is over
        elif own:
            self.marks.append(line)
        elif line.kind == Kind.TRANSFER:
            self.taken_away = True

    def away_from(self, at: float) -> float:
        """Seconds between a time and the conversation."""
        return max(0.0, self.began - at, at - self.ended if self.ended is not None else 0.0)


async def facts_of(
    session: AsyncSession, call: str, queues: Queues, zone: ZoneInfo, at: float, now: float
) -> tuple[CallFacts, Sequence[CallEvent]] | None:
    """Facts and events of the conversation that went on at a time, or was over next to it; None when there was none.

    Times are from its connection. By the facts it is decided whose talk this was and who may hear it.
    """
    row = await session.get(Call, call)
    talk = await _talk_at(session, row, at) if row else None
    if row is None or talk is None:
        return None
    queue = queues.queues.get(talk.queue)
    facts = CallFacts(
        id=row.id,
        direction=Direction(row.direction),
        queue=talk.queue,
        agent=talk.agent,
        language=row.language,
        call_type=CallType(row.purpose or (queue.call_type if queue else CallType.ENQUIRY)),
        connected_at=datetime.fromtimestamp(talk.began, zone),
        duration=max(0.0, (talk.ended or now) - talk.began),
        ended_by=EndedBy.SYSTEM if talk.taken_away else EndedBy(talk.ended_by or EndedBy.SYSTEM),
        identity_required=bool(queue and queue.identity_required),
        **await ticket_facts(session, call, now),
    )
    return facts, _events(talk, facts.duration)


async def ticket_facts(session: AsyncSession, call: str, now: float) -> dict[str, Any]:
    """`ticket` and `more_tickets` of a call, as quality inspection sees them: the latest deadline first."""
    found = [
        Ticket(id=each.id, state=each.state, overdue=is_overdue(each.told_at, each.due_at, now),
               category=CallType(each.category))
        for each in await all_of_call(session, call)
    ]  # fmt: skip
    return {"ticket": next(iter(found), None), "more_tickets": tuple(found[1:])}


async def calling_number(session: AsyncSession, call: str) -> str:
    """Raises NotFound."""
    row = await session.get(Call, call)
    if row is None:
        raise NotFound(f"there is no call {call}")
    return row.caller


async def _talk_at(session: AsyncSession, call: Call, at: float) -> _Talk | None:
    """The row tells of the present part of a call only: what went before a transfer is in its history."""
    talks: list[_Talk] = []
    queue = ""
    history = select(HistoryRow).where(HistoryRow.call == call.id).order_by(HistoryRow.id)
    lines = list(await session.scalars(history))
    others = await _others(session, {line.data.get("by", "") for line in lines})
    for line in lines:
        match line.kind:
            case Kind.QUEUED | Kind.DIALLED:
                queue = line.data.get("queue", "")
            case Kind.CONNECTED:
                talks.append(_Talk(line.agent, queue, line.at))
            case Kind.DISCONNECTED if talks:
                talks[-1].ended, talks[-1].ended_by = line.at, line.data.get("ended_by", "")
            case Kind.LOST if talks:
                talks[-1].taken_away = True  # it broke off, and he has neither ended it nor given it away
            case Kind.HELD | Kind.RESUMED | Kind.MUTED | Kind.TRANSFER if talks:
                by = line.data.get("by", "")
                talks[-1].note(line, own=others.get(by, talks[-1].agent) == talks[-1].agent)
    if not talks and call.connected_at is not None:
        return _Talk(call.agent, call.queue, call.connected_at, call.talk_ended_at, call.ended_by)
    found = [talk for talk in talks if talk.ended is not None] or talks
    return min(found, key=lambda talk: talk.away_from(at), default=None)


async def _others(session: AsyncSession, logins: set[str]) -> dict[str, str]:
    """Those of them who are no agents, who can do nothing to a talk but their own, with their telephones."""
    query = select(Person.login, Person.number).where(Person.login.in_(logins), Person.role != Role.AGENT)
    return {row.login: row.number for row in await session.execute(query)}


def _events(talk: _Talk, duration: float) -> list[CallEvent]:
    found: list[CallEvent] = []
    since: dict[str, float] = {}
    for mark in talk.marks:
        at = min(max(0.0, mark.at - talk.began), duration)
        if mark.kind == Kind.TRANSFER:
            found.append(CallEvent(type="transfer", at=at, mode=mark.data["mode"], target=mark.data["target"]))
            continue
        kind = "mute" if mark.kind == Kind.MUTED else "hold"
        if mark.kind == Kind.HELD or mark.data.get("muted"):
            since.setdefault(kind, at)
        elif kind in since:
            found.append(CallEvent(type=kind, start=since.pop(kind), end=at))
    return found + [CallEvent(type=kind, start=start, end=duration) for kind, start in since.items()]


async def talks_ended(session: AsyncSession, before: float) -> set[str]:
    """The calls whose conversation is over since before that time."""
    talked = select(Call.id).where(Call.connected_at.is_not(None))
    over = func.coalesce(Call.talk_ended_at, Call.ended_at)
    return set(await session.scalars(talked.where(over.is_not(None), over < before)))


async def agent_on(session: AsyncSession, call: str) -> str:
    """The number of the agent who talks on a call now, '' when nobody does."""
    found = await session.scalar(select(Call.agent).where(Call.id == call, Call.state == CallState.TALKING))
    return found or ""
