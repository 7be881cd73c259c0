"""Calls out over HTTP: who may dial, and what he is told when he may not."""

import asyncio
from pathlib import Path

from acd.outward import callback_endpoints, dialling
from core.settings import ROOT
from tests.acd.centre import QUEUES, centre
from tests.acd.test_control import audited
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, call_backs, on_the_list, promised
from tests.virtual_time import virtual_time


@virtual_time
async def test_an_agent_dials_a_number_or_the_customer_of_a_call_and_stops_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        earlier, leg = await running.caller(caller=CUSTOMER)
        running.pbx.hang_up(leg)
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
            made = await asking.post("/api/me/dial", json={"call": earlier})
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
        routes = callback_endpoints.router(callbacks, QUEUES, dialling.load(ROOT / "config"))
        async with client(running, "sun.li", "supervisor", more=[routes]) as asking:
            for status in (204, 409):
                assert (await asking.post(f"/api/callbacks/{callback}/drop")).status_code == status
        assert (await on_the_list(running, callback)).state == "given_up"
        assert await audited(running) == [("sun.li", "callback_dropped", f"callback:{callback}", "")]
