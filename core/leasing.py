"""The lease in the database: read, taken, renewed, given up, and proved inside every transaction of its holder."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from sqlalchemy import Float, Integer, String, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import Clock, system_clock
from core.database import Base, Database, Transaction
from core.errors import HotlineError, cause
from core.lease import RENEW, Lease, Standing, Tenure, Turn
from core.onehop import Write

log = structlog.get_logger(__name__)


class EngineRow(Base):
    """One row: the lease of the engine (`core.lease.Lease`)."""

    __tablename__ = "engine"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    beat_at: Mapped[float] = mapped_column(Float)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    holder: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(80), default="")


ENGINE = cast(Table, EngineRow.__table__)

# A share of the row's key: renewals by its holder go on beside it, but who takes the lease waits for every
# transaction that has proved it, and from then on the proof fails. SQLite has one writer at a time anyway.
_MINE = (ENGINE.c.epoch == bindparam("mine")) & (ENGINE.c.holder != "")
_PROOF = select(ENGINE.c.epoch).where(_MINE).with_for_update(read=True, key_share=True)
_BEAT = ENGINE.update().values(beat_at=bindparam("now"))


def steady_clock() -> float:
    """Seconds that go on while the process is stopped or the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def beat(tx: Transaction, now: float) -> None:
    """Renews the lease; proof that the database takes a write."""
    tx.write(_BEAT, {"now": now})


async def stored(session: AsyncSession, *, locked: bool = False) -> Lease:
    """The lease; `locked` against everybody until the transaction ends."""
    query = select(ENGINE.c.epoch, ENGINE.c.beat_at, ENGINE.c.holder, ENGINE.c.place)
    row = (await session.execute(query.with_for_update() if locked else query)).one()
    return Lease(row.epoch, row.beat_at, row.holder, row.place)


class Overtaken(HotlineError):
    """Another engine has the lease: nothing was stored."""


class Holding:
    """The lease of this process. While it holds it, every transaction of `db` proves so or fails.

    `pulse` renews it and says whether it could; at first that is only to write, an engine that serves puts in more.
    """

    def __init__(self, db: Database, clock: Clock = system_clock, steady: Callable[[], float] = steady_clock) -> None:
        self._db = db
        self._clock = clock
        self.steady = steady
        self._tenure = Tenure()
        self._epoch = 0
        self.lost = asyncio.Event()
        self._stored = True
        self.pulse: Callable[[], Awaitable[bool]] = self._write

    @property
    def standing(self) -> Standing:
        return self._tenure.standing

    @property
    def stores(self) -> bool:
        """Whether the last renewal could be stored, and in time."""
        return self._stored and self.may_command()

    def may_command(self) -> bool:
        return self._tenure.may_command(self.steady())

    async def take(self, seen: Lease, holder: str, place: str) -> bool:
        """Whether it could be had as it was `seen`."""
        asked = self.steady()
        async with self._db.transaction() as tx:
            if await stored(tx.session, locked=True) != seen:
                return False
            values = {"epoch": seen.epoch + 1, "holder": holder, "place": place, "beat_at": self._clock()}
            await tx.session.execute(ENGINE.update().values(**values))
        self._epoch = seen.epoch + 1
        self._db.fence = self
        self._tenure.taken(asked)
        log.info("this is the engine", epoch=self._epoch, before=seen.holder)
        return True

    @property
    def proof(self) -> Write:
        return _PROOF, {"mine": self._epoch}

    def failed(self) -> Overtaken:
        """The proof did: another has taken over."""
        if self.standing not in (Standing.DEPOSED, Standing.LEFT):
            log.error("another engine has taken over", epoch=self._epoch)
        self._tenure.turn(Turn.OVERTAKEN)
        self.lost.set()
        return Overtaken("another engine has taken over", "this one stores and commands nothing any more")

    async def keep(self) -> None:
        """Renew it, for as long as it is ours."""
        able = True
        while not self.lost.is_set():
            asked = self.steady()
            self._stored = await self.pulse()
            if self._stored and not self.lost.is_set():
                self._tenure.renewed(asked)
            if able != self.may_command() and not self.lost.is_set():
                able = not able
                told = "is renewed again" if able else "cannot be renewed: nothing is commanded until it can"
                log.warning(f"the lease {told}")
            await asyncio.sleep(RENEW)

    async def give_up(self) -> None:
        """Nobody has it then; others need not wait for it to run out."""
        if self.standing in (Standing.ENGINE, Standing.SILENT):
            self._db.fence = None  # nothing is ours any more once this is stored
            async with self._db.transaction() as tx:
                mine = ENGINE.c.epoch == self._epoch
                await tx.session.execute(ENGINE.update().where(mine).values(holder="", place=""))
            self._db.fence = self
        self._tenure.turn(Turn.GIVEN_UP)

    async def _write(self) -> bool:
        try:
            async with self._db.transaction() as tx:
                beat(tx, self._clock())
        except Overtaken:
            return False
        except Exception as fault:  # noqa: BLE001  # whatever it is, it is not renewed
            log.error("the lease could not be renewed", why=cause(fault))
            return False
        return True
