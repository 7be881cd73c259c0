"""Scores over HTTP: who may see which."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from accounts.models import ApiToken, Person
from accounts.tokens import fingerprint
from core.bus import Bus
from core.database import Database
from core.errors import NotFound
from qa import service
from qa.endpoints import router
from qa.pack import Ruleset
from tests.qa.calls import BYE, HELLO, call

PEOPLE = (("boss", "supervisor", ""), ("ann", "agent", "8001"), ("bob", "agent", "8002"), ("lost", "agent", ""))


@pytest.fixture
async def db(tmp_path: Path, bank: Ruleset) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    async with made.transaction() as tx:
        for login, role, number in PEOPLE:
            tx.session.add(Person(login=login, name=login, role=role, number=number))
            await tx.session.flush()
            tx.session.add(ApiToken(token_hash=fingerprint(login), login=login, created_at=0.0))
        for order, talker in enumerate(("8001", "8002"), 1):
            talk = call(HELLO, {"agent": "这个不归我管"}, BYE, id=f"call{order}", agent=talker)
            await service.score_and_store(tx, talk, bank, float(order), recording=f"r{order}")
    yield made
    await made.close()


@asynccontextmanager
async def _as(db: Database, login: str) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.db, app.state.clock = db, lambda: 5.0
    app.include_router(router(db))

    async def hide(_request: Request, _fault: Exception) -> JSONResponse:
        return JSONResponse({}, 404)

    app.add_exception_handler(NotFound, hide)
    headers = {"Authorization": f"Bearer {login}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qa", headers=headers) as client:
        yield client


async def test_a_supervisor_sees_every_score_with_reasons_in_the_language_asked_for(db: Database) -> None:
    async with _as(db, "boss") as asking:
        found = (await asking.get("/api/calls/call1/score", params={"lang": "en"})).json()
        listed = (await asking.get("/api/scores")).json()
    assert "not mine" in next(one["reason"] for one in found["items"] if one["id"] == "A2")
    assert [one["call"] for one in listed] == ["call2", "call1"]


async def test_an_agent_sees_only_the_own_calls(db: Database) -> None:
    async with _as(db, "ann") as asking:
        assert (await asking.get("/api/calls/call1/score")).status_code == 200
        assert (await asking.get("/api/calls/call2/score")).status_code == 404
        listed = (await asking.get("/api/scores", params={"agent": "8002"})).json()
    assert [one["call"] for one in listed] == ["call1"]


async def test_an_agent_without_a_number_and_a_stranger_see_nothing(db: Database) -> None:
    async with _as(db, "lost") as asking:
        assert (await asking.get("/api/scores")).json() == []
    async with _as(db, "nobody") as asking:
        assert (await asking.get("/api/calls/call1/score")).status_code == 401


async def test_the_list_goes_on_from_the_last_one_seen(db: Database) -> None:
    async with _as(db, "boss") as asking:
        listed = (await asking.get("/api/scores", params={"before": 2.0, "limit": 1})).json()
    assert [one["call"] for one in listed] == ["call1"]
