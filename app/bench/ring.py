"""How fast a telephone rings: our engine next to app_queue, in the same Asterisk, each with the same telephones.

Idle: from the moment the caller is in the queue (ours: `queued`, timed before anything is decided or stored;
app_queue's `QueueCallerJoin`) to Asterisk's word that an agent's channel rings (`Newstate`, Ringing), call by call in
turns. Overloaded, with callers who always wait: from the end of an agent's channel to the next ring at his telephone.
Telephones and ears have a process of their own: what they do is not the engine's time.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from acd.ledger import Kind
from acd.models import CallEvent
from app.bench.engines import Engines
from app.bench.floor import Floor
from app.bench.phones_process import Sparse
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
TALKS_A_SECOND = 10.0
SHORTEST_TALK = 0.2
BUSY_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds, percentiles by nearest rank."""

    samples: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class RingResult:
    """`waiting`: callers who always waited, 0 for idle. `missed`: rings that did not come in time. `ratio`: ours
    divided by app_queue's."""

    agents: int
    waiting: int
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
    """Hears on a link of its own when callers join, and when agents' channels ring and end; in Asterisk's time."""

    def __init__(self) -> None:
        self.joined = self.rang = 0.0
        self.rung = asyncio.Event()
        self.up = asyncio.Event()
        self.freed: dict[str, float] = {}
        self.again: list[float] = []

    def reset(self) -> None:
        self.joined = self.rang = 0.0
        self.rung.clear()

    def hear(self, headers: Headers) -> None:
        at, device = float(headers.get("timestamp", "0") or 0), headers.get("channel", "").rpartition("-")[0]
        match headers.get("event"):
            case "QueueCallerJoin":
                self.joined = self.joined or at
            case "Newstate" if headers.get("channelstatedesc") == "Ringing":
                self.rang = self.rang or at
                self.rung.set()
                if (since := self.freed.pop(device, None)) is not None:
                    self.again.append(at - since)
            case "Hangup":
                self.freed[device] = at

    async def session(self) -> None:
        self.up.set()
        await asyncio.Event().wait()


