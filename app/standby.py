"""Becoming the engine: who gets the lease is, all others on the same database stand by, and say so."""

import asyncio
import contextlib
import os
import platform
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import migrating, schema, serve
from app.datadir import EngineLock, heir
from app.health import standby_app
from core.database import Database
from core.errors import HotlineError, cause
from core.lease import LOOK, PATIENCE, Lease, Move, Watch
from core.leasing import Holding, stored

log = structlog.get_logger(__name__)

UNLOCK_SECONDS = 2.0
"""Within this a process that was killed has left its locks."""


@dataclass(frozen=True, slots=True)
class StandingBy:
    """`web`: where this process answers; `engine`: the one it would go on for."""

    web: str
    engine: str


Tell = Callable[[StandingBy], None]


@contextlib.asynccontextmanager
async def engine(db: Database, data_dir: Path, place: socket.socket, tell: Tell) -> AsyncIterator[Holding]:
    """Enters once this process is the engine, leaves when it is not any more. `tell` hears for whom it stands by.

    Raises HotlineError when it never can be: another engine works on `data_dir` with another database.
    """
    host, port = place.getsockname()[:2]
    web = f"http://{host}:{port}"
    candidate = Candidate(db, EngineLock(data_dir), f"{web}, process {os.getpid()} on {platform.node()}")
    try:
        holding = await candidate.look()
        if holding is None:
            with heir(data_dir):
                async with serve.served(standby_app(), place.dup()):
                    holding = await candidate.stand_by(lambda known: tell(StandingBy(web, known)))
        keeper = asyncio.create_task(holding.keep(), name="lease")
        try:
            yield holding
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            await holding.give_up()
    finally:
        candidate.lock.release()


class Candidate:
    """One who would be the engine, called `name`."""

    def __init__(self, db: Database, lock: EngineLock, name: str) -> None:
        self.lock = lock
        self._db = db
        self._name = name
        self._watch = Watch(lock.place)
        self._migrated = False
        self._locked_out: float | None = None
        self._engine = ""

    async def stand_by(self, tell: Callable[[str], None]) -> Holding:
        """Look until the lease can be had; `tell` hears each time whose it is when that changed."""
        told = ""
        while True:
            if self._engine not in ("", told):
                told = self._engine
                tell(told)
            await asyncio.sleep(LOOK)
            try:
                holding = await self.look()
            except (SQLAlchemyError, OSError) as fault:
                log.warning("the lease cannot be seen", why=cause(fault))
                self._watch.lost_sight()
            else:
                if holding is not None:
                    return holding

    async def look(self) -> Holding | None:
        """The lease where it can be had now."""
        if migrating.goes_on(self._db):  # a lease that cannot be renewed meanwhile is not given up
            self._watch.lost_sight()
            self._locked_out = None
            return None
        if not self._migrated:
            with schema.faults_told(self._db):
                await schema.demand_fit(self._db)
            if not await schema.has_lease(self._db):
                if not self._lock():
                    return None
                await schema.migrate(self._db)
        self._migrated = True
        async with self._db.reading() as session:
            seen = await stored(session)
        self._engine = seen.holder
        holding = Holding(self._db)
        move = self._watch.saw(seen, holding.steady())
        if move is not Move.WAIT:
            await schema.demand_fit(self._db)  # a newer program may have been the engine since we stand by
        match move:
            case Move.TAKE:
                free = seen.place != self.lock.place or await self._end_holder(seen)
            case Move.LOCK_AND_TAKE:
                free = self._lock() if not seen.holder else self.lock.take()
            case Move.WAIT:
                free = False
        if free:
            place = self.lock.place if self.lock.take() else ""
            if await holding.take(seen, self._name, place):
                return holding
            self.lock.release()
        return None

    def _lock(self) -> bool:
        """Of a lease that nobody has; one who has the lock all the same comes or goes, or knows another database."""
        now = asyncio.get_running_loop().time()
        if self.lock.take():
            self._locked_out = None
            return True
        self._locked_out = self._locked_out or now
        if now - self._locked_out > PATIENCE:
            raise HotlineError(
                f"another engine works on {self.lock.path.parent}", "stop it, or give this one its own --data"
            )
        return False

    async def _end_holder(self, seen: Lease) -> bool:
        """One that hangs keeps the lock, and may keep a transaction open. Where it cannot be reached it is fenced."""
        if self.lock.take():
            return True
        killed = self.lock.kill_holder()
        log.error("the engine hangs", engine=seen.holder, killed=killed)
        deadline = asyncio.get_running_loop().time() + UNLOCK_SECONDS
        while killed and not self.lock.take():
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.02)
        return True
