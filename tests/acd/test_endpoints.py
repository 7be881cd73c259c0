"""Queues, agents and calls over HTTP, after a small day on the fake switch."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from accounts.models import ApiToken, Person
from accounts.tokens import fingerprint
from acd.call import CallState
from acd.endpoints import day_start, router
from acd.repository import queue_figures
from tests.acd.centre import QUEUES, Centre, centre
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")


@asynccontextmanager
async def client(
    running: Centre, login: str, role: str, number: str = "", more: Sequence[APIRouter] = ()
) -> AsyncIterator[httpx.AsyncClient]:
    async with running.db.transaction() as tx:
        tx.session.add(Person(login=login, name=login, role=role, number=number))
        await tx.session.flush()
        tx.session.add(ApiToken(token_hash=fingerprint(login), login=login, created_at=now()))
    app = FastAPI()
    app.state.db, app.state.clock = running.db, now
    app.include_router(router(running.dispatcher, QUEUES, running.team, ZONE))
    for each in more:
        app.include_router(each)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {login}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://centre", headers=headers) as asking:
        yield asking


@virtual_time
async def test_queue_figures_count_what_happened_today(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        for wait in (3.0, 8.0, 30.0):
            _, leg = await running.caller("cards")
            await asyncio.sleep(wait)
            running.pbx.hang_up(leg)
            await asyncio.sleep(0.1)
        late, late_leg = await running.caller("cards")
        await asyncio.sleep(25)
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(2)
        running.pbx.hang_up(late_leg)
        await asyncio.sleep(11)
        await running.caller("cards")
        await asyncio.sleep(2)
        await running.caller("cards")
        await asyncio.sleep(5)
        async with client(running, "boss", "supervisor") as asking:
            found = {each["queue"]: each for each in (await asking.get("/api/queues")).json()}
            cards = found["cards"]
            counts = ("offered", "answered", "abandoned", "short_abandoned", "answered_in_time", "waiting")
            assert [cards[each] for each in counts] == [6, 2, 3, 1, 1, 1]
            assert cards["service_level"] == 1 / 5
            assert 4 < cards["longest_wait"] < 6
            assert found["loans"]["service_level"] is None
            story = (await asking.get(f"/api/calls/{late}")).json()
            assert story["call"]["outcome"] == "answered"
            assert story["events"][2]["kind"] == "offered"
            assert story["events"][2]["data"]["policy"] == "balanced"
            page = (await asking.get("/api/calls", params={"queue": "cards", "size": 2})).json()
            assert (page["total"], len(page["calls"])) == (6, 2)
            assert page["calls"][0]["arrived_at"] > page["calls"][1]["arrived_at"]
            assert (await asking.get("/api/calls", params={"outcome": "abandoned"})).json()["total"] == 3
            assert (await asking.get("/api/calls", params={"state": "ended"})).status_code == 200
            for wrong in ({"state": "nope"}, {"since": "NaN"}, {"until": "Infinity"}, {"page": "9" * 23}):
                assert (await asking.get("/api/calls", params=wrong)).status_code == 422


@virtual_time
async def test_agent_changes_his_own_state_only_and_is_told_why_not(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        running.pbx.phone("phone-8001")
        await asyncio.sleep(0.1)
        async with client(running, "li.na", "agent", "8001") as asking:
            refused = await asking.put("/api/agents/8001/state", json={"state": "meal"})
            assert (refused.status_code, refused.json()["detail"]["reason"]) == (409, "signed_out")
            ready = await asking.put("/api/agents/8001/state", json={"state": "ready"})
            assert (ready.status_code, ready.json()["state"]) == (200, "ready")
            other = await asking.put("/api/agents/8002/state", json={"state": "ready"})
            assert other.status_code == 403
            assert (await asking.put("/api/agents/8001/state", json={"state": "asleep"})).status_code == 422
            states = {each["number"]: each["state"] for each in (await asking.get("/api/agents")).json()}
            assert states == {"8001": "ready", "8002": "signed-out"}
            assert (await asking.get("/api/calls")).status_code == 403


@virtual_time
async def test_numbers_are_whole_for_those_who_call_back_and_masked_for_others(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        call, _ = await running.caller(caller="13812345678")
        for login, role, shown in (("sun", "supervisor", "13812345678"), ("zhou", "quality", "138****5678")):
            async with client(running, login, role) as asking:
                listed = (await asking.get("/api/calls")).json()["calls"][0]["caller"]
                story = (await asking.get(f"/api/calls/{call}")).json()["call"]["caller"]
            assert (listed, story) == (shown, shown)


def test_today_begins_at_midnight_of_the_site() -> None:
    assert day_start(1_772_414_100.0, ZONE) == 1_772_380_800.0


@virtual_time
async def test_transferred_call_counts_in_both_queues_and_who_waits_since_yesterday_is_not_offered_today(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.caller("loans")
        await asyncio.sleep(1)
        midnight = now()
        await asyncio.sleep(1)
        await running.sign_in("8001", answers_after=1.0)
        call, leg = await running.caller("cards", priority=5)
        await asyncio.sleep(30)
        assert (await running.call(call)).state != "menu"
        async with running.db.reading() as session:
            before = {each.queue: each for each in await queue_figures(session, QUEUES.queues, midnight, now())}
        assert (before["loans"].offered, before["loans"].waiting) == (0, 0)
        talking = next(each for each in running.live if each.state is CallState.TALKING)
        if talking.id != call:
            running.pbx.hang_up(talking.leg)
            await asyncio.sleep(15)
        await running.dispatcher.control.transfer(call, "test", queue="complaints")
        await asyncio.sleep(2)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        async with running.db.reading() as session:
            found = {each.queue: each for each in await queue_figures(session, QUEUES.queues, midnight, now())}
        counts = {name: (each.offered, each.answered, each.abandoned) for name, each in found.items()}
        assert counts["cards"] == (1, 1, 0)
        assert counts["complaints"] == (1, 0, 1)
        assert counts["loans"] == (0, 0, 0)


@virtual_time
async def test_figures_of_a_day_come_with_their_definitions_and_not_to_agents(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        _, leg = await running.caller("cards")
        await asyncio.sleep(9)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        day = datetime.fromtimestamp(now(), ZONE).date().isoformat()
        async with client(running, "boss", "supervisor") as asking:
            found = (await asking.get(f"/api/figures?day={day}")).json()
            wrong = [
                (await asking.get(f"/api/figures?day={none}")).status_code for none in ("9999-12-31", "0001-01-01")
            ]
        assert wrong == [422, 422]
        assert found["rows"]["cards"]["abandoned"] == 1
        assert found["rows"]["cards"]["longest_wait"] == pytest.approx(9, abs=0.5)
        assert set(found["rows"]["cards"]) <= set(found["definitions"])
        async with client(running, "one", "agent", "8001") as asking:
            assert (await asking.get(f"/api/figures?day={day}")).status_code == 403
            refused = await asking.put("/api/agents/8001/wrap-up", json={"seconds": 30})
            assert (refused.status_code, refused.json()["detail"]["reason"]) == (409, "not_in_wrap_up")
