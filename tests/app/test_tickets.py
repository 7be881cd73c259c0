"""For which calls whose program opens tickets, in the complete application."""

from pathlib import Path

import httpx

from accounts import service
from app import parts
from app.web import compose
from core.clock import system_clock
from core.database import Database
from tests.agentdesk.cast import TALK, seed
from tests.app.test_rights import ground

OF_SOMEBODY_ELSE = "call000000000000000002"


async def opened(db: Database, web: httpx.AsyncClient, login: str, call: str) -> int:
    async with db.transaction() as tx:
        by = {"authorization": f"Bearer {await service.issue_token(tx, login, 0.0)}"}
    new = {"category": "enquiry", "summary": "x"}
    return (await web.post(f"/api/calls/{call}/ticket", json=new, headers=by)).status_code


async def test_agent_opens_tickets_for_own_calls_only_and_a_supervisor_for_any(tmp_path: Path) -> None:
    standing = ground(tmp_path)
    db = standing.db
    await db.create_all()
    await seed(db, tmp_path, system_clock())
    transport = httpx.ASGITransport(app=compose(standing, parts.build(standing)))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as web:
        assert await opened(db, web, "li.na", TALK) == 201
        assert await opened(db, web, "li.na", OF_SOMEBODY_ELSE) == 404
        assert await opened(db, web, "sun.li", OF_SOMEBODY_ELSE) == 201
        assert await opened(db, web, "sun.li", "no-call") == 404
    await db.close()
