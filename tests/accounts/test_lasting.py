"""A session lasts while somebody works with it, but not for ever."""

from collections.abc import Iterable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from accounts import service
from accounts.access import COOKIE
from accounts.lasting import prolonged
from core.database import Database

HOUR = 3600.0
START = 1000 * HOUR


async def answers(db: Database, app: FastAPI, web: httpx.AsyncClient, hours: Iterable[float]) -> list[int]:
    """What li.na, who signs in at the start, is answered that many hours later."""
    async with db.transaction() as tx:
        token = (await service.sign_in(tx, "li.na", True, START)).token
    told = []
    for hour in hours:
        app.state.clock = lambda now=START + hour * HOUR: now
        told.append((await web.get("/api/me", headers={"cookie": f"{COOKIE}={token}"})).status_code)
    return told


@pytest.mark.parametrize(("ends", "now", "later"), [(12, 6, 12), (12, 7, 19), (19, 14, 24), (24, 23, 24), (30, 25, 30)])
def test_an_end_is_put_off_when_half_is_over_and_never_beyond_a_day(ends: int, now: int, later: int) -> None:
    assert prolonged(START, START + ends * HOUR, START + now * HOUR) == START + later * HOUR


async def test_agent_who_works_on_stays_signed_in_until_a_day_after_the_sign_in(
    db: Database, app: FastAPI, web: httpx.AsyncClient
) -> None:
    assert await answers(db, app, web, (7, 14, 20, 23.9, 24.1)) == [200, 200, 200, 200, 401]


async def test_agent_who_went_home_is_signed_out_after_twelve_hours(
    db: Database, app: FastAPI, web: httpx.AsyncClient
) -> None:
    assert await answers(db, app, web, (1, 11.9)) == [200, 200]
    assert await answers(db, app, web, (1, 12.1)) == [200, 401]


async def test_a_whole_day_of_requests_stores_two_ends(db: Database, app: FastAPI, web: httpx.AsyncClient) -> None:
    stored: list[str] = []

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        stored.extend([statement] if statement.startswith("UPDATE sessions") else [])

    assert set(await answers(db, app, web, [quarter / 4 for quarter in range(95)])) == {200}
    assert len(stored) == 2


async def test_agent_works_on_while_the_database_stores_nothing(
    db: Database, app: FastAPI, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []

    def full() -> None:
        tried.append(True)
        raise OSError("no room")

    async with db.transaction() as tx:
        token = (await service.sign_in(tx, "li.na", True, START)).token
    app.state.clock = lambda: START + 7 * HOUR
    monkeypatch.setattr(db, "transaction", full)
    asked = {"cookie": f"{COOKIE}={token}"}
    assert [(await web.get("/api/me", headers=asked)).status_code, tried] == [200, [True]]
