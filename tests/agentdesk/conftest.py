"""A desk over a seeded database, with the recordings' own routes beside it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from acd import queues
from agentdesk.desk import Desk, make_desk
from agentdesk.web import create_app
from core import site
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT
from recordings import endpoints as recordings
from recordings.store import LocalStore
from tests.agentdesk.cast import PASSWORD, ROLES, seed


@dataclass(frozen=True, slots=True)
class House:
    db: Database
    bus: Bus
    desk: Desk
    app: FastAPI


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/desk.db", bus)
    await db.create_all()
    await seed(db, tmp_path, system_clock())
    config = ROOT / "config"
    desk = make_desk(site.load(config), queues.load(config), bus)
    app = create_app(db, desk, [recordings.router(db, LocalStore(tmp_path))])
    yield House(db, bus, desk, app)
    await db.close()


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield client


async def enter(web: httpx.AsyncClient, role: str) -> None:
    """Sign in as the person of that role; the client keeps the cookie."""
    web.cookies.clear()
    answer = await web.post("/login", data={"login": ROLES[role], "password": PASSWORD})
    assert answer.status_code == 303
