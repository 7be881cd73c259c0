"""A database with three people, and a small application whose routes name their roles."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from accounts import service
from accounts.access import CurrentUser, Role, allow, anyone
from accounts.endpoints import router
from accounts.guard import Guard
from accounts.people import PersonEntry
from accounts.phone_endpoints import PhoneServer
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError, NotFound, Refused

PEOPLE = (
    PersonEntry(login="li.na", name="李娜", role=Role.AGENT, number="8001", skills={"zh": 9}),
    PersonEntry(login="sun.li", name="孙丽", role=Role.SUPERVISOR),
    PersonEntry(login="boss", name="管理员", role=Role.ADMIN),
)


async def told(_request: Request, fault: Exception) -> JSONResponse:
    """As the pages' application answers, for the faults of these tests."""
    code = {NotFound: 404, Refused: 409}.get(type(fault), 400)
    return JSONResponse({"detail": str(fault), "reason": getattr(fault, "reason", "")}, code)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/people.db", Bus())
    await database.create_all()
    async with database.transaction() as tx:
        await service.seed_people(tx, PEOPLE)
    yield database
    await database.close()


@pytest.fixture
def app(db: Database) -> FastAPI:
    app = FastAPI()
    app.state.db = db
    app.add_middleware(Guard)
    app.include_router(router(PhoneServer("127.0.0.1", 5060)))
    app.add_exception_handler(HotlineError, told)

    @app.get("/floor", dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def floor(user: CurrentUser) -> str:
        return user.login

    @app.post("/floor", dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def change() -> str:
        return "changed"

    @app.get("/open", dependencies=[Depends(anyone())])
    async def open_to_all() -> str:
        return "hello"

    return app


@pytest.fixture
async def web(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield client
