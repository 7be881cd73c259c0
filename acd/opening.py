"""Which queues let nobody in, out of their hours or closed by a supervisor; the floor hears of each change."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import inputs
from acd.control import CarryOut
from acd.events import QueueChanged
from acd.floor import Floor
from acd.models import ClosedQueue
from acd.queues import Queue, Queues
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Refused

LISTENER = "acd.opening"
LOOK_EVERY = 5.0


class Opening:
    """`is_open` says whether a schedule of hours.yaml is open at a time."""

    def __init__(self, queues: Queues, is_open: Callable[[str, float], bool]) -> None:
        self._queues = queues
        self._is_open = is_open

    def in_hours(self, queue: Queue, now: float) -> bool:
        return not queue.entry.hours or self._is_open(queue.entry.hours, now)

    def out_of_hours(self, now: float) -> frozenset[str]:
        return frozenset(name for name, queue in self._queues.queues.items() if not self.in_hours(queue, now))

    async def closed(self, session: AsyncSession, now: float) -> frozenset[str]:
        """Also those that a supervisor closed."""
        return self.out_of_hours(now).union(await session.scalars(select(ClosedQueue.queue)))


class OpeningWatch:
    """`look` tells `floor`, the present one, what is closed now; `run` and `listen` see that it does in time."""

    def __init__(
        self, db: Database, opening: Opening, clock: Clock, floor: Callable[[], Floor], carry_out: CarryOut
    ) -> None:
        self._db = db
        self._opening = opening
        self._clock = clock
        self._floor = floor
        self._carry_out = carry_out

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, QueueChanged, self._on_changed)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        now = self._clock()
        closed = await self._db.read(lambda session: self._opening.closed(session, now))
        if closed != self._floor().closed:
            with suppress(Refused):  # in time memory is what is stored again
                await self._carry_out(lambda _floor: (inputs.QueuesClosed(closed),), "")

    async def _on_changed(self, _event: QueueChanged) -> None:
        await self.look()
