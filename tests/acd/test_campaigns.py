"""Campaigns over HTTP: a list comes in, agents see who is next, call him and say how it went."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from sqlalchemy import select

from acd.models import Prospect
from acd.outward import campaign_endpoints, dialling
from acd.outward.campaigns import Campaigns, Wanted
from acd.outward.import_list import Row
from core.errors import NotFound
from core.settings import ROOT
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, reason_of
from tests.virtual_time import now, virtual_time

RULES = dialling.load(ROOT / "config")
LIST = f"""number,name,product
{CUSTOMER},张三,信用卡
+86 139 0000 0077,张三,信用卡
abc,李四,
13900000078,王五,贷款
13900000079,赵六,贷款
"""


def routes(running: Centre) -> APIRouter:
    return campaign_endpoints.router(Campaigns(running.db, now, running.dispatcher.outbound, RULES), QUEUES, RULES)


@virtual_time
async def test_people_on_a_list_are_shown_called_and_settled_and_the_barred_left_alone(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        async with client(running, "sun.li", "supervisor", more=[routes(running)]) as asking:
            await asking.post("/api/do-not-call", json={"number": "13900000079", "reason": "asked for it"})
            made = (await asking.post("/api/campaigns", json={"name": "autumn", "queue": "cards"})).json()
            at = f"/api/campaigns/{made['id']}"
            csv = {"Content-Type": "text/csv"}
            told = (await asking.post(f"{at}/list", content=LIST.encode(), headers=csv)).json()
            assert (told["added"], told["skipped"], [line for line, _ in told["faults"]]) == (2, 1, [3, 4])
            assert (await asking.post(f"{at}/list", content=LIST.encode(), headers=csv)).json()["added"] == 0
            assert (await asking.post(f"{at}/next")).status_code == 403
        running.pbx.phone(OUTSIDE, hangs_up_after=3)
        async with client(running, "li.na", "agent", "8001", more=[routes(running)]) as asking:
            shown = (await asking.post(f"{at}/next")).json()
            assert (shown["number"], shown["name"], shown["facts"]) == (CUSTOMER, "张三", {"product": "信用卡"})
            assert (await asking.post(f"{at}/next")).json()["id"] == shown["id"]
            early = await asking.post(f"/api/prospects/{shown['id']}/dial")
            assert early.json()["detail"]["reason"] == "not_free"
            await running.sign_in("8001")
            call = (await asking.post(f"/api/prospects/{shown['id']}/dial")).json()["call"]
            await asyncio.sleep(10)
            row = await running.call(call)
            assert (row.outcome, row.purpose, row.queue) == ("answered", "campaign", "cards")
            wrong = await asking.post(f"/api/prospects/{shown['id']}/result", json={"result": "sold"})
            assert wrong.json()["detail"]["reason"] == "unknown_result"
            later = await asking.post(f"/api/prospects/{shown['id']}/result", json={"result": "call_again"})
            assert (later.json()["state"], later.json()["tries"]) == ("open", 1)
            second = (await asking.post(f"{at}/next")).json()
            assert second["name"] == "王五"
            await asking.post(f"/api/prospects/{second['id']}/result", json={"result": "do_not_call"})
            assert (await asking.post(f"{at}/next")).status_code == 404
            (counted,) = (await asking.get("/api/campaigns")).json()
            assert counted["counts"] == {"open": 1, "do_not_call": 1}
            await asyncio.sleep(86400)
            assert (await asking.post(f"{at}/next")).json()["id"] == shown["id"]


@virtual_time
async def test_one_person_is_shown_to_one_agent_and_nobody_by_a_closed_campaign(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        async with client(running, "sun.li", "supervisor", more=[routes(running)]) as asking:
            at = f"/api/campaigns/{(await asking.post('/api/campaigns', json={'name': 'one'})).json()['id']}"
            await asking.post(
                f"{at}/list", content=f"number\n{CUSTOMER}\n".encode(), headers={"Content-Type": "text/csv"}
            )
        async with client(running, "li.na", "agent", "8001", more=[routes(running)]) as asking:
            shown = (await asking.post(f"{at}/next")).json()
        async with client(running, "wang.wei", "agent", "8002", more=[routes(running)]) as asking:
            assert (await asking.post(f"{at}/next")).status_code == 404
            stolen = await asking.post(f"/api/prospects/{shown['id']}/dial")
            assert (stolen.status_code, stolen.json()["detail"]["reason"]) == (409, "not_yours")
        async with client(running, "zhou", "supervisor", more=[routes(running)]) as asking:
            assert (await asking.put(at, json={"open": False})).status_code == 204
        async with client(running, "chen", "agent", "8004", more=[routes(running)]) as asking:
            assert (await asking.post(f"{at}/next")).json()["detail"]["reason"] == "closed"


@virtual_time
async def test_an_ended_campaign_takes_back_whom_nobody_has_called_yet(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, RULES)
        made = await campaigns.create(Wanted("one", "", []), "sun.li")
        async with running.db.transaction() as tx:
            for at, call in enumerate(("", "called")):
                tx.session.add(Prospect(id=f"p{at}", campaign=made, number=f"1390000000{at}", state="shown",
                                        agent="8001", call=call, next_at=0))  # fmt: skip
        await campaigns.end(made, "sun.li")
        async with running.db.reading() as session:
            rows = await session.scalars(select(Prospect).order_by(Prospect.id))
            assert [(row.state, row.agent) for row in rows] == [("open", ""), ("shown", "8001")]


@virtual_time
async def test_who_was_shown_a_person_calls_him_only_as_long_as_the_campaign_is_open_and_his(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002")
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, RULES)
        made = await campaigns.create(Wanted("one", "", []), "sun.li")
        await campaigns.add(made, [Row(CUSTOMER, "", {})], "sun.li")
        shown = (await campaigns.show_next(made, "8001")).id
        await campaigns.set_open(made, False, "sun.li")
        assert await reason_of(campaigns.call(shown, "8001", "li.na")) == "closed"
        await campaigns.set_open(made, True, "sun.li")
        await campaigns.change(made, Wanted("one", "", ["8002"]), "sun.li")
        assert await reason_of(campaigns.call(shown, "8001", "li.na")) == "not_yours"
        assert (await campaigns.show_next(made, "8002")).id == shown
        call = await campaigns.call(shown, "8002", "wang.wei")
        await asyncio.sleep(60)
        await campaigns.change(made, Wanted("one", "", ["8001"]), "sun.li")
        assert await reason_of(campaigns.call(shown, "8002", "wang.wei")) == "not_assigned"
        settled = await campaigns.settle(shown, "8002", "no_answer", "wang.wei")
        assert (settled.call, settled.result) == (call, "no_answer")


@virtual_time
async def test_whom_an_agent_may_not_call_he_is_not_shown_and_another_who_may_is(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        rules = RULES.model_copy(update={"agents": {"default": "domestic", "8002": "international"}})
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, rules)
        made = await campaigns.create(Wanted("one", "", []), "sun.li")
        numbers = ("16200000077", "+85223456789", CUSTOMER)  # blocked, abroad, and one that anybody may call
        await campaigns.add(made, [Row(number, "", {}) for number in numbers], "sun.li")
        assert (await campaigns.show_next(made, "8001")).number == CUSTOMER
        assert (await campaigns.show_next(made, "8002")).number == "+85223456789"
        with pytest.raises(NotFound):
            await campaigns.show_next(made, "8003")


@virtual_time
async def test_agents_who_ask_at_the_same_moment_are_shown_different_people(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, RULES)
        made = await campaigns.create(Wanted("one", "", []), "sun.li")
        await campaigns.add(made, [Row(f"1390000007{n}", "", {}) for n in range(4)], "sun.li")
        shown = await asyncio.gather(*(campaigns.show_next(made, f"800{n // 2}") for n in range(8)))
        assert [shown[n].id == shown[n + 1].id for n in (0, 2, 4, 6)] == [True] * 4
        assert len({each.id for each in shown}) == 4


@virtual_time
async def test_who_is_being_called_is_given_to_no_other_agent_even_before_a_telephone_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, RULES)
        made = await campaigns.create(Wanted("one", "", ["8001"]), "sun.li")
        await campaigns.add(made, [Row(CUSTOMER, "", {})], "sun.li")
        shown = (await campaigns.show_next(made, "8001")).id
        dial = running.dispatcher.outbound.dial

        async def given_away_meanwhile(*whom: Any, **how: Any) -> str:
            await campaigns.change(made, Wanted("one", "", ["8002"]), "sun.li")
            with pytest.raises(NotFound):
                await campaigns.show_next(made, "8002")
            return await dial(*whom, **how)

        monkeypatch.setattr(running.dispatcher.outbound, "dial", given_away_meanwhile)
        assert await reason_of(campaigns.call(shown, "8001", "li.na")) == "not_free"
        await campaigns.change(made, Wanted("one", "", ["8001"]), "sun.li")
        again = await campaigns.show_next(made, "8001")
        assert (again.id, again.call, again.tries) == (shown, "", 0)
        await running.sign_in("8001")
        call = await campaigns.call(shown, "8001", "li.na")
        assert (await running.call(call)).purpose == "campaign"
        settled = await campaigns.settle(shown, "8001", "no_answer", "li.na")
        assert (settled.call, settled.tries) == (call, 1)
