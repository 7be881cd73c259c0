"""The dial plan on a real Asterisk: who is let in, where a caller goes when the engine is gone, how legs are joined."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from pbx import render
from pbx.commands import Answer, BackToMenu, HangUp, SetFallback, Wait
from pbx.events import CallArrived, CallerFellBack, CallerWaiting, LegEnded
from tests.asterisk import HOTLINE, RunningAsterisk, running_asterisk
from tests.centre import until
from tests.fake_legs import NEVER
from tests.pbx.plainest import Manager, Message, heartbeat, invite
from tests.stories import AGENT
from tests.worlds import RealWorld, linked

pytestmark = pytest.mark.real


async def call(asterisk: RunningAsterisk, number: str, user: str = "13800138000") -> str:
    line, status = await asyncio.to_thread(invite, asterisk, number, user)
    line.close()
    return status


async def arrive(asterisk: RunningAsterisk) -> None:
    """An INVITE nobody waits for: its caller goes away with the first answer or at the end of the instance."""
    line = asyncio.create_task(call(asterisk, HOTLINE))
    line.add_done_callback(lambda done: done.exception())


async def waiting_caller(manager: Manager, leg: str) -> Message:
    """A leg with this id that hears the waiting music."""
    manager.send(
        "Originate", Channel="Local/s@fallback/n", ChannelId=leg, Async="true", Context="centre-wait", Exten="s",
        Priority="1",
    )  # fmt: skip
    return await manager.hear(Event="UserEvent", UserEvent="CentreWaiting", Uid=leg)


def ring_for(manager: Manager, agent: str, caller: str) -> None:
    manager.send(
        "Originate", Channel="Local/s@fallback/n", ChannelId=agent, Async="true", Context="centre-agent", Exten="s",
        Priority="1", Variable=f"CALLERCH={caller}",
    )  # fmt: skip


async def test_number_that_is_not_ours_is_not_found(asterisk: RunningAsterisk) -> None:
    assert await call(asterisk, "12345") == "404"
    assert await call(asterisk, "s") == "404"


async def test_caller_who_claims_to_be_a_phone_is_asked_for_its_secret(asterisk: RunningAsterisk) -> None:
    assert await call(asterisk, HOTLINE, user="phone-8001") == "401"


async def test_caller_is_handed_to_the_living_engine_with_the_number_he_dialled(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    await heartbeat(manager)
    await arrive(asterisk)
    started = await manager.hear(Event="AsyncAGIStart")
    assert started["Context"] == "hotline"
    assert f"agi_dnid%3A%20{HOTLINE}%0A" in started["Env"]
    assert started["CallerIDNum"] == "13800138000"
    manager.send("Hangup", Channel=started["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=started["Uniqueid"])


@pytest.mark.parametrize("seconds_ago", [11, 10**9])
async def test_caller_who_finds_the_engine_gone_is_put_into_the_plain_queue_and_noted_when_he_leaves(
    asterisk: RunningAsterisk, manager: Manager, seconds_ago: int
) -> None:
    await heartbeat(manager, seconds_ago)
    await arrive(asterisk)
    joined = await manager.hear(Event="UserEvent", UserEvent="CentreFallback")
    assert joined["CallerIDNum"] == "13800138000"
    manager.send("Hangup", Channel=joined["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=joined["Uniqueid"])
    async with linked(asterisk.info) as (switch, _, _):
        gone = ((await switch.unseen()).departed or {})[joined["Uniqueid"]]
        assert (gone.by, gone.queued, gone.device) == ("customer", True, "")
        assert (gone.caller, gone.dialled) == ("13800138000", HOTLINE)


async def test_agent_who_answers_is_joined_with_the_waiting_caller_who_stays_when_he_leaves(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    caller, agent = f"c-{uuid4()}", f"a-{uuid4()}"
    waiting = await waiting_caller(manager, caller)
    ring_for(manager, agent, caller)
    bridge = (await manager.hear(Event="BridgeEnter", Uniqueid=caller))["BridgeUniqueid"]
    await manager.hear(Event="BridgeEnter", Uniqueid=agent, BridgeUniqueid=bridge)
    manager.send("Hangup", Channel=agent)
    await manager.hear(Event="UserEvent", UserEvent="CentreAfter", Uid=caller)
    manager.send("Hangup", Channel=waiting["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=caller)


async def test_agent_who_answers_before_his_caller_has_come_to_the_music_waits_for_him(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    await heartbeat(manager)
    await arrive(asterisk)
    started, agent = await manager.hear(Event="AsyncAGIStart"), f"a-{uuid4()}"
    ring_for(manager, agent, started["Uniqueid"])
    await asyncio.sleep(0.2)
    manager.send("Redirect", Channel=started["Channel"], Context="centre-wait", Exten="s", Priority="1")
    await manager.hear(Event="UserEvent", UserEvent="CentreWaiting", Uid=started["Uniqueid"])
    await manager.hear(Event="BridgeEnter", Uniqueid=started["Uniqueid"])
    manager.send("Hangup", Channel=agent)
    manager.send("Hangup", Channel=started["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=started["Uniqueid"])


async def test_agent_whose_caller_is_gone_is_told_and_released(asterisk: RunningAsterisk, manager: Manager) -> None:
    agent = f"a-{uuid4()}"
    ring_for(manager, agent, "n1-1700000000.1")
    told = await manager.hear(Event="UserEvent", UserEvent="CentreBridgeEnd", Uid=agent)
    assert told["Result"] == "NONEXISTENT"
    await manager.hear(Event="Hangup", Uniqueid=agent)


async def test_agent_never_gets_another_caller_whose_id_only_begins_the_same(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    other, agent = f"c-{uuid4()}0", f"a-{uuid4()}"
    waiting = await waiting_caller(manager, other)
    ring_for(manager, agent, other[:-1])
    told = await manager.hear(Event="UserEvent", UserEvent="CentreBridgeEnd", Uid=agent)
    assert told["Result"] == "NONEXISTENT"
    manager.send("Hangup", Channel=waiting["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=other)


@pytest.mark.parametrize("engine", ["lives", "is gone"])
async def test_agent_who_calls_out_hears_ringing_no_longer_than_the_customer_is_rung_though_the_engine_is_gone(
    asterisk: RunningAsterisk, manager: Manager, engine: str
) -> None:
    customer, agent = f"c-{uuid4()}", f"a-{uuid4()}"
    rung = await waiting_caller(manager, customer)
    await heartbeat(manager, 0 if engine == "lives" else 20)
    manager.send(
        "Originate", Channel="Local/s@fallback/n", ChannelId=agent, Async="true", Context="centre-dialling", Exten="s",
        Priority="1", Variable=f"CALLERCH={customer}",
    )  # fmt: skip
    gone = asyncio.create_task(manager.hear(Event="Hangup", Uniqueid=agent))
    await asyncio.sleep(3)
    assert not gone.done(), "the customer is still being rung"
    manager.send("Hangup", Channel=rung["Channel"])
    await asyncio.sleep(3)
    assert gone.done() == (engine == "is gone")
    manager.send("Hangup", Channel=agent)
    await gone


async def test_whether_anybody_is_on_the_line_is_seen(asterisk: RunningAsterisk, manager: Manager) -> None:
    await heartbeat(manager)
    await until(nobody_on(asterisk), 5, "the callers of before are gone")
    await arrive(asterisk)
    started = await manager.hear(Event="AsyncAGIStart")
    assert await asterisk.server.has_calls()
    manager.send("Hangup", Channel=started["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=started["Uniqueid"])
    await until(nobody_on(asterisk), 5, "he is gone")


async def never() -> bool:
    return False


async def test_who_waits_comes_into_the_queue_in_the_second_in_which_the_heartbeat_is_too_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "STRANDED_SECONDS", 4)
    async with running_asterisk(()) as asterisk, linked(asterisk.info) as (switch, bus, events):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        caller = await world.call()
        await switch.do(Answer(caller))
        await switch.do(Wait(caller))
        await world.heard(CallerWaiting, caller)
        switch.beat_while(never)
        fell = events.all[await events.next(CallerFellBack, leg=caller) - 1]
        since = (await switch.unseen()).since
        assert 4 <= fell.at - since < 7, "though the music would have gone on for half a minute"
        world.close()


def put_into_fallback(manager: Manager, leg: str, variables: str) -> None:
    """A leg with this id."""
    manager.send(
        "Originate", Channel="Local/s@centre-watch/n", ChannelId=leg, OtherChannelId=f"{leg}-2", Async="true",
        Context="fallback", Exten="s", Priority="1", Variable=variables,
    )  # fmt: skip


async def test_who_came_first_is_rung_for_first_though_he_comes_into_the_queue_a_moment_later(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    legs = {came: f"c-{uuid4()}" for came in (1700000300, 1700000100, 1700000200)}
    async with linked(asterisk.info) as (switch, bus, _):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        await world.phone(answers_after=NEVER)
        await switch.do(SetFallback((AGENT,)))
        await heartbeat(manager, render.STRANDED_SECONDS + render.GATHER_SECONDS)
        for came, leg in legs.items():
            put_into_fallback(manager, leg, f"CAME={came},CALLERID(num)={came}")
            await manager.hear(Event="QueueCallerJoin", Uniqueid=leg)
        manager.send("QueueStatus", Queue="fallback")
        for place, came in enumerate(sorted(legs), 1):
            entry = await manager.hear(Event="QueueEntry", Uniqueid=legs[came])
            assert entry["Position"] == str(place)
        assert await world.shown() == str(min(legs))
        for leg in legs.values():
            await switch.do(HangUp(leg))
        await switch.do(SetFallback(()))
        await until(nobody_on(asterisk), 10, "nobody calls")
        world.close()


async def test_of_callers_in_the_menu_after_a_talk_only_who_was_served_does_not_wait_for_another_agent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "STRANDED_SECONDS", 6)
    async with running_asterisk(()) as asterisk, linked(asterisk.info) as (switch, bus, events):
        world = RealWorld(bus, switch, asterisk.info, asterisk.info.spool)
        legs = {}
        for served in (True, False):
            legs[served] = leg = await world.call()
            await switch.do(Answer(leg))
            await switch.do(Wait(leg))
            await world.heard(CallerWaiting, leg)
            await switch.do(BackToMenu(leg, served=served))
            await world.heard(CallArrived, leg)
        switch.beat_while(never)
        await events.next(CallerFellBack, leg=legs[False])
        await events.next(LegEnded, leg=legs[True])
        fell = [event.leg for event in events.all if isinstance(event, CallerFellBack)]
        assert fell == [legs[False]]
        gone = (await switch.unseen()).departed or {}
        assert [(leg, gone[leg].by, gone[leg].queued) for leg in gone] == [(legs[True], "agent", False)]
        world.close()


def nobody_on(asterisk: RunningAsterisk) -> Callable[[], Awaitable[bool]]:
    async def free() -> bool:
        return not await asterisk.server.has_calls()

    return free
