"""The desk: how soon its page is ready, what it weighs, and the engine's loop under a floor of live desks."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from accounts.access import COOKIE
from accounts.models import Person
from acd.agent_state import AgentState
from acd.models import Offer
from acd.roster import PHONE
from app.bench.chromium import page
from app.bench.ring import Figures, figures
from app.bench.watchers import Watchers, cookie_of, watching
from app.centre import Centre
from app.phones.remote import Remote
from core.errors import HotlineError

READY_AIM_MS, WEIGHT_AIM_KB, STALL_AIM_MS = 1000.0, 500.0, 50.0
VISITS = 10
EVERY = 0.005
"""Seconds between two looks at the loop."""
START_SECONDS, TALK_SECONDS, PATIENCE = 120.0, 10.0, 60.0
READY = """(async () => {
  while (document.readyState !== "complete" || document.querySelector("[data-link-state]")?.hidden !== true
         || !customElements.get("soft-phone")) await new Promise(requestAnimationFrame);
  return performance.now();
})()"""
"""All is loaded, the telephone is there, and the page is told of changes: milliseconds since it was asked for."""


@dataclass(frozen=True, slots=True)
class Stalls:
    """How long the engine's loop let others wait, in ms: by the wall clock, and the part in which it worked itself.

    Where other programs fill the machine, only the second is the engine's. `over`: looks beyond the aim by the second.
    """

    looks: int
    wall_p99: float
    wall_max: float
    own_p99: float
    own_max: float
    over: int


@dataclass(frozen=True, slots=True)
class Load:
    """`talks`: calls that were talked on at once; `unanswered`: offers that did not become a talk."""

    agents: int
    calls: int
    talks: int
    unanswered: int
    fetches: int
    fetch_ms: float
    failed: int
    stalls: Stalls


@dataclass(frozen=True, slots=True)
class DeskResult:
    """`first_ms`: the first visit, which knows no file; `ready`: all others. `weight_kb`: transferred at the first
    visit; `again_kb`: at the next one."""

    first_ms: float
    ready: Figures
    weight_kb: float
    again_kb: float
    load: Load

    @property
    def passed(self) -> bool:
        return not self.load.failed and self.load.talks == self.load.calls

    @property
    def ratios(self) -> dict[str, float]:
        """To the aims."""
        return {
            "first": round(self.first_ms / READY_AIM_MS, 2),
            "ready": round(self.ready.p95 / READY_AIM_MS, 2),
            "weight": round(self.weight_kb / WEIGHT_AIM_KB, 2),
            "stall": round(self.load.stalls.own_max / STALL_AIM_MS, 2),
        }

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratios": self.ratios, "passed": self.passed}


class Meter:
    """Looks at the loop it runs on; `done` gives what it saw."""

    def __init__(self) -> None:
        self._wall: list[float] = []
        self._own: list[float] = []

    async def run(self) -> None:
        while True:
            wall, own = time.perf_counter(), time.thread_time()
            await asyncio.sleep(EVERY)
            self._wall.append(time.perf_counter() - wall - EVERY)
            self._own.append(time.thread_time() - own)

    def done(self) -> Stalls:
        wall, own = figures(self._wall), figures(self._own)
        over = sum(1000 * each > STALL_AIM_MS for each in self._own)
        return Stalls(
            len(self._wall), wall.p99, round(1000 * max(self._wall), 1), own.p99, round(1000 * max(self._own), 1), over
        )


class DeskBench:
    """`calls` of callers who are all talked with at once by some of the agents, whose desks are all open."""

    def __init__(self, centre: Centre, calls: int) -> None:
        self._centre = centre
        self._calls = calls

    async def run(self) -> DeskResult:
        async with self._centre.db.reading() as session:
            people = (await session.scalars(select(Person).where(Person.number != ""))).all()
        cookies = [await cookie_of(self._centre, person.login) for person in people]
        times, weights = await self._visits(cookies[0])
        setup = {
            "port": self._centre.asterisk.sip_port,
            "agents": [(PHONE + person.number, person.phone_secret) for person in people],
        }
        talks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        phones = Remote("app.bench.phones_process", setup, talks.put_nowait)
        await phones.start(START_SECONDS)
        try:
            await all_ready(self._centre, [person.number for person in people])
            async with watching(self._centre, [(cookie, "/desk") for cookie in cookies]) as desks:
                await desks.count()
                load = await self._load(len(people), phones, talks, desks)
        finally:
            await phones.stop()
        return DeskResult(times[0], figures([each / 1000 for each in times[1:]]), weights[0], weights[1], load)

    async def _visits(self, cookie: str) -> tuple[list[float], list[float]]:
        """Milliseconds until the page was ready, and kB transferred, of each visit; only the first knows no file."""
        heavy: list[float] = []

        def heard(method: str, told: dict[str, Any]) -> None:
            if method == "Network.loadingFinished":
                heavy.append(float(told["encodedDataLength"]))

        times, weights = [], []
        async with page(heard) as browser:
            await browser.call("Network.enable")
            await browser.call("Network.setCookie", name=COOKIE, value=cookie.partition("=")[2], url=self._centre.web)
            for _ in range(VISITS):
                heavy.clear()
                await browser.call("Page.navigate", url=f"{self._centre.web}/desk")
                times.append(round(float(await browser.evaluate(READY)), 1))
                weights.append(round(sum(heavy) / 1000, 1))
        return times, weights

    async def _load(self, agents: int, phones: Remote, told: "asyncio.Queue[dict[str, Any]]", desks: Watchers) -> Load:
        meter = Meter()
        metering = asyncio.create_task(meter.run())
        phones.order(do="call", count=self._calls, number=self._centre.configuration.site.hotline)

        async def all_talk() -> bool:
            phones.order(do="talks")
            return int((await told.get())["count"]) >= self._calls

        talks = self._calls
        try:
            await until(all_talk, "all talk")
        except HotlineError:
            talks = int((await told.get())["count"])
        await asyncio.sleep(TALK_SECONDS)
        phones.order(do="hang_up")
        await asyncio.sleep(TALK_SECONDS / 2)
        metering.cancel()
        counted = await desks.count()
        async with self._centre.db.reading() as session:
            lost = select(func.count()).where(Offer.result != "accepted")
            unanswered = await session.scalar(lost) or 0
        slowest = round(1000 * counted["slowest"], 1)
        return Load(
            agents, self._calls, talks, unanswered, counted["fetches"], slowest, counted["failed"], meter.done()
        )


async def all_ready(centre: Centre, numbers: list[str]) -> None:
    """Sign these agents in, once their telephones are known."""

    async def reachable() -> bool:
        return all(PHONE + number in centre.dispatcher.phones for number in numbers)

    await until(reachable, "every agent's telephone is known")
    for number in numbers:
        await centre.dispatcher.set_state(number, AgentState.READY, "", "bench")


async def until(holds: Callable[[], Coroutine[Any, Any, bool]], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await holds():
        if time.monotonic() > deadline:
            raise HotlineError(f"it did not happen within {PATIENCE:g} s: {what}", "look at the log of the centre")
        await asyncio.sleep(0.5)
