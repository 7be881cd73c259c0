"""Which files administrators change while the centre runs, how a draft is checked, and who takes it at once."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from accounts import published
from accounts.events import TextPublished
from accounts.settings import KIND, Demand, Setting, SettingsOffice
from accounts.taken import Live
from acd import alarms, breaks
from acd.alarms import AlarmRules
from acd.breaks import Breaks
from agentdesk import script
from agentdesk.script import Scripts
from app import configuration
from app.configuration import Configuration
from core.bus import Bus
from core.database import Database
from core.errors import ConfigError, HotlineError
from ivr import hours, versions
from ivr.checking import MenuChecker
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.rules import Rules
from recordings import retention
from recordings.retention import Retention

SETTINGS = (
    Setting("hours", "hours.yaml", at_once=True),
    Setting("breaks", "breaks.yaml", at_once=True),
    Setting("alarms", "alarms.yaml", at_once=True),
    Setting("scripts", "scripts.yaml", at_once=True),
    Setting("retention", "retention.yaml", at_once=True),
    Setting("sampling", "sampling.yaml", at_once=True, kind="sampling", key="plan"),
    Setting("kpi", "kpi.yaml", at_once=True, kind="kpi", key="sheet"),
    Setting("queues", "queues.yaml", at_once=False),
    Setting("dialling", "dialling.yaml", at_once=False),
    Setting("reports", "reports.yaml", at_once=False),
    Setting("site", "site.yaml", at_once=False),
)
LOOK_SECONDS = 2.0
T = TypeVar("T")

log = structlog.get_logger(__name__)


async def texts_of(db: Database) -> dict[str, str]:
    """The live texts by file."""
    async with db.reading() as session:
        found = {each.file: await published.live(session, *each.place) for each in SETTINGS}
    return {file: version.text for file, version in found.items() if version is not None}


async def in_force(db: Database, config: Configuration, say: Callable[[str], None]) -> Configuration:
    """The configuration with what was published since its files; the files alone where that is no longer sound."""
    texts = await texts_of(db)
    if all(_said(config.directory / file) == text for file, text in texts.items()):
        return config
    async with db.reading() as session:
        menus = await versions.live_texts(session)
    try:
        return await asyncio.to_thread(configuration.load, config.directory, menus, texts)
    except ConfigError as fault:
        say(f"published settings are not taken, the files count: {fault}")
        return config


def demand(directory: Path, db: Database) -> Demand:
    """The whole configuration with the texts instead of their files, and the live menus beside it."""

    async def demanded(texts: Mapping[str, str]) -> None:
        async with db.reading() as session:
            menus = await versions.live_texts(session)
        await asyncio.to_thread(_demand, directory, texts, menus)

    return demanded


class Menus(Protocol):
    """`ivr.live.LiveMenus`."""

    @property
    def rules(self) -> Rules: ...

    async def use_site(self, customers: Customers, hours: Hours) -> None: ...


class InForce:
    """What the parts that need no restart go by at this moment; `listen` keeps it so."""

    def __init__(self, config: Configuration) -> None:
        known = config.queues.queues
        self.breaks: Live[Breaks] = _live("breaks", breaks.read, config.breaks)
        self.alarms: Live[AlarmRules] = _live("alarms", lambda text: alarms.read(text, known), config.alarms)
        self.scripts: Live[Scripts] = _live("scripts", script.read, config.scripts)
        self.retention: Live[Retention] = _live(
            "retention", lambda text: retention.read(text, known), config.retention
        )  # fmt: skip
        self.hours: Live[Hours] = _live("hours", hours.read, config.hours)

    def listen(self, bus: Bus, db: Database, menus: Menus) -> None:
        async def heard(event: TextPublished) -> None:
            if event.kind == KIND:
                await self._take(db, menus)

        bus.subscribe("settings", TextPublished, heard)

    async def _take(self, db: Database, menus: Menus) -> None:
        async with db.reading() as session:
            for each in (self.breaks, self.alarms, self.scripts, self.retention):
                await each.current(session)
            opening = await self.hours.current(session)
        if opening != menus.rules.hours:
            await menus.use_site(menus.rules.customers, opening)


class SettingFiles:
    """Files that are edited by hand while the centre runs are published as at its start; `run` looks for ever."""

    def __init__(self, directory: Path, office: SettingsOffice) -> None:
        self._paths = {each.name: directory / each.file for each in SETTINGS}
        self._office = office
        self._marks = self._read_marks()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> list[str]:
        """The settings that were published; a fault is told once for each change."""
        marks = await asyncio.to_thread(self._read_marks)
        changed = [name for name in marks if marks[name] != self._marks[name] and marks[name]]
        self._marks = marks
        return [name for name in changed if await self._publish(name)]

    async def _publish(self, name: str) -> bool:
        try:
            text = await asyncio.to_thread(self._paths[name].read_text, "utf-8")
            found = await self._office.read_file(name, text)
        except (HotlineError, OSError, UnicodeDecodeError) as fault:
            log.error("changed file not taken, the former text stays", setting=name, why=str(fault))
            return False
        if found is None:
            log.warning("changed file says what was published before: restore it on its page", setting=name)
        return found is not None

    def _read_marks(self) -> dict[str, tuple[int, int]]:
        """When each was written, and its size; empty where it is not there."""
        found = {}
        for name, path in self._paths.items():
            try:
                facts = path.stat()
                found[name] = (facts.st_mtime_ns, facts.st_size)
            except OSError:
                found[name] = (0, 0)
        return found


def _said(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _live(name: str, read: Callable[[str], T], otherwise: T) -> Live[T]:
    return Live(KIND, lambda texts: read(texts[name]) if name in texts else otherwise, otherwise)


def _demand(directory: Path, texts: Mapping[str, str], menus: Mapping[str, str]) -> None:
    found = configuration.load(directory, menus, texts)
    checker = MenuChecker(found.hours.schedules, found.queues.queues)
    for name in set(found.site.numbers.values()):
        if name in menus:
            checker.read(name, menus[name])
