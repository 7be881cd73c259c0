"""The switch on a real Asterisk: commands out over the AMI link, typed events onto the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from core.bus import Bus
from core.clock import Clock, new_id, system_clock
from pbx import encode, parse
from pbx.agi import FAILED, AgiCommands, result_code
from pbx.ami import NO_LINK, AmiLink, LinkParameters
from pbx.commands import (
    Announce,
    Answer,
    AskToAnswer,
    BackToMenu,
    ChangeSpy,
    Command,
    Confer,
    Give,
    HangUp,
    Hold,
    Play,
    Played,
    Reach,
    Record,
    Recorded,
    Ring,
    SetFallback,
    SetVariable,
    Spy,
    Summon,
    Wait,
)
from pbx.departed import forget, unseen
from pbx.events import LegSnapshot, LinkDown, LinkUp, PbxEvent, Unseen
from pbx.fallback import FallbackQueue
from pbx.framing import Headers
from pbx.known import knows
from pbx.phones import Phones
from pbx.playing import Playing
from pbx.rings import Rings
from pbx.switch import LegGone, LinkLost, SwitchError
from pbx.watchdog import Watchdog

log = structlog.get_logger(__name__)

HEARTBEAT_EVERY = 3.0  # seconds; the dial plan falls back to its own queue when the last one is old
HEALTH_AGAIN = 0.2  # seconds until an engine that could not serve is asked again
COMPARE_EVERY = 10  # heartbeats
NOT_YET_PAUSE = 0.05
NOT_YET_TRIES = 10
RINGS_TRIES = 40
AGI_GRACE = 5.0  # seconds a command may take beyond the sound or message itself
LONGEST_SOUND = 600.0
MARK = "CentreMark"
OURS = frozenset((*parse.PLACES.values(), *parse.RINGING_PLACES.values()))
"""The places of legs that we ask for."""
WATCHER = "centre-watch"
"""The pseudo channel in the dial plan that frees callers from a menu whose engine is gone: context and leg."""


class AsteriskSwitch:
    """Implements `pbx.switch.Switch`. `run` keeps the link until `close`; events only between LinkUp and LinkDown.

    There is no link while `may` says no.
    """

    def __init__(
        self, parameters: LinkParameters, bus: Bus, clock: Clock = system_clock, may: Callable[[], bool] = lambda: True
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._link = AmiLink(parameters, self._hear, self._session, self._down, may)
        self._agi = AgiCommands(new_id(clock()))
        self._playing = Playing(self._agi, self._act, self._run_sound)
        self._fallback = FallbackQueue(self._link)
        self._rings = Rings()
        self._phones = Phones()
        self._watchdog = Watchdog(self._end_ghost)
        self._healthy: Callable[[], Awaitable[bool]] | None = None
        self.beating = asyncio.Event()
        """Set with the first heartbeat: from then on the dial plan brings callers to us."""
        self._early: list[Headers] = []
        self._up = False
        self._heard_until = 0.0
        self._last_fault = ""

    async def run(self) -> None:
        await self._link.run()

    async def close(self) -> None:
        await self._link.close()
        self._watchdog.stop()

    def beat_while(self, healthy: Callable[[], Awaitable[bool]]) -> None:
        """The heartbeat stops while `healthy` says no: the dial plan then serves callers without us."""
        self._healthy = healthy

    def do(self, command: Command) -> Coroutine[Any, Any, None]:
        return self._ring(command) if isinstance(command, Ring | Summon | Reach | Spy) else self._do(command)

    async def _do(self, command: Command) -> None:
        match command:
            case Answer(leg, within):
                await self._playing.settle(leg)
                if result_code(await self._run_agi(leg, encode.action(command), within)) != 0:
                    raise SwitchError(f"leg {leg} could not be answered")
            case Hold(agent_leg=agent_leg):
                await self._demand_rejoinable(agent_leg)
                await self._act(command.leg, encode.action(command))
            case ChangeSpy(leg, mode):
                await self._act(leg, encode.action(SetVariable(leg, "SPYMODE", encode.CHANSPY_OPTIONS[mode])))
                await self._act(leg, encode.action(command))
            case Give(leg, caller_leg, other_leg):
                try:
                    await self._act(leg, encode.action(SetVariable(leg, "CALLERCH", caller_leg)))
                    await self._act(leg, encode.action(command))
                finally:
                    await self._hang_up(HangUp(other_leg))
            case Confer(leg, _, colleague_leg):
                await self._act(colleague_leg, encode.action(SetVariable(colleague_leg, "CALLERCH", leg)))
                await self._act(colleague_leg, encode.action(command))
                await self._act(leg, encode.join_conference(leg))
            case Announce(leg, sounds):
                await self._act(leg, encode.action(SetVariable(leg, "ANNOUNCE", "&".join(sounds))))
                await self._act(leg, encode.action(command))
            case HangUp():
                await self._hang_up(command)
            case AskToAnswer():
                await self._ask_to_answer(command)
            case Wait(leg) | BackToMenu(leg):
                await self._redirect(leg, encode.action(command))
            case SetFallback(devices):
                self._demand_link()
                await self._fallback.set(frozenset(devices))
            case _:
                await self._act(command.leg, encode.action(command))

    async def play(self, command: Play) -> Played:
        return await self._playing.play(command)

    async def record(self, command: Record) -> Recorded:
        began = self._clock()
        try:
            await self._playing.settle(command.leg)
            result = await self._run_agi(command.leg, encode.record(command), command.longest + AGI_GRACE)
        except LegGone:
            return Recorded("hangup")
        if "(timeout)" in result:
            return Recorded("longest" if self._clock() - began >= command.longest - 0.2 else "silence")
        if result_code(result) < 0:
            raise SwitchError(f"{command.path} cannot be recorded", "Asterisk must be able to write there")
        return Recorded("key" if result_code(result) > 0 else "hangup")

    async def legs(self) -> tuple[LegSnapshot, ...]:
        while self._rings.on_the_way(self._clock()):  # noqa: ASYNC110  # a few milliseconds, after a fault only
            await asyncio.sleep(NOT_YET_PAUSE)
        return tuple(leg for leg in await self._channels() if leg.place != WATCHER)

    async def sound_from(self, leg: str) -> int:
        return int(parse.number(await self._variable(leg, "CHANNEL(rtcp,rxcount)"), 0.0))

    async def unseen(self) -> Unseen:
        self._demand_link()
        found = await unseen(self._link)
        return replace(found, heard=self._heard_until)

    async def _channels(self) -> tuple[LegSnapshot, ...]:
        names = ",".join((*parse.PLACES, *parse.RINGING_PLACES, parse.SERVED, parse.LEFT_SINCE))
        found = await self._link.ask_list({"Action": "Status", "Variables": names})
        return parse.snapshots(found, self._clock())

    async def _act(self, leg: str, action: encode.Action, along: tuple[encode.Action, ...] = ()) -> Headers:
        self._demand_link()
        try:
            return await self._link.ask(action, along=along)
        except LinkLost:
            raise
        except SwitchError as fault:
            if _says_gone(fault):
                raise LegGone(f"leg {leg} is gone") from None
            raise

    async def _redirect(self, leg: str, action: encode.Action) -> None:
        self._agi.leaves(leg)
        self._playing.forget(leg)
        try:
            await self._act(leg, action)
        except LinkLost:
            raise
        except SwitchError:
            self._agi.stays(leg)
            raise

    def _ring(self, ring: Ring | Summon | Reach | Spy) -> Coroutine[Any, Any, None]:
        if not self._up:
            return self._rung(ring, None)
        sent = self._link.ask(encode.action(ring))
        self._rings.asked(ring.leg, ring.seconds, self._clock())
        return self._rung(ring, sent)

    async def _rung(self, ring: Ring | Summon | Reach | Spy, sent: Awaitable[Headers] | None) -> None:
        try:
            if sent is None:
                raise LinkLost(NO_LINK)
            await sent
        except LinkLost:
            raise
        except SwitchError:
            self._rings.forget(ring.leg)
            raise

    async def _hang_up(self, command: HangUp) -> None:
        """A channel we have just asked for may not be there yet: ask again until it is or has failed."""
        self._agi.leaves(command.leg)
        for _ in range(NOT_YET_TRIES):
            with suppress(LegGone):
                await self._act(command.leg, encode.action(command))
                return
            if not self._rings.maybe_not_yet(command.leg, self._clock()):
                break
            await asyncio.sleep(NOT_YET_PAUSE)
        self._agi.stays(command.leg)

    async def _ask_to_answer(self, command: AskToAnswer) -> None:
        """Asterisk says of a telephone that has not told yet that it rings what it says of one that is gone."""
        for _ in range(RINGS_TRIES):
            with suppress(LegGone):
                await self._act(command.leg, encode.action(command))
                return
            await asyncio.sleep(NOT_YET_PAUSE)
        raise LegGone(f"leg {command.leg} is gone")

    async def _demand_rejoinable(self, agent_leg: str) -> None:
        """A leg that Asterisk's own queue made has no way back to its caller, and would change its name on hold."""
        if not await self._variable(agent_leg, "CALLERCH"):
            raise SwitchError("this call was given to the agent while the engine was gone", "hold it on the telephone")

    async def _variable(self, leg: str, name: str) -> str:
        found = await self._act(leg, {"Action": "Getvar", "Channel": leg, "Variable": name})
        return found.get("value", "")

    async def _run_agi(
        self, leg: str, action: encode.Action, deadline: float, along: tuple[encode.Action, ...] = ()
    ) -> str:
        self._demand_link()
        command_id, future = self._agi.begin(leg)
        try:
            await self._act(leg, {**action, "CommandID": command_id}, along or (encode.wake(leg),))
            result = await asyncio.wait_for(future, deadline)
        except TimeoutError:
            raise LinkLost(f"no result of {action['Command']} in time") from None
        finally:
            self._agi.end(command_id)
            future.cancel()
        if result_code(result) == FAILED and not await self._agi.came_back(leg):
            raise LegGone(f"leg {leg} left the menu")
        return result

    async def _run_sound(self, leg: str, action: encode.Action, along: tuple[encode.Action, ...]) -> str:
        return await self._run_agi(leg, action, LONGEST_SOUND, along)

    def _demand_link(self) -> None:
        if not self._up:
            raise LinkLost(NO_LINK)

    # What Asterisk tells

    def _hear(self, headers: Headers) -> None:
        if self._up:
            self._take(headers)
        elif headers.get("userevent") == MARK:
            self._early.clear()  # the snapshot asked for after the mark knows everything before it
        else:
            self._early.append(headers)

    def _take(self, headers: Headers, known: dict[str, LegSnapshot] | None = None) -> None:
        now = self._clock()
        back = self._agi.hear(headers)
        self._watchdog.hear(headers)
        if headers.get("event") == "Hangup":
            self._playing.forget(headers.get("uniqueid", ""))
        told: tuple[PbxEvent | None, ...] = (
            self._rings.hear(headers, now),
            self._phones.hear(headers, now),
            None if back else parse.event(headers, now),
        )
        for event in told:
            if event is not None and not (known and knows(known, event)):
                self._bus.publish(event)

    async def _session(self) -> None:
        """Learn what lives, say so, then keep the heartbeat and compare now and then."""
        await self._link.ask({"Action": "UserEvent", "UserEvent": MARK})
        channels = await self._channels()
        try:
            contacts = await self._link.ask_list({"Action": "PJSIPShowContacts"})
        except LinkLost:
            raise
        except SwitchError:
            contacts = []  # Asterisk calls an empty list an error
        settings = await self._link.ask({"Action": "CoreSettings"})
        self._begin(channels, contacts, settings.get("asteriskversion", ""))
        beating = await self._beat(False)  # who listens has not yet heard what lives
        await self._watch(channels)
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT_EVERY if beating else HEALTH_AGAIN)
            beating = await self._beat(beating or not beats)
            beats += 1
            if beats % COMPARE_EVERY == 0:
                await self._compare()
                if beating:
                    await forget(self._link)

    async def _beat(self, before: bool) -> bool:
        """Whether it beats now; `before`: whether it did, or should by now."""
        if self._healthy is not None and not await self._healthy():
            if before:
                log.warning("no heartbeat: the engine cannot serve")
            return False
        await self._link.ask({"Action": "Setvar", "Variable": "HEARTBEAT", "Value": str(int(self._clock()))})
        self.beating.set()
        return True

    def _begin(self, channels: tuple[LegSnapshot, ...], contacts: list[Headers], version: str) -> None:
        now = self._clock()
        legs = tuple(leg for leg in channels if leg.place != WATCHER)
        phones = self._phones.reset(each for each in contacts if each.get("event") == "ContactList")
        self._rings.found((leg.leg for leg in legs if leg.place in OURS and not leg.answered), now)
        in_menu = [leg.leg for leg in legs if leg.place == "hotline"]
        self._agi.found(in_menu)
        self._playing.found(in_menu)
        self._watchdog.begin({leg.leg for leg in channels})
        self._up, self._last_fault = True, ""
        log.info("link to Asterisk is up", version=version, legs=len(legs), phones=len(phones))
        self._bus.publish(LinkUp(now, version, legs, phones))
        early, self._early = self._early, []
        known = {leg.leg: leg for leg in legs}
        for headers in early:
            self._take(headers, known)

    def _down(self, why: str) -> None:
        self._early = []
        self._watchdog.stop()
        self._agi.link_lost(why)
        self._playing.link_lost()
        self._fallback.forget()
        now = self._clock()
        if self._up or why != self._last_fault:
            self._bus.publish(LinkDown(now, why))
        self._heard_until = now if self._up else self._heard_until
        self._up, self._last_fault = False, why

    async def _compare(self) -> None:
        channels = await self._channels()
        for leg in self._watchdog.compare({channel.leg for channel in channels}):
            log.warning("a leg ended without a word", leg=leg)
            self._take({"event": "Hangup", "uniqueid": leg, "cause": "0"})
        await self._watch(channels)

    async def _watch(self, channels: tuple[LegSnapshot, ...]) -> None:
        """Set the watcher up where there is none; without it the centre works all the same."""
        if any(leg.place == WATCHER for leg in channels):
            return
        try:
            await self._link.ask(encode.watcher(WATCHER))
        except LinkLost:
            raise
        except SwitchError as fault:
            log.error("nobody watches over callers in the menu", problem=fault.problem)

    async def _end_ghost(self, leg: str) -> None:
        log.warning("hanging up a leg that Asterisk left standing", leg=leg)
        with suppress(SwitchError):
            await self._link.ask({"Action": "Hangup", "Channel": leg, "Cause": "16"})


def _says_gone(fault: SwitchError) -> bool:
    text = fault.problem.lower()
    return any(words in text for words in ("no such channel", "does not exist", "not found", "not up", "async agi"))
