"""Menus change while calls run: a published version is taken for new calls, running calls end on theirs."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import ConfigError
from ivr.customers import Customers
from ivr.events import MenuPublished
from ivr.fault import Fault, FaultKind, at, not_there
from ivr.hours import Hours
from ivr.menu_models import MenuVersion
from ivr.menus import LoadedMenu
from ivr.published import publishing, versions
from ivr.published.book import PromptMaker
from ivr.published.checking import MenuChecker, Skills, nobody_says
from ivr.references import Lines
from ivr.rules import Challenge, Rules
from ivr.runner import Runner

log = structlog.get_logger(__name__)

LISTENER = "menus"
SYSTEM = "system"


class LiveMenus:
    """`begin` takes up what was published before; then every MenuPublished changes the runner's rules."""

    def __init__(
        self, *, db: Database, runner: Runner, rules: Rules, checker: MenuChecker, prompts: PromptMaker, clock: Clock,
        skills: Skills = nobody_says,
    ) -> None:  # fmt: skip
        self._db = db
        self._runner = runner
        self._rules = rules
        self._checker = checker
        self._prompts = prompts
        self._clock = clock
        self._skills = skills

    @property
    def rules(self) -> Rules:
        return self._rules

    async def begin(self) -> None:
        """A file that was never published (new, or edited by hand) and breaks no rule is published now.

        Else the newest version counts.
        """
        for menu in {each.name: each for each in self._rules.menus.values()}.values():
            await self._publish_file(menu, await asyncio.to_thread(_text_of, menu.path))
            await self._take(menu.name)

    async def start(self, bus: Bus) -> None:
        await self.begin()
        self.listen(bus)

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, MenuPublished, self.on_published)

    async def on_published(self, event: MenuPublished) -> None:
        if event.menu in self._names():
            await self._take(event.menu)

    async def use_site(
        self, menus: Mapping[str, LoadedMenu], customers: Customers, hours: Hours, queues: Lines
    ) -> None:
        """Which menu answers which number, who is known, when people answer, and what menus may name, for new calls.

        A menu that answered no number before is taken up as at the start.
        """
        self._checker.use(hours.schedules, queues)
        new = {each.name: each for each in menus.values() if each.name not in self._names()}
        for menu in new.values():
            await self._publish_file(menu, await asyncio.to_thread(_text_of, menu.path))
            await self._prompts.prepare(menu.all_spoken())
        known = {each.name: each for each in self._rules.menus.values()}
        answering = {number: known.get(menu.name, menu) for number, menu in menus.items()}
        self._use(replace(self._rules, menus=answering, customers=customers, hours=hours))
        for name in new:
            await self._take(name)

    async def _publish_file(self, menu: LoadedMenu, text: str) -> None:
        """The first version of a menu is its file whatever its faults: there is nothing else to answer with."""
        checked = await asyncio.to_thread(self._checker.check, menu.name, text, await self._skills())
        async with self._db.transaction() as tx:
            present = await versions.live(tx.session, menu.name)
            known = await versions.knows(tx.session, menu.name, text)
            trial = await versions.running_trial(tx.session, menu.name)
            if not known and (present is None or (checked.passed and trial is None)):
                reason = f"read from {menu.path.name} at the start"
                await publishing.publish(tx, menu.name, text, SYSTEM, reason, self._clock())
                return
        if not known and present is not None:
            why = _why(checked.complaint) if checked.complaint else "a trial runs"
            log.warning("menu file not published, the live version stays", menu=menu.name, live=present.number, why=why)
        elif present is not None and present.sha256 != versions.fingerprint(text):
            log.warning("menu file is not what is live: publish it, or copy the live version", menu=menu.name)

    async def _take(self, name: str) -> None:
        async with self._db.reading() as session:
            version = await versions.live(session, name)
            trial = await versions.running_trial(session, name)
            rival = await versions.of_number(session, name, trial.challenger) if trial else None
        menu = await self._ready(version) if version else None
        challenger = await self._ready(rival) if rival else None
        menus = {number: menu if menu and old.name == name else old for number, old in self._rules.menus.items()}
        challenges = {key: each for key, each in self._rules.challenges.items() if key != name}
        if trial and challenger:
            challenges[name] = Challenge(trial.id, challenger, trial.share)
        self._use(replace(self._rules, menus=menus, challenges=challenges))

    async def _ready(self, version: MenuVersion) -> LoadedMenu | None:
        """A version with its prompts made; None when it cannot be read any more: what was live goes on."""
        try:
            menu, unlanded = await asyncio.to_thread(self._checker.standing, version.menu, version.text)
        except ConfigError as fault:  # a queue or schedule it names is gone since
            log.error("menu version not taken", menu=version.menu, number=version.number, why=str(fault))
            for one in fault.all:
                self._runner.faults.report(_not_taken(version, one))
            return None
        menu = replace(menu, number=version.number)
        for step in unlanded:
            self._runner.faults.report(at(menu, step, FaultKind.LANDING, not_there(step)))
        for each in await self._prompts.prepare(menu.all_spoken()):
            self._runner.faults.report(at(menu, menu.step_saying(each.spoken), FaultKind.PROMPT, str(each)))
        log.info("menu version taken", menu=version.menu, number=version.number, by=version.published_by)
        return menu

    def _use(self, rules: Rules) -> None:
        self._rules = rules
        self._runner.use_rules(rules)

    def _names(self) -> set[str]:
        return {menu.name for menu in self._rules.menus.values()}


def _not_taken(version: MenuVersion, fault: ConfigError) -> Fault:
    step = str(fault.spot[1]) if fault.spot[:1] == ("steps",) and fault.spot[1:] else ""
    return Fault(version.menu, version.number, step, fault.line, FaultKind.VERSION, fault.what)


def _why(complaint: ConfigError) -> str:
    more = len(complaint.also)
    return f"{complaint} (and {more} more: `hotline ivr lint`)" if more else str(complaint)


def _text_of(path: Path) -> str:
    """Empty, which no menu is, for a file that is gone or no text: the check says so, and what is live stays."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        log.error("menu file not read", path=str(path), why=str(fault))
        return ""
