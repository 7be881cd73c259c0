"""How soon a wallboard shows what happened in Asterisk, alone and among many, and what each watcher costs the server.

From Asterisk's own time of the end of a waiting caller's channel to the moment the browser has drawn the new figure.
"""

import asyncio
import random
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from accounts.access import COOKIE
from app.bench.chromium import Page, page
from app.bench.ring import Figures, figures
from app.bench.watchers import cookie_of, watching
from app.centre import Centre
from app.phones.light_sip import Party
from core.errors import HotlineError
from pbx.events import LegEnded

AIM_MS = 300.0
PATIENCE = 15.0
SEEN = """(() => {
  const figure = () => document.querySelector("[data-figure=waiting]")?.textContent;
  window.seen = [];
  let last = figure();
  new MutationObserver(() => {
    const now = figure();
    if (now === undefined || now === last) return;
    last = now;
    requestAnimationFrame(() => setTimeout(() => window.seen.push([now, Date.now() / 1000])));
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})()"""
"""What is drawn in a frame is on the screen when the next task runs."""


@dataclass(frozen=True, slots=True)
class BoardRound:
    """`watchers` besides the browser. `server_cpu`: share of one core; `fetch_ms`: the slowest of a watcher."""

    watchers: int
    shown: Figures
    server_cpu: float
    fetch_ms: float
    failed: int


@dataclass(frozen=True, slots=True)
class BoardResult:
    """`watcher_cpu_ms`: what one more watcher costs the server, in ms of processor time for each change."""

    rounds: list[BoardRound]
    watcher_cpu_ms: float

    @property
    def passed(self) -> bool:
        return not any(each.failed for each in self.rounds)

    @property
    def ratio(self) -> float:
        """The worst p95 to the aim."""
        return round(max(each.shown.p95 for each in self.rounds) / AIM_MS, 2)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "aim_ms": AIM_MS, "ratio": self.ratio, "passed": self.passed}


class BoardBench:
    """`samples` callers who wait and hang up, once for each number of `watchers`. Nobody is signed in to serve them."""

    def __init__(self, centre: Centre, samples: int, watchers: tuple[int, ...]) -> None:
        self._centre = centre
        self._samples = samples
        self._watchers = watchers
        self._ended: asyncio.Queue[float] = asyncio.Queue()
        self._cpu: list[float] = []

    async def run(self) -> BoardResult:
        self._centre.bus.subscribe("bench", LegEnded, self._on_ended)
        cookie = await cookie_of(self._centre, "bench.admin")
        caller = await Party("13900000000", self._centre.asterisk.sip_port).open()
        async with page() as browser:
            await browser.call("Network.enable")
            await browser.call("Network.setCookie", name=COOKIE, value=cookie.partition("=")[2], url=self._centre.web)
            await browser.call("Page.navigate", url=f"{self._centre.web}/wallboard")
            await self._until(browser, "document.querySelector('[data-link-state]')?.hidden", True)
            await browser.evaluate(SEEN)
            rounds = [await self._round(browser, caller, cookie, each) for each in self._watchers]
        caller.close()
        few, many = rounds[0], rounds[-1]
        more = many.watchers - few.watchers
        cost = 1000 * (self._cpu[-1] - self._cpu[0]) / more / (2 * self._samples) if more > 0 else 0.0
        return BoardResult(rounds, round(cost, 2))

    async def _round(self, browser: Page, caller: Party, cookie: str, watchers: int) -> BoardRound:
        async with watching(self._centre, [(cookie, "/wallboard")] * watchers) as others:
            await others.count()
            me = psutil.Process()
            before, began = sum(me.cpu_times()[:2]), time.monotonic()
            took = [await self._sample(browser, caller) for _ in range(self._samples)]
            spent, lasted = sum(me.cpu_times()[:2]) - before, time.monotonic() - began
            counted = await others.count()
        self._cpu.append(spent)
        slowest = round(1000 * counted["slowest"], 1)
        return BoardRound(watchers, figures(took), round(spent / lasted, 3), slowest, counted["failed"])

    async def _sample(self, browser: Page, caller: Party) -> float:
        dialog = await caller.dial(self._centre.configuration.site.hotline)
        await self._until(browser, "document.querySelector('[data-figure=waiting]').textContent", "1")
        await asyncio.sleep(random.uniform(0.2, 0.5))
        await browser.evaluate("window.seen = []")
        while not self._ended.empty():
            self._ended.get_nowait()
        dialog.hang_up()
        ended = await asyncio.wait_for(self._ended.get(), PATIENCE)
        await self._until(browser, "window.seen.length > 0", True)
        (_figure, at), *_ = await browser.evaluate("window.seen")
        return float(at) - ended

    async def _on_ended(self, event: LegEnded) -> None:
        self._ended.put_nowait(event.at)

    async def _until(self, browser: Page, script: str, wanted: object) -> None:
        deadline = time.monotonic() + PATIENCE
        while await browser.evaluate(script) != wanted:
            if time.monotonic() > deadline:
                raise HotlineError("the wallboard did not show what happened", f"waited for {script}")
            await asyncio.sleep(0.02)
