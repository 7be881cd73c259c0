"""Background work under supervision: a loop that dies is reported and started again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

import structlog

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
PATIENCE = 5.0
"""Seconds in which what is cancelled can put its things in order; then it is taken to have lost that, as Python's own
`wait_for` does when what it waits for comes at the same moment."""


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

    def later(self, name: str, seconds: float, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """As `spawn`, but so many seconds from now."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            await begin()

        self.spawn(name, wait())

    async def stop(self) -> None:
        while self._tasks:  # one that ends may have begun another
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=PATIENCE)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        pause, now, me = FIRST_PAUSE, asyncio.get_running_loop().time, asyncio.current_task()
        while True:
            began = now()
            try:
                await loop()
                pause = FIRST_PAUSE
            except Exception:
                pause = FIRST_PAUSE if now() - began > LONGEST_PAUSE else pause
                log.exception("background task failed", task=name, again_in=pause)
            if me is None or me.cancelling():
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("background task failed", task=name)


class Locks:
    """One lock for each of many, for as long as somebody has it or waits for it. Who has one may take it again."""

    def __init__(self) -> None:
        self._held = WeakValueDictionary[str, asyncio.Lock]()
        self._owners: dict[str, asyncio.Task[Any] | None] = {}

    @asynccontextmanager
    async def take(self, key: str, patience: float | None = None) -> AsyncIterator[None]:
        """Who has waited for `patience` seconds goes on beside the one who has it."""
        me, lock = asyncio.current_task(), self._held.setdefault(key, asyncio.Lock())
        taken = False
        if self._owners.get(key) is not me:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    taken = await lock.acquire()
        if taken:
            self._owners[key] = me
        try:
            yield
        finally:
            if taken:
                del self._owners[key]
                lock.release()


class Turns:
    """Work for many: what is for the same one is done in its order, and none waits for another's."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}

    def take(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` after all that is for `key` already; a failure is logged."""
        task = asyncio.create_task(self._after(self._last.get(key), key, work), name=f"turn:{key}")
        self._last[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    async def settled(self) -> None:
        """Until nothing is left to be done."""
        while self._last:
            await asyncio.wait(self._last.values())

    async def _after(self, before: asyncio.Task[None] | None, key: str, work: Coroutine[Any, Any, None]) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await work
        except Exception:
            log.exception("background task failed", task=key)

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._last.get(key) is done:
            del self._last[key]
