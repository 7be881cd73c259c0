"""Live pages: bus events become names of what changed, sent to every open page; pages fetch the rest themselves."""

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from accounts.events import DisplayRemoved, NoticeChanged, SignedOut, TextPublished
from acd import events as acd
from core.bus import Bus
from ivr.events import CodeLockChanged, MenuFaultChanged, MenuPublished, MessageChanged
from qa.events import CallScored, PackChanged, ReviewChanged, RoundChanged
from recordings.events import PauseChanged, RecordingClosed, TranscriptChanged
from tickets.events import TicketChanged

COALESCE_SECONDS = 0.05
"""What happens in one moment is told together."""
PAUSE_SECONDS = 0.2
"""Between two tellings of one page."""
STAGGER_SECONDS, STAGGERED = 0.0002, 250
"""Pages are told one after the other, a quarter of a millisecond apart: they all ask at once what has changed."""
HEARTBEAT_SECONDS = 15.0
HELLO = "all"
"""Told first on a connection when it is not known what was missed: everything is fetched again."""
ANY = ""
"""What those listen to who name nothing."""
REMEMBERED = 1000
"""How many tellings are known to those who connect again."""


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
    acd.CustomerRung: _of_agent(),
    acd.ConsultChanged: lambda event: (f"agent-{event.asker}", f"agent-{event.agent}"),
    acd.CallbackChanged: lambda _: ("callbacks",),
    acd.CampaignChanged: lambda _: ("campaigns",),
    acd.HandoverChanged: lambda event: (f"handover-{event.giver}", f"handover-{event.taker}"),
    acd.SupervisionChanged: lambda _: ("floor",),
    acd.QueueChanged: lambda _: ("board",),
    NoticeChanged: lambda _: ("notices",),
    acd.AlarmChanged: lambda _: ("alarms",),
    acd.CallHeld: _of_call("board", "calls"),
    acd.CallMuted: _of_call(),
    acd.CallCoded: _of_agent("codes"),
    acd.AgentChanged: lambda event: ("board", f"agent-{event.agent}"),
    acd.SwitchChanged: lambda _: ("board",),
    RecordingClosed: _of_call("board", "calls"),
    PauseChanged: _of_call(),
    TranscriptChanged: _of_call("board", "calls", "heard"),
    CallScored: _of_call("calls", "quality"),
    ReviewChanged: _of_call("quality"),
    RoundChanged: lambda _: ("quality",),
    PackChanged: lambda event: (f"pack-{event.pack}",),
    MessageChanged: _of_call("messages"),
    TicketChanged: _of_call("tickets"),
    MenuPublished: lambda _: ("menus",),
    CodeLockChanged: lambda _: ("code-locks",),
    MenuFaultChanged: lambda event: ("menus", f"faults-{event.menu}"),
    TextPublished: lambda event: (f"{event.kind}s",),
}
"""Event → names of what changed. A page listens to names; a name carries no content, so nothing leaks through it."""


