"""A transaction commits at its end, rolls back on failure, and tells others only after the commit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.bus import Bus
from core.database import Database
from core.onehop import Query


class OwnBase(DeclarativeBase):
    """Apart from the product's tables, which other tests compare with the migrations."""


class Pebble(OwnBase):
    __tablename__ = "test_pebbles"
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]


@dataclass(frozen=True)
class PebbleLaid:
    id: int


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(OwnBase.metadata.create_all)
    yield database
    await database.close()


async def _pebbles(database: Database) -> list[int]:
    async with database.reading() as session:
        return list(await session.scalars(select(Pebble.id).order_by(Pebble.id)))


async def test_event_is_heard_after_its_commit_and_sees_the_stored_row(database: Database) -> None:
    seen = []

    async def hear(_event: PebbleLaid) -> None:
        seen.append(await _pebbles(database))

    database.bus.subscribe("ear", PebbleLaid, hear)
    async with database.transaction() as tx:
        tx.session.add(Pebble(id=1, weight=5))
        tx.publish(PebbleLaid(1))
        await asyncio.sleep(0.01)
        assert seen == []
    await database.bus.drain()
    assert seen == [[1]]


async def test_failure_inside_a_transaction_leaves_no_row_and_tells_nobody(database: Database) -> None:
    heard = []

    async def hear(event: PebbleLaid) -> None:
        heard.append(event)

    database.bus.subscribe("ear", PebbleLaid, hear)

    async def fail_halfway() -> None:
        async with database.transaction() as tx:
            tx.session.add(Pebble(id=1, weight=5))
            tx.publish(PebbleLaid(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_halfway()
    await database.bus.drain()
    assert heard == []
    assert await _pebbles(database) == []


async def test_fifty_writers_that_read_first_all_get_through(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add(Pebble(id=1, weight=0))

    async def add_one() -> None:
        async with database.transaction() as tx:
            pebble = await tx.session.get_one(Pebble, 1)
            await asyncio.sleep(0)
            pebble.weight += 1

    await asyncio.gather(*(add_one() for _ in range(50)))
    async with database.reading() as session:
        assert (await session.get_one(Pebble, 1)).weight == 50


async def test_writes_run_together_at_the_end_or_not_at_all(database: Database) -> None:
    async with database.transaction() as tx:
        tx.write(insert(Pebble).values(id=1, weight=5))
        tx.write(update(Pebble).where(Pebble.id == 1).values(weight=6))
        assert await _pebbles(database) == []
    async with database.reading() as session:
        assert (await session.get_one(Pebble, 1)).weight == 6

    async def clash() -> None:
        async with database.transaction() as tx:
            tx.write(insert(Pebble).values(id=2, weight=5))
            tx.write(insert(Pebble).values(id=1, weight=5))
            tx.publish(PebbleLaid(2))

    with pytest.raises(IntegrityError):
        await clash()
    assert await _pebbles(database) == [1]


async def test_writes_come_after_what_the_session_did(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add(Pebble(id=1, weight=5))
        tx.write(update(Pebble).where(Pebble.id == 1).values(weight=7))
    async with database.reading() as session:
        assert (await session.get_one(Pebble, 1)).weight == 7


async def test_one_that_comes_late_lets_others_write_until_its_commit(database: Database) -> None:
    async with database.transaction(late=True) as tx:
        tx.write(update(Pebble).where(Pebble.id == 1).values(weight=7))
        async with asyncio.timeout(30), database.transaction() as other:
            other.write(insert(Pebble).values(id=1, weight=5))
    async with database.reading() as session:
        assert (await session.get_one(Pebble, 1)).weight == 7


async def test_a_look_finds_what_is_committed_and_may_wait_for_nothing_but_its_session(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add(Pebble(id=1, weight=5))

    async def look(session: AsyncSession) -> Pebble:
        return await session.get_one(Pebble, 1)

    async def dawdle(_session: AsyncSession) -> None:
        await asyncio.sleep(0)

    assert (await database.read(look)).weight == 5
    with pytest.raises(RuntimeError, match="may wait for nothing"):
        await database.read(dawdle)


async def test_questions_asked_together_are_answered_each_by_its_first_value(database: Database) -> None:
    async with database.transaction() as tx:
        tx.session.add_all(Pebble(id=each, weight=10 - each) for each in range(3))
    lightest = select(Pebble.id).order_by(Pebble.weight).limit(1)
    heavier = select(Pebble.id).where(Pebble.weight > bindparam("than")).order_by(Pebble.id)
    asked: list[Query | None] = [(lightest, {}), None, (heavier, {"than": 8}), (heavier, {"than": 10})]
    assert await database.firsts(*asked) == [2, None, 0, None]
