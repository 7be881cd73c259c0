"""Sounds that the switch starts by itself, against a scripted AMI: asked for, overruled, or asked for by nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.asterisk import AsteriskSwitch
from pbx.commands import Play, Played, Record
from pbx.events import LinkUp
from pbx.switch import LegGone
from tests.pbx.ami_server import ScriptedAmi, event, serving
from tests.pbx.test_switch import switched
from tests.virtual_time import virtual_time

MENU = Play("1.1", "/menu", then=(("1", "/cards"), ("2", "/loans")))
CARDS = Play("1.1", "/cards", then=(("1", "/menu"),))


class Channel:
    """What AsyncAGI does with its queue, told by the test."""

    def __init__(self, ami: ScriptedAmi) -> None:
        self.ami = ami

    def commands(self) -> list[str]:
        return [each["command"] for each in self.ami.received if each["action"] == "AGI"]

    def followers(self) -> list[str]:
        """What was made known on the channel: key and sound."""
        known = [each for each in self.ami.received if each["action"] == "Setvar" and each.get("channel") == "1.1"]
        return [f"{each['variable'][-1]} {each['value']}" for each in known]

    async def until(self, count: int, command: str) -> None:
        await self.ami.until(lambda: sum(command in each for each in self.commands()) == count)

    def ends(self, command: str, result: str) -> None:
        """The last of these commands has this result."""
        sent = [each["commandid"] for each in self.ami.received if command in each.get("command", "")]
        self.ami.send(event("AsyncAGIExec", Uniqueid="1.1", CommandId=sent[-1], Result=f"200 result={result}"))


@asynccontextmanager
async def in_the_menu(ami: ScriptedAmi) -> AsyncIterator[tuple[AsteriskSwitch, Channel]]:
    """A caller has pressed 1 while MENU played: CARDS has begun by itself."""
    async with switched(ami, deadline=30.0) as (switch, events):
        await events.next(LinkUp)
        channel = Channel(ami)
        playing = asyncio.create_task(switch.play(MENU))
        await channel.until(1, "GET FULL VARIABLE")
        assert channel.followers() == ["1 /cards", "2 /loans"]
        channel.ends("CONTROL STREAM", "49 endpos=800")
        assert await playing is Played.INTERRUPTED
        yield switch, channel


def stops(ami: ScriptedAmi) -> int:
    """How often a sound was ended, but for what an engine of before may have left: that is ended first."""
    return ami.count("controlplayback") - 1


@virtual_time
async def test_sound_that_has_begun_by_itself_is_taken_over_with_what_follows_it() -> None:
    async with serving() as ami, in_the_menu(ami) as (switch, channel):
        joining = asyncio.create_task(switch.play(CARDS))
        await ami.until(lambda: channel.followers()[2:] == ["1 /menu"])
        ids = [each["commandid"] for each in ami.received if "GET FULL" in each.get("command", "")]
        ami.send(event("AsyncAGIExec", Uniqueid="1.1", CommandId=ids[0], Result="200 result=1 (SUCCESS -1 )"))
        assert await joining is Played.FINISHED
        assert [each.split('"')[1] for each in channel.commands() if "STREAM" in each] == ["/menu"]
        assert stops(ami) == 0


@virtual_time
async def test_another_sound_than_the_one_that_has_begun_ends_it_first() -> None:
    async with serving() as ami, in_the_menu(ami) as (switch, channel):
        playing = asyncio.create_task(switch.play(Play("1.1", "/sorry")))
        await ami.until(lambda: stops(ami) == 1)
        assert "/sorry" not in str(channel.commands())
        channel.ends("GET FULL", "1 (REMOTESTOPPED 700 )")
        await channel.until(1, 'STREAM FILE "/sorry"')
        channel.ends("/sorry", "0")
        assert await playing is Played.FINISHED


@virtual_time
async def test_sound_for_which_nobody_asks_is_ended() -> None:
    async with serving() as ami, in_the_menu(ami):
        await asyncio.sleep(1.8)
        assert stops(ami) == 0
        await asyncio.sleep(0.3)
        assert stops(ami) == 1


@virtual_time
async def test_recording_waits_for_the_end_of_what_has_begun_and_a_hang_up_ends_the_wait(tmp_path: Path) -> None:
    async with serving() as ami, in_the_menu(ami) as (switch, channel):
        recording = asyncio.create_task(switch.record(Record("1.1", tmp_path / "x.wav")))
        await ami.until(lambda: stops(ami) == 1)
        assert "RECORD" not in str(channel.commands())
        ami.send(event("Hangup", Uniqueid="1.1", Cause=16))
        assert (await recording).stopped_by == "hangup"
        with pytest.raises(LegGone):
            await switch.play(CARDS)


@virtual_time
async def test_key_that_is_told_twice_does_not_end_the_sound_it_has_begun() -> None:
    async with serving() as ami, in_the_menu(ami) as (switch, channel):
        joining = asyncio.create_task(switch.play(CARDS))
        await channel.until(2, "GET FULL VARIABLE")
        ids = [each["commandid"] for each in ami.received if "GET FULL" in each.get("command", "")]
        ami.send(event("AsyncAGIExec", Uniqueid="1.1", CommandId=ids[0], Result="200 result=1 (USERSTOPPED 20 1)"))
        await channel.until(1, 'STREAM FILE "/cards"')
        channel.ends('STREAM FILE "/cards"', "0 endpos=5000")
        assert await joining is Played.FINISHED
