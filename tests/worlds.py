"""The two worlds in which stories are played: the fake in virtual time, a real Asterisk with real SIP parties."""

import asyncio
import itertools
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, get_args

from app.phones.light_media import SILENCE, tone
from app.phones.light_sip import Dialog, Party
from core.bus import Bus
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from pbx.events import CallArrived, LinkUp, PbxEvent, PhoneReachable
from pbx.server import AsteriskInfo
from pbx.switch import Switch
from tests.asterisk import HOTLINE, PHONES
from tests.fake_legs import NEVER, Phone
from tests.fakes import FakePbx
from tests.stories import AGENT, SOUND_SECONDS, Story, disagreement, normal

_numbers = itertools.count(1)
PATIENCE = 30.0
"""Seconds that a busy machine gets to tell something."""


class Events:
    """Everything told on a bus, and a cursor to wait for what comes next."""

    def __init__(self, bus: Bus) -> None:
        self.all: list[PbxEvent] = []
        self._told = asyncio.Event()
        for kind in get_args(PbxEvent):
            bus.subscribe("story", kind, self._hear)

    async def _hear(self, event: PbxEvent) -> None:
        self.all.append(event)
        self._told.set()

    async def next(self, kind: type[PbxEvent], start: int = 0, **fields: Any) -> int:
        """The index after the first such event from `start` on; raises AssertionError when there is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for index in range(start, len(self.all)):
                        event = self.all[index]
                        if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                            return index + 1
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} {fields} among {self.all[start:]}") from None


class _World:
    """What both worlds share: whose legs these are, and how far the story has listened."""

    switch: Switch

    def __init__(self, bus: Bus, folder: Path) -> None:
        self.events = Events(bus)
        self.folder = folder
        self.sound = str(folder / "sound")
        self.caller = ""
        self.agent = f"agent-leg-{next(_numbers)}-{id(self)}"
        self._heard: dict[tuple[type[PbxEvent], str], int] = {}

    def agent_leg(self) -> str:
        return self.agent

    async def heard(self, kind: type[PbxEvent], leg: str) -> None:
        """Each call waits for one more such event of that leg."""
        self._heard[kind, leg] = await self.events.next(kind, self._heard.get((kind, leg), 0), leg=leg)


class FakeWorld(_World):
    def __init__(self, folder: Path, chance: Random | None) -> None:
        bus = Bus()
        super().__init__(bus, folder)
        self.pbx = FakePbx(bus, chance=chance)
        self.switch = self.pbx
        self.pbx.durations[self.sound] = SOUND_SECONDS
        self.pbx.missing.add("/nowhere/nothing")

    async def call(self) -> str:
        self.caller = self.pbx.call()
        await self.heard(CallArrived, self.caller)
        return self.caller

    def press(self, keys: str) -> None:
        self.pbx.press(self.caller, keys)

    def speak(self, seconds: float) -> None:
        self.pbx.speak(self.caller, seconds)

    def caller_hangs_up(self) -> None:
        self.pbx.hang_up(self.caller)

    def agent_hangs_up(self) -> None:
        self.pbx.hang_up(self.agent)

    async def phone(self, **behaviour: Any) -> None:
        self.pbx.phone(AGENT, **behaviour)


class RealWorld(_World):
    def __init__(self, bus: Bus, switch: AsteriskSwitch, info: AsteriskInfo, folder: Path) -> None:
        super().__init__(bus, folder)
        self.switch = switch
        self._port = info.sip_port
        self._parties: list[Party] = []
        self._caller: Dialog | None = None
        self._agent: Dialog | None = None
        self._rung = asyncio.Event()
        self._behaviour = Phone()

    async def call(self) -> str:
        party = await Party("13800000000", self._port).open()
        self._parties.append(party)
        start = len(self.events.all)
        self._caller = await party.dial(HOTLINE)
        index = await self.events.next(CallArrived, start)
        event = self.events.all[index - 1]
        assert isinstance(event, CallArrived)
        assert (event.caller, event.dialled) == ("13800000000", HOTLINE)
        self.caller = event.leg
        self._heard[CallArrived, self.caller] = index
        return self.caller

    def press(self, keys: str) -> None:
        assert self._caller is not None
        self._caller.press(keys)

    def speak(self, seconds: float) -> None:
        assert self._caller is not None
        media = self._caller.media
        media.sound = tone(400)
        asyncio.get_running_loop().call_later(seconds, setattr, media, "sound", SILENCE)

    def caller_hangs_up(self) -> None:
        assert self._caller is not None
        self._caller.hang_up()

    def agent_hangs_up(self) -> None:
        assert self._agent is not None
        self._agent.hang_up()

    def agent_falls_silent(self) -> None:
        assert self._agent is not None
        self._agent.media.stop()

    async def phone(self, **behaviour: Any) -> None:
        self._behaviour = Phone(**behaviour)
        secret = next(phone.secret for phone in PHONES if phone.device == AGENT)
        party = await Party(AGENT, self._port, secret).open()
        self._parties.append(party)
        party.on_invite = self._ring
        await party.register(expires=300)
        if not self._behaviour.registered:
            start = len(self.events.all)
            await party.register(expires=0)
            await self.events.next(PhoneReachable, start, reachable=False)

    async def shown(self) -> str:
        """The number that the agent's telephone shows as soon as it rings."""
        await asyncio.wait_for(self._rung.wait(), PATIENCE)
        assert self._agent is not None
        assert self._agent.invite is not None
        return self._agent.invite.headers["from"].partition("sip:")[2].partition("@")[0]

    def close(self) -> None:
        for party in self._parties:
            party.close()

    def _ring(self, dialog: Dialog) -> None:
        phone, loop = self._behaviour, asyncio.get_running_loop()
        assert dialog.invite is not None
        self._agent = dialog
        self._rung.set()
        if phone.busy:
            dialog.party.reply(dialog.invite, 486, "Busy Here", dialog)
            return
        dialog.party.reply(dialog.invite, 180, "Ringing", dialog)
        if phone.declines_after != NEVER:
            loop.call_later(phone.declines_after, dialog.hang_up)
        if phone.answers_after != NEVER:
            loop.call_later(phone.answers_after, dialog.party.answer, dialog)


