"""The switch against a scripted AMI: what a real Asterisk does too seldom to wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.bus import Bus
from pbx.asterisk import COMPARE_EVERY, HEARTBEAT_EVERY, AsteriskSwitch
from pbx.commands import AskToAnswer, HangUp, Play, Played, Ring, Wait
from pbx.events import CallArrived, CallerWaiting, LegEnded, LinkDown, LinkUp, RingFailed
from pbx.framing import Headers
from pbx.switch import LegGone, LinkLost, SwitchError
from tests.pbx.ami_server import Reply, ScriptedAmi, event, impatient, message, nothing, serving, success
from tests.virtual_time import now, virtual_time
from tests.worlds import Events

RING = Ring("a-1", "phone-8001", "1.1", "138", "x", 15)


def channel_list(*items: str) -> Reply:
    def reply(action: Headers) -> str:
        mine = {"ActionID": action["actionid"]}
        listed = "".join(event("Status", Uniqueid=leg, Context="hotline", ChannelState=6, **mine) for leg in items)
        listed += event("Status", Uniqueid="centre-watch", Context="centre-watch", ChannelState=6, **mine)
        start = message(Response="Success", EventList="start", Message="will follow", **mine)
        return start + listed + event("StatusComplete", EventList="Complete", **mine)

    return reply


def refused(text: str) -> Reply:
    return lambda action: message(Response="Error", ActionID=action["actionid"], Message=text)


def no_contacts(action: Headers) -> str:
    return message(Response="Error", ActionID=action["actionid"], Message="No Contacts found")


def marking(action: Headers) -> str:
    return success(action) + event("UserEvent", UserEvent=action["userevent"])


@asynccontextmanager
async def switched(ami: ScriptedAmi, **changes: Any) -> AsyncIterator[tuple[AsteriskSwitch, Events]]:
    ami.replies = {
        "status": channel_list("1.1"), "pjsipshowcontacts": no_contacts, "userevent": marking, **ami.replies,
    }  # fmt: skip
    bus = Bus()
    events = Events(bus)
    switch = AsteriskSwitch(impatient(ami.port, **changes), bus, now)
    running = asyncio.create_task(switch.run())
    try:
        yield switch, events
    finally:
        await switch.close()
        await asyncio.wait_for(running, 30)


async def test_what_happens_while_the_legs_are_listed_is_told_after_the_link_and_only_once() -> None:
    async with serving() as ami:
        listing = channel_list("1.1")

        def status(action: Headers) -> str:
            known, fresh = event("AsyncAGIStart", Uniqueid="1.1"), event("AsyncAGIStart", Uniqueid="1.2")
            return known + listing(action) + fresh + event("Hangup", Uniqueid="1.1", Cause=16)

        before = event("AsyncAGIStart", Uniqueid="0.1")
        ami.replies = {"status": status, "userevent": lambda action: before + marking(action)}
        async with switched(ami) as (_, events):
            await events.next(LegEnded)
            up, *rest = events.all
            assert isinstance(up, LinkUp)
            assert [leg.leg for leg in up.legs] == ["1.1"]
            assert [(type(each), each.leg) for each in rest if isinstance(each, CallArrived | LegEnded)] == [
                (CallArrived, "1.2"),
                (LegEnded, "1.1"),
            ]


async def test_a_ring_is_on_the_wire_before_anybody_waits_for_it() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        rung = switch.do(RING)
        await ami.until(lambda: ami.count("originate") == 1)
        await rung


async def test_a_ring_without_a_link_fails_when_it_is_waited_for() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.cut()
        await events.next(LinkDown)
        rung = switch.do(RING)
        with pytest.raises(LinkLost):
            await rung


@pytest.mark.parametrize(
    ("command", "action", "words"),
    [
        (HangUp("a-1"), "hangup", "No such channel"),
        (AskToAnswer("a-1"), "pjsipnotify", "Channel not found"),
    ],
)
async def test_a_ring_that_is_to_end_or_to_be_answered_before_it_is_there_does_so_when_it_is(
    command: HangUp | AskToAnswer, action: str, words: str
) -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.replies[action] = refused(words)
        await switch.do(RING)
        doing = asyncio.create_task(switch.do(command))
        await ami.until(lambda: ami.count(action) == 2)
        ami.replies.pop(action)
        await asyncio.wait_for(doing, 30)
        assert ami.count(action) == 3


async def test_a_telephone_that_never_rings_is_not_there_to_be_asked() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.replies["pjsipnotify"] = refused("Channel not found")
        with pytest.raises(LegGone):
            await switch.do(AskToAnswer("a-1"))


@pytest.mark.parametrize("words", ["Channel does not exist: 1.1", "Redirect failed, channel not up."])
async def test_caller_who_hangs_up_as_he_is_sent_to_the_music_is_gone(words: str) -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.replies["redirect"] = refused(words)
        with pytest.raises(LegGone):
            await switch.do(Wait("1.1"))


async def test_a_refused_ring_raises_and_is_not_told_again() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.replies["originate"] = refused("Originate failed")
        with pytest.raises(SwitchError, match="Originate failed"):
            await switch.do(RING)
        ami.send(event("OriginateResponse", ActionID="ring/a-1", Response="Failure") + event("UserEvent"))
        ami.send(event("UserEvent", UserEvent="CentreWaiting", Uniqueid="1.1"))
        await events.next(CallerWaiting)
        assert not [each for each in events.all if isinstance(each, RingFailed)]


async def test_a_ring_whose_reply_never_comes_is_sent_once_and_fails_as_unknown() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        ami.replies["originate"] = nothing
        with pytest.raises(LinkLost):
            await switch.do(RING)
        ami.cut()
        await events.next(LinkUp, 1)
        assert ami.count("originate") == 1


async def test_a_broken_link_ends_a_prompt_and_is_told_once() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        playing = asyncio.create_task(switch.play(Play("1.1", "/x")))
        await ami.until(lambda: ami.count("agi") == 1)
        await asyncio.sleep(0.05)
        ami.cut()
        with pytest.raises(LinkLost):
            await asyncio.wait_for(playing, 30)
        await events.next(LinkUp, 1)
        assert [type(each) for each in events.all] == [LinkUp, LinkDown, LinkUp]


async def test_a_prompt_without_its_file_ends_when_the_dial_plan_is_back_and_no_call_arrives_anew() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        playing = asyncio.create_task(switch.play(Play("1.1", "/x")))
        await ami.until(lambda: ami.count("agi") == 1)
        command = next(each["commandid"] for each in ami.received if each["action"] == "AGI")
        done = event("AsyncAGIExec", Uniqueid="1.1", CommandId=command, Result="200%20result%3D-1%20endpos%3D0%0A")
        ami.send(done + event("AsyncAGIEnd", Uniqueid="1.1") + event("AsyncAGIStart", Uniqueid="1.1"))
        assert await asyncio.wait_for(playing, 30) == Played.MISSING
        assert not [each for each in events.all if isinstance(each, CallArrived)]


async def test_a_prompt_cut_by_our_own_redirect_says_that_the_leg_is_gone() -> None:
    async with serving() as ami, switched(ami) as (switch, events):
        await events.next(LinkUp)
        playing = asyncio.create_task(switch.play(Play("1.1", "/x")))
        await ami.until(lambda: ami.count("agi") == 1)
        command = next(each["commandid"] for each in ami.received if each["action"] == "AGI")
        await switch.do(Wait("1.1"))
        ami.send(event("AsyncAGIExec", Uniqueid="1.1", CommandId=command, Result="200%20result%3D-1"))
        with pytest.raises(LegGone):
            await asyncio.wait_for(playing, 30)


@virtual_time
async def test_a_leg_that_went_without_a_word_is_told_within_a_minute_or_so() -> None:
    async with serving() as ami:
        ami.replies["status"] = channel_list("1.1", "1.2")
        async with switched(ami, deadline=30.0) as (_, events):
            await events.next(LinkUp)
            ami.replies["status"] = channel_list("1.2")
            await asyncio.sleep(75)
            assert [each.leg for each in events.all if isinstance(each, LegEnded)] == ["1.1"]
            beats = [each["value"] for each in ami.received if each["action"] == "Setvar"]
            assert len(beats) >= 20
            assert len(set(beats)) == len(beats)


@virtual_time
async def test_the_heartbeat_beats_only_while_the_engine_can_serve() -> None:
    async with serving() as ami, switched(ami, deadline=30.0) as (switch, events):
        await events.next(LinkUp)
        can_serve = True

        async def healthy() -> bool:
            return can_serve

        def beats() -> int:
            return sum(each.get("variable") == "HEARTBEAT" for each in ami.received)

        switch.beat_while(healthy)
        await asyncio.sleep(10)
        can_serve = False
        await asyncio.sleep(4)
        before = beats()
        assert before >= 3
        await asyncio.sleep(20)
        assert beats() == before
        can_serve = True
        await asyncio.sleep(1)
        assert beats() > before


@virtual_time
async def test_a_switch_serves_from_its_first_heartbeat_on() -> None:
    """Not from the link: whoever calls before it is served without us."""
    able = asyncio.Event()

    async def healthy() -> bool:
        return able.is_set()

    async with serving() as ami, switched(ami, deadline=30.0) as (switch, _):
        switch.beat_while(healthy)
        await asyncio.sleep(5)
        assert not switch.beating.is_set()
        able.set()
        await asyncio.wait_for(switch.beating.wait(), 30)
        assert any(each.get("variable") == "HEARTBEAT" for each in ami.received)


@virtual_time
async def test_a_ghost_is_hung_up() -> None:
    async with serving() as ami, switched(ami, deadline=30.0) as (_, events):
        await events.next(LinkUp)
        ami.send(event("HangupRequest", Uniqueid="1.1"))
        await asyncio.sleep(2)
        assert [each["channel"] for each in ami.received if each["action"] == "Hangup"] == ["1.1"]


async def test_without_its_watcher_the_link_works_all_the_same() -> None:
    async with serving() as ami:
        listing = channel_list("1.1")
        ami.replies = {
            "status": lambda action: listing(action).replace("centre-watch", "elsewhere"),
            "originate": refused("Originate failed"),
        }
        async with switched(ami) as (switch, events):
            await events.next(LinkUp)
            await ami.until(lambda: ami.count("originate") == 1)
            await switch.do(Wait("1.1"))
            assert ami.connections == 1


@virtual_time
async def test_who_ended_legs_while_nobody_looked_is_kept_for_a_while_and_not_asked_for_on_a_new_asterisk() -> None:
    def notes(action: Headers) -> str:
        mine = {"ActionID": action["actionid"]}
        start = message(Response="Success", EventList="start", Message="Result will follow", **mine)
        item = event("DBGetTreeResponse", Key="/centre-gone/n1-1.2", Val="agent|1700000009", **mine)
        return start + item + event("DBGetTreeComplete", EventList="Complete", **mine)

    def heartbeat(action: Headers) -> str:
        return message(Response="Success", ActionID=action["actionid"], Variable="HEARTBEAT", Value="1700000000")

    async with serving() as ami:
        async with switched(ami) as (switch, events):
            await events.next(LinkUp)
            new = await switch.unseen()
            assert (new.departed, new.end_of("n1-1.2", 5.0)) == (None, ("system", 5.0))
        assert ami.count("dbgettree") == 0
        ami.replies |= {"getvar": heartbeat, "dbgettree": notes}
        async with switched(ami) as (switch, events):
            await events.next(LinkUp)
            known = await switch.unseen()
            assert known.end_of("n1-1.2", 1800000000.0) == ("agent", 1700000009.0)
            assert known.end_of("n1-1.3", 1800000000.0) == ("customer", 1700000000.0)
            assert ami.count("dbdeltree") == 0  # this engine may end before it has stored what it was told
            await asyncio.sleep(HEARTBEAT_EVERY * COMPARE_EVERY + 1)
            assert ami.count("dbdeltree") == 1
            lost = now()
            ami.cut()
            await events.next(LinkUp, await events.next(LinkDown))
            known = await switch.unseen()
            assert known.end_of("n1-1.2", lost + 9) == ("agent", 1700000009.0)
            assert known.end_of("n1-1.3", lost + 9) == ("customer", lost)  # of whom this engine has heard until then
