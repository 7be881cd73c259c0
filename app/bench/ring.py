"""How fast a free agent's phone rings once a caller has joined: our engine next to app_queue, in the same Asterisk.

From the moment the caller is in the queue (our distributor's `CallQueued`, timed before it is stored; app_queue's
`QueueCallerJoin`) to Asterisk's word that an agent's channel rings (`Newstate`, Ringing). They take turns, call by
call.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from acd.events import CallQueued
from app.bench.floor import Floor, Here
from app.centre import Centre
from app.phones.light_sip import Dialog, Party
from core.errors import HotlineError
from pbx.ami import AmiLink, LinkParameters
from pbx.framing import Headers

QUEUE_NUMBER = "95567"
QUEUE = "fallback"
PATIENCE = 5.0
AFTER_RING = 0.05
PAUSE = 0.15
"""Seconds between two calls: the agents must be free again."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds, percentiles by nearest rank."""

    samples: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class RingResult:
    """`missed`: calls for which no phone rang within PATIENCE. `ratio`: ours divided by app_queue's."""

    agents: int
    ours: Figures
    app_queue: Figures
    ratio: dict[str, float]
    missed: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}

    @property
    def passed(self) -> bool:
        return not self.missed


class Ear:
    """Hears when callers join and agents' channels ring; times in seconds of this machine's clock."""

    def __init__(self) -> None:
        self.joined = 0.0
        self.rang = 0.0
        self.rung = asyncio.Event()
        self.up = asyncio.Event()

    def reset(self) -> None:
        self.joined = self.rang = 0.0
        self.rung.clear()

    def hear(self, headers: Headers) -> None:
        at = float(headers.get("timestamp", "0") or 0)
        match headers.get("event"):
            case "QueueCallerJoin":
                self._note(joined=at)
            case "Newstate" if headers.get("channelstatedesc") == "Ringing":
                self._note(rang=at)

    async def queued(self, event: CallQueued) -> None:
        self._note(joined=event.at)

    def _note(self, joined: float = 0.0, rang: float = 0.0) -> None:
        self.joined = self.joined or joined
        self.rang = self.rang or rang
        if self.joined and self.rang:
            self.rung.set()

    async def session(self) -> None:
        self.up.set()
        await asyncio.Event().wait()


class RingBench:
    """`count` calls each way with `agents` free agents, who let it ring until the caller hangs up."""

    def __init__(self, centre: Centre, count: int) -> None:
        self._centre = centre
        self._count = count
        self._ear = Ear()
        self._floor = Floor(Here(centre), lambda _party, _dialog: None)

    async def run(self) -> RingResult:
        at = self._centre.asterisk
        link = AmiLink(
            LinkParameters(at.ami_port, at.ami_user, at.ami_secret, at.ami_host),
            self._ear.hear, self._ear.session, lambda _why: None,
        )  # fmt: skip
        self._centre.bus.subscribe("bench", CallQueued, self._ear.queued)
        running = asyncio.create_task(link.run())
        try:
            await asyncio.wait_for(self._ear.up.wait(), 10)
            await self._floor.open()
            await self._open_queue()
            return await self._measure()
        finally:
            await self._floor.close()
            await link.close()
            running.cancel()

    async def _open_queue(self) -> None:
        server = self._centre.server
        await server.command(f"dialplan add extension {QUEUE_NUMBER},1,Answer into trunk")
        await server.command(f"dialplan add extension {QUEUE_NUMBER},2,Queue({QUEUE}) into trunk")
        for party in self._floor.parties.values():
            await server.command(f"queue add member PJSIP/{party.user} to {QUEUE}")

    async def _measure(self) -> RingResult:
        hotline = self._centre.configuration.site.hotline
        ours: list[float] = []
        theirs: list[float] = []
        caller = await Party("13900000000", self._centre.asterisk.sip_port).open()
        for _ in range(self._count):
            for number, samples in ((hotline, ours), (QUEUE_NUMBER, theirs)):
                if (took := await self._sample(caller, number)) is not None:
                    samples.append(took)
        caller.close()
        if not ours or not theirs:
            raise HotlineError("no phone rang", "look at the log of the centre")
        one, other = figures(ours), figures(theirs)
        ratio = {name: round(getattr(one, name) / getattr(other, name), 2) for name in ("p50", "p95", "p99")}
        return RingResult(len(self._floor.parties), one, other, ratio, 2 * self._count - len(ours) - len(theirs))

    async def _sample(self, caller: Party, number: str) -> float | None:
        self._ear.reset()
        dialog: Dialog = await caller.dial(number)
        try:
            await asyncio.wait_for(self._ear.rung.wait(), PATIENCE)
            took = self._ear.rang - self._ear.joined
        except TimeoutError:
            took = None
        await asyncio.sleep(AFTER_RING)
        dialog.hang_up()
        await self._until_free()
        return took

    async def _until_free(self) -> None:
        """Until every phone's call is over; then a little for the distributor to hear of it."""
        deadline = time.monotonic() + PATIENCE
        phones = self._floor.parties.values()
        while time.monotonic() < deadline:
            if all(dialog.ended.is_set() for phone in phones for dialog in phone.dialogs.values()):
                break
            await asyncio.sleep(0.01)
        for phone in phones:
            phone.dialogs.clear()
        await asyncio.sleep(PAUSE)


def figures(seconds: Sequence[float]) -> Figures:
    """Of durations in seconds."""
    ordered = sorted(seconds)

    def percentile(part: float) -> float:
        return round(1000 * ordered[max(0, math.ceil(part * len(ordered)) - 1)], 2)

    return Figures(len(ordered), percentile(0.5), percentile(0.95), percentile(0.99))
