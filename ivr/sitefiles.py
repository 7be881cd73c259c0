"""Customers are taken up while the centre runs, when their file changes and is sound."""

import asyncio
from pathlib import Path

import structlog

from core.errors import HotlineError
from ivr import customers
from ivr.live import LiveMenus

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
FILE = "customers.yaml"


class SiteFiles:
    """Made when the file has just been read; `run` looks for ever, `look` once."""

    def __init__(self, folder: Path, menus: LiveMenus) -> None:
        self._folder = folder
        self._menus = menus
        self._mark = self._read_mark()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> bool:
        """Whether something changed and was taken; a fault is told once for each change, what was known stays."""
        mark = await asyncio.to_thread(self._read_mark)
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            known = await asyncio.to_thread(customers.load, self._folder)
            await self._menus.use_site(known, self._menus.rules.hours)
        except HotlineError as fault:
            log.error("changed file not taken, the former one stays", why=str(fault))
            return False
        log.info("customers taken from their file", customers=len(known.customers))
        return True

    def _read_mark(self) -> tuple[int, int]:
        """When it was written, in nanoseconds, and its size."""
        try:
            facts = (self._folder / FILE).stat()
        except OSError:
            return 0, 0
        return facts.st_mtime_ns, facts.st_size
