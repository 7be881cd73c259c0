"""For which calls whose program opens tickets, in the complete application."""

from pathlib import Path

import httpx
from sqlalchemy import select

from accounts import service
from accounts.models import Person
from acd.models import Call, Offer
from app import parts
from app.web import compose
from core.clock import system_clock
from core.database import Database, Transaction
from tests.agentdesk.cast import TALK, seed
from tests.app.test_rights import ground

OF_SOMEBODY_ELSE = "call000000000000000002"


async def opened(db: Database, web: httpx.AsyncClient, login: str, call: str) -> int:
    async with db.transaction() as tx:
        by = {"authorization": f"Bearer {await service.issue_token(tx, login, 0.0)}"}
    new = {"category": "enquiry", "summary": "x"}
    return (await web.post(f"/api/calls/{call}/ticket", json=new, headers=by)).status_code


async def told(tx: Transaction, login: str) -> dict[str, str]:
    return {"authorization": f"Bearer {await service.issue_token(tx, login, 0.0)}"}


async def test_agent_reads_and_moves_his_own_tickets_a_supervisor_all_and_quality_reads_them(tmp_path: Path) -> None:
    standing = ground(tmp_path)
    db = standing.db
    await db.create_all()
    await seed(db, tmp_path, system_clock())
    async with db.transaction() as tx:
        number = (await tx.session.get_one(Person, "li.na")).number
        other = await tx.session.scalar(select(Person.login).where(Person.number == "8003"))
        li, sun, zhou, wu = [await told(tx, each) for each in ("li.na", "sun.li", "zhou.yan", str(other))]
    assert number == "8001"
    transport = httpx.ASGITransport(app=compose(standing, parts.build(standing)))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as web:
        new = {"category": "complaint", "summary": "call 13812345678 back"}
        ticket = (await web.post(f"/api/calls/{TALK}/ticket", json=new, headers=li)).json()
        address = f"/api/tickets/{ticket['id']}"

        async def step(by: dict[str, str], state: str) -> tuple[int, str]:
            answer = await web.post(f"{address}/steps", json={"state": state, "note": "n"}, headers=by)
            return answer.status_code, answer.json().get("reason", "")

        assert await step(li, "closed") == (409, "ticket_step")
        assert (await step(wu, "classified"))[0] == 404
        assert (await step(zhou, "classified"))[0] == 403
        assert (await step(li, "classified"))[0] == 200
        assert (await step(sun, "resolved"))[0] == 200
        lists = [len((await web.get("/api/tickets", headers=each)).json()) for each in (li, sun, zhou, wu)]
        assert lists == [1, 1, 1, 0]
        assert (await web.get(address, headers=wu)).status_code == 404
        story = (await web.get(address, headers=zhou)).json()
        assert [(each["state"], each["who"], each["note"]) for each in story["steps"]] == [
            ("accepted", "li.na", ""), ("classified", "li.na", "n"), ("resolved", "sun.li", "n"),
        ]  # fmt: skip
        assert (story["next"], story["summary"], story["customer"]) == ([], "call 138****5678 back", "138****5678")
        assert (await web.get(address, headers=li)).json()["next"] == ["investigating", "informed"]
        async with db.transaction() as tx:
            latest = select(Offer.call).where(Offer.agent == "8003").order_by(Offer.offered_at.desc()).limit(1)
            call = await tx.session.get_one(Call, await tx.session.scalar(latest))
            call.customer = "13812345678"
        assert len((await web.get("/api/tickets", headers=wu)).json()) == 1, "the customer is in front of him"
        assert await step(wu, "informed") == (409, "ticket_not_yours")
    await db.close()


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
