"""The live stream: names of what changed, put together, told to everybody, ended on request."""

import asyncio

from acd.events import AgentChanged, CallQueued
from agentdesk.live import TOPICS, Live
from core.bus import Bus
from qa.events import CallScored
from tests.virtual_time import virtual_time


async def collect(live: Live, told: list[str]) -> None:
    async for piece in live.stream():
        told.append(piece.decode().strip())


@virtual_time
async def test_names_of_one_moment_arrive_together_and_silence_is_a_heartbeat() -> None:
    told: list[str] = []
    live, bus = Live(coalesce=0.1, heartbeat=15), Bus()
    live.listen(bus)
    watching = asyncio.create_task(collect(live, told))
    await asyncio.sleep(1)
    bus.publish(CallQueued(1.0, "c1", "cards"))
    bus.publish(AgentChanged(1.0, "8001", "ready", ""))
    await asyncio.sleep(1)
    bus.publish(CallScored(2.0, "c1", "zh-bank", 90.0, False))
    await asyncio.sleep(16)
    assert live.watchers == 1
    live.close()
    await watching
    assert live.watchers == 0
    assert told == ["data: all", "data: agent-8001 board call-c1 calls", "data: call-c1 calls quality", ": here"]


@virtual_time
async def test_a_page_that_is_slow_is_told_each_name_once() -> None:
    live = Live()
    stream = live.stream()
    assert await anext(stream) == b"data: all\n\n"
    for _ in range(1000):
        live.tell(["board"])
    assert await anext(stream) == b"data: board\n\n"


def test_every_event_that_is_heard_names_something() -> None:
    assert all(callable(names) for names in TOPICS.values())
    assert TOPICS[AgentChanged](AgentChanged(0.0, "8001", "ready", "")) == ("board", "agent-8001")
