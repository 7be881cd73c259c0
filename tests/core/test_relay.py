"""What a worker publishes is heard in the engine once, in order, and only if the worker's transaction held."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.bus import Bus
from core.database import Database
from core.relay import Outbox, Relay, RelayedEvent, Wire


@dataclass(frozen=True, slots=True)
class Done:
    at: float
    call: str
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Private:
    at: float


WIRE = Wire([Done])


class Hands:
    """A clock moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Centre:
    """A worker's database and an engine's, on the same file."""

    def __init__(self, url: str) -> None:
        self.clock = Hands()
        self.heard: list[object] = []
        self.home: list[object] = []
        self.bus = Bus()
        self.bus.subscribe("engine", Done, self._hear)
        workers_bus = Bus()
        workers_bus.subscribe("worker", Done, self._hear_at_home)
        self.worker = Database(url, workers_bus, Outbox(WIRE, self.clock))
        self.engine = Database(url, self.bus)
        self.relay = Relay(self.engine, self.bus, WIRE, self.clock)

    async def tell(self, *events: object) -> None:
        async with self.worker.transaction() as tx:
            for event in events:
                tx.publish(event)

    async def listen(self) -> list[object]:
        await self.relay.poll()
        await self.bus.drain()
        return self.heard

    async def stored(self) -> int:
        async with self.engine.reading() as session:
            return await session.scalar(select(func.count()).select_from(RelayedEvent)) or 0

    async def _hear(self, event: object) -> None:
        self.heard.append(event)

    async def _hear_at_home(self, event: object) -> None:
        self.home.append(event)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    await centre.worker.create_all()
    yield centre
    await centre.worker.close()
    await centre.engine.close()


async def test_the_engine_hears_what_a_worker_committed_once_and_in_order(centre: Centre) -> None:
    await centre.relay.open()
    await centre.tell(Done(1.5, "a", (1, 2)), Done(2.0, "b"))
    assert await centre.listen() == [Done(1.5, "a", (1, 2)), Done(2.0, "b")]
    assert len(await centre.listen()) == 2
    assert centre.home == centre.heard


async def test_what_was_told_before_the_start_is_not_told_again(centre: Centre) -> None:
    await centre.tell(Done(1.0, "old"))
    await centre.relay.open()
    await centre.tell(Done(2.0, "new"))
    assert await centre.listen() == [Done(2.0, "new")]


async def test_a_transaction_that_fails_tells_nobody(centre: Centre) -> None:
    await centre.relay.open()

    async def fail() -> None:
        async with centre.worker.transaction() as tx:
            tx.publish(Done(1.0, "a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await centre.listen() == []
    assert await centre.stored() == 0


async def test_events_not_on_the_list_and_names_not_known_stay_unheard(centre: Centre) -> None:
    await centre.relay.open()
    await centre.tell(Private(1.0))
    assert await centre.stored() == 0
    async with centre.engine.transaction() as tx:
        tx.session.add(RelayedEvent(at=1000.0, kind="OfANewerVersion", payload={"x": 1}))
        tx.session.add(RelayedEvent(at=1000.0, kind="Done", payload={"other": "fields"}))
    assert await centre.listen() == []


async def test_a_row_that_becomes_visible_late_is_still_told(centre: Centre) -> None:
    await centre.relay.open()
    for number, call in ((7, "second"), (6, "first, committed later")):
        async with centre.engine.transaction() as tx:
            payload = {"at": 1.0, "call": call, "parts": []}
            tx.session.add(RelayedEvent(id=number, at=centre.clock.now, kind="Done", payload=payload))
        await centre.listen()
    assert [done.call for done in centre.heard if isinstance(done, Done)] == ["second", "first, committed later"]


async def test_old_rows_are_forgotten_and_new_ones_still_heard(centre: Centre) -> None:
    await centre.relay.open()
    await centre.tell(Done(1.0, "a"))
    await centre.listen()
    centre.clock.now += 4000
    await centre.relay.prune()
    assert await centre.stored() == 0
    await centre.tell(Done(2.0, "b"))
    assert await centre.listen() == [Done(1.0, "a"), Done(2.0, "b")]


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Wire([Done, Done])
