"""Who is behind a request is asked of the database each time, together for all requests of the same moment."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import update

from accounts import service
from accounts.access import COOKIE
from accounts.models import Person
from core.bus import Bus
from core.clock import system_clock
from core.database import Database

Change = Callable[[Database, str], Awaitable[None]]


async def cookie(db: Database, login: str = "li.na") -> str:
    async with db.transaction() as tx:
        return (await service.sign_in(tx, login, True, system_clock())).token


async def sign_out(db: Database, token: str) -> None:
    async with db.transaction() as tx:
        await service.sign_out(tx, token, system_clock())


async def end_sessions(db: Database, _token: str) -> None:
    async with db.transaction() as tx:
        await service.end_sessions(tx, "li.na")


async def deactivate(db: Database, _token: str) -> None:
    async with db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.login == "li.na").values(active=False))


async def expire(db: Database, _token: str) -> None:
    """Whatever another process does, such as the command line, counts as well: it is seen in the database only."""
    other = Database(str(db.engine.url), Bus())
    async with other.transaction() as tx:
        await service.end_sessions(tx, "li.na")
    await other.close()


@pytest.mark.parametrize("change", [sign_out, end_sessions, deactivate, expire])
async def test_the_next_request_after_a_withdrawal_is_refused(
    db: Database, web: httpx.AsyncClient, change: Change
) -> None:
    token = await cookie(db)
    asked = {"cookie": f"{COOKIE}={token}"}
    assert (await web.get("/api/me", headers=asked)).status_code == 200
    await change(db, token)
    assert (await web.get("/api/me", headers=asked)).status_code == 401


async def test_another_role_counts_from_the_next_request_on(db: Database, web: httpx.AsyncClient) -> None:
    asked = {"cookie": f"{COOKIE}={await cookie(db, 'sun.li')}"}
    assert (await web.get("/floor", headers=asked)).status_code == 200
    async with db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.login == "sun.li").values(role="quality"))
    assert (await web.get("/floor", headers=asked)).status_code == 403


async def test_a_withdrawn_token_opens_nothing_any_more(db: Database, web: httpx.AsyncClient) -> None:
    async with db.transaction() as tx:
        asked = {"authorization": f"Bearer {await service.issue_token(tx, 'boss', 1.0)}"}
    assert (await web.get("/api/me", headers=asked)).status_code == 200
    async with db.transaction() as tx:
        await service.withdraw_tokens(tx, "boss")
    assert (await web.get("/api/me", headers=asked)).status_code == 401
