"""Signing in with a code after the password: enrolled by oneself, dropped by an administrator, required by role."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from accounts import repository, second_factor, service, totp
from accounts.access import COOKIE
from accounts.models import SessionRow
from accounts.service import SignIn
from core.clock import system_clock
from core.database import Database
from core.errors import Refused
from tests.accounts.test_access import token_of

KEY = totp.key_of(b"12345678901234567890")
NOW = 1_000_000_000.0


def _code(now: float) -> str:
    return totp.code(KEY, int(now) // totp.STEP)


@pytest.fixture
async def recovery(db: Database) -> list[str]:
    """sun.li has a second factor; her recovery codes."""
    async with db.transaction() as tx:
        return await second_factor.enrol(tx, "sun.li", KEY, _code(NOW), NOW)


async def _password(db: Database, now: float) -> SignIn:
    async with db.transaction() as tx:
        return await service.sign_in(tx, "sun.li", True, now)


async def _give(db: Database, token: str, code: str, now: float) -> SignIn:
    async with db.transaction() as tx:
        return await second_factor.enter(tx, token, code, now)


async def test_the_password_alone_opens_nothing_and_the_code_does(
    db: Database, web: httpx.AsyncClient, recovery: list[str]
) -> None:
    now = system_clock()
    first = await _password(db, now)
    assert (first.pending, len(recovery)) == (True, 8)
    assert (await web.get("/api/me", headers={"cookie": f"{COOKIE}={first.token}"})).status_code == 401
    second = await _give(db, first.token, _code(now), now)
    assert (await web.get("/api/me", headers={"cookie": f"{COOKIE}={first.token}"})).status_code == 401
    assert (await web.get("/api/me", headers={"cookie": f"{COOKIE}={second.token}"})).json()["login"] == "sun.li"


async def test_a_code_is_good_once_and_a_recovery_code_too(db: Database, recovery: list[str]) -> None:
    later = NOW + 300
    assert (await _give(db, (await _password(db, later)).token, _code(later), later)).token
    assert (await _give(db, (await _password(db, later)).token, _code(later), later)).refusal == "code_wrong"
    assert (await _give(db, (await _password(db, later)).token, recovery[0].upper(), later)).token
    assert (await _give(db, (await _password(db, later)).token, recovery[0], later)).refusal == "code_wrong"
    async with db.reading() as session:
        deeds = [(each.what, each.reason) for each in await repository.trail(session, "person:sun.li")]
    assert ("recovery_code_used", "7 left") in deeds


async def test_guessing_codes_locks_even_with_the_right_password_in_between(db: Database, recovery: list[str]) -> None:
    refusals = []
    for n in range(5):
        refusals.append((await _give(db, (await _password(db, NOW + n)).token, "000000", NOW + n)).refusal)
    assert refusals == ["code_wrong"] * 4 + ["locked"]
    assert await _password(db, NOW + 10) == SignIn("", "locked")
    assert len(recovery) == 8


async def test_the_code_has_to_come_in_time_and_for_a_session_that_waits(db: Database, recovery: list[str]) -> None:
    first = await _password(db, NOW)
    late = NOW + service.PENDING_SECONDS + 1
    assert (await _give(db, first.token, _code(late), late)).refusal == "code_late"
    assert (await _give(db, "", _code(late), late)).refusal == "code_late"
    async with db.transaction() as tx:
        await service.sign_out(tx, first.token, late)
        assert (await tx.session.scalars(select(SessionRow))).all() == []
    assert recovery


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [(KEY, "000000", "code_wrong"), ("", "000000", "second_key"), ("ä" * 32, "1", "second_key")],
)
async def test_a_second_factor_is_set_up_with_a_right_code_only(db: Database, key: str, code: str, reason: str) -> None:
    with pytest.raises(Refused) as fault:
        async with db.transaction() as tx:
            await second_factor.enrol(tx, "sun.li", key, code, NOW)
    assert fault.value.reason == reason


async def test_only_an_administrator_drops_it_and_a_role_that_needs_one_sets_it_up_first(
    db: Database, web: httpx.AsyncClient, app: FastAPI, recovery: list[str]
) -> None:
    mine, boss = await token_of(db, "sun.li"), await token_of(db, "boss")
    offered = (await web.get("/api/me/second-factor", headers=mine)).json()
    again = {"key": offered["key"], "code": "000000"}
    assert "second_set" in (await web.put("/api/me/second-factor", json=again, headers=mine)).text
    assert (await web.delete("/api/people/sun.li/second-factor", headers=mine)).status_code == 403
    assert (await web.delete("/api/people/sun.li/second-factor", headers=boss)).status_code == 204
    app.state.second_factor = lambda: {"supervisor"}
    entered = await _password(db, system_clock())
    cookie = {"cookie": f"{COOKIE}={entered.token}"}
    led = await web.get("/floor", headers=cookie)
    assert (entered.pending, led.headers["location"]) == (False, "/second-factor?next=%2Ffloor")
    assert (await web.get("/floor", headers=mine)).status_code == 200
    now = system_clock()
    wanted = {"key": KEY, "code": _code(now)}
    done = await web.put("/api/me/second-factor", json=wanted, headers=cookie | {"origin": "http://desk.test"})
    assert len(done.json()["recovery"]) == 8
    assert (await web.get("/floor", headers=cookie)).status_code == 200
    assert recovery
