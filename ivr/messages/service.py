"""Messages left by callers: kept from the first second, answered once. Callers of these open the transaction."""

import asyncio
from pathlib import Path

import structlog

from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from ivr.events import MessageChanged
from ivr.messages.repository import message_of_call
from ivr.models import Message

log = structlog.get_logger(__name__)


async def begin_message(
    tx: Transaction, *, call: str, caller: str, language: str, path: Path, deadline_at: float, now: float
) -> str:
    """A recording begins; returns the message's id. It counts only after `keep_message`."""
    message = Message(
        id=new_id(now), call=call, caller=caller, language=language, raw=str(path), left_at=now,
        deadline_at=deadline_at, state="recording", contact_by="call_back", seconds=0.0,
    )  # fmt: skip
    tx.session.add(message)
    await tx.session.flush()
    return message.id


async def promise_call_back(
    tx: Transaction, *, call: str, number: str, language: str, deadline_at: float, now: float
) -> str:
    """A caller wants to be called at `number`; returns the message's id. It has no sound."""
    message = Message(
        id=new_id(now), call=call, caller=number, language=language, raw="", left_at=now, deadline_at=deadline_at,
        state="open", contact_by="call_back", seconds=0.0,
    )  # fmt: skip
    tx.session.add(message)
    await tx.session.flush()
    tx.publish(MessageChanged(now, call, message.id, message.state))
    return message.id


async def keep_message(tx: Transaction, message: str, seconds: float, now: float) -> None:
    found = await get_message(tx, message)
    found.seconds, found.state = seconds, "open"
    tx.publish(MessageChanged(now, found.call, found.id, found.state))


async def drop_message(tx: Transaction, message: str) -> None:
    """Nothing was said: the file goes, then its row; what ends in between leaves a row to be dropped next time."""
    found = await get_message(tx, message)
    try:
        await asyncio.to_thread(Path(found.raw).unlink, missing_ok=True)
    except OSError as fault:  # the caller hears what follows all the same
        log.error("sound of a dropped message stays", path=found.raw, why=str(fault))
    await tx.session.delete(found)


async def choose_contact(tx: Transaction, call: str, contact_by: str, now: float) -> None:
    """How the caller wants to be answered; the call's newest message is meant."""
    found = await message_of_call(tx.session, call)
    if found is None:
        raise NotFound(f"call {call} left no message")
    found.contact_by = contact_by
    tx.publish(MessageChanged(now, found.call, found.id, found.state))


async def finish_message(tx: Transaction, message: str, by: str, now: float) -> Message:
    """Someone has answered the caller; raises Refused(already_done)."""
    found = await get_message(tx, message)
    if found.state != "open":
        raise Refused("already_done", f"message {message} is {found.state}")
    found.state, found.done_by, found.done_at = "done", by, now
    tx.publish(MessageChanged(now, found.call, found.id, found.state))
    return found


async def get_message(tx: Transaction, message: str) -> Message:
    found = await tx.session.get(Message, message)
    if found is None:
        raise NotFound(f"there is no message {message}")
    return found
