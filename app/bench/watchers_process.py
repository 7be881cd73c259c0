"""A process of simulated open pages: each holds the live stream and fetches its parts anew, as `live.js` does."""

import asyncio
import json
import re
import sys
import time
from typing import Any

from app.phones.told import tell

OPENED_AT_ONCE = 20
PARTS = re.compile(r'data-live="([^"]+)"\s+data-from="([^"]+)"')


class Watcher:
    """One page of a person who is signed in by `cookie`. `took`: seconds of each fetch."""

    def __init__(self, host: str, port: int, cookie: str, page: str) -> None:
        self._door = (host, port)
        self._cookie = cookie
        self._page = page
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._parts: list[tuple[frozenset[str], str]] = []
        self.took: list[float] = []
        self.failed = 0

    async def open(self) -> None:
        html = (await self._fetch(self._page)).decode()
        self._parts = [(frozenset(names.split()), address) for names, address in PARTS.findall(html)]

    async def watch(self) -> None:
        """For ever; a stream that is cut is opened again."""
        while True:
            reader, writer = await asyncio.open_connection(*self._door)
            self._ask(writer, "/live")
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    await self._refresh(frozenset(line[6:].decode().split()))
            writer.close()
            self.failed += 1
            await asyncio.sleep(1)

    async def _refresh(self, names: frozenset[str]) -> None:
        for topics, address in self._parts:
            if "all" in names or topics & names:
                began = time.monotonic()
                try:
                    await self._fetch(address)
                except (OSError, EOFError, ValueError):
                    self.failed += 1
                self.took.append(time.monotonic() - began)

    async def _fetch(self, address: str) -> bytes:
        """Once more on a new connection, where the server has closed the one that was idle."""
        try:
            return await self._answer(address)
        except (OSError, EOFError):
            self._line = None
            return await self._answer(address)

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
        more = "" if address == self._page and not self._parts else "HX-Request: true\r\n"
        head = (
            f"GET {address} HTTP/1.1\r\nHost: {self._door[0]}:{self._door[1]}\r\nCookie: {self._cookie}\r\n{more}\r\n"
        )
        writer.write(head.encode())


async def run(setup: dict[str, Any]) -> None:
    """`count` is answered with the fetches since the last; the end of the input ends the process."""
    watchers = [Watcher(setup["host"], setup["port"], cookie, page) for cookie, page in setup["pages"]]
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def begin(each: Watcher) -> None:
        async with gate:
            await each.open()

    await asyncio.gather(*(begin(each) for each in watchers))
    watching = [asyncio.create_task(each.watch()) for each in watchers]
    tell("ready")
    while await asyncio.to_thread(sys.stdin.readline):
        took = sorted(seconds for each in watchers for seconds in each.took)
        tell(
            "count", fetches=len(took), slowest=took[-1] if took else 0.0, failed=sum(each.failed for each in watchers)
        )
        for each in watchers:
            each.took, each.failed = [], 0
    for task in watching:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
