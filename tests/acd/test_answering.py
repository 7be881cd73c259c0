"""A telephone that rings answers because its agent, or a supervisor, asks it to over HTTP."""

import asyncio
from pathlib import Path

import httpx

from tests.acd.centre import Centre, centre
from tests.acd.test_control import audited, talking
from tests.acd.test_endpoints import client
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import virtual_time


async def ringing(running: Centre, agent: str) -> str:
    """The call that rings at this agent's telephone, which would not be answered yet."""
    await running.sign_in(agent, answers_after=14)
    call, _ = await running.caller()
    await asyncio.sleep(1)
    assert (await running.call(call)).state == "ringing"
    return call


async def asked(asking: httpx.AsyncClient, call: str) -> tuple[int, str]:
    """The status, and the reason of a refusal."""
    answer = await asking.post(f"/api/calls/{call}/answer")
    refused = answer.status_code in (409, 503)
    return answer.status_code, answer.json()["detail"]["reason"] if refused else ""


def answered(running: Centre, agent: str) -> bool:
    return running.pbx.live[running.pbx.leg_of(f"phone-{agent}")].answered


@virtual_time
async def test_ringing_telephone_answers_when_its_agent_asks_and_nobody_else_may(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call = await ringing(running, "8001")
        async with client(running, "wang.wei", "agent", "8002") as asking:
            assert await asked(asking, call) == (403, "")
        async with client(running, "zhou.yan", "quality") as asking:
            assert await asked(asking, call) == (403, "")
        async with client(running, "li.na", "agent", "8001") as asking:
            twice = await asyncio.gather(asked(asking, call), asked(asking, call))
            assert list(twice) == [(204, "")] * 2
            await asyncio.sleep(0.5)
            assert (await running.call(call)).state == "talking"
            assert await asked(asking, call) == (409, "not_ringing")
            assert await asked(asking, "nobody") == (404, "")
            assert await audited(running) == []


@virtual_time
async def test_who_supervises_lets_an_agents_telephone_answer_and_it_is_audited(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        waiting, _ = await running.caller("complaints", caller="13900000000")
        call = await ringing(running, "8001")
        async with client(running, "sun.li", "supervisor", "9001") as asking:
            assert await asked(asking, waiting) == (409, "not_ringing")
            assert await asked(asking, call) == (204, "")
            await asyncio.sleep(0.5)
            assert answered(running, "8001")
            assert await audited(running) == [("sun.li", "call_answered", f"call:{call}", "8001")]


@virtual_time
async def test_without_a_link_nobody_can_be_asked_to_answer(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        call = await ringing(running, "8001")
        async with client(running, "li.na", "agent", "8001") as asking:
            running.pbx.link_down()
            await asyncio.sleep(0.1)
            assert await asked(asking, call) == (409, "link_down")
        async with client(running, "sun.li", "supervisor", "9001") as asking:
            assert await asked(asking, call) == (409, "link_down")
        assert await audited(running) == []


@virtual_time
async def test_agent_who_dials_answers_his_own_telephone_and_not_the_customers(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.pbx.phone(OUTSIDE, answers_after=30)
        await running.sign_in("8001", answers_after=14)
        async with client(running, "li.na", "agent", "8001") as asking:
            call = (await asking.post("/api/me/dial", json={"number": CUSTOMER})).json()["call"]
            await asyncio.sleep(0.5)
            assert await asked(asking, call) == (204, "")
            await asyncio.sleep(0.5)
            assert (await asking.get("/api/me/dial")).json()["answered"]
            assert await asked(asking, call) == (409, "not_ringing")


@virtual_time
async def test_colleague_who_is_asked_about_a_call_and_supervisor_who_listens_answer_their_own_telephones(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002", answers_after=14)
        running.pbx.phone("phone-9001", answers_after=14)
        await running.dispatcher.consults.start(call, "8002", "li.na")
        async with client(running, "sun.li", "supervisor", "9001") as asking:
            await asking.post(f"/api/calls/{call}/supervision", json={"mode": "listen"})
            await asyncio.sleep(0.5)
            assert await asked(asking, call) == (204, "")
            await asyncio.sleep(0.5)
            assert (answered(running, "9001"), answered(running, "8002")) == (True, False)
        async with client(running, "li.na", "agent", "8001") as asking:
            assert await asked(asking, call) == (409, "not_ringing")
        async with client(running, "wang.wei", "agent", "8002") as asking:
            assert await asked(asking, call) == (204, "")
            await asyncio.sleep(0.5)
            consult = running.dispatcher.consults.of(call)
            assert consult is not None
            assert consult.answered
