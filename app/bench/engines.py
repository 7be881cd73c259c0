"""A centre in processes of its own, whose engine can be killed, with another that stands by, and cut from Asterisk."""

import asyncio
import contextlib
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

from accounts import service as accounts
from app.bench.site import ADMIN
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import HotlineError, Refused
from core.settings import ROOT, Settings
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo, AsteriskServer, Wanted
from pbx.state import asterisk_home

READY_SECONDS = 90.0
RELINK_SECONDS = 3.0
"""Within this a link that was cut is there again, and all reconciled."""
WATCHER = "centre-watch"


class Engines:
    """`db` is the bench's own way to the engine's database."""

    def __init__(self, settings: Settings, program: AsteriskProgram) -> None:
        home = asterisk_home(settings.data_dir)
        self.settings = settings
        self.db = Database(settings.database, Bus())
        self._gone: list[tuple[float, float]] = []
        self.ready: dict[str, Any] = {}
        self._cut: list[tuple[float, float]] = []
        self._log = settings.data_dir.parent / "engines.log"
        self._asterisk = AsteriskServer(program, home, Wanted((), ()))
        self._engine: asyncio.subprocess.Process | None = None
        self._heir: asyncio.subprocess.Process | None = None
        self._token = ""

    @property
    def sip_port(self) -> int:
        return int(self.ready["sip"].rpartition(":")[2])

    @property
    def hotline(self) -> str:
        return str(self.ready["hotline"])

    async def open(self, *, heir: bool) -> None:
        self._engine = await self._start()
        self.ready = await self._line_of(self._engine)
        async with self.db.transaction() as tx:
            self._token = await accounts.issue_token(tx, ADMIN, system_clock())
        if heir:
            await self._stand_by()

    @property
    def gaps(self) -> list[float]:
        """Seconds from each kill until another served."""
        return [round(end - began, 1) for began, end in self._gone]

    def served(self, since: float, until: float) -> float:
        """How much of that time there was an engine with a link, at least."""
        away = (max(0.0, min(until, end) - max(since, began)) for began, end in self._gone + self._cut)
        return max(0.0, until - since - sum(away))

    async def kill(self) -> None:
        """As a power cut would; returns when another engine serves and the next stands by."""
        assert self._engine
        assert self._heir
        began = time.monotonic()
        self._gone.append((began, math.inf))
        self._engine.kill()
        await self._engine.wait()
        self._engine, self._heir = self._heir, None
        self.ready = await self._line_of(self._engine)
        self._gone[-1] = began, time.monotonic()
        await self._stand_by()

    async def cut(self) -> None:
        """End the AMI link of the engine."""
        now = time.monotonic()
        self._cut.append((now, now + RELINK_SECONDS))
        await self._asterisk.cut_links()

    async def make_ready(self, agent: str) -> None:
        """Raises Refused when that cannot be now."""
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with httpx.AsyncClient(base_url=self.ready["web"], headers=headers) as client:
                answer = await client.put(f"/api/agents/{agent}/state", json={"state": "ready"})
        except httpx.HTTPError as fault:
            raise Refused("not_stored", f"the engine does not answer: {fault}") from None
        if answer.status_code >= 300:
            raise Refused("not_stored", f"{answer.status_code}: {answer.text}")

    async def asterisk(self) -> AsteriskInfo:
        """Where the engine's Asterisk is."""
        return await self._asterisk.attach()

    async def command(self, line: str) -> str:
        """On Asterisk's own command line."""
        return await self._asterisk.command(line)

    async def channels(self) -> list[str]:
        """What lives on the switch, besides its own watcher."""
        told = await self._asterisk.command("core show channels concise")
        return [line for line in told.splitlines() if "!" in line and WATCHER not in line]

    def complaints(self) -> list[str]:
        """Errors in the engines' log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if "[error" in line]

    async def close(self) -> None:
        for process in (self._heir, self._engine):
            if process and process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 20)
                if process.returncode is None:
                    process.kill()
        await self.db.close()

    async def _stand_by(self) -> None:
        self._heir = await self._start()
        await self._line_of(self._heir)

    async def _start(self) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", "up", "--json", cwd=ROOT, env=os.environ | self.settings.environment(),
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip

    async def _line_of(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        if not line:
            last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
            raise HotlineError("an engine of the bench ended", last[0] if last else "it said nothing")
        return dict(json.loads(line))


@contextlib.asynccontextmanager
async def engines(settings: Settings, program: AsteriskProgram, *, heir: bool) -> AsyncIterator[Engines]:
    running = Engines(settings, program)
    try:
        await running.open(heir=heir)
        yield running
    finally:
        await running.close()
