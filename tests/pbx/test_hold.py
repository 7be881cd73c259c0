"""A caller on hold, or in a talk of three, whose engine goes away: the dial plan brings him and his agent together
again, and notes who serves him."""

import asyncio

import pytest

from pbx import render
from pbx.commands import Answer, Confer, HangUp, Hold, Rejoin, Ring, Wait
from pbx.departed import read
from pbx.events import CallerHeld, CallerWaiting, LegAnswered, LegEnded, LegJoined, LinkUp
from tests.asterisk import RunningAsterisk, running_asterisk
from tests.centre import until
from tests.stories import AGENT
from tests.worlds import RealWorld, linked

pytestmark = pytest.mark.real


async def held(world: RealWorld) -> tuple[str, str]:
    """The legs of a caller on hold and of his agent."""
    await world.phone(answers_after=0.1)
    caller, agent = await world.call(), world.agent_leg()
    await world.switch.do(Answer(caller))
    await world.heard(LegAnswered, caller)
    await world.switch.do(Wait(caller))
    await world.heard(CallerWaiting, caller)
    await world.switch.do(Ring(agent, AGENT, caller, "1", "x", 15))
    await world.heard(LegJoined, caller)
    await world.switch.do(Hold(caller, agent))
    await world.heard(CallerHeld, caller)
    return caller, agent


async def waits_in(asterisk: RunningAsterisk, leg: str) -> str:
    """The bridge in which this leg hears music, '' for none."""
    listed = (line.split() for line in (await asterisk.server.command("bridge show all")).splitlines())
    return next((words[0] for words in listed if words[1:2] == [leg]), "")


async def talk(asterisk: RunningAsterisk, *legs: str) -> bool:
    """Whether these legs are in one bridge."""
    listed = [line.split("!") for line in (await asterisk.server.command("core show channels concise")).splitlines()]
    bridges = [words[-2] for words in listed if words[-1] in legs]
    return len(bridges) == len(legs) and len(set(bridges)) == 1 and bridges[0] != ""


@pytest.mark.asyncio(loop_scope="session")
async def test_agent_takes_his_held_caller_back_when_the_engine_is_gone(asterisk: RunningAsterisk) -> None:
    info = asterisk.info
    async with linked(info) as (switch, bus, _):
        world = RealWorld(bus, switch, info, info.spool)
        caller, agent = await held(world)
    try:
        await asterisk.server.command("dialplan set global HEARTBEAT 0")
        await until(lambda: talk(asterisk, caller, agent), 10, "they talk again")
        async with linked(info) as (_, _, events):
            up = next(event for event in events.all if isinstance(event, LinkUp))
            legs = {leg.leg: leg for leg in up.legs}
            assert legs[caller].bridge == legs[agent].bridge != ""
            assert (legs[caller].place, legs[agent].place) == ("centre-hold", "centre-agent")
    finally:
        world.close()


async def test_held_caller_is_held_on_when_his_music_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MUSIC_SECONDS", 1)
    async with running_asterisk() as asterisk, linked(asterisk.info) as (switch, bus, events):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        caller, agent = await held(world)
        first = await waits_in(asterisk, caller)

        async def anew() -> bool:
            return await waits_in(asterisk, caller) not in ("", first)

        await until(anew, 5, "the music has begun again")
        assert {leg.leg: (leg.place, leg.bridge) for leg in await switch.legs()} == {
            caller: ("centre-hold", ""), agent: ("centre-agent", ""),
        }  # fmt: skip
        start = len(events.all)
        await switch.do(Rejoin(agent))
        await events.next(LegJoined, start, leg=caller)
        world.close()


async def place(asterisk: RunningAsterisk, leg: str) -> str:
    """The context this leg is in, '' when it is gone."""
    listed = (line.split("!") for line in (await asterisk.server.command("core show channels concise")).splitlines())
    return next((words[1] for words in listed if words[-1] == leg), "")


