"""Work that goes on beside a visit, such as sounds, lookups and recordings; it ends with the visit."""

import asyncio
from collections.abc import Callable, Coroutine

from pbx.switch import LegGone


class Background:
    """A fault in the background is the visit's fault, handed to `failed`; a caller who is gone is none."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._work: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._told(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def cancel(self) -> None:
        for task in self._work:
            task.cancel()

    async def _told(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except LegGone:
            pass
        except Exception as fault:  # noqa: BLE001  # handed on: the visit raises it in its own task
            self._failed(fault)
