"""A desk over a seeded database, with the recordings' own routes beside it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from accounts import endpoints as accounts
from accounts import published, service, settings_endpoints
from accounts.access import COOKIE
from accounts.phone_endpoints import PhoneServer
from accounts.settings import SettingsOffice
from accounts.taken import Live
from acd.alarms import endpoints as alarm_endpoints
from acd.outward import campaign_endpoints
from acd.outward.campaigns import Campaigns
from acd.outward.outbound import Outbound
from acd.queues import Queues
from acd.roster import PeopleRoster
from acd.rota import endpoints as rota_endpoints
from acd.rota import handover_endpoints
from acd.rota.planned import Rota
from acd.wrapup import endpoints as code_endpoints
from agentdesk.desk import Desk, make_desk
from agentdesk.forms import page as forms
from agentdesk.forms import settings as settings_pages
from agentdesk.forms import specialdays
from agentdesk.pages import campaigns as campaign_pages
from agentdesk.pages import knowledge as knowledge_pages
from agentdesk.pages import menus as menu_pages
from agentdesk.pages import people as people_pages
from agentdesk.pages import reports
from agentdesk.pages import shifts as shift_pages
from agentdesk.pages import system as system_page
from agentdesk.quality import forms as quality_forms
from agentdesk.quality import kpi as quality_kpi
from agentdesk.quality import notjudged
from agentdesk.quality import pages as quality_pages
from agentdesk.reading.system import Certificate, Given, Part, System
from agentdesk.reports.mailing import Mailing
from agentdesk.reports.plan import MailPlans
from agentdesk.reports.reader import ReportReader
from agentdesk.web import create_app
from app import configuration
from app.configuration import Configuration
from app.effects import weigher
from app.settings import SETTINGS, demand
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.mail import post_of
from core.settings import ROOT
from ivr.prompts.store import PromptFault
from ivr.published.checking import MenuChecker
from ivr.published.deeds import MenuOffice
from ivr.published.endpoints import menus_router
from ivr.published.fault_endpoints import faults_router
from ivr.rules import Rules
from ivr.selfservice import lock_endpoints
from ivr.selfservice.verifying import CodeLocks
from knowledge import endpoints as knowledge
from knowledge.article import Known
from knowledge.library import Library
from knowledge.office import KnowledgeOffice
from qa import endpoints as scores
from qa import sampling
from qa.impact import Comparison, document
from qa.office import endpoints as office_endpoints
from qa.office.drafts import Editor
from qa.sampling import Plan
from qa.shelf import Shelf
from recordings import endpoints as recordings
from recordings.store.files import LocalStore
from recordings.store.vault import Vault
from tests.agentdesk.cast import ROLES, seed
from tests.centre import until

NOBODY = cast(Outbound, None)
"""No page dials by itself."""
MORNING = 10


@dataclass(frozen=True, slots=True, repr=False)
class House:
    """Without a repr: asyncio asks for it after each step of a fixture, and a desk is long to tell."""

    db: Database
    bus: Bus
    desk: Desk
    app: FastAPI
    menus: MenuOffice
    articles: KnowledgeOffice


class Heard:
    """Prompts are nobody's business here."""

    async def prepare(self, wanted: object) -> list[PromptFault]:
        return []


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database and its sound, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("shelf")

    async def fill() -> None:
        db = Database(f"sqlite+aiosqlite:///{folder}/desk.db", Bus())
        await db.create_all()
        await seed(db, folder, system_clock())
        for each in SETTINGS:
            if each.kind == "setting":
                text = (ROOT / "config" / each.file).read_text(encoding="utf-8")
                async with db.transaction() as tx:
                    await published.begin(tx, *each.place, text, each.file, system_clock())
        await db.close()

    asyncio.run(fill())
    return folder


async def no_calls(before: Path, after: Path, days: int) -> dict[str, Any]:
    """A change of rules compared on no calls at all."""
    return document(Comparison(), before.stem, after.stem, days)


@pytest.fixture(scope="session")
def shipped() -> Configuration:
    """What is shipped is read once: it is never changed, only replaced.

    The house stands where it is the middle of a morning: what happened an hour ago happened today, whenever tests run.
    """
    read = configuration.load(ROOT / "config")
    east = (MORNING - datetime.now(UTC).hour + 12) % 24 - 12
    return replace(read, site=read.site.model_copy(update={"time_zone": f"Etc/GMT{-east:+}"}))