async def test_caller_stays_on_hold_while_his_agent_asks_a_colleague_however_long_the_engine_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "MUSIC_SECONDS", 1)
    async with running_asterisk() as asterisk:
        async with linked(asterisk.info) as (switch, bus, _):
            world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
            caller, agent = await held(world)
            colleague = f"{agent}-colleague"
            await switch.do(Ring(colleague, AGENT, agent, "1", "x", 15))
            await world.heard(LegJoined, colleague)
        await asterisk.server.command("dialplan set global HEARTBEAT 0")
        seen = {await waits_in(asterisk, caller)}

        async def looked_often() -> bool:
            seen.add(await waits_in(asterisk, caller))
            return len(seen - {""}) > 3

        await until(looked_often, 15, "the caller has looked at the heartbeat again and again")
        assert await place(asterisk, caller) == "centre-hold"
        assert await talk(asterisk, agent, colleague)
        world.agent_hangs_up()  # the colleague, who was rung last
        await until(lambda: talk(asterisk, caller, agent), 30, "the agent has his caller back")
        world.close()


async def never() -> bool:
    return False


@pytest.mark.asyncio(loop_scope="session")
async def test_of_two_agents_in_a_talk_of_three_who_stays_has_served_the_caller_since_the_other_went(
    asterisk: RunningAsterisk,
) -> None:
    async with linked(asterisk.info) as (switch, bus, events):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        caller, agent = await held(world)
        colleague = f"{agent}-colleague"
        await switch.do(Ring(colleague, AGENT, agent, "1", "x", 15))
        await world.heard(LegJoined, colleague)
        await switch.do(Confer(caller, agent, colleague))
        await until(lambda: talk(asterisk, caller, agent, colleague), 10, "the three talk")
        began = {leg.leg: leg.served_since for leg in await switch.legs()}[caller]
        switch.beat_while(never)
        await asyncio.sleep(3)
        await switch.do(HangUp(agent))
        left = events.all[await events.next(LegEnded, leg=agent) - 1].at
        await until(lambda: talk(asterisk, caller, colleague), 5, "the other two talk on")
        since = {leg.leg: leg.served_since for leg in await switch.legs()}[caller]
        assert began + 3 <= since == pytest.approx(left, abs=1.1)
        world.caller_hangs_up()
        await events.next(LegEnded, leg=caller)
        gone = ((await switch.unseen()).departed or {})[caller]
        assert (gone.by, gone.device, gone.agent_leg) == ("customer", AGENT, colleague)
        assert (gone.since, gone.queued) == (since, False)
        await switch.do(HangUp(colleague))
        world.close()


async def test_held_caller_whose_agent_is_gone_too_is_given_to_whoever_is_there_and_waits_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "MUSIC_SECONDS", 1)
    async with running_asterisk() as asterisk:
        async with linked(asterisk.info) as (switch, bus, _):
            world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
            caller, _ = await held(world)
        world.agent_hangs_up()
        await asterisk.server.command("dialplan set global HEARTBEAT 0")

        async def fell_back() -> bool:
            return await place(asterisk, caller) == "fallback"

        await until(fell_back, 15, "he is in the plain queue")
        world.caller_hangs_up()

        async def note() -> str:
            return (await asterisk.server.command(f"database get centre-gone {caller}")).partition("Value: ")[2]

        async def noted() -> bool:
            return await note() != ""

        await until(noted, 5, "his end is noted")
        gone = read(caller, await note())
        assert (gone.by, gone.device, gone.queued) == ("customer", "", True)
        world.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_sound_comes_from_an_agents_telephone_on_hold_and_in_a_talk_until_it_is_silent(
    asterisk: RunningAsterisk,
) -> None:
    async with linked(asterisk.info) as (switch, bus, _):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        caller, agent = await held(world)

        async def comes() -> bool:
            before = await switch.sound_from(agent)
            await asyncio.sleep(0.5)
            return await switch.sound_from(agent) > before

        assert await comes()
        await switch.do(Rejoin(agent))
        await until(lambda: talk(asterisk, caller, agent), 5, "they talk")
        await asyncio.sleep(1)
        assert await comes()
        world.agent_falls_silent()
        await asyncio.sleep(0.2)
        assert not await comes()
        world.close()
