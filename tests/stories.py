"""Stories of callers and phones: what they do and what the switch must tell, on the fake and on a real Asterisk."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from pbx.commands import (
    Announce,
    Answer,
    BackToMenu,
    HangUp,
    Hold,
    Play,
    Played,
    Record,
    Rejoin,
    Ring,
    StartRecording,
    StopRecording,
    Wait,
)
from pbx.events import (
    BridgeRefused,
    CallArrived,
    CallerHeld,
    CallerReleased,
    CallerWaiting,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegJoined,
    LegRinging,
    PbxEvent,
    RingFailed,
)
from pbx.switch import LegGone, Switch

AGENT = "phone-8001"
SOUND_SECONDS = 4.0
NEVER = float("inf")


class World(Protocol):
    """A switch with one caller and one phone around it. `sound` lasts SOUND_SECONDS."""

    switch: Switch
    sound: str
    folder: Path

    async def call(self) -> str:
        """A caller dials in; returns his leg once CallArrived was told."""

    def press(self, keys: str) -> None: ...

    def speak(self, seconds: float) -> None: ...

    def caller_hangs_up(self) -> None: ...

    def agent_hangs_up(self) -> None: ...

    async def phone(self, **behaviour: Any) -> None:
        """The phone AGENT behaves so: fields of `tests.fakes.Phone`."""

    async def heard(self, kind: type[PbxEvent], leg: str) -> None:
        """Wait until such an event was told, counted from the last one waited for."""

    def agent_leg(self) -> str:
        """An id for the next Ring."""


Script = Callable[[World], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """`told` are the events in order; `?` marks one that may be absent, a Race legs that run side by side."""

    script: Script
    told: "Course"

    @property
    def name(self) -> str:
        return self.script.__name__


@dataclass(frozen=True, slots=True)
class Race:
    """Each leg lives in a thread of its own: the order is kept within a chain, not between the chains."""

    chains: tuple[tuple[str, ...], ...]

    def fits(self, told: list[str]) -> bool:
        wanted = [step for chain in self.chains for step in chain]
        return sorted(told) == sorted(wanted) and all(
            tuple(step for step in told if step in chain) == chain for chain in self.chains
        )

    def __len__(self) -> int:
        return sum(len(chain) for chain in self.chains)


Course = tuple[str | Race, ...]


def normal(events: list[PbxEvent], caller: str, agent: str) -> list[str]:
    """Events as `Kind who detail`; without times, ids, bridges, and what is not about these two legs."""
    who = {caller: "caller", agent: "agent"}
    found = []
    for event in events:
        leg = getattr(event, "leg", "")
        if leg in who:
            detail = next(
                (str(getattr(event, name)) for name in ("cause", "key", "result") if hasattr(event, name)), ""
            )
            found.append(f"{type(event).__name__} {who[leg]} {detail}".rstrip())
    return found


def disagreement(told: list[str], expected: Course) -> str:
    """Where `told` leaves the expected course; empty when it does not."""
    rest = list(told)
    for step in expected:
        if isinstance(step, Race):
            got, rest = rest[: len(step)], rest[len(step) :]
            if not step.fits(got):
                return f"expected {step.chains} side by side, told {got}; in all: {told}"
        elif rest[:1] == [step.removeprefix("?")]:
            rest = rest[1:]
        elif not step.startswith("?"):
            return f"expected {step}, told {rest[:1]}; in all: {told}"
    return f"told besides: {rest}" if rest else ""


ARRIVED = ("CallArrived caller", "LegAnswered caller")
WAITING = (*ARRIVED, "CallerWaiting caller")
RINGING = (*WAITING, "LegRinging agent")
TALKING = (*RINGING, "LegAnswered agent", Race((("LegJoined caller",), ("LegJoined agent",))))
AGENT_GONE = ("LegLeft agent", "LegEnded agent 16")
CALLER_GONE = ("LegLeft caller", "LegEnded caller 16")


async def _answered(world: World) -> str:
    leg = await world.call()
    await world.switch.do(Answer(leg))
    await world.heard(LegAnswered, leg)
    return leg


async def _waiting(world: World) -> str:
    leg = await _answered(world)
    await world.switch.do(Wait(leg))
    await world.heard(CallerWaiting, leg)
    return leg


async def _rung(world: World, seconds: int = 15) -> tuple[str, str]:
    caller, agent = await _waiting(world), world.agent_leg()
    await world.switch.do(Ring(agent, AGENT, caller, "13800000000", "王先生", seconds))
    return caller, agent


async def _talking(world: World) -> tuple[str, str]:
    await world.phone(answers_after=0.3)
    caller, agent = await _rung(world)
    await world.heard(LegJoined, caller)
    await asyncio.sleep(0.3)
    return caller, agent


def _then(world: World) -> tuple[tuple[str, str], ...]:
    """After any of these keys the same sound follows."""
    return tuple((key, world.sound) for key in "12*#")


async def a_caller_hears_a_prompt_to_its_end(world: World) -> None:
    leg = await _answered(world)
    assert await world.switch.play(Play(leg, world.sound)) == Played.FINISHED
    await world.switch.do(HangUp(leg))
    await world.heard(LegEnded, leg)


async def a_sound_that_is_missing_is_told_and_the_call_goes_on(world: World) -> None:
    leg = await _answered(world)
    assert await world.switch.play(Play(leg, "/nowhere/nothing", then=_then(world))) == Played.MISSING
    assert await world.switch.play(Play(leg, world.sound)) == Played.FINISHED
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def a_caller_presses_a_key_early_and_hangs_up_in_the_next_prompt(world: World) -> None:
    leg = await _answered(world)
    asyncio.get_running_loop().call_later(0.5, world.press, "2")
    assert await world.switch.play(Play(leg, world.sound, then=_then(world))) == Played.INTERRUPTED
    asyncio.get_running_loop().call_later(0.5, world.caller_hangs_up)
    with pytest.raises(LegGone):
        await world.switch.play(Play(leg, world.sound))
    await world.heard(LegEnded, leg)
    with pytest.raises(LegGone):
        await world.switch.play(Play(leg, world.sound))


async def a_key_that_does_not_interrupt_is_told_and_the_prompt_goes_on(world: World) -> None:
    leg = await _answered(world)
    asyncio.get_running_loop().call_later(0.5, world.press, "7")
    assert await world.switch.play(Play(leg, world.sound, interrupted_by="1")) == Played.FINISHED
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def keys_pressed_between_prompts_are_told(world: World) -> None:
    leg = await _answered(world)
    world.press("12")
    await world.heard(KeyPressed, leg)
    await world.heard(KeyPressed, leg)
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def a_caller_taken_out_of_a_prompt_waits_and_comes_back_to_the_menu(world: World) -> None:
    leg = await _answered(world)
    asyncio.get_running_loop().call_later(0.5, asyncio.ensure_future, world.switch.do(Wait(leg)))
    with pytest.raises(LegGone):
        await world.switch.play(Play(leg, world.sound, then=_then(world)))
    await world.heard(CallerWaiting, leg)
    await world.switch.do(BackToMenu(leg))
    await world.heard(CallArrived, leg)
    assert await world.switch.play(Play(leg, world.sound)) == Played.FINISHED
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def a_message_ends_with_a_key_with_silence_and_with_the_call(world: World) -> None:
    leg = await _answered(world)
    world.speak(60)
    asyncio.get_running_loop().call_later(2, world.press, "#")
    assert (await world.switch.record(Record(leg, world.folder / "key.wav"))).stopped_by == "key"
    world.speak(1)
    assert (await world.switch.record(Record(leg, world.folder / "quiet.wav", silence=2))).stopped_by == "silence"
    world.speak(60)
    assert (await world.switch.record(Record(leg, world.folder / "long.wav", longest=2))).stopped_by == "longest"
    asyncio.get_running_loop().call_later(2, world.caller_hangs_up)
    assert (await world.switch.record(Record(leg, world.folder / "gone.wav"))).stopped_by == "hangup"
    await world.heard(LegEnded, leg)
    assert all((world.folder / f"{name}.wav").stat().st_size > 8000 for name in ("key", "quiet", "long", "gone"))


async def menu_commands_on_a_waiting_caller_find_him_gone(world: World) -> None:
    leg = await _waiting(world)
    with pytest.raises(LegGone):
        await world.switch.do(Answer(leg))
    with pytest.raises(LegGone):
        await world.switch.play(Play(leg, world.sound))
    await world.switch.do(Wait(leg))
    await world.heard(CallerWaiting, leg)
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def a_caller_who_hangs_up_while_waiting_is_gone(world: World) -> None:
    leg = await _waiting(world)
    await asyncio.sleep(0.3)
    world.caller_hangs_up()
    await world.heard(LegEnded, leg)


async def they_talk_and_the_caller_hangs_up(world: World) -> None:
    caller, agent = await _talking(world)
    world.caller_hangs_up()
    await world.heard(LegEnded, agent)
    await world.heard(LegEnded, caller)


async def they_talk_though_the_caller_was_being_told_something(world: World) -> None:
    await world.phone(answers_after=0.3)
    caller, _ = await _rung(world)
    await world.switch.do(Announce(caller, (world.sound,)))
    await world.heard(LegJoined, caller)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)


async def they_talk_and_the_agent_hangs_up(world: World) -> None:
    caller, agent = await _talking(world)
    world.agent_hangs_up()
    await world.heard(CallerReleased, caller)
    await world.heard(LegEnded, agent)
    await world.switch.do(HangUp(caller))
    await world.heard(LegEnded, caller)


async def a_released_caller_whom_nobody_takes_is_hung_up(world: World) -> None:
    caller, _ = await _talking(world)
    world.agent_hangs_up()
    await world.heard(LegEnded, caller)


async def they_talk_recorded_and_we_end_the_agents_leg(world: World) -> None:
    caller, agent = await _talking(world)
    path, clock = world.folder / "talk.raw", asyncio.get_running_loop().time
    began = clock()
    await world.switch.do(StartRecording(caller, path))
    await asyncio.sleep(2)
    await world.switch.do(StopRecording(caller))
    longest = clock() - began
    await asyncio.sleep(1)
    await world.switch.do(HangUp(agent))
    await world.heard(LegEnded, agent)
    await world.heard(CallerReleased, caller)
    await world.switch.do(HangUp(caller))
    await world.heard(LegEnded, caller)
    assert 1 < path.stat().st_size / 32000 < longest + 0.5


async def we_end_the_callers_leg_in_a_talk(world: World) -> None:
    caller, agent = await _talking(world)
    await world.switch.do(HangUp(caller))
    await world.heard(LegEnded, caller)
    await world.heard(LegEnded, agent)


async def a_caller_taken_out_of_a_talk_waits_again(world: World) -> None:
    caller, agent = await _talking(world)
    await world.switch.do(Wait(caller))
    await world.heard(CallerWaiting, caller)
    await world.heard(LegEnded, agent)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)


async def _held(world: World) -> tuple[str, str]:
    caller, agent = await _talking(world)
    await world.switch.do(Hold(caller, agent))
    await world.heard(CallerHeld, caller)
    await asyncio.sleep(0.3)
    return caller, agent


async def they_talk_again_after_a_hold_and_the_agent_hangs_up(world: World) -> None:
    caller, agent = await _held(world)
    await world.switch.do(Rejoin(agent))
    await world.heard(LegJoined, caller)
    await asyncio.sleep(0.3)
    world.agent_hangs_up()
    await world.heard(CallerReleased, caller)
    await world.heard(LegEnded, agent)
    await world.switch.do(HangUp(caller))
    await world.heard(LegEnded, caller)


async def a_caller_hangs_up_on_hold_and_the_agent_finds_him_gone(world: World) -> None:
    caller, agent = await _held(world)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)
    await world.switch.do(Rejoin(agent))
    await world.heard(LegEnded, agent)


async def an_agent_hangs_up_with_a_caller_on_hold(world: World) -> None:
    caller, agent = await _held(world)
    world.agent_hangs_up()
    await world.heard(LegEnded, agent)
    await world.switch.do(Wait(caller))
    await world.heard(CallerWaiting, caller)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)


async def _failed(world: World, seconds: int = 15) -> None:
    caller, agent = await _rung(world, seconds)
    await world.heard(RingFailed, agent)
    await asyncio.sleep(0.2)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)


async def a_phone_that_is_not_answered_fails(world: World) -> None:
    await world.phone(answers_after=NEVER)
    await _failed(world, seconds=2)


async def a_busy_phone_fails(world: World) -> None:
    await world.phone(busy=True)
    await _failed(world)


async def a_phone_that_declines_fails(world: World) -> None:
    await world.phone(answers_after=NEVER, declines_after=0.5)
    await _failed(world)


async def a_phone_that_is_not_registered_fails_without_a_leg(world: World) -> None:
    await world.phone(registered=False)
    await _failed(world)


async def a_caller_hangs_up_while_the_phone_rings_and_we_end_the_ring(world: World) -> None:
    await world.phone(answers_after=NEVER)
    caller, agent = await _rung(world)
    await world.heard(LegRinging, agent)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)
    await world.switch.do(HangUp(agent))
    await world.heard(LegEnded, agent)


async def a_ring_can_be_cancelled_at_once(world: World) -> None:
    await world.phone(answers_after=NEVER)
    caller, agent = await _rung(world)
    await world.switch.do(HangUp(agent))
    await world.heard(LegEnded, agent)
    world.caller_hangs_up()
    await world.heard(LegEnded, caller)


async def a_phone_answers_after_its_caller_is_gone(world: World) -> None:
    await world.phone(answers_after=3.0)
    _, agent = await _rung(world)
    await world.heard(LegRinging, agent)
    world.caller_hangs_up()
    await world.heard(BridgeRefused, agent)
    await world.heard(LegEnded, agent)


CALLER_ENDED = "LegEnded caller 16"
JOINED = Race((("LegJoined caller",), ("LegJoined agent",)))
HELD = (*TALKING, Race((("LegLeft caller", "CallerHeld caller"), ("LegLeft agent",))))


def _ring_fails(cause: int, *before: str) -> Course:
    return (*WAITING, *before, f"RingFailed agent {cause}", f"LegEnded agent {cause}", CALLER_ENDED)


STORIES = (
    Story(a_caller_hears_a_prompt_to_its_end, (*ARRIVED, CALLER_ENDED)),
    Story(a_sound_that_is_missing_is_told_and_the_call_goes_on, (*ARRIVED, CALLER_ENDED)),
    Story(
        a_caller_presses_a_key_early_and_hangs_up_in_the_next_prompt, (*ARRIVED, "KeyPressed caller 2", CALLER_ENDED)
    ),
    Story(
        a_key_that_does_not_interrupt_is_told_and_the_prompt_goes_on, (*ARRIVED, "KeyPressed caller 7", CALLER_ENDED)
    ),
    Story(
        keys_pressed_between_prompts_are_told, (*ARRIVED, "KeyPressed caller 1", "KeyPressed caller 2", CALLER_ENDED)
    ),
    Story(
        a_caller_taken_out_of_a_prompt_waits_and_comes_back_to_the_menu,
        (*WAITING, "CallArrived caller", CALLER_ENDED),
    ),
    Story(a_message_ends_with_a_key_with_silence_and_with_the_call, (*ARRIVED, "KeyPressed caller #", CALLER_ENDED)),
    Story(a_caller_who_hangs_up_while_waiting_is_gone, (*WAITING, CALLER_ENDED)),
    Story(menu_commands_on_a_waiting_caller_find_him_gone, (*WAITING, "CallerWaiting caller", CALLER_ENDED)),
    Story(
        a_released_caller_whom_nobody_takes_is_hung_up,
        (*TALKING, Race((AGENT_GONE, ("LegLeft caller", "CallerReleased caller"))), CALLER_ENDED),
    ),
    Story(they_talk_and_the_caller_hangs_up, (*TALKING, Race((CALLER_GONE, AGENT_GONE)))),
    Story(they_talk_though_the_caller_was_being_told_something, (*TALKING, Race((CALLER_GONE, AGENT_GONE)))),
    Story(
        they_talk_and_the_agent_hangs_up,
        (*TALKING, Race((AGENT_GONE, ("LegLeft caller", "CallerReleased caller"))), CALLER_ENDED),
    ),
    Story(
        they_talk_recorded_and_we_end_the_agents_leg,
        (*TALKING, Race((AGENT_GONE, ("LegLeft caller", "CallerReleased caller"))), CALLER_ENDED),
    ),
    Story(we_end_the_callers_leg_in_a_talk, (*TALKING, Race((CALLER_GONE, AGENT_GONE)))),
    Story(
        a_caller_taken_out_of_a_talk_waits_again,
        (*TALKING, Race((("LegLeft caller", "CallerWaiting caller"), AGENT_GONE)), CALLER_ENDED),
    ),
    Story(
        they_talk_again_after_a_hold_and_the_agent_hangs_up,
        (*HELD, JOINED, Race((AGENT_GONE, ("LegLeft caller", "CallerReleased caller"))), CALLER_ENDED),
    ),
    Story(
        a_caller_hangs_up_on_hold_and_the_agent_finds_him_gone,
        (*HELD, CALLER_ENDED, "BridgeRefused agent NONEXISTENT", "LegEnded agent 16"),
    ),
    Story(an_agent_hangs_up_with_a_caller_on_hold, (*HELD, "LegEnded agent 16", "CallerWaiting caller", CALLER_ENDED)),
    Story(a_phone_that_is_not_answered_fails, _ring_fails(19, "LegRinging agent")),
    Story(a_busy_phone_fails, _ring_fails(17)),
    Story(a_phone_that_declines_fails, _ring_fails(21, "LegRinging agent")),
    Story(a_phone_that_is_not_registered_fails_without_a_leg, (*WAITING, "RingFailed agent 20", CALLER_ENDED)),
    Story(
        a_caller_hangs_up_while_the_phone_rings_and_we_end_the_ring,
        (*RINGING, CALLER_ENDED, "RingFailed agent 16", "LegEnded agent 16"),
    ),
    Story(
        a_ring_can_be_cancelled_at_once,
        (*WAITING, "?LegRinging agent", "RingFailed agent 16", "LegEnded agent 16", CALLER_ENDED),
    ),
    Story(
        a_phone_answers_after_its_caller_is_gone,
        (*RINGING, CALLER_ENDED, "LegAnswered agent", "BridgeRefused agent NONEXISTENT", "LegEnded agent 16"),
    ),
)