@pytest.fixture
async def house(tmp_path: Path, shelf: Path, shipped: Configuration) -> AsyncIterator[House]:
    shutil.copytree(shelf, tmp_path, dirs_exist_ok=True)
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/desk.db", bus)
    config = shipped.directory
    rota = Rota(shipped.shifts, shipped.breaks, shipped.site.zone)
    desk = make_desk(
        shipped.site, shipped.queues, bus, [shipped.packs["zh"]], dialling=shipped.dialling, rota=rota,
        codes=shipped.codes, library=Library(shipped.articles),
    )  # fmt: skip
    menus = await living_menus(db, shipped)
    office = SettingsOffice(
        db, SETTINGS, demand(config, db), weigher(db, shipped.site.zone, system_clock), system_clock
    )
    editor = Editor(db, Shelf(config / "packs"), config / "packs" / "tests", no_calls, system_clock)
    plans = Live("sampling", lambda texts: sampling.read(texts["plan"]), Plan())
    schemes = Live("kpi", lambda texts: shipped.kpi, shipped.kpi)
    await desk.library.begin(db, bus)
    known = Known(shipped.site.languages, shipped.queues.queues, shipped.codes.choices)
    articles = KnowledgeOffice(db, lambda: known, system_clock)
    locks = CodeLocks(db, system_clock, lambda: shipped.customers)
    campaigns = Campaigns(db, system_clock, NOBODY, shipped.dialling)
    routes = [
        recordings.router(db, Vault(LocalStore(tmp_path))),
        quality_pages.router(desk, plans),
        quality_forms.router(desk, editor),
        quality_kpi.router(desk, schemes),
        office_endpoints.router(
            db,
            plans,
            schemes,
            editor,
            desk.fault,
            desk.site.zone,
            system_clock,
            desk.contacts.queues,
        ),
        menu_pages.router(desk, menus, locks),
        lock_endpoints.router(locks),
        settings_endpoints.router(office),
        settings_pages.router(desk, office),
        forms.router(desk, office),
        specialdays.router(desk, office),
        people_pages.router(desk, shipped.queues),
        handover_endpoints.router(rota),
        rota_endpoints.router(db, rota, PeopleRoster(db), system_clock),
        campaign_endpoints.router(campaigns, shipped.queues, shipped.dialling),
        campaign_pages.router(desk, campaigns, shipped.queues),
        code_endpoints.router(shipped.codes, shipped.queues, lambda: shipped.site.languages),
        shift_pages.router(desk, rota, PeopleRoster(db)),
        accounts.router(PhoneServer("127.0.0.1", 5060)),
        alarm_endpoints.router(shipped.site.zone),
        menus_router(menus),
        faults_router(menus),
        notjudged.router(desk),
        reports.router(desk, no_mails(db, desk, shipped.queues)),
        scores.router(db),
        knowledge.router(desk.library, articles, lambda: shipped.site.zone),
        knowledge_pages.router(desk, articles),
        system_page.router(desk, some_system),
    ]
    yield House(db, bus, desk, create_app(db, desk, routes), menus, articles)
    await editor.close()
    await db.close()


async def some_system() -> System:
    """A server on which not everything is as it should be."""
    parts = (Part("database", "good", "sqlite 3.40.1, 1 ms"), Part("redis", "poor", fault="Redis cannot be used (x)"),
             Part("mail", ""))  # fmt: skip
    settings = (Given("HOTLINE_SIP_PORT", "5060", "environment"), Given("HOTLINE_REDIS_URL", "redis://…@r", "start"))
    return System(settings, parts, (Certificate("HOTLINE_KEY_FILE", "desk.test", 1.0, 12.3),), (("Python", "3.11"),))


def no_mails(db: Database, desk: Desk, lines: Queues) -> Mailing:
    """A centre that sends nothing by e-mail."""
    reader = ReportReader(desk.site, lines, desk.book, desk.summaries.rules)
    return Mailing(db, MailPlans(), reader, desk.pages, post_of(""), "a@b", system_clock)


async def living_menus(db: Database, config: Configuration) -> MenuOffice:
    """The shipped menu, published as its first version."""
    checker = MenuChecker(config.hours.schedules, config.queues.queues)
    rules = Rules(config.menus, config.customers, config.hours, config.site.zone)
    menus = MenuOffice(db, checker, lambda: {"main"}, lambda: rules, Heard(), system_clock)
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


async def until_watched(house: House) -> None:
    """Returns when a page holds the live stream."""

    async def so() -> bool:
        return house.desk.live.watchers > 0

    await until(so, 10, "an open stream")


async def enter(web: Visitor, role: str) -> None:
    """A session as the person of that role has after signing in."""
    async with web.db.transaction() as tx:
        entered = await service.sign_in(tx, ROLES[role], True, system_clock())
    web.cookies.clear()
    web.cookies.set(COOKIE, entered.token)
