"""Background work under supervision: a loop that dies is reported and started again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class Supervisor:
    """Owns the process's long-running tasks; `stop` cancels and awaits them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run `loop` for ever; after a failure it starts again, each time after a longer pause until one run lasts."""
        self._start(name, self._kept(name, loop))

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` once in the background; a failure is logged."""
        self._start(name, self._once(name, work))

    async def stop(self) -> None:
        while self._tasks:  # one that ends may have begun another
            going = list(self._tasks)
            for task in going:
                task.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        pause, now = FIRST_PAUSE, asyncio.get_running_loop().time
        while True:
            began = now()
            try:
                await loop()
                pause = FIRST_PAUSE
            except Exception:
                pause = FIRST_PAUSE if now() - began > LONGEST_PAUSE else pause
                log.exception("background task failed", task=name, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("background task failed", task=name)
