"""The lease in a real database: one has it, its transactions prove so, and whoever was overtaken stores nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from core.bus import Bus
from core.database import Database
from core.lease import KEPT, Standing
from core.leasing import ENGINE, EngineRow, Holding, Overtaken, beat, stored
from tests.virtual_time import now, virtual_time


@asynccontextmanager
async def databases(url: str, count: int = 2, idle: int = 1) -> AsyncIterator[list[Database]]:
    """So many processes on one database, whose lease nobody has."""
    found = [Database(url, Bus(), idle=idle) for _ in range(count)]
    await found[0].create_all()
    async with found[0].transaction() as tx:
        tx.session.add(EngineRow(id=1, beat_at=0.0))
    try:
        yield found
    finally:
        for each in found:
            await each.close()


async def take(db: Database) -> Holding:
    """As one who has waited long enough."""
    holding = Holding(db, now, now)
    async with db.reading() as session:
        seen = await stored(session)
    assert await holding.take(seen, "name", "place")
    return holding


async def write(db: Database, *, in_session: bool) -> None:
    """As decisions are stored: read back on the way, or all in one hop."""
    async with db.transaction() as tx:
        if in_session:
            await tx.session.execute(ENGINE.update().values(place="changed"))
        else:
            tx.write(ENGINE.update().values(place="changed"))


async def place(db: Database) -> str:
    async with db.reading() as session:
        return (await stored(session)).place


def sqlite(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/test.db"


@virtual_time
async def test_of_two_who_saw_the_same_lease_one_gets_it(tmp_path: Path) -> None:
    async with databases(sqlite(tmp_path)) as (first, second):
        async with first.reading() as session:
            seen = await stored(session)
        one, other = Holding(first, now, now), Holding(second, now, now)
        assert await one.take(seen, "one", "")
        assert not await other.take(seen, "other", "")
        assert (one.standing, other.standing) == (Standing.ENGINE, Standing.STANDBY)


@pytest.mark.parametrize("in_session", [True, False])
def test_overtaken_engine_stores_nothing_and_knows_it(tmp_path: Path, in_session: bool) -> None:
    @virtual_time
    async def story() -> None:
        async with databases(sqlite(tmp_path)) as (first, second):
            before = await take(first)
            await write(first, in_session=in_session)
            assert await place(second) == "changed"
            await take(second)
            with pytest.raises(Overtaken):
                await write(first, in_session=in_session)
            assert await place(second) == "place"
            assert before.lost.is_set()
            assert not before.may_command()
            await write(second, in_session=in_session)

    story()


@virtual_time
async def test_keeper_renews_and_falls_silent_while_the_database_hangs(tmp_path: Path) -> None:
    async with databases(sqlite(tmp_path), 1) as (db,):
        holding = await take(db)
        keeper = asyncio.create_task(holding.keep())
        await asyncio.sleep(3 * KEPT)
        assert holding.may_command()
        async with db.reading() as session:
            assert now() - (await stored(session)).beat_at < KEPT
        async with db.transaction():
            await asyncio.sleep(2 * KEPT)
            assert not holding.may_command()
            assert not holding.stores
        await asyncio.sleep(2)
        assert holding.may_command(), "nobody else took it"
        assert holding.stores
        keeper.cancel()


@virtual_time
async def test_it_is_known_at_once_when_a_renewal_could_not_be_stored(tmp_path: Path) -> None:
    async with databases(sqlite(tmp_path), 1) as (db,):
        holding = await take(db)
        full = asyncio.Event()

        async def pulse() -> bool:
            return not full.is_set()

        holding.pulse = pulse
        keeper = asyncio.create_task(holding.keep())
        await asyncio.sleep(1)
        assert holding.stores
        full.set()
        await asyncio.sleep(1)
        assert not holding.stores
        assert holding.may_command(), "its time is not over yet"
        keeper.cancel()


@virtual_time
async def test_lease_that_is_given_up_is_anybodys_and_its_last_holder_stores_nothing_more(tmp_path: Path) -> None:
    async with databases(sqlite(tmp_path)) as (first, second):
        holding = await take(first)
        await holding.give_up()
        async with second.reading() as session:
            assert (await stored(session)).holder == ""
        with pytest.raises(Overtaken):
            await write(first, in_session=False)
        await take(second)
        await holding.give_up()
        async with second.reading() as session:
            assert (await stored(session)).holder == "name"


@pytest.mark.real
async def test_on_postgresql_who_takes_the_lease_waits_for_what_is_being_stored_but_not_for_long(
    postgres_url: str,
) -> None:
    async with databases(postgres_url, idle=5) as (first, second):
        await take(first)
        async with second.reading() as session:
            seen = await stored(session)
        heir, storing = Holding(second), first.transaction()
        tx = await storing.__aenter__()
        assert first.fence
        await tx.session.execute(*first.fence.proof)  # it has proved its lease, and is stopped before its commit
        async with first.transaction() as beside:
            beat(beside, seen.beat_at)  # its renewals go on
        asked = asyncio.create_task(heir.take(seen, "heir", ""))
        await asyncio.sleep(0.3)
        assert not asked.done()
        assert await asked, "the server has ended the transaction that idled"
        with pytest.raises(SQLAlchemyError):
            await storing.__aexit__(None, None, None)  # its commit comes too late
        with pytest.raises(Overtaken):
            await write(first, in_session=True)
