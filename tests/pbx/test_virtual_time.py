"""The virtual clock: waits cost nothing, real work is still waited for."""

import asyncio
import time
from pathlib import Path

from sqlalchemy import text

from core.bus import Bus
from core.database import Database
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_an_hour_passes_at_once() -> None:
    real, virtual = time.monotonic(), now()
    await asyncio.sleep(3600)
    assert 3600 <= now() - virtual < 3601
    assert time.monotonic() - real < 1


@virtual_time
async def test_a_timeout_strikes_before_a_later_event() -> None:
    happened = asyncio.Event()
    asyncio.get_running_loop().call_later(10, happened.set)
    try:
        await asyncio.wait_for(happened.wait(), 5)
    except TimeoutError:
        return
    raise AssertionError("the timeout of 5 s came after an event at 10 s")


@virtual_time
async def test_the_clock_does_not_jump_while_the_database_works(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", Bus())
    reminder = asyncio.create_task(asyncio.sleep(60))
    async with database.transaction() as tx:
        for _ in range(20):
            await tx.session.execute(text("select 1"))
    assert not reminder.done()
    await reminder
    await database.close()


@virtual_time
async def test_the_clock_does_not_jump_while_a_thread_computes() -> None:
    began = now()
    result = await asyncio.wait_for(asyncio.to_thread(sum, range(2_000_000)), 1)
    assert result == 1999999000000
    assert now() - began < 1
