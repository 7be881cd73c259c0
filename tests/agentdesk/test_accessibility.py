"""Every page as people with poor sight or no mouse meet it: judged by axe-core, dark and light, and at 200 % zoom."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.async_api import Page, ViewportSize, expect

from acd.events import SwitchChanged
from agentdesk.desk import PLACES
from core.clock import system_clock
from core.settings import ROOT
from tests.agentdesk.cast import add_calls_out, add_shifts, add_talks, add_tickets
from tests.agentdesk.conftest import House
from tests.agentdesk.test_in_browser import Office
from tests.browser import OFFICE, chromium, complaints_of, picture, served

pytestmark = pytest.mark.real

AXE = ROOT / "node_modules/axe-core/axe.min.js"
JUDGE = """async (rules) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  return violations.filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
LINKS = "[...new Set([...document.querySelectorAll('main a[href^=\"/\"]')].map(each => each.getAttribute('href')))]"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEAD = "document.querySelector('header.top').offsetHeight"
ONE_ROW = 60
ZOOMED = ViewportSize(width=OFFICE["width"] // 2, height=OFFICE["height"] // 2)
BY_LOOK = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""The rules that a colour or a size can break; all others say the same of every look."""


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    size: ViewportSize
    scheme: Literal["light", "dark"]
    rules: list[str] | None = None


LOOKS = (Look("light", OFFICE, "light"), Look("dark-zoomed", ZOOMED, "dark", BY_LOOK))


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    await add_calls_out(house.db)
    await add_shifts(house.db)
    await add_talks(house.db)
    await add_tickets(house.db)
    async with served(house.app, house.desk.live.close) as address, chromium() as browser:
        yield Office(house, browser, address)


async def test_every_page_opens_for_every_role_without_serious_findings_in_both_languages_dark_and_zoomed(
    office: Office,
) -> None:
    await office.house.desk.switch.heard(SwitchChanged(system_clock(), True, ""))
    known: set[str] = set()
    rounds = (("supervisor", "admin"), ("agent", "quality"))
    found = await asyncio.gather(*(_go_round(office, roles, known) for roles in rounds))
    faults = [fault for faults in found for fault in faults]
    assert not faults, "\n".join(faults)
    assert len(known) > len(PLACES)


async def _go_round(office: Office, roles: Iterable[str], known: set[str]) -> list[str]:
    """The pages of the navigation, then along every link; one page of each route is judged."""
    faults: list[str] = []
    for role in roles:
        page = await office.sit_down(role)
        complaints = complaints_of(page)
        own = [place for place, may in PLACES.items() if role in may]
        ways = list(own)
        for way in ways:
            route = _route(office.house.app, way)
            if route in known and way not in own:
                continue
            await page.goto(way)
            await expect(page.locator("main h1").first).to_be_attached()
            if route in known:
                continue
            known.add(route)
            ways += _pages(await page.evaluate(LINKS))
            name = route.replace("/", "-").replace("{", "").replace("}", "")
            for language in ("zh", "en"):
                faults += await _look_at(page, language + name)
                other = await page.locator("button[name=language]").get_attribute("value") or ""
                await page.locator("button[name=language]").click()
                await expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{other}"))
        faults += complaints
        await page.context.close()
    return faults


async def _look_at(page: Page, name: str) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    faults: list[str] = []
    for look in LOOKS:
        await page.set_viewport_size(look.size)
        await page.emulate_media(color_scheme=look.scheme)
        await picture(page, f"{name}-{look.name}", whole=look.size == OFFICE)
        faults += [f"{name} {look.name}: {each}" for each in await page.evaluate(JUDGE, look.rules)]
        if wider := await page.evaluate(WIDER):
            faults.append(f"{name} {look.name}: {wider} px wider than the window")
        if look.size == OFFICE and await page.evaluate(HEAD) > ONE_ROW:
            faults.append(f"{name} {look.name}: the head takes more than a row")
    return faults


def _pages(links: Iterable[str]) -> list[str]:
    """Without files and what programs ask for."""
    return [each for each in links if "." not in urlsplit(each).path and not each.startswith("/api/")]


def _route(app: FastAPI, address: str) -> str:
    """The pattern of the route that answers."""
    path = urlsplit(address).path
    scope = {"type": "http", "method": "GET", "path": path}
    for route in iter_route_contexts(app.routes):
        match, _ = route.original_route.matches(scope)
        if match.value == 2:
            return route.path or path
    return path
