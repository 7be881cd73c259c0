"""Which master keys the stored files hang on, and taking them from old keys to the current one."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import HotlineError
from recordings.models import Kept, Recording, RecordingState
from recordings.service import seal_of
from recordings.store.keys import KeyGone, Keys, Seal
from recordings.store.vault import Vault

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """`rewrapped` and `current` (already so) files hang on the key `key` now; `gone`: those whose key is not there."""

    key: str
    rewrapped: int
    current: int
    plain: int
    gone: tuple[str, ...]


Tables = Sequence[type[Kept]]
"""Whose files are meant."""


async def counts(session: AsyncSession, tables: Tables) -> Counter[str]:
    """How many stored files hang on each key; '' for those kept plain."""
    found = Counter[str]()
    for table in tables:
        query = select(table.key_id, func.count().label("files")).where(table.there()).group_by(table.key_id)
        found.update({row.key_id: row.files for row in await session.execute(query)})
    return found


async def complaints(db: Database, keys: Keys, tables: Tables) -> list[str]:
    """A line for every key that stored files hang on and that is not there."""
    async with db.reading() as session:
        found = await counts(session, tables)
    missing = sorted(set(found) - {"", *keys.ids()})
    where = f"not in {keys.path}" if keys.path else "not here: HOTLINE_KEY_FILE is not set"
    return [
        f"{found[key]} recordings are sealed with the key {key!r}, which is {where}: "
        "they cannot be heard until it is put back"
        for key in missing
    ]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Names of files; `failed` with the reason."""

    sealed: tuple[str, ...]
    failed: tuple[str, ...]


async def seal_plain(db: Database, vault: Vault) -> Sealed:
    """Replace every recording that is kept plain by a sealed one under a new name. Can be interrupted and repeated."""
    sealed, failed = [], []
    async with db.reading() as session:
        plain = (Recording.state == RecordingState.STORED) & (Recording.key_id == "")
        rows = (await session.scalars(select(Recording).where(plain).order_by(Recording.id))).all()
    for row in rows:
        name = str(PurePosixPath(row.path).with_suffix(f".sealed{PurePosixPath(row.path).suffix}"))
        try:
            seal = await asyncio.to_thread(_again, vault, row, name)
            async with db.transaction() as tx:
                claim = update(Recording).where(Recording.id == row.id, Recording.state == RecordingState.STORED)
                values = {"path": name, "key_id": seal.key, "sealed_key": seal.wrapped}
                moved = await tx.session.scalar(claim.values(values).returning(Recording.id))
            # A file that lost its row meanwhile (a sweep) must not stay either.
            await asyncio.to_thread(vault.delete, row.path if moved else name)
            sealed.append(name)
        except (HotlineError, OSError) as fault:
            failed.append(f"{row.path}: {fault}")
    return Sealed(tuple(sealed), tuple(failed))


def _again(vault: Vault, row: Recording, name: str) -> Seal:
    content = vault.read(row.path, Seal())
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise OSError("not the file that was stored: its checksum differs")
    unfinished = vault.workspace / f"{row.id}.seal"
    try:
        unfinished.write_bytes(content)
        return vault.keep(unfinished, name)
    finally:
        unfinished.unlink(missing_ok=True)


async def rotate(db: Database, keys: Keys, tables: Tables) -> Rotation:
    """Wrap the key of every sealed file with the current master key; no file is touched. Can be repeated."""
    rewrapped, gone = 0, list[str]()
    for table in tables:
        after = ""
        while rows := await _rewrap(db, keys, table, after, gone):
            rewrapped, after = rewrapped + rows[0], rows[1]
    async with db.reading() as session:
        found = await counts(session, tables)
    return Rotation(keys.current, rewrapped, found[keys.current] - rewrapped, found[""], tuple(gone))


async def _rewrap(db: Database, keys: Keys, table: type[Kept], after: str, gone: list[str]) -> tuple[int, str] | None:
    """The next files after the row `after`: how many hang on the current key now, and the last row; None at the end."""
    rewrapped = 0
    async with db.transaction() as tx:
        other = table.key_id.not_in(["", keys.current]) & (table.sealed_key != "") & (table.id > after)
        rows = (await tx.session.scalars(select(table).where(other).order_by(table.id).limit(AT_ONCE))).all()
        for row in rows:
            try:
                seal = keys.wrap(keys.unwrap(seal_of(row), row.path), row.path)
            except KeyGone:
                gone.append(row.path)
                continue
            row.key_id, row.sealed_key = seal.key, seal.wrapped
            rewrapped += 1
    return (rewrapped, rows[-1].id) if rows else None
