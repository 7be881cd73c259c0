"""Campaigns over HTTP: a list comes in, agents see who is next, call him and say how it went."""

import asyncio
from pathlib import Path

import pytest
from fastapi import APIRouter
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.models import Campaign, Prospect
from acd.outward import campaign_endpoints, dialling
from acd.outward.campaigns import Campaigns, Standing, Wanted, standing
from acd.outward.import_list import Row
from core.errors import NotFound
from core.settings import ROOT
from pbx.commands import Reach
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import data_of
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
        assert await reason_of(campaigns.call(shown, "8001", "li.na")) == "not_assigned"
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


async def shown_to_8001(running: Centre) -> tuple[Campaigns, str, str]:
    """The campaign, which is for all, and the customer."""
    campaigns = Campaigns(running.db, now, running.dispatcher.outbound, RULES)
    made = await campaigns.create(Wanted("one", "", []), "sun.li")
    await campaigns.add(made, [Row(CUSTOMER, "", {})], "sun.li")
    return campaigns, made, (await campaigns.show_next(made, "8001")).id


def was_called(running: Centre) -> bool:
    return any(isinstance(each, Reach) for each in running.pbx.commands)


@pytest.mark.parametrize(
    ("how", "why"),
    [("others have it", "not_assigned"), ("closed", "closed"), ("ended", "closed"), ("barred", "barred")],
)
@virtual_time
async def test_when_a_campaign_is_taken_away_while_the_agents_own_telephone_rings_it_stops_and_nobody_is_called(
    tmp_path: Path, how: str, why: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=9.0)
        campaigns, made, shown = await shown_to_8001(running)
        call = await campaigns.call(shown, "8001", "li.na")
        await asyncio.sleep(3)
        match how:
            case "others have it":
                await campaigns.change(made, Wanted("one", "", ["8002"]), "sun.li")
            case "closed":
                await campaigns.set_open(made, False, "sun.li")
            case "ended":
                await campaigns.end(made, "sun.li")
            case "barred":
                await campaigns.bar(CUSTOMER, "sun.li", "")
        await asyncio.sleep(1)
        assert (await running.agent("8001"), running.pbx.live) == (("ready", ""), {})
        assert await running.offers(call) == [("8001", "cancelled")]
        assert (await data_of(running, call, "offer-ended"))["why"] == why
        await asyncio.sleep(30)
        assert not was_called(running)
        if how == "others have it":
            again = await campaigns.show_next(made, "8002")
            assert (again.id, again.call, again.tries) == (shown, "", 0)


@virtual_time
async def test_agent_who_answers_before_it_is_heard_that_his_campaign_was_closed_calls_nobody(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=9.0)
        campaigns, made, shown = await shown_to_8001(running)
        call = await campaigns.call(shown, "8001", "li.na")
        async with running.db.transaction() as tx:
            (await tx.session.get_one(Campaign, made)).open = False
        await asyncio.sleep(8)
        assert running.pbx.live
        await asyncio.sleep(3)
        assert (was_called(running), running.pbx.live, await running.agent("8001")) == (False, {}, ("ready", ""))
        assert (await data_of(running, call, "offer-ended"))["why"] == "closed"


@virtual_time
async def test_once_his_telephone_rings_a_customer_is_the_agents_to_settle_whatever_becomes_of_the_campaign(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.phone(OUTSIDE, answers_after=9.0)
        campaigns, made, shown = await shown_to_8001(running)
        call = await campaigns.call(shown, "8001", "li.na")
        await asyncio.sleep(5)
        await campaigns.change(made, Wanted("one", "", ["8002"]), "sun.li")
        with pytest.raises(NotFound):
            await campaigns.show_next(made, "8002")
        await asyncio.sleep(9)
        assert (await running.call(call)).state == "talking"
        settled = await campaigns.settle(shown, "8001", "interested", "li.na")
        assert (settled.call, settled.tries) == (call, 1)


@pytest.mark.parametrize("rings", [False, True])
@virtual_time
async def test_customer_whom_an_engine_was_about_to_call_when_it_died_is_free_when_the_campaign_is_given_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, rings: bool
) -> None:
    async def dies(*_: object, **__: object) -> str:
        raise asyncio.CancelledError

    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=9.0)
        campaigns, made, shown = await shown_to_8001(running)
        if rings:
            await campaigns.call(shown, "8001", "li.na")
            await asyncio.sleep(3)
        else:
            monkeypatch.setattr(running.dispatcher.outbound, "dial", dies)
            with pytest.raises(asyncio.CancelledError):
                await campaigns.call(shown, "8001", "li.na")
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        campaigns = Campaigns(again.db, now, again.dispatcher.outbound, RULES)
        await campaigns.change(made, Wanted("one", "", ["8002"]), "sun.li")
        assert (await campaigns.show_next(made, "8002")).id == shown


@pytest.mark.parametrize("how", ["shown", "rang", "talks", "talked"])
@pytest.mark.parametrize("here", [True, False])
@virtual_time
async def test_whom_a_dead_engine_left_before_an_agent_who_is_gone_too_others_are_shown_unless_somebody_talks_with_him(
    tmp_path: Path, how: str, here: bool
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002")
        running.pbx.phone(OUTSIDE, answers_after=99.0 if how == "rang" else 1.0, declines_after=3.0)
        campaigns, made, shown = await shown_to_8001(running)
        if how != "shown":
            call = await campaigns.call(shown, "8001", "li.na")
            await asyncio.sleep(6)
        if how == "talks":
            await running.dispatcher.control.transfer(call, "li.na", agent="8002")
        elif how == "talked":
            running.pbx.hang_up(running.pbx.leg_of(OUTSIDE))
        await asyncio.sleep(30)
        if not here:
            await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        again = await running.restart()
        campaigns = Campaigns(again.db, now, again.dispatcher.outbound, RULES)
        campaigns.listen(again.bus)
        running.pbx.link_up()
        await asyncio.sleep(1)
        if how in ("shown", "rang") and not here:
            assert (await campaigns.show_next(made, "8002")).id == shown
        else:
            with pytest.raises(NotFound):
                await campaigns.show_next(made, "8002")
            assert (await campaigns.show_next(made, "8001")).id == shown


@virtual_time
async def test_whom_nobody_may_call_is_counted_by_the_reason_and_called_again_when_it_is_lifted(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        rules = RULES.model_copy(update={"blocked": ("+8616", "+862")})
        campaigns = Campaigns(running.db, now, running.dispatcher.outbound, rules)
        made = await campaigns.create(Wanted("one", "", []), "sun.li")
        numbers = ("16200000077", "16200000078", "02165123456", "01065123456", CUSTOMER, "13900000079")
        await campaigns.add(made, [Row(number, "", {}) for number in numbers], "sun.li")
        await campaigns.bar("13900000079", "sun.li", "")

        async def stands() -> Standing:
            async with running.db.reading() as session:
                return (await standing(session, rules, now()))[made]

        assert await stands() == Standing({"blocked": 3, "barred": 1, "open": 2}, 2)
        rules.become(RULES.model_copy(update={"blocked": ()}))
        await campaigns.allow("13900000079", "sun.li", "")
        assert await stands() == Standing({"open": 6}, 6)
