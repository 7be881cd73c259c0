"""The database of a site as one file, and back: SQLite by its own copying, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import func, inspect, literal, make_url, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import schema
from core.addresses import file_of
from core.bus import Bus
from core.database import CONNECT, Database
from core.errors import HotlineError
from core.leasing import ENGINE
from ivr.models import Message
from recordings.models import Recording

RAW = (Recording, Message)
"""Tables whose rows name a file in Asterisk's spool."""


def kind(url: str) -> str:
    return "sqlite" if file_of(url) else "postgresql"


def copy(url: str, target: Path) -> None:
    """All of it as it was at one moment; who writes meanwhile is not held up. Raises HotlineError."""
    file = file_of(url)
    if not file:
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return
    try:
        with (
            closing(sqlite3.connect(file, timeout=CONNECT)) as live,
            closing(sqlite3.connect(target)) as made,
        ):
            live.backup(made)
            told = str(made.execute("PRAGMA quick_check").fetchone()[0])
    except sqlite3.Error as fault:
        raise HotlineError(
            f"the database {file} cannot be copied ({fault})", "check its disk, and the room for the backup"
        ) from None
    if told != "ok":
        remedy = "keep your older backups, and mend it with sqlite3's `.recover`"
        raise HotlineError(f"the database {file} is damaged ({' '.join(told.split())[:200]})", remedy)


def fill(url: str, source: Path) -> None:
    """Make the database from the file; `source` may be gone afterwards. Raises HotlineError."""
    if file := file_of(url):
        _move(source, file)
    else:
        _run(url, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
             f"--dbname={make_url(url).database}", str(source))  # fmt: skip


def _move(source: Path, target: Path) -> None:
    """Also to another disk, and then whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    try:
        shutil.move(source, half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


async def is_empty(url: str) -> bool:
    """Whether there is nothing in it, or no file of it. Raises HotlineError."""
    if file := file_of(url):
        return not file.exists()
    async with _connection(url) as connection:
        return not await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def settle(url: str, old: str, new: str) -> None:
    """Nobody is the engine here yet; sound that Asterisk had in the spool `old` is in `new`. Raises HotlineError."""
    async with _connection(url) as connection:
        await connection.execute(ENGINE.update().values(holder="", place=""))
        for table in RAW:
            moved = literal(new) + func.substr(table.raw, len(old) + 1)
            await connection.execute(
                update(table).where(table.raw.startswith(f"{old}/", autoescape=True)).values(raw=moved)
            )


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    db = Database(url, Bus())
    try:
        with schema.faults_told(db):
            async with db.engine.execution_options(writes=True).begin() as connection:
                yield connection
    finally:
        await db.close()


def _run(url: str, program: str, *arguments: str) -> None:
    if not shutil.which(program):
        raise HotlineError(
            f"{program} is not here", "install Debian's postgresql-client, as new as the server or newer"
        )
    done = subprocess.run(
        [program, *arguments], env=os.environ | _login(url), capture_output=True, text=True, errors="replace",
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if done.returncode:
        raise HotlineError(f"{program} failed: {' / '.join(done.stderr.strip().splitlines()[:2])}", "mend this first")


def _login(url: str) -> Mapping[str, str]:
    """In the environment: everybody on the machine sees the words of a command."""
    made = make_url(url)
    host = made.host or str(made.query.get("host", ""))
    told = {"PGHOST": host, "PGPORT": made.port, "PGUSER": made.username, "PGPASSWORD": made.password,
            "PGDATABASE": made.database, "PGSSLMODE": made.query.get("ssl")}  # fmt: skip
    return {name: str(value) for name, value in told.items() if value}
