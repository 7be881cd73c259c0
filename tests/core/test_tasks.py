"""Background work that fails starts again; stopping leaves nothing running."""

import asyncio

import pytest

from core import tasks
from core.tasks import Supervisor


async def test_loop_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.0)
    third = asyncio.Event()
    runs: list[int] = []

    async def loop() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise RuntimeError("died")
        third.set()
        await asyncio.Event().wait()

    supervisor = Supervisor()
    supervisor.keep("loop", loop)
    await asyncio.wait_for(third.wait(), 2)
    await supervisor.stop()
    assert runs == [0, 1, 2]


async def test_stop_ends_everything_and_waits_for_it() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    supervisor = Supervisor()
    supervisor.spawn("once", work())
    supervisor.keep("loop", work)
    await asyncio.sleep(0)
    await supervisor.stop()
    assert ended == [True, True]
