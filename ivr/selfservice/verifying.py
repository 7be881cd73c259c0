"""Comparing a caller's secret with the customer's: tries are counted before comparing, too many lock for a while."""

from sqlalchemy import select

from accounts import passwords
from core.clock import Clock
from core.database import Database
from ivr.customers import Customers
from ivr.effects import VerifySecret
from ivr.models import VerifyLock


class Verifier:
    """`verify` answers right, wrong, failed (that was the last try), locked or unknown."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def verify(self, wish: VerifySecret, customers: Customers) -> str:
        customer = customers.find(wish.customer)
        stored = (customer.pin if wish.kind == "pin" else customer.identity) if customer else ""
        if not stored:
            return "unknown"
        tries = await self._count(wish)
        if tries is None:
            return "locked"
        if await passwords.matches(wish.typed.reveal(), stored):
            await self._forget(wish)
            return "right"
        return "failed" if tries >= wish.attempts else "wrong"

    async def _count(self, wish: VerifySecret) -> int | None:
        """The number of this try, which locks when it is the last; None when he is locked already."""
        now = self._clock()
        async with self._db.transaction() as tx:
            query = select(VerifyLock).where(
                VerifyLock.customer == wish.customer, VerifyLock.secret == wish.kind
            ).with_for_update()  # fmt: skip
            lock = await tx.session.scalar(query)
            if lock is None:
                lock = VerifyLock(customer=wish.customer, secret=wish.kind, tries=0, locked_until_at=0.0)
                tx.session.add(lock)
            if now < lock.locked_until_at:
                return None
            if lock.locked_until_at:
                lock.tries, lock.locked_until_at = 0, 0.0
            lock.tries += 1
            tries = lock.tries
            if tries >= wish.attempts:
                lock.locked_until_at = now + wish.lock_seconds
        return tries

    async def _forget(self, wish: VerifySecret) -> None:
        async with self._db.transaction() as tx:
            lock = await tx.session.get(VerifyLock, (wish.customer, wish.kind))
            if lock is not None:
                await tx.session.delete(lock)
