"""A long day at the desk in a few minutes: whether memory grows, in the browser and in the server.

An hour is as many calls, changes of state, reloads, cut lines and other pages as eight hours have on average; it is
done as fast as it goes. After each hour both sides are asked, after they have collected their garbage.
"""

import asyncio
import gc
import tracemalloc
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import linear_regression
from typing import Any

from sqlalchemy import select

from accounts.access import COOKIE
from accounts.models import Person
from acd.agent_state import AgentState
from acd.roster import PHONE
from app.bench.chromium import TELEPHONE, Page, page
from app.bench.desk import READY, START_SECONDS, all_ready, until
from app.bench.watchers import Watchers, cookie_of, watching
from app.centre import Centre
from app.memory import measure, rss_mb
from app.phones.remote import Remote
from core.errors import HotlineError

ROUNDS = 5
"""Calls of each agent in an hour."""
TALK_SECONDS, CUT_SECONDS = 1.5, 1.0
WARM = 2
"""Hours that fill caches; growth is what comes after them."""
ALLOWED = 0.1
"""Of what there was when all was warm: more in the rest of the day is growth."""
ELSEWHERE = ("/wallboard", "/calls", "/messages", "/my-quality")
TALKS = "document.querySelector('soft-phone').call === 'talking'"
ANSWERS = """setInterval(() => {
  const phone = document.querySelector("soft-phone");
  if (phone.call === "ringing" && !phone.taken) phone.answer();
  phone.taken = phone.call === "ringing";
}, 100)"""
MEASURES = {
    "rss_mb": (ALLOWED, 10.0), "objects": (0.0, 1500.0), "blocks": (0.0, 8000.0), "asterisk_mb": (ALLOWED, 10.0),
    "heap_mb": (ALLOWED, 0.5), "nodes": (ALLOWED, 100.0), "listeners": (ALLOWED, 10.0),
}  # fmt: skip
"""What is looked at, and how much more of it in a day is nobody's growth, as a share and at least: compiled scripts,
caches of the database, heaps that several threads have torn. What Python holds must not grow at all."""
MB = 1e6


@dataclass(frozen=True, slots=True)
class Hour:
    """What there was at its end. `rss_mb`: of the engine's process, in which the bench is as well, and of it
    `objects`, `blocks`, `used_mb`, `idle_mb` as `app.memory` says; `heap_mb` and what follows is the page's."""

    calls: int
    rss_mb: float
    objects: int
    blocks: int
    used_mb: float
    idle_mb: float
    asterisk_mb: float
    heap_mb: float
    nodes: int
    listeners: int
    documents: int


@dataclass(frozen=True, slots=True)
class DayResult:
    """`slope`: of each measure an hour, by least squares over the hours after the first two. `top`: where memory of
    Python was taken since then, when it was asked for."""

    hours: list[Hour]
    slope: dict[str, float]
    grown: list[str]
    failed: int
    top: list[str]

    @property
    def passed(self) -> bool:
        return not self.grown and not self.failed

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def judge(hours: Sequence[Hour], failed: int, top: list[str]) -> DayResult:
    warm = hours[WARM - 1 :]
    slope, grown = {}, []
    for name, (share, least) in MEASURES.items():
        values = [float(getattr(each, name)) for each in warm]
        slope[name] = round(linear_regression(range(len(values)), values).slope, 3)
        if slope[name] * (len(values) - 1) > max(share * values[0], least):
            grown.append(name)
    return DayResult(list(hours), slope, grown, failed, top)


