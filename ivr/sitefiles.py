"""Customers and opening hours are taken up while the centre runs, when their files change and are sound."""

import asyncio
from pathlib import Path

import structlog

from core.errors import HotlineError
from ivr import customers, hours
from ivr.live import LiveMenus

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
FILES = ("customers.yaml", "hours.yaml")
Marks = tuple[tuple[int, int], ...]
"""Of each file: when it was written, in nanoseconds, and its size."""


class SiteFiles:
    """Made when the files have just been read; `run` looks for ever, `look` once."""

    def __init__(self, folder: Path, menus: LiveMenus) -> None:
        self._folder = folder
        self._menus = menus
        self._marks = self._read_marks()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> bool:
        """Whether something changed and was taken; a fault is told once for each change, what was known stays."""
        marks = await asyncio.to_thread(self._read_marks)
        if marks == self._marks:
            return False
        self._marks = marks
        try:
            known = await asyncio.to_thread(customers.load, self._folder)
            opening = await asyncio.to_thread(hours.load, self._folder)
            await self._menus.use_site(known, opening)
        except HotlineError as fault:
            log.error("changed file not taken, the former one stays", why=str(fault))
            return False
        log.info("customers and hours taken from their files", customers=len(known.customers))
        return True

    def _read_marks(self) -> Marks:
        found = []
        for name in FILES:
            try:
                facts = (self._folder / name).stat()
                found.append((facts.st_mtime_ns, facts.st_size))
            except OSError:
                found.append((0, 0))
        return tuple(found)