class RingBench:
    """`count` rings each way with `agents`. With `waiting` 0 they let it ring until the caller hangs up."""

    def __init__(self, engines: Engines, count: int, waiting: int = 0) -> None:
        self._engines = engines
        self._count = count
        self._waiting = waiting
        self._ear = Ear()
        self._floor = Floor(engines, self._talk if waiting else lambda _party, _dialog: None)
        self._talks: set[asyncio.Task[None]] = set()
        self._random = random.Random(1)

    async def run(self) -> RingResult:
        at = await self._engines.asterisk()
        link = AmiLink(
            LinkParameters(at.ami_port, at.ami_user, at.ami_secret, at.ami_host),
            self._ear.hear, self._ear.session, lambda _why: None,
        )  # fmt: skip
        running = asyncio.create_task(link.run())
        try:
            await asyncio.wait_for(self._ear.up.wait(), 10)
            await self._floor.open()
            await self._open_queue()
            return await (self._overload() if self._waiting else self._take_turns())
        finally:
            await self._floor.close()
            await link.close()
            running.cancel()

    async def _open_queue(self) -> None:
        await self._engines.command(f"dialplan add extension {QUEUE_NUMBER},1,Answer into trunk")
        await self._engines.command(f"dialplan add extension {QUEUE_NUMBER},2,Queue({QUEUE}) into trunk")
        for party in self._floor.parties.values():
            party.media = Sparse.open
            await self._engines.command(f"queue add member PJSIP/{party.user} to {QUEUE}")

    async def _take_turns(self) -> RingResult:
        ours: list[float] = []
        theirs: list[float] = []
        caller = await Party("13900000000", self._engines.sip_port).open()
        for _ in range(self._count):
            for number, samples in ((self._engines.hotline, ours), (QUEUE_NUMBER, theirs)):
                if (took := await self._sample(caller, number)) is not None:
                    samples.append(took)
        caller.close()
        return self._result(ours, theirs)

    async def _overload(self) -> RingResult:
        ours = await self._busy(self._engines.hotline)
        theirs = await self._busy(QUEUE_NUMBER)
        return self._result(ours, theirs)

    def _result(self, ours: list[float], theirs: list[float]) -> RingResult:
        if not ours or not theirs:
            raise HotlineError("no phone rang", "look at the log of the centre")
        one, other = figures(ours), figures(theirs)
        ratio = {name: round(getattr(one, name) / getattr(other, name), 2) for name in ("p50", "p95", "p99")}
        missed = 2 * self._count - len(ours) - len(theirs)
        return RingResult(len(self._floor.parties), self._waiting, one, other, ratio, missed)

    async def _sample(self, caller: Party, number: str) -> float | None:
        self._ear.reset()
        dialled = time.time()
        dialog: Dialog = await caller.dial(number)
        try:
            await asyncio.wait_for(self._ear.rung.wait(), PATIENCE)
            took = self._ear.rang - (self._ear.joined or await self._queued(dialled))
            await asyncio.sleep(AFTER_RING)
        except TimeoutError:
            took = None
        dialog.hang_up()
        await self._until(lambda: not self._ringing(), PATIENCE)
        await asyncio.sleep(PAUSE)
        return took

    async def _queued(self, since: float) -> float:
        """When the caller joined our queue who dialled at `since`; the phone may ring before that is stored."""
        joined = select(CallEvent.at).where(CallEvent.kind == Kind.QUEUED, CallEvent.at >= since)
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self._engines.db.reading() as session:
                    if (found := await session.scalar(joined)) is not None:
                        return float(found)
                await asyncio.sleep(0.01)

    async def _busy(self, number: str) -> list[float]:
        """Rings again after each talk, while callers dial `number` again and again."""
        self._ear.again.clear()

        async def call_again(index: int) -> None:
            caller = await Party(f"139{index:08d}", self._engines.sip_port).open()
            caller.media = Sparse.open
            while True:
                dialog = await caller.dial(number)
                await dialog.ended.wait()
                await asyncio.sleep(PAUSE)

        callers = [asyncio.create_task(call_again(n)) for n in range(len(self._floor.parties) + self._waiting)]
        await self._until(lambda: len(self._ear.again) >= self._count, BUSY_PATIENCE)
        found = self._ear.again[: self._count]
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await self._engines.command("channel request hangup all")
        await self._until(lambda: not self._ringing(), PATIENCE)
        await asyncio.sleep(1)
        return found

    def _talk(self, party: Party, dialog: Dialog) -> None:
        async def talk() -> None:
            party.answer(dialog)
            usual = max(SHORTEST_TALK, len(self._floor.parties) / TALKS_A_SECOND)
            await asyncio.sleep(self._random.uniform(0.2, 1.8) * usual)  # or all would be free in the same moment
            dialog.hang_up()

        task = asyncio.create_task(talk())
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    def _ringing(self) -> bool:
        """Whether any telephone has a call that is not over; those that are over are forgotten."""
        for phone in self._floor.parties.values():
            phone.dialogs = {name: dialog for name, dialog in phone.dialogs.items() if not dialog.ended.is_set()}
        return any(phone.dialogs for phone in self._floor.parties.values())

    async def _until(self, over: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not over():  # noqa: ASYNC110  # seen from outside, now and then
            await asyncio.sleep(0.01)


def figures(seconds: Sequence[float]) -> Figures:
    """Of durations in seconds."""
    ordered = sorted(seconds)

    def percentile(part: float) -> float:
        return round(1000 * ordered[max(0, math.ceil(part * len(ordered)) - 1)], 2)

    return Figures(len(ordered), percentile(0.5), percentile(0.95), percentile(0.99))
