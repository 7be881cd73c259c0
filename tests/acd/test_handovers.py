"""The end of a shift: open items go to a colleague when he confirms, and not before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from accounts.access import Role, User
from accounts.models import PeopleChange, Person, PersonChange
from acd.models import Callback, ShiftHandover
from acd.rota import handovers
from core.bus import Bus
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from tickets.models import Ticket

GIVER, TAKER, THIRD = (
    User(login, login, Role.AGENT, number, "zh")
    for login, number in (("li.na", "8001"), ("wang", "8002"), ("zhao", "8003"))
)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await db.create_all()
    async with db.transaction() as tx:
        for each in (GIVER, TAKER, THIRD):
            tx.session.add(Person(login=each.login, name=each.name, role=each.role, number=each.number))
        for name, state, by in (("t1", "accepted", GIVER), ("t2", "closed", GIVER), ("t3", "accepted", TAKER)):
            tx.session.add(Ticket(id=name, call="c", customer="x", category="service", summary="", state=state,
                                  opened_by=by.login, keeper=by.login, opened_at=1, moved_at=1,
                                  due_at=9))  # fmt: skip
        tx.session.add(
            Callback(id="b1", number="1", queue="cards", queued_at=1, promised_at=5, next_at=1, agent="8001")
        )
    yield db
    await db.close()


async def open_for(tx: Transaction, user: User) -> tuple[list[str], list[str]]:
    items = await handovers.open_items(tx.session, user)
    return [each.id for each in items.tickets], [each.id for each in items.callbacks]


async def test_what_is_open_goes_to_the_colleague_when_he_confirms_it(db: Database) -> None:
    async with db.transaction() as tx:
        made = await handovers.give(tx, GIVER, "8002", "  the printer is broken ", 10.0)
        assert (made.tickets, made.callbacks, made.note) == (["t1"], ["b1"], "the printer is broken")
        assert await open_for(tx, GIVER) == (["t1"], ["b1"])
        assert [each.id for each in await handovers.waiting_for(tx.session, "8002")] == [made.id]
        with pytest.raises(NotFound):
            await handovers.confirm(tx, GIVER, made.id, 11.0)
        await handovers.confirm(tx, TAKER, made.id, 12.0)
        assert await open_for(tx, GIVER) == ([], [])
        assert await open_for(tx, TAKER) == (["t1", "t3"], ["b1"])
        with pytest.raises(Refused, match="taken over already"):
            await handovers.take_back(tx, GIVER, made.id)


async def test_it_is_taken_back_before_it_is_confirmed_and_never_given_to_oneself(db: Database) -> None:
    async with db.transaction() as tx:
        made = await handovers.give(tx, GIVER, "8002", "", 10.0)
        await handovers.take_back(tx, GIVER, made.id)
        assert await handovers.given_by(tx.session, "8001", 0.0) == []
        with pytest.raises(Refused, match="somebody else"):
            await handovers.give(tx, GIVER, "8001", "x", 10.0)
        with pytest.raises(NotFound):
            await handovers.give(tx, GIVER, "8009", "x", 10.0)


async def test_nothing_is_not_handed_over_but_words_alone_are(db: Database) -> None:
    nobody = User("chen", "chen", Role.AGENT, "8004", "zh")
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="nothing"):
            await handovers.give(tx, nobody, "8002", " ", 10.0)
        assert (await handovers.give(tx, nobody, "8002", "look at queue loans", 10.0)).tickets == []


async def test_who_confirms_late_takes_nothing_from_the_colleague_who_has_it_by_now(db: Database) -> None:
    async with db.transaction() as tx:
        soon = await handovers.give(tx, GIVER, "8003", "", 11.0)
        await handovers.confirm(tx, THIRD, soon.id, 12.0)
        tx.session.add(ShiftHandover(id="late", at=10, giver="8001", taker="8002", tickets=["t1"], callbacks=["b1"]))
        await handovers.confirm(tx, TAKER, "late", 13.0)
        assert await open_for(tx, THIRD) == (["t1"], ["b1"])
        assert await open_for(tx, TAKER) == (["t3"], [])


async def test_what_was_closed_meanwhile_stays_the_givers(db: Database) -> None:
    async with db.transaction() as tx:
        made = await handovers.give(tx, GIVER, "8002", "", 10.0)
        ticket = await tx.session.get_one(Ticket, "t1")
        ticket.state = "closed"
        await handovers.confirm(tx, TAKER, made.id, 11.0)
        assert ticket.keeper == "li.na"


async def test_what_is_handed_to_another_waits_for_the_first_no_more_though_words_to_him_stay(db: Database) -> None:
    async with db.transaction() as tx:
        await handovers.give(tx, GIVER, "8002", "", 10.0)
        worded = await handovers.give(tx, GIVER, "8002", "the printer is broken", 11.0)
        assert [each.id for each in await handovers.waiting_for(tx.session, "8002")] == [worded.id]
        made = await handovers.give(tx, GIVER, "8003", "", 12.0)
        (left,) = await handovers.waiting_for(tx.session, "8002")
        assert (left.id, left.tickets, left.callbacks) == (worded.id, [], [])
        assert (made.tickets, made.callbacks) == (["t1"], ["b1"])


async def test_what_somebody_leaves_who_is_no_agent_any_more_is_taken_over_all_the_same(db: Database) -> None:
    async with db.transaction() as tx:
        made = await handovers.give(tx, GIVER, "8002", "", 10.0)
        tx.session.add(PeopleChange(id=1, at=11.0, by="chief"))
        tx.session.add(PersonChange(change=1, login="li.na", fields={"number": ["8001", ""]}))
        await tx.session.execute(update(Person).where(Person.login == "li.na").values(number=""))
        await handovers.confirm(tx, TAKER, made.id, 12.0)
        assert await open_for(tx, TAKER) == (["t1", "t3"], ["b1"])
