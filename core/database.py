"""The database: one transaction per request or event, events published only after its commit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, Executable, MetaData, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from core.bus import Bus
from core.onehop import Look, OneHop, Query, Write

Found = TypeVar("Found")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

AWAY = (OSError, OperationalError, InterfaceError)
"""What is raised while the database cannot be reached or has no room."""

CONNECT = 15
"""Seconds to wait for a server, or for another process that writes to the file."""


class Base(DeclarativeBase):
    """Parent of every table. Times are float seconds since the epoch, UTC, in columns named `*_at`."""

    metadata = MetaData(naming_convention=NAMES)


class Transaction:
    """One unit of work: `session` to read and write, `publish` for what others hear once it is committed.

    `write` is for statements whose effect nobody looks at before the commit: they run together at the end. Most units
    need nothing else, and those never open a session.
    """

    def __init__(self, open_session: Callable[[], AsyncSession]) -> None:
        self._open_session = open_session
        self._session: AsyncSession | None = None
        self.writes: list[Write] = []
        self.events: list[object] = []

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            self._session = self._open_session()
        return self._session

    @property
    def touched(self) -> bool:
        """Whether anything was done with the session."""
        session = self._session
        return session is not None and bool(session.in_transaction() or session.new or session.dirty or session.deleted)

    async def aclose(self) -> None:
        if self._session is not None:
            await asyncio.shield(self._session.close())  # or its connection would be lost to the pool

    def write(self, statement: Executable, values: Mapping[str, Any] | None = None) -> None:
        """`values` fill the statement's bound parameters."""
        self.writes.append((statement, values or {}))

    def publish(self, event: object) -> None:
        self.events.append(event)


class EventStore(Protocol):
    """Keeps a transaction's events for other processes, inside that transaction (`core.relay.Outbox`)."""

    async def store(self, session: AsyncSession, events: Sequence[object]) -> None: ...


class Fence(Protocol):
    """Who may write (`core.leasing.Holding`): `proof` finds something in each transaction, or it is rolled back."""

    @property
    def proof(self) -> Write: ...

    def failed(self) -> Exception:
        """The error that the transaction ends with."""


class Database:
    """SQLite (WAL) or PostgreSQL, by address (`sqlite+aiosqlite:///…`, `postgresql+asyncpg://…`).

    Events go to `bus` after the commit; with an `outbox` they are also committed for other processes. A server ends
    our transactions that idle for `idle` seconds: a process that is stopped in one does not hold up others longer.
    """

    def __init__(self, url: str, bus: Bus, outbox: EventStore | None = None, *, idle: float | None = None) -> None:
        self.bus = bus
        self._outbox = outbox
        self.fence: Fence | None = None
        # Values of statements are callers' data: they have no place in errors and so in logs.
        server = not url.startswith("sqlite")
        self.engine = create_async_engine(
            url, pool_pre_ping=server, connect_args={"timeout": CONNECT}, hide_parameters=True
        )
        if server and idle is not None:
            event.listen(self.engine.sync_engine, "begin", _limit_idling(idle))
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        writing = self.engine.execution_options(writes=True)
        self._writing_sessions = async_sessionmaker(writing, expire_on_commit=False)
        self._writer: asyncio.Lock | None = None
        self._one_hop: OneHop | None = None
        if not server:
            _listen_sqlite(self.engine.sync_engine)
            # SQLite lets one writer in and makes the others poll; inside one process a lock queues them fairly.
            self._writer = asyncio.Lock()
            self._one_hop = OneHop(url, _listen_sqlite)

    @asynccontextmanager
    async def transaction(self, *, late: bool = False) -> AsyncIterator[Transaction]:
        """Commit at the end, roll back on any exception; publish what was told after the commit.

        `late` is for one that only writes and publishes: it waits for its turn to write not before the end.
        """
        gate: AbstractAsyncContextManager[Any] = self._writer or nullcontext()
        first, last = (nullcontext(), gate) if late else (gate, nullcontext())
        async with first, aclosing(Transaction(self._writing_sessions)) as unit:
            yield unit
            async with last:
                if self._outbox is not None and unit.events:
                    await self._outbox.store(unit.session, unit.events)
                await self._commit(unit)
        for told in unit.events:
            self.bus.publish(told)

    async def _commit(self, unit: Transaction) -> None:
        if not unit.touched and not unit.writes:
            return
        fence = self.fence
        if not unit.touched and self._one_hop is not None:
            if not await self._one_hop.write(unit.writes, fence.proof if fence else None) and fence:
                raise fence.failed()
            return
        session = unit.session
        if fence and (await session.execute(*fence.proof)).first() is None:
            raise fence.failed()
        for statement, values in unit.writes:
            await session.execute(statement, values)
        await session.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries only; nothing is committed."""
        async with self._sessions() as session:
            yield session

    async def read(self, look: Look[Found]) -> Found:
        """What `look` finds with a session for queries; with SQLite in one go, so it may wait for nothing else."""
        if self._one_hop is not None:
            return await self._one_hop.read(look)
        async with self.reading() as session:
            return await look(session)

    async def firsts(self, *queries: Query | None) -> list[Any]:
        """Of each query the first column of the first row, None where there is none; for None, None. A `read`."""

        async def look(session: AsyncSession) -> list[Any]:
            return [None if query is None else await session.scalar(*query) for query in queries]

        return await self.read(look)

    async def create_all(self) -> None:
        """Create the tables as the models say: for tests; a centre migrates with Alembic."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        await self.engine.dispose()
        if self._one_hop is not None:
            await asyncio.to_thread(self._one_hop.close)


def _limit_idling(seconds: float) -> Callable[[Any], None]:
    """Of writing transactions: those that only read hold up nobody, and may wait for whoever reads."""
    limit = f"SET LOCAL idle_in_transaction_session_timeout = {int(seconds * 1000)}"

    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql(limit)

    return begin


def _listen_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={CONNECT * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads first cannot wait for another writer: it fails at once.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
