"""Queries on the messages callers left."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd.models import Call
from ivr.models import Message

RECORDING = "recording"


async def messages(session: AsyncSession, state: str = "", limit: int = 200) -> Sequence[Message]:
    """What was left, the most urgent first; `state` empty: open and done."""
    query = select(Message).order_by(Message.deadline_at, Message.id).limit(limit)
    query = query.where(Message.state == state) if state else query.where(Message.state != RECORDING)
    return (await session.execute(query)).scalars().all()


async def message_of_call(session: AsyncSession, call: str) -> Message | None:
    """The call's newest message that was kept."""
    query = select(Message).where(Message.call == call, Message.state != RECORDING).order_by(Message.id.desc())
    return (await session.execute(query)).scalars().first()


async def to_be_called_back(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[Message]:
    """Of the messages `which`, those of callers who are called and have not been yet, in their order."""
    query = select(Message).where(which, Message.state == "open", Message.contact_by == "call_back")
    return (await session.scalars(query.order_by(Message.id))).all()


async def unfinished(session: AsyncSession, call: str = "") -> Sequence[Message]:
    """Messages whose recording had begun when the engine stopped, of a call or of all."""
    query = select(Message).where(Message.state == RECORDING)
    return (await session.scalars(query.where(Message.call == call) if call else query)).all()


async def legs_of(session: AsyncSession, calls: Iterable[str]) -> dict[str, str]:
    """Call → its caller's leg."""
    rows = await session.execute(select(Call.id, Call.leg).where(Call.id.in_(list(calls))))
    return {row[0]: row[1] for row in rows}
