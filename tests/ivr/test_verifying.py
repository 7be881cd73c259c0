"""Secrets of customers: right, wrong, and the lock that outlives the call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from sqlalchemy import select

from core.bus import Bus
from core.database import Database
from ivr.customers import Customers
from ivr.effects import VerifySecret
from ivr.models import VerifyLock
from ivr.secret import Secret
from ivr.selfservice.verifying import Verifier

NUMBER = "13800000001"
TABLE = Customers.model_validate({
    "customers": {NUMBER: {"name": "王芳", "pin": PasswordHash.recommended().hash("246810")}, "2": {"name": "陈静"}}
})  # fmt: skip


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/ivr.db", Bus())
    await db.create_all()
    yield db
    await db.close()


def wish(typed: str, customer: str = NUMBER, kind: str = "pin") -> VerifySecret:
    return VerifySecret(1, customer, kind, Secret(typed), 3, 600.0)


async def test_three_wrong_tries_lock_even_the_right_secret_until_the_time_is_over(db: Database) -> None:
    watch = Watch()
    verifier = Verifier(db, watch)
    results = [await verifier.verify(wish(typed), TABLE) for typed in ("111111", "222222", "333333", "246810")]
    assert results == ["wrong", "wrong", "failed", "locked"]
    again = Verifier(db, watch)  # another call, another process
    assert await again.verify(wish("246810"), TABLE) == "locked"
    watch.now += 601
    assert await again.verify(wish("111111"), TABLE) == "wrong"
    assert await again.verify(wish("246810"), TABLE) == "right"


async def test_right_secret_forgets_the_wrong_tries_and_nothing_typed_is_stored(db: Database) -> None:
    verifier = Verifier(db, Watch())
    for typed in ("111111", "222222", "246810", "111111", "222222"):
        await verifier.verify(wish(typed), TABLE)
    async with db.reading() as session:
        (lock,) = (await session.scalars(select(VerifyLock))).all()
    assert (lock.customer, lock.secret, lock.tries) == (NUMBER, "pin", 2)


@pytest.mark.parametrize(("customer", "kind"), [("139", "pin"), ("2", "pin"), (NUMBER, "identity")])
async def test_who_has_no_such_secret_is_unknown(db: Database, customer: str, kind: str) -> None:
    assert await Verifier(db, Watch()).verify(wish("246810", customer, kind), TABLE) == "unknown"
