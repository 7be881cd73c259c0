"""Comparing a caller's secret with the customer's: tries are counted before comparing, too many lock for a while."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, select

from accounts import audit, passwords
from accounts.tokens import fingerprint
from core.clock import Clock, new_id
from core.database import Database
from core.errors import NotFound
from ivr.customers import Customers
from ivr.effects import VerifySecret
from ivr.events import CodeLockChanged
from ivr.models import VerifyLock


class Verifier:
    """`verify` answers right, wrong, failed (that was the last try), locked or unknown."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def verify(self, wish: VerifySecret, customers: Customers) -> str:
        stored = customers.secret_of(wish.customer, wish.kind)
        if not stored:
            return "unknown"
        tries = await self._count(wish, fingerprint(stored))
        if tries is None:
            return "locked"
        if await passwords.matches(wish.typed.reveal(), stored):
            await self._forget(wish)
            return "right"
        return "failed" if tries >= wish.attempts else "wrong"

    async def _count(self, wish: VerifySecret, tried: str) -> int | None:
        """The number of this try, which locks when it is the last; None when it is locked already."""
        now = self._clock()
        async with self._db.transaction() as tx:
            query = select(VerifyLock).where(*_its(wish)).with_for_update()
            lock = await tx.session.scalar(query)
            if lock is None:
                lock = VerifyLock(id=new_id(now), customer=wish.customer, secret=wish.kind, own=wish.own, tried="")
                tx.session.add(lock)
            if lock.tried != tried:
                lock.tried, lock.tries, lock.locked_until_at = tried, 0, 0.0
            if now < lock.locked_until_at:
                return None
            if lock.locked_until_at:
                lock.tries, lock.locked_until_at = 0, 0.0
            lock.tries += 1
            tries = lock.tries
            if tries >= wish.attempts:
                lock.locked_until_at = now + wish.lock_seconds
                tx.publish(CodeLockChanged(now, lock.id))
        return tries

    async def _forget(self, wish: VerifySecret) -> None:
        async with self._db.transaction() as tx:
            await tx.session.execute(delete(VerifyLock).where(*_its(wish)))


class CodeLocks:
    """What is locked now, and how people end it before its time. `customers` are those of now."""

    def __init__(self, db: Database, clock: Clock, customers: Callable[[], Customers]) -> None:
        self._db = db
        self._clock = clock
        self._customers = customers

    async def standing(self) -> list[VerifyLock]:
        """The latest first."""
        query = select(VerifyLock).where(VerifyLock.locked_until_at > self._clock())
        async with self._db.reading() as session:
            rows = await session.scalars(query.order_by(VerifyLock.locked_until_at.desc()))
            return [row for row in rows if self._holds(row)]

    async def end(self, lock: str, by: str) -> None:
        """Raises NotFound for one that is over."""
        now = self._clock()
        async with self._db.transaction() as tx:
            row = await tx.session.get(VerifyLock, lock, with_for_update=True)
            if row is None or row.locked_until_at <= now or not self._holds(row):
                raise NotFound(f"there is no lock {lock} (any more)")
            await tx.session.delete(row)
            await audit.note(tx, by, "code_lock_ended", f"number:{row.customer}")
            tx.publish(CodeLockChanged(now, lock))

    def _holds(self, row: VerifyLock) -> bool:
        stored = self._customers().secret_of(row.customer, row.secret)
        return bool(stored) and fingerprint(stored) == row.tried


def _its(wish: VerifySecret) -> tuple[ColumnElement[bool], ...]:
    return (VerifyLock.customer == wish.customer, VerifyLock.secret == wish.kind, VerifyLock.own == wish.own)
