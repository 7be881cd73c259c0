"""What the menu asks the bank: lookups and secrets; a fault is reported, the caller goes on."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.database import Database
from ivr.customers import Customers
from ivr.effects import LookedUp, LookUp, Verified, VerifySecret
from ivr.selfservice.lookups import JsonLookups, LookupFault
from ivr.selfservice.verifying import Verifier


class SelfService:
    """One for all calls; `customers` and `zone` come with each question, because rules change while calls run."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._clock = clock
        self.lookups = JsonLookups(clock)
        self._verifier = Verifier(db, clock)

    async def look_up(
        self, wish: LookUp, customers: Customers, zone: ZoneInfo, report: Callable[[str], None]
    ) -> LookedUp:
        """What went wrong is `failed`, and goes to `report`."""
        try:
            if wish.service is None:
                day = dt.datetime.fromtimestamp(self._clock(), zone).date()
                result, fields = customers.answer(wish.by, wish.fields, day)
            else:
                result, fields = await self.lookups.ask(wish)
        except LookupFault as fault:
            report(fault.problem)
            result, fields = "failed", ()
        return LookedUp(self._clock(), wish.token, result, fields)

    async def verify(self, wish: VerifySecret, customers: Customers) -> Verified:
        return Verified(self._clock(), wish.token, await self._verifier.verify(wish, customers))

    async def close(self) -> None:
        await self.lookups.close()
