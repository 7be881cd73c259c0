"""The daily comparison of the three books: files in the store, recordings, and calls that had a conversation."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields

import structlog
from sqlalchemy import select

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from recordings.keys import KeyGone
from recordings.models import Recording, RecordingState
from recordings.sealing import Tampered
from recordings.service import seal_of
from recordings.store import name_of
from recordings.vault import Vault

log = structlog.get_logger(__name__)

PATIENCE = 600.0
"""Seconds that a closing, a deletion or the beginning of a recording may take before it is reported."""
EVERY = 86400.0
FIRST_AFTER = 900.0

Talks = Callable[[float], Awaitable[set[str]]]
"""The calls whose conversation ended before this time."""


@dataclass(slots=True)
class Books:
    """What does not agree, by name of file or call. `checked`: how many stored recordings were looked at.

    `missing`: no file in the store. `different`: its content is not what was stored. `unreadable`: its key is gone.
    `orphaned`: a file that no recording owns. `unfinished`: not in the store, or not out of it, long after it should
    be. `lost`: recordings that failed. `unrecorded`: conversations without any recording.
    """

    checked: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return sum(len(getattr(self, each.name)) for each in fields(self) if each.name != "checked")


async def reconcile(db: Database, vault: Vault, talks: Talks, now: float, *, contents: bool = True) -> Books:
    """Compare everything; without `contents` files are only looked for, not read. Raises OSError for a store away."""
    books = Books()
    # Files before rows: what is stored meanwhile has a row by then.
    files = await asyncio.to_thread(lambda: list(vault.names()))
    ended = await talks(now - PATIENCE)
    async with db.reading() as session:
        rows = (await session.scalars(select(Recording).order_by(Recording.started_at))).all()
    for row in rows:
        match RecordingState(row.state):
            case RecordingState.STORED:
                books.checked += 1
                await asyncio.to_thread(_look, vault, row, books, contents)
            case RecordingState.FAILED:
                books.lost.append(row.call)
            case RecordingState.CLOSING | RecordingState.DELETING if row.started_at + row.seconds + PATIENCE < now:
                books.unfinished.append(row.call)
            case _:
                pass
    books.orphaned = sorted(set(files) - {name for row in rows if (name := _owned(row))})
    books.unrecorded = sorted(ended - {row.call for row in rows})
    return books


async def run(db: Database, vault: Vault, talks: Talks, clock: Clock) -> None:
    """Once a day, for ever; what does not agree is logged as an error. Give it to the Supervisor."""
    await asyncio.sleep(FIRST_AFTER)
    while True:
        books = await reconcile(db, vault, talks, clock())
        if books.faults:
            found = {each.name: getattr(books, each.name) for each in fields(books)}
            log.error("recordings do not agree with the books", **found)
        await asyncio.sleep(EVERY)


def _look(vault: Vault, row: Recording, books: Books, contents: bool) -> None:
    try:
        with vault.open(row.path, seal_of(row)) as file:
            if contents and hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:  # type: ignore[arg-type]  # a BinaryIO reads as asked
                books.different.append(row.path)
    except NotFound:
        books.missing.append(row.path)
    except KeyGone:
        books.unreadable.append(row.path)
    except Tampered:
        books.different.append(row.path)


def _owned(row: Recording) -> str:
    """The file that a recording has, or is about to have."""
    if row.state == RecordingState.CLOSING:
        return name_of(row.call, row.number, row.started_at)
    return row.path if row.state in (RecordingState.STORED, RecordingState.DELETING) else ""