class Live:
    """Fans names out to the open streams that listen to them. One per web process."""

    def __init__(
        self, *, coalesce: float = COALESCE_SECONDS, pause: float = PAUSE_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        self._coalesce = coalesce
        self._pause = pause
        self._heartbeat = heartbeat
        self._streams: set[_Stream] = set()
        self._listening: defaultdict[str, set[_Stream]] = defaultdict(set)
        self._opened = 0
        self._told: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)
        self._mark = secrets.token_hex(4)
        self.closed = False
        self.generation = 0

    def listen(self, bus: Bus) -> None:
        """Subscribe to every event of TOPICS under the name `live`."""
        for kind in TOPICS:
            bus.subscribe("live", kind, self.heard)
        bus.subscribe("live", SignedOut, self._signed_out)
        bus.subscribe("live", DisplayRemoved, self._display_removed)

    async def heard(self, event: object) -> None:
        self.tell(TOPICS[type(event)](event))

    def tell(self, topics: Iterable[str]) -> None:
        named = frozenset(topics)
        self.generation += 1
        self._told.append((self.generation, named))
        for name in (*named, ANY):
            for stream in self._listening.get(name, ()):
                stream.add(named)

    @property
    def told(self) -> str:
        """The id of the last telling."""
        return f"{self._mark}-{self.generation}"

    @property
    def watchers(self) -> int:
        return len(self._streams)

    def close(self) -> None:
        """End every stream, so that the web server can stop."""
        self.closed = True
        self.cut()

    def cut(self, viewer: str | None = None) -> None:
        """End the streams that are open, or those of one viewer; pages connect again by themselves."""
        for stream in self._streams:
            if viewer in (None, stream.viewer):
                stream.over = True
                stream.woken.set()

    async def _signed_out(self, event: SignedOut) -> None:
        """His other pages find out that they are nobody's any more."""
        self.cut(event.login)

    async def _display_removed(self, event: DisplayRemoved) -> None:
        """It asks again, and finds that it is not known any more."""
        self.cut(event.mark)

    async def stream(self, names: Iterable[str] = (), since: str = "", viewer: str = "") -> AsyncIterator[bytes]:
        """Server-sent events of one page: `data:` those of `names` that were told (any, without names), separated by
        spaces; a comment when nothing happens. Each has an id: `since` is the last that the page knows. `viewer`: the
        person's login, or the mark of a screen on a wall."""
        mine = self._open(frozenset(names), viewer)
        try:
            yield self._hello(mine, since)
            told_at = -self._pause
            while not (self.closed or mine.over):
                try:
                    async with asyncio.timeout(self._heartbeat):
                        await mine.woken.wait()
                except TimeoutError:
                    yield b": here\n\n"
                    continue
                if not mine.over:
                    now = asyncio.get_running_loop().time()
                    await asyncio.sleep(max(self._coalesce + mine.stagger, told_at + self._pause - now))
                    told_at = asyncio.get_running_loop().time()
                    yield self._event(mine.take())
        finally:
            self._close(mine)

    def _open(self, names: frozenset[str], viewer: str) -> "_Stream":
        stream = _Stream(names, viewer, STAGGER_SECONDS * (self._opened % STAGGERED))
        self._opened += 1
        self._streams.add(stream)
        for name in names or (ANY,):
            self._listening[name].add(stream)
        return stream

    def _close(self, stream: "_Stream") -> None:
        self._streams.discard(stream)
        for name in stream.names or (ANY,):
            self._listening[name].discard(stream)
            if not self._listening[name]:
                del self._listening[name]

    def _hello(self, stream: "_Stream", since: str) -> bytes:
        """What was told since then, if that is still known."""
        mark, _, number = since.partition("-")
        if mark != self._mark or not number.isdecimal():
            return self._event([HELLO])
        known, oldest = int(number), self._told[0][0] if self._told else self.generation + 1
        if known < oldest - 1 or known > self.generation:
            return self._event([HELLO])
        for generation, named in self._told:
            if generation > known:
                stream.add(named)
        missed = stream.take()
        return self._event(missed) if missed else b": here\n\n"

    def _event(self, topics: Iterable[str]) -> bytes:
        return f"id: {self.told}\ndata: {' '.join(sorted(topics))}\n\n".encode()


class _Stream:
    """Names one page has not been told yet: a set, so a slow page costs no memory."""

    def __init__(self, names: frozenset[str], viewer: str, stagger: float) -> None:
        self.names = names
        self.viewer = viewer
        self.stagger = stagger
        self._pending: set[str] = set()
        self.woken = asyncio.Event()
        self.over = False

    def add(self, topics: frozenset[str]) -> None:
        if fresh := topics & self.names if self.names else topics:
            self._pending |= fresh
            self.woken.set()

    def take(self) -> set[str]:
        taken, self._pending = self._pending, set()
        self.woken.clear()
        return taken
