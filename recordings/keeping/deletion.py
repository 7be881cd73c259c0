"""Legal hold, and deletion of sound and text that leaves a proof: what went, when, why, and its checksums."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from accounts import audit
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import HotlineError, NotFound, Refused
from recordings import repository
from recordings.events import RecordingDeleted
from recordings.keeping.retention import Retention
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.service import seal_of
from recordings.store.files import StoreAway
from recordings.store.sealing import Tampered
from recordings.store.vault import Vault

SWEEPER = "system"
"""Who the audit trail says it was when retention deletes."""
EVERY = 3600.0
AT_ONCE = 1000
"""Deletions of one sweep; the next sweep goes on."""
GONE = (RecordingState.DELETING, RecordingState.DELETED)
"""Nothing is left to be kept."""

Also = Callable[[Transaction, Recording], Awaitable[None]]
"""What else goes in the transaction that deletes a recording's text: quotes of it elsewhere."""


async def _nothing_else(_tx: Transaction, _recording: Recording) -> None:
    """Nobody quotes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """Calls whose recordings were deleted (in a dry run: would be), and those that could not be, with the reason."""

    deleted: tuple[str, ...]
    failed: tuple[str, ...] = ()


async def parts(session: AsyncSession, call: str) -> Sequence[Recording]:
    """The recordings of a call, locked, so that a sweep at this moment waits, and sees the hold."""
    rows = await repository.recordings_of(session, call)
    for each in rows:
        await session.refresh(each, with_for_update=True)
    return rows


async def hold(tx: Transaction, rows: Sequence[Recording], who: str, why: str, now: float) -> list[Recording]:
    """Keep them whatever retention says; returns those that are deleted already. Raises Refused when all are."""
    gone = [each for each in rows if each.state in GONE]
    if len(gone) == len(rows):
        raise Refused("deleted", "what was recorded of the call is deleted already")
    for each in rows:
        if each not in gone:
            each.held_at, each.held_by, each.held_reason = now, who, why
            await audit.note(tx, who, "recording_held", f"call:{each.call}", why)
    return gone


async def release(tx: Transaction, row: Recording, who: str, why: str) -> None:
    """Retention rules again."""
    row.held_at, row.held_by, row.held_reason = None, "", ""
    await audit.note(tx, who, "recording_released", f"call:{row.call}", why)


async def due(session: AsyncSession, retention: Retention, now: float) -> Sequence[Recording]:
    """Recordings whose time is over and nobody holds, and those whose deletion was begun; oldest first, AT_ONCE."""
    query = select(Recording).where(_over(retention, now)).order_by(Recording.started_at).limit(AT_ONCE)
    return (await session.scalars(query)).all()


async def count_due(session: AsyncSession, retention: Retention, now: float) -> int:
    """How many `due` would name one after the other."""
    return await session.scalar(select(func.count()).select_from(Recording).where(_over(retention, now))) or 0


def _over(retention: Retention, now: float) -> ColumnElement[bool]:
    queues, others = retention.limits(now)
    queue = func.coalesce(Recording.facts["queue"].as_string(), "")
    over = [(queue == name) & (Recording.started_at <= limit) for name, limit in queues.items() if limit is not None]
    if others is not None:
        over.append(queue.not_in(list(queues)) & (Recording.started_at <= others))
    return or_(Recording.state == RecordingState.DELETING, _free() & or_(false(), *over))


def _free() -> ColumnElement[bool]:
    """A hold is of the whole call: also of a part that began at the moment it was put on, and does not say so."""
    part = aliased(Recording)
    held = exists().where(part.call == Recording.call, part.held_at.is_not(None))
    return (Recording.state == RecordingState.STORED) & ~held


async def sweep(
    db: Database, vault: Vault, retention: Retention, now: float, *,
    also: Also = _nothing_else, dry_run: bool = False,
) -> Swept:  # fmt: skip
    """Delete what is over at `now`, AT_ONCE of them. A store that is away is tried again by the next sweep."""
    async with db.reading() as session:
        rows = await due(session, retention, now)
    if dry_run:
        return Swept(tuple(row.call for row in rows))
    deleted, failed = [], []
    for row in rows:
        why = f"kept {retention.days_of(_queue(row))} days (queue {_queue(row) or 'unknown'})"
        try:
            if await delete(db, vault, row.id, SWEEPER, why, now, also):
                deleted.append(row.call)
        except (HotlineError, OSError) as fault:
            failed.append(f"{row.call}: {fault}")
    return Swept(tuple(deleted), tuple(failed))


async def delete(
    db: Database, vault: Vault, recording: str, who: str, why: str, now: float, also: Also = _nothing_else
) -> bool:
    """Delete one recording's sound and text; False when it is held or not there to be deleted.

    The claim is committed before the file goes and the proof afterwards: whatever ends in between is found again.
    """
    async with db.transaction() as tx:
        row = await _claimed(tx, recording, why)
        if row is None:
            return False
        await also(tx, row)
    found = await asyncio.to_thread(_destroy, vault, row)
    async with db.transaction() as tx:
        row = await tx.session.get_one(Recording, recording)
        row.state, row.deleted_at, row.sealed_key = RecordingState.DELETED, now, ""
        proof = f"{row.deleted_reason}; sound {found}, sha256 {row.sha256}; text sha256 {row.text_sha256 or 'none'}"
        await audit.note(tx, who, "recording_deleted", f"call:{row.call}", proof)
        tx.publish(RecordingDeleted(now, row.call, row.id))
    return True


async def run(db: Database, vault: Vault, retention: Callable[[], Retention], clock: Clock, also: Also) -> None:
    """Sweep for ever, by the rules of each moment. Give it to the Supervisor."""
    while True:
        await sweep(db, vault, retention(), clock(), also=also)
        await asyncio.sleep(EVERY)


async def _claimed(tx: Transaction, recording: str, why: str) -> Recording | None:
    """The recording as being deleted, its text gone already; None when that may not be."""
    claim = update(Recording).where(Recording.id == recording, _free())
    await tx.session.execute(claim.values(state=RecordingState.DELETING, deleted_reason=why))
    row = await tx.session.get_one(Recording, recording, populate_existing=True)
    if row.state != RecordingState.DELETING:
        return None
    text = await tx.session.get(TranscriptRow, recording)
    if text is not None and text.state != TranscriptState.DELETED:
        row.text_sha256 = _sha256_of_text(text) if text.content is not None else ""
        text.state, text.content, text.said, text.note = TranscriptState.DELETED, None, "", ""
    return row


def _destroy(vault: Vault, row: Recording) -> str:
    """What the file was, as far as it could be read; raises OSError unless it is gone afterwards."""
    try:
        content = vault.read(row.path, seal_of(row))
        found = "as stored" if hashlib.sha256(content).hexdigest() == row.sha256 else "not as stored"
    except NotFound:
        found = "already gone"
    except Tampered:
        found = "not as stored"
    except HotlineError:
        found = "unreadable (its key is gone)"
    except StoreAway:
        raise
    except OSError as fault:
        found = f"unreadable ({fault.strerror or fault})"
    vault.delete(row.path)
    if vault.has(row.path):
        raise OSError(f"{row.path} is still in the store after its deletion")
    return found


def _sha256_of_text(text: TranscriptRow) -> str:
    """Of the exchange document as JSON with sorted keys and without blanks, in UTF-8."""
    written = json.dumps(text.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _queue(row: Recording) -> str:
    return str((row.facts or {}).get("queue", ""))
