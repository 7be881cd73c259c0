"""Who becomes the engine: by the lock of the data directory, by the lease, and never two."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app import datadir, migrating, standby
from app.datadir import EngineLock, has_heir, heir
from app.health import standby_app
from app.standby import Candidate
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from core.lease import PATIENCE, Standing
from core.leasing import Holding, stored
from core.settings import ROOT
from tests.virtual_time import now, virtual_time

HOLDER = """
import sys, time
from pathlib import Path
from app.datadir import EngineLock
lock = EngineLock(Path(sys.argv[1]))
assert lock.take()
print("held", flush=True)
time.sleep(60)
"""


@asynccontextmanager
async def candidate(folder: Path, name: str, database: str = "hotline.db") -> AsyncIterator[Candidate]:
    datadir.usable(folder)
    db = Database(f"sqlite+aiosqlite:///{folder}/{database}", Bus())
    found = Candidate(db, EngineLock(folder), name)
    try:
        yield found
    finally:
        found.lock.release()
        await db.close()


def test_lock_is_one_process_and_an_heir_is_seen_for_as_long_as_he_waits(tmp_path: Path) -> None:
    datadir.usable(tmp_path)
    first, second = EngineLock(tmp_path), EngineLock(tmp_path)
    assert first.place == second.place
    assert [first.take(), first.take(), second.take()] == [True, True, False]
    first.release()
    assert second.take()
    assert not has_heir(tmp_path)
    with heir(tmp_path), heir(tmp_path):
        assert has_heir(tmp_path)
    assert not has_heir(tmp_path)


def test_process_that_holds_the_lock_is_the_one_that_is_killed(tmp_path: Path) -> None:
    datadir.usable(tmp_path)
    lock = EngineLock(tmp_path)
    assert lock.kill_holder() == 0
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert not lock.take()
        assert lock.kill_holder() == holder.pid
        assert holder.wait(10) == -9
    assert lock.take()


@virtual_time
async def test_first_on_an_empty_database_is_the_engine_and_the_next_follows_when_its_lock_is_free(
    tmp_path: Path,
) -> None:
    async with candidate(tmp_path, "first") as first, candidate(tmp_path, "second") as second:
        holding = await first.look()
        assert holding is not None
        assert holding.standing is Standing.ENGINE
        heard: list[str] = []
        waiting = asyncio.create_task(second.stand_by(heard.append))
        keeper = asyncio.create_task(holding.keep())
        await asyncio.sleep(3 * PATIENCE)
        assert not waiting.done()
        assert heard == ["first"]
        keeper.cancel()
        first.lock.release()  # as if its process were gone
        assert isinstance(await asyncio.wait_for(waiting, 1), Holding)


@virtual_time
async def test_data_directory_that_serves_another_database_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    async with candidate(tmp_path, "first") as first, candidate(tmp_path, "second", "other.db") as second:
        assert await first.look() is not None
        assert await second.look() is None
        with pytest.raises(HotlineError, match="another engine works on"):
            await asyncio.wait_for(second.stand_by(lambda _engine: None), 3 * PATIENCE)


@pytest.mark.parametrize("stands_by", [False, True])
async def test_no_lease_is_taken_in_the_database_of_a_newer_program(tmp_path: Path, stands_by: bool) -> None:
    async with candidate(tmp_path, "first") as first, candidate(tmp_path, "second") as second:
        holding = await first.look()
        assert holding is not None
        if stands_by:
            assert await second.look() is None
        async with first._db.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await holding.give_up()
        first.lock.release()
        with pytest.raises(HotlineError, match="used by a newer program"):
            await second.look()
        async with second._db.reading() as session:
            assert (await stored(session)).holder == ""


@virtual_time
async def test_engine_that_brings_the_database_up_to_date_is_not_taken_for_one_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "Holding", lambda db: Holding(db, now, now))
    async with candidate(tmp_path, "first") as first, candidate(tmp_path, "second") as second:
        assert await first.look() is not None
        killed: list[float] = []
        monkeypatch.setattr(second.lock, "kill_holder", lambda: killed.append(now()))
        with migrating.told(first._db):  # SQLite takes no renewal
            for _ in range(20):
                assert await second.look() is None
                await asyncio.sleep(1)
        assert await second.look() is None
        await asyncio.sleep(PATIENCE - 0.1)
        assert await second.look() is None
        assert not killed, "from now on it has as long as any engine"
        await asyncio.sleep(0.2)
        await second.look()
        assert killed


@virtual_time
async def test_first_start_on_an_old_database_may_take_its_time_while_another_waits(tmp_path: Path) -> None:
    async with candidate(tmp_path, "first") as first, candidate(tmp_path, "second") as second:
        assert first.lock.take()
        with migrating.told(first._db):
            for _ in range(20):
                assert await second.look() is None
                await asyncio.sleep(1)
        assert await first.look() is not None


async def test_one_that_stands_by_is_alive_but_not_ready_and_a_page_asked_of_it_comes_back_by_itself() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(standby_app()), base_url="http://standby") as client:
        alive, ready = await client.get("/api/health"), await client.get("/api/ready")
        page = await client.get("/wallboard", headers={"Accept": "text/html,*/*;q=0.8"})
        told = await client.post("/api/calls/1/hold")
    assert (alive.status_code, alive.json()["role"]) == (200, "standby")
    assert [each.status_code for each in (ready, page, told)] == [503] * 3
    assert {each.headers["retry-after"] for each in (ready, page, told)} == {"5"}
    assert 'http-equiv="refresh" content="5"' in page.text
    for each in (page.text, told.text):
        assert "本进程待命" in each
        assert "This process stands by" in each
