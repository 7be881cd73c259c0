"""Menus change while calls run: a published version is taken for new calls, running calls end on theirs."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

import structlog

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import ConfigError
from ivr import versions
from ivr.checking import MenuChecker
from ivr.events import MenuPublished
from ivr.menus import LoadedMenu, Spoken
from ivr.rules import Rules
from ivr.runner import Runner

log = structlog.get_logger(__name__)

LISTENER = "menus"
SYSTEM = "system"


class PromptMaker(Protocol):
    """`ivr.prompts.PromptStore`."""

    async def prepare(self, wanted: Iterable[Spoken]) -> object: ...


class LiveMenus:
    """`begin` takes up what was published before; then every MenuPublished changes the runner's rules."""

    def __init__(
        self, *, db: Database, runner: Runner, rules: Rules, checker: MenuChecker, prompts: PromptMaker, clock: Clock
    ) -> None:
        self._db = db
        self._runner = runner
        self._rules = rules
        self._checker = checker
        self._prompts = prompts
        self._clock = clock

    @property
    def rules(self) -> Rules:
        return self._rules

    async def begin(self) -> None:
        """A file that was never published (new, or edited by hand) is published now; else the newest version counts."""
        for menu in {each.name: each for each in self._rules.menus.values()}.values():
            text = await asyncio.to_thread(menu.path.read_text, encoding="utf-8")
            async with self._db.transaction() as tx:
                if not await versions.knows(tx.session, menu.name, text):
                    reason = f"read from {menu.path.name} at the start"
                    await versions.publish(tx, menu.name, text, SYSTEM, reason, self._clock())
                    continue
                present = await versions.live(tx.session, menu.name)
                differs = present is not None and present.sha256 != versions.fingerprint(text)
            if differs:
                log.warning("menu file is not what is live: publish it, or copy the live version", menu=menu.name)
                await self._take(menu.name)

    async def start(self, bus: Bus) -> None:
        await self.begin()
        self.listen(bus)

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, MenuPublished, self.on_published)

    async def on_published(self, event: MenuPublished) -> None:
        if event.menu in {menu.name for menu in self._rules.menus.values()}:
            await self._take(event.menu)

    async def _take(self, name: str) -> None:
        async with self._db.reading() as session:
            version = await versions.live(session, name)
        if version is None:
            return
        try:
            menu = await asyncio.to_thread(self._checker.read, name, version.text)
        except ConfigError as fault:  # a queue or schedule it names is gone since
            log.error("menu version not taken", menu=name, number=version.number, why=str(fault))
            return
        await self._prompts.prepare(menu.all_spoken())
        self._rules = replace(self._rules, menus={n: _chosen(old, menu) for n, old in self._rules.menus.items()})
        self._runner.use_rules(self._rules)
        log.info("menu version taken", menu=name, number=version.number, by=version.published_by)


def _chosen(old: LoadedMenu, new: LoadedMenu) -> LoadedMenu:
    return new if old.name == new.name else old
