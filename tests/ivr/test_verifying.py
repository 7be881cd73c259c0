"""Secrets of customers: right, wrong, and the lock that outlives the call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from sqlalchemy import select

from accounts.models import AuditEntry
from core.bus import Bus
from core.database import Database
from core.errors import NotFound
from ivr.customers import Customers
from ivr.effects import VerifySecret
from ivr.models import VerifyLock
from ivr.secret import Secret
from ivr.selfservice.verifying import CodeLocks, Verifier

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


def wish(typed: str, customer: str = NUMBER, kind: str = "pin", *, own: bool = True) -> VerifySecret:
    return VerifySecret(1, customer, kind, Secret(typed), 3, 600.0, own)


async def locked(db: Database, *, own: bool = True) -> Verifier:
    verifier = Verifier(db, Watch())
    for typed in ("111111", "222222", "333333"):
        await verifier.verify(wish(typed, own=own), TABLE)
    return verifier


def another_code() -> Customers:
    pin = PasswordHash.recommended().hash("135790")
    return Customers.model_validate({"customers": {NUMBER: {"name": "王芳", "pin": pin}}})


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


async def test_a_stranger_who_tries_a_customers_number_does_not_lock_him_out_at_his_own_telephone(db: Database) -> None:
    verifier = await locked(db, own=False)
    assert await verifier.verify(wish("246810", own=False), TABLE) == "locked"
    assert await verifier.verify(wish("246810", own=True), TABLE) == "right"
    assert await verifier.verify(wish("246810", own=False), TABLE) == "locked"


async def test_a_new_code_ends_the_lock_of_the_old_one(db: Database) -> None:
    verifier = await locked(db)
    assert [await verifier.verify(wish(typed), another_code()) for typed in ("111111", "135790")] == ["wrong", "right"]
    assert await CodeLocks(db, Watch(), lambda: TABLE).standing() == []


async def test_a_person_ends_a_lock_which_the_trail_notes_with_who(db: Database) -> None:
    verifier = await locked(db)
    locks = CodeLocks(db, Watch(), lambda: TABLE)
    (lock,) = await locks.standing()
    assert (lock.customer, lock.secret, lock.own, lock.tries) == (NUMBER, "pin", True, 3)
    await locks.end(lock.id, "sun.li")
    assert await verifier.verify(wish("246810"), TABLE) == "right"
    async with db.reading() as session:
        (line,) = (await session.scalars(select(AuditEntry))).all()
    assert (line.who, line.what, line.about) == ("sun.li", "code_lock_ended", f"number:{NUMBER}")
    with pytest.raises(NotFound):
        await locks.end(lock.id, "sun.li")


async def test_a_lock_that_is_over_stands_no_more_and_is_ended_by_nobody(db: Database) -> None:
    await locked(db)
    later = Watch()
    (lock,) = await CodeLocks(db, later, lambda: TABLE).standing()
    assert await CodeLocks(db, later, another_code).standing() == []
    later.now += 601
    locks = CodeLocks(db, later, lambda: TABLE)
    assert await locks.standing() == []
    with pytest.raises(NotFound):
        await locks.end(lock.id, "sun.li")
