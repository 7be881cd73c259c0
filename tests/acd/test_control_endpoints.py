"""Call control over HTTP: who may do what, and what he is told when he may not."""

import asyncio
from pathlib import Path

from tests.acd.centre import centre
from tests.acd.test_consults import consulting
from tests.acd.test_control import audited, reason_of, talking
from tests.acd.test_endpoints import client
from tests.virtual_time import virtual_time


@virtual_time
async def test_an_agent_controls_his_own_call_and_no_other(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        async with client(running, "wang.wei", "agent", "8002") as asking:
            for path in ("hold", "resume", "hangup"):
                assert (await asking.post(f"/api/calls/{call}/{path}")).status_code == 403
            refused = await asking.post(f"/api/calls/{call}/transfer", json={"queue": "cards"})
            assert refused.status_code == 403
            assert (await asking.post(f"/api/calls/{call}/priority", json={"priority": 9})).status_code == 403
            assert (await asking.post(f"/api/calls/{call}/supervision", json={"mode": "listen"})).status_code == 403
            assert (await asking.post("/api/calls/nobody/hold")).status_code == 404
            assert (await asking.post(f"/api/calls/{call}/pick", json={"agent": "8001"})).status_code == 403
        async with client(running, "li.na", "agent", "8001") as asking:
            assert (await asking.post(f"/api/calls/{call}/hold")).status_code == 204
            again = await asking.post(f"/api/calls/{call}/hold")
            assert (again.status_code, again.json()["detail"]["reason"]) == (409, "already_held")
            assert (await asking.post(f"/api/calls/{call}/resume")).status_code == 204
            assert (await asking.post(f"/api/calls/{call}/transfer", json={})).status_code == 422
            assert (await asking.post(f"/api/calls/{call}/transfer", json={"queue": "cards"})).status_code == 204
            await asyncio.sleep(1)
            assert (await running.call(call)).queue == "cards"


@virtual_time
async def test_agent_who_goes_back_to_his_caller_lets_the_colleagues_telephone_ring_no_longer(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.sign_in("8002", answers_after=5)
        async with client(running, "li.na", "agent", "8001") as asking:
            assert (await asking.post(f"/api/calls/{call}/consult", json={"agent": "8002"})).status_code == 204
            await asyncio.sleep(2)
            assert (await asking.post(f"/api/calls/{call}/resume")).status_code == 204
            assert (await running.agent("8002"))[0] == "ready"
            await asyncio.sleep(10)  # his answer would have come by now
            assert running.pbx.live.keys() == {leg, running.pbx.leg_of("phone-8001")}
            assert running.pbx.live[leg].partner == running.pbx.leg_of("phone-8001")
            assert (await asking.delete(f"/api/calls/{call}/consult")).status_code == 404


@virtual_time
async def test_a_supervisor_acts_on_every_call(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        waiting, _ = await running.caller("complaints", caller="13900000000")
        running.pbx.phone("phone-8002")
        async with client(running, "sun.li", "supervisor") as asking:
            assert (await asking.post(f"/api/calls/{waiting}/priority", json={"priority": 30})).status_code == 204
            assert (await running.call(waiting)).priority == 30
            for body in ({"mode": "listen"}, {"mode": "listen", "phone": "7777"}, {"mode": "shout", "phone": "8002"}):
                assert (await asking.post(f"/api/calls/{call}/supervision", json=body)).status_code == 422
            started = await asking.post(f"/api/calls/{call}/supervision", json={"mode": "barge", "phone": "8002"})
            assert (started.status_code, started.json()["mode"], started.json()["agent"]) == (200, "barge", "8001")
            await asyncio.sleep(2)
            (listener,) = (await asking.get(f"/api/calls/{call}/supervision")).json()
            assert (listener["by"], listener["answered"]) == ("sun.li", True)
            assert (await asking.delete(f"/api/calls/{call}/supervision")).status_code == 204
            assert (await asking.delete(f"/api/calls/{call}/supervision")).status_code == 404
            assert (await asking.post(f"/api/calls/{call}/hangup")).status_code == 204
            await asyncio.sleep(12)
            assert (await running.call(call)).state == "ended"
            picked = await asking.post(f"/api/calls/{waiting}/pick", json={"agent": "8002"})
            assert (picked.status_code, picked.json()["detail"]["reason"]) == (409, "agent_not_free")
            assert (await asking.post(f"/api/calls/{waiting}/pick", json={"agent": "8001"})).status_code == 204
            await asyncio.sleep(2)
            assert (await running.call(waiting)).agent == "8001"
            running.pbx.linked = False  # and nobody knows yet
            lost = await asking.post(f"/api/calls/{waiting}/hold")
            assert (lost.status_code, lost.json()["detail"]["reason"]) == (503, "switch")


@virtual_time
async def test_without_a_link_whatever_the_switch_must_be_told_is_refused_and_nothing_is_booked(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002", "8003") as running:
        call, _ = await consulting(running)
        running.pbx.phone("phone-9001")
        waiting, _ = await running.caller("loans", caller="13900000000")
        await running.sign_in("8003", answers_after=99)
        talk, ring = f"/api/calls/{call}", f"/api/calls/{waiting}"
        async with client(running, "sun.li", "supervisor", "9001") as asking:
            assert (await asking.post(f"{talk}/supervision", json={"mode": "listen"})).status_code == 200
            await asyncio.sleep(2)
            waits, _ = await running.caller("complaints", caller="13900000001")
            running.pbx.link_down()
            await asyncio.sleep(1)
            before = await running.history(call), await audited(running), running.pbx.live.copy()
            for method, path, body in (
                ("POST", f"{talk}/hangup", None),
                ("POST", f"{talk}/hold", None),
                ("POST", f"{talk}/resume", None),
                ("POST", f"{talk}/reclaim", None),
                ("POST", f"{talk}/transfer", {"queue": "cards"}),
                ("POST", f"{talk}/transfer", {"agent": "8003"}),
                ("PUT", f"{talk}/mute", {"muted": True}),
                ("POST", f"{talk}/keys", {"keys": "1"}),
                ("POST", f"{talk}/consult", {"agent": "8003"}),
                ("POST", f"{talk}/consult/join", None),
                ("POST", f"{talk}/consult/complete", None),
                ("DELETE", f"{talk}/consult", None),
                ("POST", f"{talk}/supervision", {"mode": "barge"}),
                ("POST", f"{talk}/supervision/take-over", None),
                ("DELETE", f"{talk}/supervision", None),
                ("POST", f"{ring}/answer", None),
                ("POST", f"/api/calls/{waits}/pick", {"agent": "8003"}),
            ):
                told = await asking.request(method, path, json=body)
                assert (told.status_code, path, told.json()["detail"]["reason"]) == (409, path, "link_down")
            menu = running.dispatcher.control.transfer_to_menu(call, "branches", "sun.li")
            assert await reason_of(menu) == "link_down"
            assert (await running.history(call), await audited(running), running.pbx.live) == before
            assert (await asking.post(f"/api/calls/{waits}/priority", json={"priority": 30})).status_code == 204
        assert ((await running.call(call)).state, await running.agent("8001")) == ("talking", ("on-hold", ""))
        running.pbx.link_up()
        await asyncio.sleep(2)
        assert ((await running.call(call)).state, await running.agent("8001")) == ("talking", ("on-hold", ""))
        assert (await running.call(waits)).priority == 30


@virtual_time
async def test_talk_that_is_hung_up_or_given_away_without_a_link_goes_on(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        agent_leg = running.pbx.leg_of("phone-8001")
        async with client(running, "li.na", "agent", "8001") as asking:
            running.pbx.link_down()
            await asyncio.sleep(1)
            assert (await asking.post(f"/api/calls/{call}/hangup")).status_code == 409
            assert (await asking.post(f"/api/calls/{call}/transfer", json={"queue": "cards"})).status_code == 409
            muted = await asking.put(f"/api/calls/{call}/mute", json={"muted": True, "phone": True})
            assert muted.status_code == 204  # by the telephone itself
            running.pbx.link_up()
            await asyncio.sleep(1)
            assert ((await running.call(call)).state, await running.agent("8001")) == ("talking", ("talking", ""))
            assert running.pbx.live[leg].partner == agent_leg
            assert (await asking.post(f"/api/calls/{call}/hangup")).status_code == 204
            await asyncio.sleep(1)


@virtual_time
async def test_an_agent_who_does_not_exist_is_not_merely_signed_out(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        async with client(running, "sun.li", "supervisor") as asking:
            for agent, reason in (("9999", "unknown_agent"), ("8002", "agent_not_free")):
                for deed in ("consult", "transfer"):
                    refused = await asking.post(f"/api/calls/{call}/{deed}", json={"agent": agent})
                    assert (refused.status_code, refused.json()["detail"]["reason"]) == (409, reason)
            picked = await asking.post(f"/api/calls/{call}/pick", json={"agent": "9999"})
            assert picked.json()["detail"]["reason"] == "unknown_agent"
        assert (await running.call(call)).state == "talking"
