"""A process of simulated open pages: each holds the live stream and fetches its parts anew, as `live.js` does."""

import asyncio
import json
import re
import sys
import time
from typing import Any

from app.phones.told import tell

OPENED_AT_ONCE = 20
PART = re.compile(r'id="([^"]+)"[^>]*?\sdata-live="([^"]+)"(?:\s+data-from="([^"]+)")?')
TOLD = re.compile(r'data-told="([^"]+)"')
TOGETHER = re.compile(r'data-parts="([^"]+)"')


class Watcher:
    """One page of a person who is signed in by `cookie`. `took`: seconds of each fetch."""

    def __init__(self, host: str, port: int, cookie: str, page: str) -> None:
        self._door = (host, port)
        self._cookie = cookie
        self._page = page
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._names: dict[str, frozenset[str]] = {}
        self._addresses: dict[str, str] = {}
        self._together = ""
        self._known = ""
        self.took: list[float] = []
        self.failed = 0

    async def open(self) -> None:
        self._names, self._line = {}, None
        html = await self._fetch(self._page)
        self._together = found[1] if (found := TOGETHER.search(html)) else ""
        self._known = found[1] if (found := TOLD.search(html)) else ""
        self._learn(html)

    async def watch(self) -> None:
        """For ever; a stream that is cut is opened again, one that tells too little at once."""
        while True:
            reader, writer = await asyncio.open_connection(*self._door)
            heard = self._heard
            try:
                self._ask(writer, f"/live?names={heard}&since={self._known}")
                while heard == self._heard and (line := await reader.readline()):
                    if line.startswith(b"id: "):
                        self._known = line[4:].decode().strip()
                    elif line.startswith(b"data: "):
                        await self._refresh(frozenset(line[6:].decode().split()))
            finally:
                writer.close()
            if heard == self._heard:
                self.failed += 1
                await asyncio.sleep(1)

    @property
    def _heard(self) -> str:
        return "+".join(sorted({name for names in self._names.values() for name in names}))

    def _learn(self, html: str) -> None:
        for part, names, address in PART.findall(html):
            self._names[part] = frozenset(names.split())
            self._addresses[part] = address

    async def _refresh(self, names: frozenset[str]) -> None:
        due = [part for part, topics in self._names.items() if "all" in names or topics & names]
        alone = [self._addresses[part] for part in due if self._addresses[part]]
        shared = "&".join(f"part={part}" for part in due if not self._addresses[part])
        for address in [*alone, f"{self._together}?{shared}"] if shared else alone:
            began = time.monotonic()
            try:
                self._learn(await self._fetch(address))
            except (OSError, EOFError, ValueError):
                self.failed += 1
            self.took.append(time.monotonic() - began)

    async def _fetch(self, address: str) -> str:
        """Once more on a new connection, where the server has closed the one that was idle."""
        try:
            return (await self._answer(address)).decode()
        except (OSError, EOFError):
            self._line = None
            return (await self._answer(address)).decode()

    async def _answer(self, address: str) -> bytes:
        if self._line is None:
            self._line = await asyncio.open_connection(*self._door)
        reader, writer = self._line
        self._ask(writer, address)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.I)
        if b" 200 " not in head.partition(b"\r\n")[0] or length is None:
            raise ValueError(f"{address}: {head[:60]!r}")
        return await reader.readexactly(int(length[1]))

    def _ask(self, writer: asyncio.StreamWriter, address: str) -> None:
        more = "" if address == self._page and not self._names else "HX-Request: true\r\n"
        head = (
            f"GET {address} HTTP/1.1\r\nHost: {self._door[0]}:{self._door[1]}\r\nCookie: {self._cookie}\r\n{more}\r\n"
        )
        writer.write(head.encode())


class Room:
    """All of them, their pages open."""

    def __init__(self, watchers: list[Watcher]) -> None:
        self.watchers = watchers
        self._watching: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Those that are open are left, and opened anew."""
        await self.close()
        gate = asyncio.Semaphore(OPENED_AT_ONCE)

        async def begin(each: Watcher) -> None:
            async with gate:
                await each.open()

        await asyncio.gather(*(begin(each) for each in self.watchers))
        self._watching = [asyncio.create_task(each.watch()) for each in self.watchers]

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)


async def run(setup: dict[str, Any]) -> None:
    """`count` is answered with the fetches since the last; the end of the input ends the process."""
    room = Room([Watcher(setup["host"], setup["port"], cookie, page) for cookie, page in setup["pages"]])
    await room.open()
    tell("ready")
    while order := await asyncio.to_thread(sys.stdin.readline):
        if json.loads(order)["do"] == "reload":
            await room.open()
            continue
        took = sorted(seconds for each in room.watchers for seconds in each.took)
        failed = sum(each.failed for each in room.watchers)
        tell("count", fetches=len(took), slowest=took[-1] if took else 0.0, failed=failed)
        for each in room.watchers:
            each.took, each.failed = [], 0
    await room.close()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
