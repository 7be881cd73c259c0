"""Which master keys the stored files hang on, and taking them from old keys to the current one."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import HotlineError
from recordings.keys import KeyGone, Keys, Seal
from recordings.models import Recording, RecordingState
from recordings.service import seal_of
from recordings.vault import Vault

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """`rewrapped` and `current` (already so) files hang on the key `key` now; `gone`: those whose key is not there."""

    key: str
    rewrapped: int
    current: int
    plain: int
    gone: tuple[str, ...]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many stored files hang on each key; '' for those kept plain."""
    query = select(Recording.key_id, func.count().label("files")).where(Recording.state == RecordingState.STORED)
    return {row.key_id: row.files for row in await session.execute(query.group_by(Recording.key_id))}


async def complaints(db: Database, keys: Keys) -> list[str]:
    """A line for every key that stored files hang on and that is not there."""
    async with db.reading() as session:
        found = await counts(session)
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
    """Replace every file that is kept plain by a sealed one under a new name. Can be interrupted and repeated."""
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


async def rotate(db: Database, keys: Keys) -> Rotation:
    """Wrap the key of every sealed file with the current master key; no file is touched. Can be repeated."""
    rewrapped, gone, after = 0, list[str](), ""
    while True:
        async with db.transaction() as tx:
            query = select(Recording).where(
                Recording.id > after, Recording.key_id.not_in(["", keys.current]), Recording.sealed_key != ""
            )
            rows = (await tx.session.scalars(query.order_by(Recording.id).limit(AT_ONCE))).all()
            for row in rows:
                try:
                    seal = keys.wrap(keys.unwrap(seal_of(row), row.path), row.path)
                except KeyGone:
                    gone.append(row.path)
                    continue
                row.key_id, row.sealed_key = seal.key, seal.wrapped
                rewrapped += 1
        if not rows:
            break
        after = rows[-1].id
    async with db.reading() as session:
        found = await counts(session)
    return Rotation(keys.current, rewrapped, found.get(keys.current, 0) - rewrapped, found.get("", 0), tuple(gone))
