"""The bus keeps order per listener and lets no listener hurt another."""

import asyncio
from dataclasses import dataclass

from core.bus import Bus


@dataclass(frozen=True)
class Happened:
    number: int


@dataclass(frozen=True)
class Followed:
    number: int


async def test_one_listener_hears_events_of_all_types_in_the_order_of_publication() -> None:
    bus, heard = Bus(), []

    async def hear(event: Happened | Followed) -> None:
        await asyncio.sleep(0)
        heard.append(event)

    bus.subscribe("ear", Happened, hear)
    bus.subscribe("ear", Followed, hear)
    told = [Happened(1), Followed(2), Happened(3)]
    for event in told:
        bus.publish(event)
    await bus.drain()
    assert heard == told


async def test_listener_that_raises_hurts_neither_itself_nor_others() -> None:
    bus, heard = Bus(), []

    async def stumble(event: Happened) -> None:
        if event.number == 1:
            raise RuntimeError("stumbled")
        heard.append(("clumsy", event.number))

    async def hear(event: Happened) -> None:
        heard.append(("steady", event.number))

    bus.subscribe("clumsy", Happened, stumble)
    bus.subscribe("steady", Happened, hear)
    bus.publish(Happened(1))
    bus.publish(Happened(2))
    await bus.drain()
    assert sorted(heard) == [("clumsy", 2), ("steady", 1), ("steady", 2)]


async def test_slow_listener_does_not_delay_the_others() -> None:
    bus, heard, gate = Bus(), asyncio.Event(), asyncio.Event()

    async def wait_for_gate(_event: Happened) -> None:
        await gate.wait()

    async def hear(_event: Happened) -> None:
        heard.set()

    bus.subscribe("slow", Happened, wait_for_gate)
    bus.subscribe("quick", Happened, hear)
    bus.publish(Happened(1))
    await asyncio.wait_for(heard.wait(), 30)
    gate.set()
    await bus.drain()


async def test_drain_waits_for_events_that_events_caused() -> None:
    bus, heard = Bus(), []

    async def follow(event: Happened) -> None:
        bus.publish(Followed(event.number))

    async def hear(event: Followed) -> None:
        heard.append(event.number)

    bus.subscribe("first", Happened, follow)
    bus.subscribe("second", Followed, hear)
    bus.publish(Happened(7))
    await bus.drain()
    assert heard == [7]
