"""What is known of a call besides the talk: from the distributor's record, its history and its ticket."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd.call import CallState
from acd.ledger import Kind
from acd.models import Call
from acd.models import CallEvent as HistoryRow
from acd.queues import Queues
from core.errors import NotFound
from recordings.transcript import CallEvent, CallFacts, CallType, Direction, EndedBy, Ticket
from tickets.life import State, is_overdue
from tickets.service import ticket_of_call


async def facts_of(
    session: AsyncSession, call: str, queues: Queues, zone: ZoneInfo, now: float
) -> tuple[CallFacts, Sequence[CallEvent]] | None:
    """Facts and events of a conversation, times from its connection; None when there was none."""
    row = await session.get(Call, call)
    if row is None or row.connected_at is None:
        return None
    queue = queues.queues.get(row.queue)
    facts = CallFacts(
        id=row.id,
        direction=Direction.INBOUND,
        queue=row.queue,
        agent=row.agent,
        language=row.language,
        call_type=CallType(queue.call_type) if queue else CallType.ENQUIRY,
        connected_at=datetime.fromtimestamp(row.connected_at, zone),
        duration=max(0.0, (row.talk_ended_at or now) - row.connected_at),
        ended_by=EndedBy(row.ended_by or EndedBy.SYSTEM),
        ticket=await ticket_fact(session, call, now),
        identity_required=bool(queue and queue.identity_required),
    )
    return facts, await _holds(session, row, facts.duration)


async def ticket_fact(session: AsyncSession, call: str, now: float) -> Ticket | None:
    """The call's ticket as quality inspection sees it."""
    ticket = await ticket_of_call(session, call)
    if ticket is None:
        return None
    return Ticket(id=ticket.id, state=ticket.state, overdue=is_overdue(State(ticket.state), ticket.due_at, now))


async def calling_number(session: AsyncSession, call: str) -> str:
    """Raises NotFound."""
    row = await session.get(Call, call)
    if row is None:
        raise NotFound(f"there is no call {call}")
    return row.caller


async def _holds(session: AsyncSession, call: Call, duration: float) -> list[CallEvent]:
    marks = select(HistoryRow).where(HistoryRow.call == call.id, HistoryRow.kind.in_([Kind.HELD, Kind.RESUMED]))
    holds: list[CallEvent] = []
    since: float | None = None
    for mark in await session.scalars(marks.order_by(HistoryRow.id)):
        at = min(max(0.0, mark.at - (call.connected_at or mark.at)), duration)
        if mark.kind == Kind.HELD and since is None:
            since = at
        elif mark.kind == Kind.RESUMED and since is not None:
            holds.append(CallEvent(type="hold", start=since, end=at))
            since = None
    if since is not None:
        holds.append(CallEvent(type="hold", start=since, end=duration))
    return holds


async def talks_ended(session: AsyncSession, before: float) -> set[str]:
    """The calls whose conversation is over since before that time."""
    talked = select(Call.id).where(Call.connected_at.is_not(None))
    over = func.coalesce(Call.talk_ended_at, Call.ended_at)
    return set(await session.scalars(talked.where(over.is_not(None), over < before)))


async def agent_on(session: AsyncSession, call: str) -> str:
    """The number of the agent who talks on a call now, '' when nobody does."""
    found = await session.scalar(select(Call.agent).where(Call.id == call, Call.state == CallState.TALKING))
    return found or ""
