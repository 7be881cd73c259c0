"""Signing out of the pages signs the agent out of the distributor, at once or as soon as that is allowed."""

import asyncio
from pathlib import Path

from accounts.events import SignedOut
from app.departures import Departures
from core.tasks import Supervisor
from tests.acd.centre import centre
from tests.acd.test_control import talking
from tests.virtual_time import virtual_time

LEAVES = SignedOut("li.na", "8001")


@virtual_time
async def test_who_signs_out_takes_no_more_calls(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        supervisor = Supervisor()
        Departures(running.dispatcher, supervisor).listen(running.db.bus)
        await running.sign_in("8001")
        running.db.bus.publish(LEAVES)
        running.db.bus.publish(SignedOut("zhou.yan", ""))
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("signed-out", "")
        await supervisor.stop()


@virtual_time
async def test_who_signs_out_in_a_talk_leaves_after_it_and_while_it_rings_after_the_ringing(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        supervisor = Supervisor()
        Departures(running.dispatcher, supervisor).listen(running.db.bus)
        await running.sign_in("8001")
        _, leg = await talking(running)
        running.db.bus.publish(LEAVES)
        await asyncio.sleep(1)
        assert (await running.agent("8001"))[0] == "talking"
        running.pbx.hang_up(leg)
        await asyncio.sleep(60)
        assert (await running.agent("8001"))[0] == "signed-out"
        await running.sign_in("8002", answers_after=99.0)
        await running.caller("cards")
        await asyncio.sleep(2)
        assert (await running.agent("8002"))[0] == "ringing"
        running.db.bus.publish(SignedOut("wang.wei", "8002"))
        await asyncio.sleep(40)
        assert (await running.agent("8002"))[0] == "signed-out"
        await supervisor.stop()
