"""Which telephone is an agent's: hard, or the browser of one session."""

import pytest

from accounts import handsets, personnel, second_factor, service
from accounts.events import PhonesChanged, PhoneTaken
from accounts.lasting import SESSION_SECONDS
from accounts.repository import Phone
from core.database import Database
from core.errors import Refused

NOW = 1000.0


async def sign_in(db: Database) -> str:
    async with db.transaction() as tx:
        return (await service.sign_in(tx, "li.na", True, NOW)).token


async def take(db: Database, token: str, now: float = NOW) -> Phone:
    async with db.transaction() as tx:
        return await handsets.issue(tx, token, "8001", "li.na", now)


async def known(db: Database, now: float = NOW) -> Phone:
    async with db.reading() as session:
        return (await handsets.phones(session, now))[0]


async def test_browser_has_a_secret_of_its_session_and_keeps_it_over_a_reload(db: Database) -> None:
    hard = await known(db)
    token = await sign_in(db)
    first, again = await take(db, token), await take(db, token)
    assert (hard.browser, first.browser) == (False, True)
    assert first.user == hard.user
    assert first.secret == again.secret == (await known(db)).secret != hard.secret


async def test_second_browser_takes_the_telephone_over_and_the_first_secret_is_void(db: Database) -> None:
    first, second = await sign_in(db), await sign_in(db)
    old, new = await take(db, first), await take(db, second)
    assert old.secret != new.secret == (await known(db)).secret
    async with db.reading() as session:
        assert await handsets.lines(session) == {handsets.line_name("8001", second)}


async def test_signing_out_gives_the_hard_telephone_its_secret_back_and_says_so(db: Database) -> None:
    told: list[object] = []

    async def heard(event: PhonesChanged) -> None:
        told.append(event)

    hard, token = await known(db), await sign_in(db)
    await take(db, token)
    db.bus.subscribe("test", PhonesChanged, heard)
    async with db.transaction() as tx:
        await service.sign_out(tx, token, 6.0)
    await db.bus.drain()
    assert await known(db) == hard
    assert told == [PhonesChanged()]


async def test_new_password_takes_the_telephones_of_all_sessions_away(db: Database) -> None:
    await take(db, await sign_in(db))
    async with db.transaction() as tx:
        await service.set_password(tx, "li.na", "quite long enough")
    assert (await known(db)).browser, "a talk may be going on"
    async with db.transaction() as tx:
        await service.end_after_talk(tx, "li.na", NOW)
    assert not (await known(db)).browser


async def test_session_that_is_over_by_time_has_no_telephone(db: Database) -> None:
    token = await sign_in(db)
    await take(db, token)
    late = NOW + SESSION_SECONDS + 1
    assert not (await known(db, late)).browser
    with pytest.raises(Refused, match="session is over"):
        await take(db, token, late)
    with pytest.raises(Refused):
        await take(db, "no such session")


@pytest.mark.parametrize("deed", ["password", "blocked", "second factor", "number", "given back"])
async def test_who_takes_a_browser_from_an_agent_is_told_with_his_number_and_who_signs_out_has_given_it_up(
    db: Database, deed: str
) -> None:
    told: list[PhoneTaken] = []

    async def heard(event: PhoneTaken) -> None:
        told.append(event)

    db.bus.subscribe("test", PhoneTaken, heard)
    own = await sign_in(db)
    await take(db, own)
    async with db.transaction() as tx:
        await service.sign_out(tx, own, 6.0)
    await take(db, await sign_in(db))
    async with db.transaction() as tx:
        match deed:
            case "password":
                await service.store_password(tx, "li.na", "hash", "boss")
            case "blocked":
                await personnel.change(tx, "li.na", {"active": False}, "boss")
            case "second factor":
                await second_factor.drop(tx, "li.na", "boss")
            case "number":
                await personnel.change(tx, "li.na", {"number": "8099"}, "boss")
            case "given back":
                await handsets.withdraw(tx, "8001", "boss")
        await service.end_after_talk(tx, "li.na", NOW)
    await db.bus.drain()
    assert told == [PhoneTaken("8001", "li.na", NOW, given_up=True), PhoneTaken("8001", "boss", NOW)]
