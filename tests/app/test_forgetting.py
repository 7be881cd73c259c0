"""Callers are forgotten when their time is over: in calls, offers, call backs, call lists and the message box."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts import published
from accounts.models import AuditEntry
from acd.models import Call, Callback, Campaign, Offer, Prospect
from app.forgetting import forget
from core.bus import Bus
from core.database import Base, Database
from core.errors import Refused
from ivr.models import Message
from recordings.keeping.retention import DAY
from recordings.models import Recording, RecordingState
from recordings.store.files import LocalStore
from recordings.store.vault import Vault
from tests.statements import values_of_statements
from tickets.models import Ticket, TicketStep

NOW = 1000 * DAY
OLD, NEW = NOW - 100 * DAY - 1, NOW - 100 * DAY + 1


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await found.create_all()
    yield found
    await found.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(LocalStore(tmp_path / "store"))


async def store(db: Database, *rows: Base) -> None:
    async with db.transaction() as tx:
        for row in rows:
            tx.session.add(row)
            await tx.session.flush()


def call(name: str, ended: float | None) -> Call:
    return Call(id=name, leg=name, caller="13800001111", customer="C1", dialled="95566", arrived_at=1.0,
                state="ended", ended_at=ended)  # fmt: skip


def message(name: str, left: float, path: Path) -> Message:
    path.write_bytes(b"sound")
    return Message(id=name, call="c", caller="13800001111", language="zh", raw=str(path), left_at=left,
                   deadline_at=left, state="done")  # fmt: skip


async def callers(db: Database) -> dict[str, tuple[str, str]]:
    async with db.reading() as session:
        return {row.id: (row.caller, row.customer) for row in await session.scalars(select(Call))}


async def test_calls_and_offers_lose_their_caller_when_the_time_is_over_and_not_a_second_before(
    db: Database, vault: Vault
) -> None:
    offers = [Offer(id=name, call=name, agent="8001", device="d", caller="13800001111", waited=1.0, offered_at=at)
              for name, at in (("old", OLD), ("new", NEW))]  # fmt: skip
    await store(db, call("old", OLD), call("new", NEW), call("talks", None), *offers)
    assert await forget(db, vault, 100, NOW, dry_run=True) == 2
    assert await callers(db) == dict.fromkeys(("old", "new", "talks"), ("13800001111", "C1"))
    assert await forget(db, vault, 100, NOW) == 2
    kept = ("13800001111", "C1")
    assert await callers(db) == {"old": ("", ""), "new": kept, "talks": kept}
    async with db.reading() as session:
        assert {row.id: row.caller for row in await session.scalars(select(Offer))} == {"old": "", "new": "13800001111"}
        noted = [(row.who, row.what, row.about) for row in await session.scalars(select(AuditEntry))]
    assert noted == [("system", "callers_forgotten", "rows:2")]
    assert await forget(db, vault, 100, NOW) == 0


async def test_a_call_under_legal_hold_keeps_its_caller(db: Database, vault: Vault) -> None:
    held = Recording(id="r", call="old", number=1, raw="r", state=RecordingState.STORED, started_at=OLD, held_at=NOW)
    await store(db, call("old", OLD), held)
    assert await forget(db, vault, 100, NOW) == 0
    assert await callers(db) == {"old": ("13800001111", "C1")}


async def test_many_calls_under_legal_hold_are_no_values_of_a_statement(db: Database, vault: Vault) -> None:
    held = [Recording(id=name, call=name, number=1, raw=name, state=RecordingState.STORED, started_at=OLD, held_at=NOW)
            for name in map(str, range(300))]  # fmt: skip
    await store(db, call("old", OLD), *held)
    counts = values_of_statements(db)
    assert await forget(db, vault, 100, NOW, tickets_days=100) == 1
    assert max(counts) < 30


async def test_messages_go_with_their_sound(db: Database, vault: Vault, tmp_path: Path) -> None:
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    await store(db, message("old", OLD, old), message("new", NEW, new))
    assert await forget(db, vault, 100, NOW) == 1
    assert (old.exists(), new.exists()) == (False, True)
    async with db.reading() as session:
        assert [row.id for row in await session.scalars(select(Message))] == ["new"]


async def test_done_call_backs_and_list_entries_go_and_open_ones_stay(db: Database, vault: Vault) -> None:
    def promised(name: str, done: float | None) -> Callback:
        return Callback(id=name, number="13800001111", queue="cards", queued_at=1.0, promised_at=1.0, next_at=1.0,
                        done_at=done)  # fmt: skip

    def listed(name: str, done: float | None) -> Prospect:
        return Prospect(id=name, campaign="k", number=name, name="Li", next_at=1.0, done_at=done)

    campaign = Campaign(id="k", name="k", queue="cards", created_at=1.0)
    await store(db, campaign, promised("old", OLD), promised("open", None), listed("old", OLD), listed("open", None))
    assert await forget(db, vault, 100, NOW) == 2
    async with db.reading() as session:
        assert [row.id for row in await session.scalars(select(Callback))] == ["open"]
        assert [row.id for row in await session.scalars(select(Prospect))] == ["open"]


async def test_closed_tickets_lose_their_customer_and_words_and_open_ones_keep_them(db: Database, vault: Vault) -> None:
    def ticket(name: str, state: str, moved: float) -> Ticket:
        return Ticket(id=name, call=name, customer="13800001111", category="complaint", summary="refund", state=state,
                      opened_by="li.na", opened_at=1.0, moved_at=moved, due_at=2.0)  # fmt: skip

    step = TicketStep(ticket="old", state="closed", at=OLD, who="li.na", note="called 13800001111")
    await store(db, ticket("old", "closed", OLD), ticket("new", "closed", NEW), ticket("open", "accepted", OLD), step)
    assert await forget(db, vault, 10, NOW) == 0  # they are no matter of how long callers are known
    assert await forget(db, vault, None, NOW, tickets_days=100, dry_run=True) == 1
    assert await forget(db, vault, None, NOW, tickets_days=100) == 1
    async with db.reading() as session:
        known = {row.id: (row.customer, row.summary) for row in await session.scalars(select(Ticket))}
        notes = [row.note for row in await session.scalars(select(TicketStep))]
        noted = [(row.what, row.about, row.reason) for row in await session.scalars(select(AuditEntry))]
    kept = ("13800001111", "refund")
    assert (known, notes) == ({"old": ("", ""), "new": kept, "open": kept}, [""])
    assert noted == [("tickets_forgotten", "rows:1", "kept 100 days")]
    assert await forget(db, vault, None, NOW, tickets_days=100) == 0


async def test_without_a_number_of_days_nobody_is_forgotten(db: Database, vault: Vault) -> None:
    await store(db, call("old", OLD))
    assert await forget(db, vault, None, NOW) == 0
    assert await callers(db) == {"old": ("13800001111", "C1")}


async def test_former_lists_of_customers_are_forgotten_and_the_one_that_counts_is_not(
    db: Database, vault: Vault
) -> None:
    async with db.transaction() as tx:
        for text, at in (("first", 1.0), ("second", OLD), ("third", NEW)):
            await published.publish(tx, "setting", "customers", text, "admin", "new list", at)
    assert await forget(db, vault, 100, NOW) == 1
    async with db.reading() as session:
        versions = await published.history(session, "setting", "customers")
    assert [each.text for each in versions] == ["third", "second", published.FORGOTTEN]
    async with db.transaction() as tx:
        await published.back(tx, "setting", "customers", "admin", "", NOW)
        with pytest.raises(Refused, match="no former version"):
            await published.back(tx, "setting", "customers", "admin", "", NOW)
