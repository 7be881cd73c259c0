"""Simulated open pages for the benches, in a process of their own so that their work is not the server's."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from accounts import service
from accounts.access import COOKIE
from app.centre import Centre
from app.phones.remote import Remote
from core.clock import system_clock
from core.errors import HotlineError

OPEN_SECONDS = 120.0


async def cookie_of(centre: Centre, login: str) -> str:
    """A session of somebody, as a browser sends it. Raises HotlineError."""
    async with centre.db.transaction() as tx:
        entered = await service.sign_in(tx, login, True, system_clock())
    if not entered.token:
        raise HotlineError(f"{login} could not be signed in", entered.refusal)
    return f"{COOKIE}={entered.token}"


class Watchers:
    def __init__(self, remote: Remote, told: "asyncio.Queue[dict[str, Any]]") -> None:
        self._remote = remote
        self._told = told

    async def count(self) -> dict[str, Any]:
        """fetches since the last count, the slowest in seconds, and how many failed. Raises TimeoutError."""
        self._remote.order(do="count")
        async with asyncio.timeout(OPEN_SECONDS):
            while (told := await self._told.get())["event"] != "count":
                pass
        return told

    async def reload(self) -> None:
        """Everybody opens his page anew. Raises TimeoutError."""
        self._remote.order(do="reload")
        await self.count()


@contextlib.asynccontextmanager
async def watching(centre: Centre, pages: Sequence[tuple[str, str]]) -> AsyncIterator[Watchers]:
    """`pages`: cookie and page of each."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    door = urlsplit(centre.web)
    setup = {"host": door.hostname, "port": door.port, "pages": list(pages)}
    remote = Remote("app.bench.watchers_process", setup, told.put_nowait)
    await remote.start(OPEN_SECONDS)
    try:
        yield Watchers(remote, told)
    finally:
        await remote.stop()
