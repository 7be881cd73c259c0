"""A child process that takes orders and tells events as lines of JSON; it ends when its input closes."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import structlog

from core.errors import HotlineError
from core.settings import ROOT

log = structlog.get_logger(__name__)

Told = dict[str, Any]


class Remote:
    """Runs `python -m module`, hands it `setup` and waits for its `ready`; `heard` gets every later event."""

    def __init__(self, module: str, setup: dict[str, Any], heard: Callable[[Told], None]) -> None:
        self.module = module
        self.setup = setup
        self.heard = heard
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self, within: float = 60.0) -> None:
        """Raises HotlineError when the process does not get ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.order(**self.setup)
        try:
            first = await asyncio.wait_for(self._next(), within)
        except TimeoutError:
            first = {"event": "silent"}
        if first["event"] != "ready":
            await self.stop()
            raise HotlineError(f"{self.module} did not start ({first['event']})", first.get("text", ""))
        self._reader = asyncio.create_task(self._read(), name=f"phone:{self.module}")

    def order(self, **what: Any) -> None:
        """Send one order; one to a process that is gone is dropped."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(what).encode() + b"\n")

    async def stop(self, within: float = 5.0) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        if self._reader:
            self._reader.cancel()
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), within)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _next(self) -> Told:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            return {"event": "gone"}
        told: Told = json.loads(line)
        return told

    async def _read(self) -> None:
        while (told := await self._next())["event"] != "gone":
            if told["event"] == "fault":
                log.warning("phone complained", module=self.module, text=told.get("text"))
            self.heard(told)
        self.heard({"event": "gone"})
