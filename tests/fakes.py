"""A switch without Asterisk: the same events in the same order as the real one, with callers and phones to play with.

Needs virtual time (`tests.virtual_time`) or patience: rings, prompts and talks take their seconds on the running loop.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from math import inf
from random import Random
from typing import Any

from core.bus import Bus
from core.clock import Clock
from pbx.commands import (
    Announce,
    Answer,
    AskToAnswer,
    BackToMenu,
    ChangeSpy,
    Command,
    Confer,
    Confirm,
    Give,
    HangUp,
    Hold,
    Mute,
    MuteRecording,
    Play,
    Played,
    Reach,
    Record,
    Recorded,
    Rejoin,
    Ring,
    SendKey,
    SetFallback,
    SetVariable,
    Spy,
    StartRecording,
    StopPlaying,
    StopRecording,
    Summon,
    Wait,
)
from pbx.events import (
    BridgeRefused,
    CallArrived,
    CallerFellBack,
    CallerHeld,
    CallerReleased,
    CallerWaiting,
    Departure,
    HoldChanged,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegJoined,
    LegLeft,
    LegRinging,
    LegSnapshot,
    LinkDown,
    LinkUp,
    PbxEvent,
    PhoneCode,
    PhoneReachable,
    RingFailed,
    Unseen,
)
from pbx.switch import LegGone, LinkLost, SwitchError
from tests.fake_legs import BUSY, DECLINED, NO_ANSWER, NORMAL, RELEASED_PATIENCE, UNREGISTERED, Leg, Phone, write_wav
from tests.virtual_time import now


class FakePbx:
    """Implements `pbx.switch.Switch`; `call`, `press`, `hang_up` and `phone` are the callers' and agents' side."""

    def __init__(self, bus: Bus, clock: Clock = now, chance: Random | None = None) -> None:
        """With `chance`, legs that part tell it in any order that a real switch may choose."""
        self.bus = bus
        self.chance = chance
        self.clock = clock
        self.phones: dict[str, Phone] = {}
        self.durations: dict[str, float] = {}  # sound → seconds; others last `usual_duration`
        self.usual_duration = 3.0
        self.missing: set[str] = set()  # sounds that do not exist
        self.heard: list[tuple[str, str]] = []  # (leg, sound) in the order they began
        self.commands: list[Command] = []
        self.events: list[PbxEvent] = []
        self.live: dict[str, Leg] = {}
        self.fallback: tuple[str, ...] = ()  # who answers while the engine is gone
        self.linked = True
        self.departed: dict[str, Departure] | None = None  # legs that ended while nobody looked
        self.heard_at = inf  # the last sign of an engine's life before the link broke
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # The caller's side

    def call(self, caller: str = "13800000000", dialled: str = "95000") -> str:
        """A caller reaches the hotline; returns his leg."""
        leg = self._new_leg("trunk", "hotline", caller, dialled)
        self._tell(CallArrived(self.clock(), leg.id, caller, dialled))
        return leg.id

    def press(self, leg: str, keys: str) -> None:
        """The caller presses keys one after the other."""
        for key in keys:
            found = self.live[leg]
            self._tell(KeyPressed(self.clock(), leg, key))
            if key in found.stop_keys:
                found.finish("key")

    def fall_back(self, leg: str, device: str = "") -> str:
        """The dial plan gives the caller to its own queue; `device` has answered him there. The agent's leg or ''.

        Whom an agent has served it lets go.
        """
        caller = self.live[leg]
        caller.fail(LegGone(f"leg {leg} was taken away"))
        if caller.served:
            self._end(caller, NORMAL)
            return ""
        caller.place, caller.answered, caller.served_since = "fallback", True, 0.0
        self._tell(CallerFellBack(self.clock(), leg))
        return self.serve(leg, device) if device else ""

    def serve(self, leg: str, device: str) -> str:
        """`device` answers who waits in the dial plan's own queue; the agent's leg."""
        agent = self._new_leg(device, "phones", device, "")
        agent.answered = True
        self._bridge(agent, self.live[leg])
        return agent.id

    def speak(self, leg: str, seconds: float) -> None:
        """The caller talks: a message he leaves is not ended by silence before that."""
        self.live[leg].speaks_until = self.clock() + seconds

    def hang_up(self, leg: str) -> None:
        """The party at that leg (caller or agent) puts the phone down."""
        self._end(self.live[leg], NORMAL)

    # The phones' side

    def phone(self, device: str, **behaviour: Any) -> Phone:
        """Register a phone, or change how it behaves: fields of `Phone`."""
        was = self.phones.get(device)
        phone = replace(was, **behaviour) if was else Phone(**behaviour)
        self.phones[device] = phone
        if phone.registered != (was.registered if was else False):
            self._tell(PhoneReachable(self.clock(), device, phone.registered))
        return phone

    def hold(self, leg: str, held: bool) -> None:
        self._tell(HoldChanged(self.clock(), leg, held))

    def dial_code(self, device: str, code: str) -> str:
        """Somebody dials star and `code` at that phone; his leg."""
        leg = self._new_leg(device, "phones", device, f"*{code}")
        leg.answered = True
        self._tell(PhoneCode(self.clock(), leg.id, device, code))
        return leg.id

    def leg_of(self, device: str) -> str:
        """The leg on which `device` rings or talks now."""
        return next(leg.id for leg in self.live.values() if leg.channel.startswith(f"PJSIP/{device}-"))

    # The link

    def link_up(self) -> None:
        """The link comes (back) up; tells everything that lives."""
        self.linked = True
        phones = frozenset(name for name, phone in self.phones.items() if phone.registered)
        self._tell(LinkUp(self.clock(), "fake", self._snapshots(), phones))

    def link_down(self, why: str = "connection lost") -> None:
        """The link breaks: calls go on, events are lost, commands fail."""
        self._tell(LinkDown(self.clock(), why))
        self.linked, self.departed, self.heard_at = False, self.departed or {}, self.clock()
        for leg in self.live.values():
            if leg.busy_with is not None:
                leg.fail(LinkLost("the link to Asterisk is down"))

    def crash(self) -> None:
        """Asterisk dies with every channel; `link_up` afterwards is its new life."""
        self.link_down("connection lost")
        self.live.clear()
        self.departed = None
        for task in self._tasks:
            task.cancel()

    # The switch

    async def do(self, command: Command) -> None:
        await self._reach()
        self.commands.append(command)
        match command:
            case Answer(leg, within):
                await self._in_menu(leg).until_free(within)
                self._answered(self._in_menu(leg))
            case StopPlaying(leg):
                self._in_menu(leg).finish("key")
            case Wait(leg):
                self._take(self._leg(leg), "centre-wait", CallerWaiting(self.clock(), leg))
            case Announce(leg, sounds):
                self._leg(leg)
                self.heard.extend((leg, sound) for sound in sounds)
            case BackToMenu(leg, served):
                found = self._leg(leg)
                found.served = served
                self._take(found, "hotline", CallArrived(self.clock(), leg, found.caller, found.dialled))
            case Ring() | Summon() | Reach() | Spy():
                self._ring(command)
            case AskToAnswer(leg):
                self._leg(leg).asked.set()
            case Confer(leg, agent_leg, colleague_leg):
                self._part(self._leg(colleague_leg))
                self._leg(leg).place, self._leg(agent_leg).place = "centre-talk-of-three", "centre-agent"
                self._bridge(self._leg(agent_leg), self._leg(leg))
                self._leg(colleague_leg).bridge = self._leg(leg).bridge
            case Mute(leg, muted):
                self._leg(leg).muted = muted
            case SendKey(leg, key):
                self._leg(leg).sent += key
            case Confirm(leg):
                asyncio.get_running_loop().call_later(0.7, self._later_gone, self._leg(leg), NORMAL)  # the tones
            case ChangeSpy(leg, mode):
                self._leg(leg).spies = (self._leg(leg).spies[0], mode)
            case Hold(leg, agent_leg):
                await self._reach()  # it asks first
                if "CALLERCH" not in self._leg(agent_leg).variables:
                    raise SwitchError(f"leg {agent_leg} cannot be held")
                self._hold(self._leg(leg), self._leg(agent_leg))
            case Rejoin(leg):
                self._go_to(self._leg(leg), self._leg(leg).variables["CALLERCH"])
            case Give(leg, caller_leg, other_leg):
                self._give(self._leg(leg), caller_leg, other_leg)
            case HangUp(leg, cause):
                if leg in self.live:
                    self._end(self.live[leg], cause)
            case StartRecording(leg, path):
                self._leg(leg).record_to(path, self.clock())
            case StopRecording(leg):
                self._leg(leg).stop_recording(self.clock())
            case MuteRecording(leg, muted):
                self._leg(leg).mute_recording(muted)
            case SetVariable(leg, name, value):
                self._leg(leg).variables[name] = value
            case SetFallback(devices):
                self.fallback = devices

    async def play(self, command: Play) -> Played:
        await self._reach()
        leg = self._in_menu(command.leg)
        if command.sound in self.missing:
            return Played.MISSING
        self.heard.append((leg.id, command.sound))
        seconds = self.durations.get(command.sound, self.usual_duration)
        result = await leg.occupy(seconds, command.interrupted_by, "finished")
        return Played.INTERRUPTED if result == "key" else Played.FINISHED

    async def record(self, command: Record) -> Recorded:
        await self._reach()
        leg = self._in_menu(command.leg)
        began = self.clock()
        spoken = max(0.0, leg.speaks_until - began)
        seconds, reason = min((spoken + command.silence, "silence"), (float(command.longest), "longest"))
        try:
            result = await leg.occupy(seconds, command.stopped_by, reason)
        except LegGone:
            result = "hangup"
        write_wav(command.path, self.clock() - began)
        return Recorded(result)

    async def legs(self) -> tuple[LegSnapshot, ...]:
        await self._reach()
        return self._snapshots()

    async def sound_from(self, leg: str) -> int:
        await self._reach()
        device = self._leg(leg).channel.removeprefix("PJSIP/").rpartition("-")[0]
        return self._leg(leg).packets(self.clock()) if self.phones[device].sounds else 0

    async def unseen(self) -> Unseen:
        await self._reach()
        return Unseen(self.departed, min(self.heard_at, self.clock()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _tell(self, event: PbxEvent) -> None:
        if self.linked:
            self.events.append(event)
            self.bus.publish(event)

    async def _reach(self) -> None:
        await asyncio.sleep(0.001)
        if not self.linked:
            raise LinkLost("the link to Asterisk is down")

    def _new_leg(self, device: str, place: str, caller: str, dialled: str, leg_id: str = "") -> Leg:
        self._count += 1
        leg = leg_id or f"{int(self.clock())}.{self._count}"
        found = Leg(leg, f"PJSIP/{device}-{self._count:08x}", place, caller, dialled, self.clock())
        self.live[leg] = found
        return found

    def _leg(self, leg: str) -> Leg:
        if leg not in self.live:
            raise LegGone(f"leg {leg} is gone")
        return self.live[leg]

    def _in_menu(self, leg: str) -> Leg:
        found = self._leg(leg)
        if found.place != "hotline":
            raise LegGone(f"leg {leg} left the menu")
        return found

    def _snapshots(self) -> tuple[LegSnapshot, ...]:
        return tuple(leg.snapshot() for leg in self.live.values())

    def _take(self, leg: Leg, place: str, told: PbxEvent) -> None:
        leg.fail(LegGone(f"leg {leg.id} was taken away"))
        leg.place, leg.served_since = place, 0.0
        self._part(leg, told)

    def _answered(self, leg: Leg) -> None:
        if not leg.answered:
            leg.answered = True
            self._tell(LegAnswered(self.clock(), leg.id))

    def _hold(self, caller: Leg, agent: Leg) -> None:
        at, bridge = self.clock(), caller.bridge
        caller.place, agent.place = "centre-hold", "centre-idle"
        if agent.bridge != bridge:
            self._part(agent)
        if bridge and bridge == agent.bridge:
            caller.bridge = caller.partner = agent.bridge = agent.partner = ""
            held: list[PbxEvent] = [LegLeft(at, caller.id, bridge), CallerHeld(at, caller.id)]
            self._tell_racing(held, [LegLeft(at, agent.id, bridge)])
        else:
            self._tell(CallerHeld(at, caller.id))

    def _go_to(self, agent: Leg, caller_id: str) -> None:
        self._part(agent)
        agent.place, agent.variables["CALLERCH"] = "centre-agent", caller_id
        self._connect(agent, caller_id)

    def _ring(self, ring: Ring | Summon | Reach | Spy) -> None:
        phone = self.phones.get(ring.device)
        if phone is None or not phone.registered:
            self._tell(RingFailed(self.clock(), ring.leg, UNREGISTERED))
            return
        leg = self._new_leg(ring.device, "centre-agent", ring.device, "", ring.leg)
        match ring:
            case Ring():
                leg.variables.update({"CALLERCH": ring.caller_leg, **dict(ring.variables)})
            case Summon():
                leg.variables["CALLERCH"] = ring.caller_leg
            case Reach():
                leg.variables.update(dict(ring.variables))
                leg.place, leg.caller, leg.dialled = "centre-reached", ring.device.partition("@")[0], ring.shown_number
            case Spy():
                leg.place, leg.spies = "centre-spy", (ring.spied_leg, ring.mode)
        self._spawn(self._behave(leg, phone, ring))

    async def _behave(self, leg: Leg, phone: Phone, ring: Ring | Summon | Reach | Spy) -> None:
        await asyncio.sleep(0.02)
        if phone.busy:
            self._later_gone(leg, BUSY)
            return
        if leg.id in self.live:
            self._tell(LegRinging(self.clock(), leg.id))
        asked = await leg.asked_within(min(phone.answers_after, phone.declines_after, ring.seconds))
        if not asked and ring.seconds <= min(phone.answers_after, phone.declines_after):
            self._later_gone(leg, NO_ANSWER)
        elif not asked and phone.declines_after <= phone.answers_after:
            self._later_gone(leg, DECLINED)
        elif leg.id in self.live:
            self._picked_up(leg, ring)
            if phone.hangs_up_after != inf:
                await asyncio.sleep(phone.hangs_up_after)
                self._later_gone(leg, NORMAL)

    def _give(self, leg: Leg, caller_leg: str, other_leg: str) -> None:
        leg.spies = ("", "")
        caller, other = self.live.get(caller_leg), self.live.get(other_leg)
        if caller and other and leg.bridge and caller.bridge == other.bridge == leg.bridge:  # three in a room
            self._end(other, NORMAL)
        if caller and caller.bridge and caller.bridge == leg.bridge:
            caller.bridge = caller.partner = leg.bridge = leg.partner = ""
        elif caller and caller.bridge:
            self._part(caller)
        self._go_to(leg, caller_leg)
        if other:
            self._later_gone(other, NORMAL)

    def _picked_up(self, leg: Leg, ring: Ring | Summon | Reach | Spy) -> None:
        match ring:
            case Ring():
                self._connect(leg, ring.caller_leg)
            case Summon():
                self._answered(leg)
            case Reach():
                self._answered(leg)
                if agent := self.live.get(ring.agent_leg):
                    self._connect(agent, leg.id)
                else:
                    self._end(leg, NORMAL)
            case Spy():
                self._listen(leg)

    def _connect(self, agent: Leg, caller_id: str) -> None:
        self._answered(agent)
        caller = self.live.get(caller_id)
        if caller is None or caller.bridge:
            result = "NONEXISTENT" if caller is None else "INCOMPATIBLE"
            self._tell(BridgeRefused(self.clock(), agent.id, result))
            self._end(agent, NORMAL)
            return
        self._bridge(agent, caller)

    def _listen(self, spy: Leg) -> None:
        self._answered(spy)
        if spy.spies[0] not in self.live:
            self._end(spy, NORMAL)

    def _bridge(self, agent: Leg, caller: Leg) -> None:
        bridge, caller.served_since = f"bridge-{agent.id}", self.clock()
        for leg, partner in ((agent, caller), (caller, agent)):
            leg.bridge, leg.partner = bridge, partner.id
            self._tell(LegJoined(self.clock(), leg.id, bridge))

    def _later_gone(self, leg: Leg, cause: int) -> None:
        if leg.id in self.live:
            self._end(leg, cause)

    def _part(self, leg: Leg, *told: PbxEvent) -> None:
        """Take `leg` out of its bridge and tell what becomes of it; the other goes where the dial plan sends it."""
        if not leg.bridge:
            for event in told:
                self._tell(event)
            return
        at, bridge = self.clock(), leg.bridge
        others = [each for each in self.live.values() if each.bridge == bridge and each is not leg]
        if len(others) == 2:
            leg.bridge = leg.partner = ""
            others[0].partner, others[1].partner = others[1].id, others[0].id
            others[0].served_since = others[1].served_since = at
            for event in (LegLeft(at, leg.id, bridge), *told):
                self._tell(event)
            return
        other = self.live[leg.partner]
        leg.bridge = leg.partner = other.bridge = other.partner = ""
        if other.is_agent:
            self._forget(other)
            after: PbxEvent = LegEnded(at, other.id, NORMAL)
        else:
            other.place, other.left_since = "centre-after", at
            after = CallerReleased(at, other.id)
            self._spawn(self._nobody_takes(other))
        self._tell_racing([LegLeft(at, leg.id, bridge), *told], [LegLeft(at, other.id, bridge), after])

    async def _nobody_takes(self, leg: Leg) -> None:
        released = self.clock()
        await asyncio.sleep(RELEASED_PATIENCE)
        if leg.place == "centre-after":
            self._later_gone(leg, NORMAL)
            if self.departed is not None:
                self.departed[leg.id] = Departure("agent", self.clock(), leg.started_at, until=released)

    def _tell_racing(self, first: list[PbxEvent], second: list[PbxEvent]) -> None:
        """Two legs run side by side: each keeps its own order; usually they take turns."""
        turns = [0] * len(first) + [1] * len(second) if len(first) != len(second) else [0, 1] * len(first)
        if self.chance is not None:
            self.chance.shuffle(turns)
        for turn in turns:
            self._tell((first, second)[turn].pop(0))

    def _end(self, leg: Leg, cause: int) -> None:
        self._forget(leg)
        if (leg.is_agent or leg.place == "centre-reached") and not leg.answered:
            self._tell(RingFailed(self.clock(), leg.id, cause))
        self._part(leg, LegEnded(self.clock(), leg.id, cause))

    def _forget(self, leg: Leg) -> None:
        del self.live[leg.id]
        leg.fail(LegGone(f"leg {leg.id} ended"))
        leg.stop_recording(self.clock())
        for spy in [each for each in self.live.values() if each.spies[0] == leg.id and each.answered]:
            asyncio.get_running_loop().call_soon(self._later_gone, spy, NORMAL)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
