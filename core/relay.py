"""Events from one process to another: stored with the transaction here, told on the bus there."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.bus import Bus
from core.clock import Clock, system_clock
from core.database import Base, Database

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.3
SETTLED_SECONDS = 30.0
"""A row may become visible after one with a higher id, but not later than this."""
KEPT_SECONDS = 3600.0


class RelayedEvent(Base):
    """One event on its way to the engine; ids are never used twice."""

    __tablename__ = "relayed_events"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # SQLAlchemy's own convention

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)


class Wire:
    """The dataclasses that may pass, by name, and their way to JSON and back."""

    def __init__(self, types: Sequence[type]) -> None:
        self._adapters: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in types}
        if len(self._adapters) != len(types):
            raise ValueError("two relayed events have the same name")

    def pack(self, event: object) -> tuple[str, dict[str, Any]] | None:
        """Name and content, or None for an event that stays at home."""
        name = type(event).__name__
        adapter = self._adapters.get(name)
        return (name, adapter.dump_python(event, mode="json")) if adapter else None

    def unpack(self, name: str, payload: dict[str, Any]) -> object | None:
        """The event, or None when this process does not know the name or its fields (another version wrote it)."""
        adapter = self._adapters.get(name)
        try:
            return adapter.validate_python(payload) if adapter else None
        except ValidationError:
            log.warning("relayed event not understood", event_type=name)
            return None


class Outbox:
    """What a worker's Database is given as `outbox`: stores its events in the transaction that caused them."""

    def __init__(self, wire: Wire, clock: Clock = system_clock) -> None:
        self._wire = wire
        self._clock = clock

    async def store(self, session: AsyncSession, events: Sequence[object]) -> None:
        now = self._clock()
        for packed in filter(None, map(self._wire.pack, events)):
            session.add(RelayedEvent(at=now, kind=packed[0], payload=packed[1]))


class Relay:
    """Tells on `bus` what other processes have stored since `open`; forgets what is old."""

    def __init__(self, db: Database, bus: Bus, wire: Wire, clock: Clock = system_clock) -> None:
        self._db = db
        self._bus = bus
        self._wire = wire
        self._clock = clock
        self._floor = 0
        self._seen: set[int] = set()
        self._opened = False
        self._pruned_at = clock()

    async def run(self) -> None:
        """Poll for ever; give it to the Supervisor."""
        await self.open()
        while True:
            await self.poll()
            await self.prune()
            await asyncio.sleep(POLL_SECONDS)

    async def open(self) -> None:
        """Take what is stored now as known; a second call changes nothing."""
        if not self._opened:
            await self._new_rows()
            self._opened = True

    async def poll(self) -> int:
        """Publish what is new, in the order of ids; returns how many."""
        told = 0
        for row in await self._new_rows():
            event = self._wire.unpack(row.kind, row.payload)
            if event is not None:
                self._bus.publish(event)
                told += 1
        return told

    async def prune(self) -> None:
        """Delete rows older than an hour, at most once a minute."""
        now = self._clock()
        if now - self._pruned_at < 60:
            return
        self._pruned_at = now
        async with self._db.transaction() as tx:
            await tx.session.execute(delete(RelayedEvent).where(RelayedEvent.at < now - KEPT_SECONDS))

    async def _new_rows(self) -> list[RelayedEvent]:
        settled = self._clock() - SETTLED_SECONDS
        async with self._db.reading() as session:
            found = await session.scalars(
                select(RelayedEvent).where(RelayedEvent.id > self._floor).order_by(RelayedEvent.id)
            )
            rows = [row for row in found if row.id not in self._seen]
            floor = await session.scalar(select(func.max(RelayedEvent.id)).where(RelayedEvent.at < settled))
        self._seen.update(row.id for row in rows)
        self._floor = max(self._floor, floor or 0)
        self._seen = {known for known in self._seen if known > self._floor}
        return rows
