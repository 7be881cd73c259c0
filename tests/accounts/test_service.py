"""Signing in: right and wrong passwords, lock-out, sign-out, tokens."""

import pytest
from sqlalchemy import select

from accounts import repository, service
from accounts.events import DESK_ENDED, DESK_OVER, SignedOut
from accounts.lasting import SESSION_SECONDS
from accounts.models import ApiToken, SessionRow
from core.database import Database
from core.errors import BadInput, NotFound

PASSWORD = "correct horse 9"


async def attempt(db: Database, password: str, now: float, login: str = "li.na") -> service.SignIn:
    async with db.reading() as session:
        matched = await service.password_matches(session, login, password)
    async with db.transaction() as tx:
        return await service.sign_in(tx, login, matched, now)


async def give_password(db: Database) -> None:
    async with db.transaction() as tx:
        await service.set_password(tx, "li.na", PASSWORD)


async def test_right_password_opens_a_session_and_stores_only_a_hash(db: Database) -> None:
    await give_password(db)
    entered = await attempt(db, PASSWORD, 1000.0)
    async with db.reading() as session:
        stored = (await session.scalars(select(SessionRow))).one()
    assert entered.token
    assert entered.token not in stored.token_hash
    assert stored.expires_at == 1000.0 + SESSION_SECONDS


async def test_person_without_a_password_cannot_sign_in(db: Database) -> None:
    assert (await attempt(db, "", 0.0)).refusal == "wrong"


async def test_unknown_login_is_refused_like_a_wrong_password(db: Database) -> None:
    assert (await attempt(db, PASSWORD, 0.0, login="nobody")) == service.SignIn("", "wrong")


async def test_fifth_wrong_password_locks_even_the_right_one_for_a_minute(db: Database) -> None:
    await give_password(db)
    refusals = [(await attempt(db, "guess", 100.0 + n)).refusal for n in range(5)]
    assert refusals == ["wrong"] * 4 + ["locked"]
    assert (await attempt(db, PASSWORD, 120.0)).refusal == "locked"
    assert (await attempt(db, PASSWORD, 165.0)).token


async def test_sign_out_ends_the_session_and_everything_is_in_the_trail(db: Database) -> None:
    await give_password(db)
    entered = await attempt(db, PASSWORD, 5.0)
    async with db.transaction() as tx:
        await service.sign_out(tx, entered.token, 6.0)
    async with db.reading() as session:
        assert (await session.scalars(select(SessionRow))).all() == []
        deeds = [entry.what for entry in await repository.trail(session, "person:li.na")]
    assert deeds == ["password_set", "signed_in", "signed_out"]


def heard(db: Database) -> list[SignedOut]:
    """Whose last session is over, as it is told."""
    told: list[SignedOut] = []

    async def hear(event: SignedOut) -> None:
        told.append(event)

    db.bus.subscribe("test", SignedOut, hear)
    return told


async def test_last_sign_out_of_a_person_is_told_and_another_session_keeps_him_at_work(db: Database) -> None:
    await give_password(db)
    told = heard(db)
    sessions = [(await attempt(db, PASSWORD, at)).token for at in (5.0, 6.0)]
    for count, token in enumerate(sessions):
        async with db.transaction() as tx:
            await service.sign_out(tx, token, 7.0)
        await db.bus.drain()
        assert len(told) == count
    assert told == [SignedOut("li.na", "8001")]


async def test_session_whose_time_is_over_is_told_when_it_was_the_last_one(db: Database) -> None:
    await give_password(db)
    told = heard(db)
    for at in (5.0, 3600.0):
        await attempt(db, PASSWORD, at)
    for now, over in ((5.0 + SESSION_SECONDS, 0), (3599.0 + SESSION_SECONDS, 0), (3600.0 + SESSION_SECONDS, 1)):
        async with db.transaction() as tx:
            await service.end_expired(tx, now)
        async with db.reading() as session:
            assert not await service.has_expired(session, now)
        await db.bus.drain()
        assert len(told) == over
    assert told == [SignedOut("li.na", "8001", DESK_OVER)]


async def test_another_who_signs_in_does_not_make_an_old_session_go_unheard(db: Database) -> None:
    await give_password(db)
    told = heard(db)
    await attempt(db, PASSWORD, 5.0)
    async with db.transaction() as tx:
        await service.sign_in(tx, "boss", True, 6.0 + SESSION_SECONDS)
    await db.bus.drain()
    assert told == [SignedOut("li.na", "8001", DESK_OVER)]


async def test_who_comes_back_when_his_session_is_over_has_not_left(db: Database) -> None:
    await give_password(db)
    told = heard(db)
    await attempt(db, PASSWORD, 5.0)
    await attempt(db, PASSWORD, 6.0 + SESSION_SECONDS)
    await db.bus.drain()
    assert told == []


async def test_sessions_that_are_ended_are_told_once_and_not_where_one_goes_on(db: Database) -> None:
    await give_password(db)
    told = heard(db)
    kept, _ = [(await attempt(db, PASSWORD, at)).token for at in (5.0, 6.0)]
    for keep in (kept, "", ""):
        async with db.transaction() as tx:
            await service.end_sessions(tx, "li.na", keep)
        await db.bus.drain()
        assert told == ([] if keep else [SignedOut("li.na", "8001", DESK_ENDED)])


async def test_a_session_that_waits_for_its_code_is_nobodys_work(db: Database) -> None:
    told = heard(db)
    async with db.transaction() as tx:
        await service.open_session(tx, "li.na", 5.0, pending=True)
        await service.end_sessions(tx, "li.na")
        await service.open_session(tx, "li.na", 5.0, pending=True)
        await service.end_expired(tx, 5.0 + SESSION_SECONDS)
    await db.bus.drain()
    assert told == []


async def test_new_password_ends_open_sessions(db: Database) -> None:
    await give_password(db)
    await attempt(db, PASSWORD, 5.0)
    await give_password(db)
    async with db.reading() as session:
        assert (await session.scalars(select(SessionRow))).all() == []


@pytest.mark.parametrize("password", ["short", "my li.na password"])
async def test_weak_password_is_refused(db: Database, password: str) -> None:
    with pytest.raises(BadInput):
        async with db.transaction() as tx:
            await service.set_password(tx, "li.na", password)


async def test_token_for_nobody_is_refused_and_a_withdrawn_one_is_gone(db: Database) -> None:
    with pytest.raises(NotFound):
        async with db.transaction() as tx:
            await service.issue_token(tx, "nobody", 0.0)
    async with db.transaction() as tx:
        await service.issue_token(tx, "li.na", 0.0)
        await service.withdraw_tokens(tx, "li.na")
    async with db.reading() as session:
        assert (await session.scalars(select(ApiToken))).all() == []
