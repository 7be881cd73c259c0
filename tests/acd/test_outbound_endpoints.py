"""Calls out over HTTP: who may dial, and what he is told when he may not."""

import asyncio
from pathlib import Path

import pytest

from accounts.access import Role, User
from accounts.models import Person
from acd.rota import handovers
from tests.acd.centre import centre
from tests.acd.test_control import audited, talking
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_back_routes, call_backs, on_the_list, promised
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_an_agent_dials_a_number_and_stops_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.pbx.phone(OUTSIDE, answers_after=20)
        async with client(running, "sun.li", "supervisor") as asking:
            assert (await asking.post("/api/me/dial", json={"number": CUSTOMER})).status_code == 403
        async with client(running, "li.na", "agent", "8001") as asking:
            early = await asking.post("/api/me/dial", json={"number": CUSTOMER})
            assert (early.status_code, early.json()["detail"]["reason"]) == (409, "not_free")
            await running.sign_in("8001")
            for wrong, status in (({}, 422), ({"number": "139"}, 409), ({"number": CUSTOMER, "queue": "no"}, 409)):
                assert (await asking.post("/api/me/dial", json=wrong)).status_code == status
            assert (await asking.get("/api/me/dial")).status_code == 404
            made = await asking.post("/api/me/dial", json={"number": CUSTOMER})
            assert (made.status_code, made.json()["number"], made.json()["answered"]) == (202, CUSTOMER, False)
            await asyncio.sleep(2)
            assert (await asking.get("/api/me/dial")).json()["answered"]
            assert (await asking.delete("/api/me/dial")).status_code == 204
            assert (await asking.delete("/api/me/dial")).status_code == 404
            await asyncio.sleep(1)
            assert running.pbx.live == {}
            assert (await running.call(made.json()["call"])).outcome == "not_reached"


@virtual_time
async def test_who_took_a_call_back_off_the_list_is_in_the_audit_trail(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        callbacks = call_backs(running)
        callback = await promised(running, callbacks)
        routes = call_back_routes(callbacks)
        async with client(running, "sun.li", "supervisor", more=[routes]) as asking:
            for status in (204, 409):
                assert (await asking.post(f"/api/callbacks/{callback}/drop")).status_code == status
        assert (await on_the_list(running, callback)).state == "given_up"
        assert await audited(running) == [("sun.li", "callback_dropped", f"callback:{callback}", "")]


@pytest.mark.parametrize("wrong", [1e300, "ms", -1, 0, 1, "over", "far"])
@virtual_time
async def test_a_call_back_is_promised_for_a_time_that_is_to_come_and_has_a_day(tmp_path: Path, wrong: object) -> None:
    async with centre(tmp_path) as running:
        callbacks = call_backs(running)
        routes = call_back_routes(callbacks)
        at = {"ms": now() * 1000, "over": now() - 120, "far": now() + 401 * 86400}.get(str(wrong), wrong)
        async with client(running, "li.na", "agent", "8001", more=[routes]) as asking:
            refused = await asking.post("/api/callbacks", json={"number": CUSTOMER, "promised_at": at})
            assert (refused.status_code, (await asking.get("/api/callbacks")).json()) == (422, [])
            kept = await asking.post("/api/callbacks", json={"number": CUSTOMER, "promised_at": now() - 30})
            assert kept.status_code == 201, "a form is filled in for a while"


@virtual_time
async def test_a_call_back_is_promised_in_a_language_of_the_site(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        callbacks = call_backs(running)
        routes = call_back_routes(callbacks, "en", "zh")
        async with client(running, "li.na", "agent", "8001", more=[routes]) as asking:
            refused = await asking.post("/api/callbacks", json={"number": CUSTOMER, "language": "xx"})
            assert refused.status_code == 422
            for given, stored in (({}, "en"), ({"language": "zh"}, "zh")):
                made = await asking.post("/api/callbacks", json={"number": CUSTOMER, **given})
                assert made.json()["language"] == stored


@virtual_time
async def test_call_backs_that_an_agent_has_promised_go_to_the_colleague_at_the_end_of_his_shift(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path) as running:
        callbacks = call_backs(running)
        routes = call_back_routes(callbacks)
        promised = {}
        for login, role, number in (("li.na", "agent", "8001"), ("sun.li", "supervisor", "9001")):
            async with client(running, login, role, number, more=[routes]) as asking:
                promised[login] = (await asking.post("/api/callbacks", json={"number": CUSTOMER})).json()
        assert [each["agent"] for each in promised.values()] == ["8001", ""]
        giver, taker = (User(login, login, Role.AGENT, number, "zh")
                        for login, number in (("li.na", "8001"), ("wang.wei", "8002")))  # fmt: skip
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="wang.wei", name="wang.wei", role="agent", number="8002"))
            made = await handovers.give(tx, giver, "8002", "", now())
            assert made.callbacks == [promised["li.na"]["id"]]
            await handovers.confirm(tx, taker, made.id, now())
            assert [each.id for each in (await handovers.open_items(tx.session, taker)).callbacks] == made.callbacks


@virtual_time
async def test_an_agent_dials_the_customer_of_a_call_only_if_he_may_see_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        running.pbx.phone(OUTSIDE, answers_after=20)
        await running.sign_in("8002")
        async with client(running, "wang.wu", "agent", "8002") as asking:
            unseen = await asking.get(f"/api/calls/{call}")
            refused = await asking.post("/api/me/dial", json={"call": call})
            assert (refused.status_code, refused.json()) == (404, unseen.json())
            assert running.pbx.live == {}
        async with client(running, "li.na", "agent", "8001") as asking:
            assert (await asking.post("/api/me/dial", json={"call": call})).status_code == 202
