"""A desk over a seeded database, with the recordings' own routes beside it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from accounts import notice_endpoints, service
from accounts.access import COOKIE
from accounts.taken import Live
from acd import dialling, queues
from agentdesk import menupage, notjudged, quality, qualityforms, qualitykpi
from agentdesk.desk import Desk, make_desk
from agentdesk.web import create_app
from app import configuration
from core import site
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT
from ivr.checking import MenuChecker
from ivr.menu_endpoints import menus_router
from ivr.office import MenuOffice
from ivr.rules import Rules
from qa import endpoints as scores
from qa import kpi, pack, sampling
from qa.drafts import Editor
from qa.impact import Comparison, document
from qa.sampling import Plan
from qa.shelf import Shelf
from recordings import endpoints as recordings
from recordings.store import LocalStore
from recordings.vault import Vault
from tests.agentdesk.cast import ROLES, seed


@dataclass(frozen=True, slots=True)
class House:
    db: Database
    bus: Bus
    desk: Desk
    app: FastAPI
    menus: MenuOffice


class Heard:
    """Prompts are nobody's business here."""

    async def prepare(self, wanted: object) -> list[str]:
        return []


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database and its sound, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("shelf")

    async def fill() -> None:
        db = Database(f"sqlite+aiosqlite:///{folder}/desk.db", Bus())
        await db.create_all()
        await seed(db, folder, system_clock())
        await db.close()

    asyncio.run(fill())
    return folder


async def no_calls(before: Path, after: Path, days: int) -> dict[str, Any]:
    """A change of rules compared on no calls at all."""
    return document(Comparison(), before.stem, after.stem, days)


@pytest.fixture
async def house(tmp_path: Path, shelf: Path) -> AsyncIterator[House]:
    shutil.copytree(shelf, tmp_path, dirs_exist_ok=True)
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/desk.db", bus)
    config = ROOT / "config"
    desk = make_desk(
        site.load(config),
        queues.load(config),
        bus,
        [pack.load(config / "packs", "zh-bank")],
        dialling=dialling.load(config),
    )
    menus = await living_menus(db)
    editor = Editor(db, Shelf(config / "packs"), config / "packs" / "tests", no_calls, system_clock)
    routes = [
        recordings.router(db, Vault(LocalStore(tmp_path))),
        quality.router(desk, Live("sampling", lambda texts: sampling.read(texts["plan"]), Plan())),
        qualityforms.router(desk, editor),
        qualitykpi.router(desk, Live("kpi", lambda texts: kpi.load(config), kpi.load(config))),
        menupage.router(desk, menus),
        menus_router(menus),
        notjudged.router(desk),
        scores.router(db),
        notice_endpoints.router(),
    ]
    yield House(db, bus, desk, create_app(db, desk, routes), menus)
    await editor.close()
    await db.close()


async def living_menus(db: Database) -> MenuOffice:
    """The shipped menu, published as its first version."""
    config = configuration.load(ROOT / "config")
    checker = MenuChecker(config.hours.schedules, config.queues.queues)
    rules = Rules(config.menus, config.customers, config.hours, config.site.zone)
    menus = MenuOffice(db, checker, {"main"}, lambda: rules, Heard(), system_clock)
    text = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")
    await menus.publish("main", text, "system", "read from main.yaml at the start")
    return menus


class Visitor(httpx.AsyncClient):
    """A browser without a screen, that follows no redirect by itself."""

    db: Database


@pytest.fixture
async def web(house: House) -> AsyncIterator[Visitor]:
    async with Visitor(transport=httpx.ASGITransport(app=house.app), base_url="http://desk.test") as client:
        client.db = house.db
        yield client


async def enter(web: Visitor, role: str) -> None:
    """A session as the person of that role has after signing in."""
    async with web.db.transaction() as tx:
        entered = await service.sign_in(tx, ROLES[role], True, system_clock())
    web.cookies.clear()
    web.cookies.set(COOKIE, entered.token)
