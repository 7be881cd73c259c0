"""A caller on hold whose engine goes away: the dial plan brings him and his agent together again."""

import asyncio

import pytest

from pbx.commands import Answer, Hold, Ring, Wait
from pbx.events import CallerHeld, CallerWaiting, LegAnswered, LegJoined, LinkUp
from tests.asterisk import RunningAsterisk
from tests.stories import AGENT
from tests.worlds import RealWorld, linked

pytestmark = pytest.mark.real


@pytest.mark.asyncio(loop_scope="session")
async def test_agent_takes_his_held_caller_back_when_the_engine_is_gone(asterisk: RunningAsterisk) -> None:
    info = asterisk.info
    async with linked(info) as (switch, bus, _):
        world = RealWorld(bus, switch, info, info.spool)
        await world.phone(answers_after=0.1)
        caller, agent = await world.call(), world.agent_leg()
        await switch.do(Answer(caller))
        await world.heard(LegAnswered, caller)
        await switch.do(Wait(caller))
        await world.heard(CallerWaiting, caller)
        await switch.do(Ring(agent, AGENT, caller, "1", "x", 15))
        await world.heard(LegJoined, caller)
        await switch.do(Hold(caller, agent))
        await world.heard(CallerHeld, caller)
    try:
        await asterisk.server.command("dialplan set global HEARTBEAT 0")
        await asyncio.sleep(6)
        async with linked(info) as (_, _, events):
            up = next(event for event in events.all if isinstance(event, LinkUp))
            legs = {leg.leg: leg for leg in up.legs}
            assert legs[caller].bridge == legs[agent].bridge != ""
            assert (legs[caller].place, legs[agent].place) == ("centre-hold", "centre-agent")
    finally:
        world.close()