@asynccontextmanager
async def linked(info: AsteriskInfo, bus: Bus | None = None) -> AsyncIterator[tuple[AsteriskSwitch, Bus, Events]]:
    """A switch on a running Asterisk, its link up, to which the dial plan brings callers."""
    bus = bus or Bus()
    events = Events(bus)
    switch = AsteriskSwitch(parameters(info), bus)
    running = asyncio.create_task(switch.run())
    try:
        await events.next(LinkUp)
        await asyncio.wait_for(switch.beating.wait(), PATIENCE)
        yield switch, bus, events
    finally:
        await switch.close()
        await running


def parameters(info: AsteriskInfo, **changes: Any) -> LinkParameters:
    return LinkParameters(**{"port": info.ami_port, "username": info.ami_user, "secret": info.ami_secret, **changes})


async def play_on_fake(story: Story, folder: Path, chance: Random | None = None) -> str:
    """Returns where the fake told something else than the story expects; empty when it did not."""
    world = FakeWorld(folder, chance)
    await story.script(world)
    await asyncio.sleep(1)
    return disagreement(normal(world.events.all, world.caller, world.agent), story.told)


async def play_on_asterisk(story: Story, info: AsteriskInfo) -> str:
    """The same on a real Asterisk; also that no leg is left there."""
    folder = info.spool / f"story-{next(_numbers)}"
    folder.mkdir()
    folder.chmod(0o777)
    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(SOUND_SECONDS * 16000)))
    async with linked(info) as (switch, bus, _):
        world = RealWorld(bus, switch, info, folder)
        try:
            await story.script(world)
            await asyncio.sleep(0.2)
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while fault := await _fault(world, story):
                if asyncio.get_running_loop().time() > deadline:
                    return fault
                await asyncio.sleep(0.1)
        finally:
            world.close()
        return ""


async def _fault(world: RealWorld, story: Story) -> str:
    """What is wrong, or is still to come."""
    left = await world.switch.legs()
    told = disagreement(normal(world.events.all, world.caller, world.agent), story.told)
    return told or (f"legs left: {left}" if left else "")
