"""The daily comparison of the three books: files in the store, recordings, and calls that had a conversation."""

import asyncio
import hashlib
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields

import structlog
from sqlalchemy import select

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from recordings.keeping.retention import DAY
from recordings.models import Recording, RecordingState
from recordings.service import facts_of, seal_of
from recordings.sound import Coding
from recordings.store.files import MESSAGES, StoreAway, name_of
from recordings.store.keys import KeyGone
from recordings.store.sealing import Tampered
from recordings.store.vault import Vault

log = structlog.get_logger(__name__)

PATIENCE = 600.0
"""Seconds that a closing, a deletion or the beginning of a recording may take before it is reported."""
EVERY = DAY
NEW = 2 * DAY
TURN = 30
AT_ONCE = 1000
FIRST_AFTER = 900.0

Talks = Callable[[float], Awaitable[set[str]]]
"""The calls whose conversation ended before this time."""
Channels = Callable[[], Awaitable[set[str] | None]]
"""The legs that are live on the switch now; None when it cannot be asked."""


Reads = Callable[[Recording, float], bool]
"""Whether a recording's content is to be read, at a time."""


def everything(_row: Recording, _now: float) -> bool:
    return True


def nothing(_row: Recording, _now: float) -> bool:
    return False


def in_turn(row: Recording, now: float) -> bool:
    """What is new, and each day another part of the old: every file once in TURN days."""
    today = int(now // DAY)
    return row.started_at >= now - NEW or zlib.crc32(row.id.encode()) % TURN == today % TURN


@dataclass(slots=True)
class Books:
    """What does not agree, by name of file or call. `checked`: how many stored recordings were looked at.

    `missing`: no file in the store. `different`: its content is not what was stored. `unreadable`: its key is
    gone, or the disk does not give it. `orphaned`: a file that no recording owns. `unfinished`: not in the store, or
    not out of it, long after it should be. `lost`: recordings that failed. `unrecorded`: conversations without any
    recording. `unended`: said to be going on though their talk is over or their channel gone.
    """

    checked: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return sum(len(getattr(self, each.name)) for each in fields(self) if each.name != "checked")


async def unknown() -> set[str] | None:
    """The channels where nobody can ask the switch."""
    return None


async def reconcile(
    db: Database, vault: Vault, talks: Talks, now: float, *, reads: Reads = everything, channels: Channels = unknown
) -> Books:
    """Compare everything; the content of files is read where `reads` says so. Raises OSError for a store away."""
    books = Books()
    # Files before rows: what is stored meanwhile has a row by then.
    left = await asyncio.to_thread(lambda: {name for name in vault.names() if not name.startswith(MESSAGES)})
    over = await talks(now - PATIENCE)
    unrecorded, live = set(over), await channels()
    known, after = frozenset(vault.keys.ids()), ""
    while True:
        async with db.reading() as session:
            page = select(Recording).where(Recording.id > after).order_by(Recording.id).limit(AT_ONCE)
            rows = (await session.scalars(page)).all()
        for row in rows:
            unrecorded.discard(row.call)
            match RecordingState(row.state):
                case RecordingState.STORED:
                    books.checked += 1
                    if row.path not in left and not await asyncio.to_thread(vault.has, row.path):
                        books.missing.append(row.path)
                    elif row.key_id and row.key_id not in known:
                        books.unreadable.append(row.path)
                    elif reads(row, now):
                        await asyncio.to_thread(_read, vault, row, books)
                case RecordingState.RECORDING if row.started_at + PATIENCE < now:
                    # A call that was passed on has an ended talk and one that goes on: the channel tells.
                    if row.call in over if live is None else row.leg not in live:
                        books.unended.append(row.call)
                case RecordingState.FAILED:
                    books.lost.append(row.call)
                case RecordingState.CLOSING | RecordingState.DELETING if _ended(row) + PATIENCE < now:
                    books.unfinished.append(row.call)
                case _:
                    pass
            left -= _owned(row)
        if not rows:
            break
        after = rows[-1].id
    books.orphaned, books.unrecorded = sorted(left), sorted(unrecorded)
    return books


async def run(db: Database, vault: Vault, talks: Talks, channels: Channels, clock: Clock) -> None:
    """Once a day, for ever; what does not agree is logged as an error. Give it to the Supervisor."""
    await asyncio.sleep(FIRST_AFTER)
    while True:
        books = await reconcile(db, vault, talks, clock(), reads=in_turn, channels=channels)
        if books.faults:
            found = {each.name: getattr(books, each.name) for each in fields(books)}
            log.error("recordings do not agree with the books", **found)
        await asyncio.sleep(EVERY)


def _read(vault: Vault, row: Recording, books: Books) -> None:
    try:
        with vault.open(row.path, seal_of(row)) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:  # type: ignore[arg-type]  # a BinaryIO reads as asked
                books.different.append(row.path)
    except NotFound:
        books.missing.append(row.path)
    except KeyGone:
        books.unreadable.append(row.path)
    except Tampered:
        books.different.append(row.path)
    except StoreAway:
        raise
    except OSError:
        # One worn place on a disk says nothing of the files after it.
        books.unreadable.append(row.path)


def _ended(row: Recording) -> float:
    """When its talk did: `seconds` are known of what is in the store only."""
    if row.state == RecordingState.CLOSING and row.facts:
        facts = facts_of(row)
        return max(row.started_at, facts.connected_at.timestamp() + facts.duration)
    return row.started_at + row.seconds


def _owned(row: Recording) -> set[str]:
    """The file that a recording has, or is about to have in one coding or the other."""
    if row.state == RecordingState.CLOSING:
        return {name_of(row.call, row.number, row.started_at, coding) for coding in Coding}
    return {row.path} if row.state in (RecordingState.STORED, RecordingState.DELETING) else set()
