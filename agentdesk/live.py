"""Live pages: bus events become names of what changed, sent to every open page; pages fetch the rest themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from accounts.events import NoticeChanged
from acd import events as acd
from core.bus import Bus
from ivr.events import MenuPublished, MessageChanged
from qa.events import CallScored, PackChanged, ReviewChanged, RoundChanged
from recordings.events import RecordingClosed, TranscriptChanged
from tickets.events import TicketChanged

COALESCE_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
HELLO = "all"
"""Sent first on every connection: whatever was missed while it was away is fetched again."""


def _of_call(*topics: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda event: (*topics, f"call-{event.call}")


def _of_agent(*topics: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda event: (*topics, f"call-{event.call}", f"agent-{event.agent}")


TOPICS: Mapping[type, Callable[[Any], tuple[str, ...]]] = {
    acd.CallBegan: _of_call("calls"),
    acd.CallQueued: _of_call("board", "calls"),
    acd.CallOffered: _of_agent("board"),
    acd.OfferEnded: _of_agent("board"),
    acd.ConversationStarted: _of_agent("board", "calls"),
    acd.ConversationEnded: _of_agent("board", "calls"),
    acd.CallEnded: _of_call("board", "calls"),
    acd.ConsultChanged: lambda event: (f"agent-{event.asker}",),
    acd.CallbackChanged: lambda _: ("callbacks",),
    acd.CampaignChanged: lambda _: ("campaigns",),
    acd.HandoverChanged: lambda event: (f"handover-{event.giver}", f"handover-{event.taker}"),
    acd.SupervisionChanged: lambda _: ("floor",),
    acd.QueueChanged: lambda _: ("board",),
    NoticeChanged: lambda _: ("notices",),
    acd.AlarmChanged: lambda _: ("alarms",),
    acd.CallHeld: _of_call("board", "calls"),
    acd.AgentChanged: lambda event: ("board", f"agent-{event.agent}"),
    acd.SwitchChanged: lambda _: ("board",),
    RecordingClosed: _of_call("board", "calls"),
    TranscriptChanged: _of_call("board", "calls", "heard"),
    CallScored: _of_call("calls", "quality"),
    ReviewChanged: _of_call("quality"),
    RoundChanged: lambda _: ("quality",),
    PackChanged: lambda event: (f"pack-{event.pack}",),
    MessageChanged: _of_call("messages"),
    TicketChanged: _of_call("tickets"),
    MenuPublished: lambda _: ("menus",),
}
"""Event → names of what changed. A page listens to names; a name carries no content, so nothing leaks through it."""


class Live:
    """Fans names out to the open streams. One per web process."""

    def __init__(self, *, coalesce: float = COALESCE_SECONDS, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._coalesce = coalesce
        self._heartbeat = heartbeat
        self._streams: set[_Stream] = set()
        self.closed = False
        self.generation = 0

    def listen(self, bus: Bus) -> None:
        """Subscribe to every event of TOPICS under the name `live`."""
        for kind in TOPICS:
            bus.subscribe("live", kind, self.heard)

    async def heard(self, event: object) -> None:
        self.tell(TOPICS[type(event)](event))

    def tell(self, topics: Iterable[str]) -> None:
        named = frozenset(topics)
        self.generation += 1
        for stream in self._streams:
            stream.add(named)

    @property
    def watchers(self) -> int:
        return len(self._streams)

    def close(self) -> None:
        """End every stream, so that the web server can stop."""
        self.closed = True
        self.cut()

    def cut(self) -> None:
        """End the streams that are open; pages connect again by themselves."""
        for stream in self._streams:
            stream.over = True
            stream.woken.set()

    async def stream(self) -> AsyncIterator[bytes]:
        """Server-sent events of one page: `data:` names separated by spaces; a comment when nothing happens."""
        mine = _Stream()
        self._streams.add(mine)
        try:
            yield _event([HELLO])
            while not (self.closed or mine.over):
                try:
                    async with asyncio.timeout(self._heartbeat):
                        await mine.woken.wait()
                except TimeoutError:
                    yield b": here\n\n"
                    continue
                if not mine.over:
                    await asyncio.sleep(self._coalesce)
                    yield _event(sorted(mine.take()))
        finally:
            self._streams.discard(mine)


class _Stream:
    """Names one page has not been told yet: a set, so a slow page costs no memory."""

    def __init__(self) -> None:
        self._pending: set[str] = set()
        self.woken = asyncio.Event()
        self.over = False

    def add(self, topics: frozenset[str]) -> None:
        self._pending |= topics
        self.woken.set()

    def take(self) -> set[str]:
        taken, self._pending = self._pending, set()
        self.woken.clear()
        return taken


def _event(topics: list[str]) -> bytes:
    return f"data: {' '.join(topics)}\n\n".encode()
