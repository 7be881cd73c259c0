"""The live stream: names of what changed, put together, told to everybody, ended on request."""

import asyncio

from accounts.events import DisplayRemoved, SignedOut
from acd.events import AgentChanged, CallQueued
from agentdesk.live import REMEMBERED, TOPICS, Live
from core.bus import Bus
from qa.events import CallScored
from tests.virtual_time import virtual_time


async def collect(live: Live, told: list[str], *names: str, viewer: str = "") -> None:
    async for piece in live.stream(names, viewer=viewer):
        told.append(piece.decode().strip().partition("data: ")[2] or piece.decode().strip())


@virtual_time
async def test_names_of_one_moment_arrive_together_and_silence_is_a_heartbeat() -> None:
    told: list[str] = []
    live, bus = Live(), Bus()
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
    assert told == ["all", "agent-8001 board call-c1 calls", "call-c1 calls quality", ": here"]


@virtual_time
async def test_a_page_that_is_slow_is_told_each_name_once() -> None:
    live = Live()
    stream = live.stream()
    assert (await anext(stream)).endswith(b"data: all\n\n")
    for _ in range(1000):
        live.tell(["board"])
    assert (await anext(stream)).endswith(b"data: board\n\n")


@virtual_time
async def test_a_page_is_told_what_it_listens_to_and_nothing_else() -> None:
    told: list[str] = []
    live = Live()
    watching = asyncio.create_task(collect(live, told, "board", "agent-8001"))
    await asyncio.sleep(1)
    live.tell(["agent-8002", "call-c1"])
    await asyncio.sleep(1)
    live.tell(["agent-8001", "call-c1"])
    await asyncio.sleep(1)
    live.close()
    await watching
    assert told == ["all", "agent-8001"]


@virtual_time
async def test_changes_are_told_within_a_twentieth_of_a_second_and_no_faster_than_five_a_second() -> None:
    live = Live()
    stream = live.stream(["board"])
    await anext(stream)
    now = asyncio.get_running_loop().time
    moments = []
    for _ in range(3):
        live.tell(["board"])
        began = now()
        await anext(stream)
        moments.append(round(now() - began, 3))
    assert moments == [0.05, 0.2, 0.2]


@virtual_time
async def test_who_connects_again_is_told_what_was_missed_meanwhile() -> None:
    live = Live()
    live.tell(["board"])
    since = live.told
    for name in ("calls", "board", "agent-8001"):
        live.tell([name])
    told: list[str] = []
    for names, known in ((["agent-8001", "board"], since), (["notices"], since), (["board"], "another-1"), ([], "")):
        told.append((await anext(live.stream(names, known))).decode().strip().partition("data: ")[2])
    assert told == ["agent-8001 board", "", "all", "all"]


@virtual_time
async def test_the_streams_of_who_signs_out_and_of_a_screen_that_is_taken_back_end_and_nobody_elses() -> None:
    live, bus = Live(), Bus()
    live.listen(bus)
    viewers = ("li.na", "sun.li", "3f8a", "77c0")
    streams = [asyncio.create_task(collect(live, [], "board", viewer=viewer)) for viewer in viewers]
    await asyncio.sleep(1)
    bus.publish(SignedOut("li.na", "8001"))
    bus.publish(DisplayRemoved("3f8a"))
    await asyncio.sleep(1)
    assert [each.done() for each in streams] == [True, False, True, False]
    live.close()
    await asyncio.gather(*streams)


@virtual_time
async def test_who_was_away_too_long_fetches_everything() -> None:
    live = Live()
    since = live.told
    for _ in range(REMEMBERED + 1):
        live.tell(["calls"])
    assert (await anext(live.stream(["board"], since))).endswith(b"data: all\n\n")


def test_every_event_that_is_heard_names_something() -> None:
    assert all(callable(names) for names in TOPICS.values())
    assert TOPICS[AgentChanged](AgentChanged(0.0, "8001", "ready", "")) == ("board", "agent-8001")
