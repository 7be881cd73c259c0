"""Closes faults that newer versions of their menus have overtaken, in a running centre."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import Database
from ivr.fault import FaultKind
from ivr.faults import kept as faults
from ivr.faults import overtaken
from ivr.menu_models import MenuFault
from ivr.published import versions
from ivr.published.book import MenuBook
from ivr.rules import Rules
from ivr.schema import Flow

EVERY = 5.0


class FaultCloser:
    """Give `run` to the Supervisor. `rules`: of new calls; `running`: versions that calls of a menu are on now."""

    def __init__(
        self, db: Database, rules: Callable[[], Rules], running: Callable[[str], Collection[int]], clock: Clock
    ) -> None:
        self._db = db
        self._book = MenuBook()
        self._rules = rules
        self._running = running
        self._clock = clock

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        async with self._db.reading() as session:
            rows = await faults.unseen(session)
            found = [(row.id, why) for row in rows if (why := await self._over(session, row))]
        if found:
            async with self._db.transaction() as tx:
                for fault, why in found:
                    await faults.close(tx, fault, why, self._clock())

    async def _over(self, session: AsyncSession, row: MenuFault) -> str:
        live = self._live(row.menu)
        if row.version in live:
            return ""
        former = await self._book.of(session, row.menu, row.version)
        here = FaultKind(row.kind), row.step, row.version, former.flow if former else None
        dropped = row.version in await versions.dropped(session, row.menu)
        return overtaken.over(*here, live, self._running(row.menu), dropped=dropped)

    def _live(self, menu: str) -> Mapping[int, Flow]:
        rules = self._rules()
        challenge = rules.challenges.get(menu)
        rivals = [challenge.menu] if challenge else []
        return {each.number: each.flow for each in (*rules.menus.values(), *rivals) if each.name == menu}