class DayBench:
    """`hours` of a floor whose desks are all open, the first of them in a browser. `trace`: Python's own memory."""

    def __init__(self, centre: Centre, hours: int, trace: bool) -> None:
        self._centre = centre
        self._hours = hours
        self._trace = trace
        self._calls = 0
        self._failed = 0
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def run(self) -> DayResult:
        async with self._centre.db.reading() as session:
            people = (await session.scalars(select(Person).where(Person.number != ""))).all()
        numbers = [person.number for person in people]
        cookies = [await cookie_of(self._centre, person.login) for person in people]
        agents = [(PHONE + person.number, person.phone_secret) for person in people[1:]]
        setup = {"port": self._centre.asterisk.sip_port, "agents": agents}
        phones = Remote("app.bench.phones_process", setup, self._told.put_nowait)
        await phones.start(START_SECONDS)
        try:
            async with (
                watching(self._centre, [(cookie, "/desk") for cookie in cookies[1:]]) as others,
                page(more=TELEPHONE) as desk,
                page() as elsewhere,
            ):
                for browser in (desk, elsewhere):
                    await self._enter(browser, cookies[0])
                await desk.evaluate(ANSWERS)
                await all_ready(self._centre, numbers)
                return await self._day(phones, others, desk, elsewhere, numbers)
        finally:
            await phones.stop()

    async def _enter(self, browser: Page, cookie: str) -> None:
        for domain in ("Network", "Performance", "HeapProfiler"):
            await browser.call(f"{domain}.enable")
        await browser.call("Network.setCookie", name=COOKIE, value=cookie.partition("=")[2], url=self._centre.web)
        await browser.call("Page.navigate", url=f"{self._centre.web}/desk")
        await browser.evaluate(READY)

    async def _day(
        self, phones: Remote, others: Watchers, desk: Page, elsewhere: Page, numbers: Sequence[str]
    ) -> DayResult:
        hours: list[Hour] = []
        began = None
        for number in range(self._hours):
            if self._trace and number == WARM:
                tracemalloc.start(12)
                began = tracemalloc.take_snapshot()
            for _ in range(ROUNDS):
                await self._round(phones, desk, len(numbers))
            await self._breaks(numbers)
            for place in ELSEWHERE:
                await elsewhere.call("Page.navigate", url=self._centre.web + place)
                await elsewhere.evaluate(
                    "new Promise((done) => addEventListener('load', done) ?? setTimeout(done, 500))"
                )
            await self._cut(desk)
            await others.reload()
            self._failed += (await others.count())["failed"]
            hours.append(await self._measure(desk))
        top = []
        if began is not None:
            grown = tracemalloc.take_snapshot().compare_to(began, "lineno")
            top = [str(each) for each in grown[:15]]
            tracemalloc.stop()
        return judge(hours, self._failed, top)

    async def _round(self, phones: Remote, desk: Page, count: int) -> None:
        """Everybody talks at once, and hangs up."""
        phones.order(do="call", count=count, number=self._centre.configuration.site.hotline)
        await self._until_talks(phones, desk, count)
        self._calls += count
        await asyncio.sleep(TALK_SECONDS)
        phones.order(do="hang_up")
        await self._until_talks(phones, desk, 0)
        await asyncio.sleep(TALK_SECONDS)

    async def _until_talks(self, phones: Remote, desk: Page, count: int) -> None:
        async def there() -> bool:
            while not self._told.empty():
                self._told.get_nowait()
            phones.order(do="talks")
            others = int((await self._told.get())["count"])
            return others + int(await desk.evaluate(TALKS)) == count

        try:
            await until(there, f"{count} talks")
        except HotlineError:
            self._failed += 1

    async def _breaks(self, numbers: Sequence[str]) -> None:
        for state in (AgentState.MEAL, AgentState.READY):
            for number in numbers:
                await self._centre.dispatcher.set_state(number, state, "", "bench")

    async def _cut(self, desk: Page) -> None:
        """The network is gone for a moment, and the page finds its way back."""
        whole = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        for offline in (True, False):
            await desk.call("Network.emulateNetworkConditions", offline=offline, **whole)
            await asyncio.sleep(CUT_SECONDS)
        await desk.evaluate(READY)

    async def _measure(self, desk: Page) -> Hour:
        await asyncio.sleep(1.0)
        await desk.call("HeapProfiler.collectGarbage")
        gc.collect()
        told = {each["name"]: each["value"] for each in (await desk.call("Performance.getMetrics"))["metrics"]}
        return Hour(
            calls=self._calls,
            **asdict(measure()),
            asterisk_mb=rss_mb(self._centre.asterisk.pid),
            heap_mb=round(told["JSHeapUsedSize"] / MB, 2),
            nodes=int(told["Nodes"]),
            listeners=int(told["JSEventListeners"]),
            documents=int(told["Documents"]),
        )
