"""Sounds on a leg in AsyncAGI, and those that the switch starts by itself when a key ends one.

AsyncAGI carries out what stands in its queue at once, but looks for more only when it has read a frame. So behind a
sound with `then` stand two more commands: the one plays what was said to follow the key that has ended the sound, the
other tells how that ended. When we hear of the key, the next sound is already there, and gets what follows it in turn.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from pbx import encode
from pbx.agi import AgiCommands, result_code
from pbx.commands import Play, Played, StopPlaying
from pbx.switch import LinkLost, SwitchError

log = structlog.get_logger(__name__)

PLAIN = re.compile(r"[\w./-]+")
"""Names that Asterisk reads as they are, wherever they stand in a command."""
UNASKED = 2.0
"""Seconds in which somebody must ask for a sound that has begun by itself: as slow as an engine may be under load."""
BETWEEN_STOPS, MOST_STOPS = 0.2, 5
STRAY_STOP = 0.05
"""Seconds after a sound that ended by itself while it was being stopped, before the next may start."""
REMOTELY = "REMOTESTOPPED"

Act = Callable[[str, encode.Action, tuple[encode.Action, ...]], Awaitable[object]]
"""The first action is asked, the others are only sent with it; raises as `AmiLink.ask`, LegGone for a leg not there."""
Run = Callable[[str, encode.Action, tuple[encode.Action, ...]], Awaitable[str]]
"""An AGI command to its result, others sent with it."""


@dataclass(frozen=True, slots=True)
class End:
    """How a sound ended: by which `key`, `at` how many milliseconds."""

    played: Played
    key: str = ""
    at: int = 0

    @property
    def soon(self) -> bool:
        return self.at <= encode.TOO_SOON


@dataclass(frozen=True, slots=True)
class Begun:
    """Plays by itself since `key`; `ended` gets what `_end` reads."""

    sound: str
    key: str
    ended: asyncio.Future[str]


@dataclass(frozen=True, slots=True)
class Following:
    """What was said to follow a sound; `name` is nobody else's: a channel keeps what engines of before have set."""

    name: str
    sounds: dict[str, str]


class Playing:
    """`play` one sound at a time on each leg; `settle` before anything else is to be heard there."""

    def __init__(self, agi: AgiCommands, act: Act, run: Run) -> None:
        self._agi = agi
        self._act = act
        self._run = run
        self._begun: dict[str, Begun] = {}
        self._known: dict[str, Following] = {}
        self._strange: set[str] = set()
        self._ending: set[asyncio.Task[None]] = set()

    def found(self, legs: Iterable[str]) -> None:
        """The link came up: on these legs sounds may play that we know nothing of."""
        self._strange = set(legs)

    async def play(self, command: Play) -> Played:
        leg = command.leg
        if leg in self._strange:
            await self.settle(leg)
        begun = self._begun.pop(leg, None)
        if begun is not None and begun.sound != command.sound:
            await self._stop(leg, begun)
            begun = None
        over = begun is not None and begun.ended.done()  # before what follows it could be told
        sounds = {key: sound for key, sound in command.then if PLAIN.fullmatch(sound)}
        name, told = self._ask_end(leg) if sounds and not over else ("", None)
        following, behind = self._follow(leg, sounds, name) if told else (None, ())
        try:
            end = await (self._join(leg, begun, behind) if begun else self._start(command, behind))
        except BaseException:
            self._agi.end(name)
            raise
        if following and told and end.key in following.sounds and not end.soon:
            self._expect(leg, Begun(following.sounds[end.key], end.key, told))
            return end.played
        self._agi.end(name)
        if begun and end.soon and end.key == begun.key:  # told twice, so it is not over
            return await self.play(command)
        return end.played

    async def settle(self, leg: str) -> None:
        """End what has begun by itself, or was left by an engine of before: ours would wait for its end."""
        if begun := self._begun.pop(leg, None):
            await self._stop(leg, begun)
        elif leg in self._strange:
            self._strange.discard(leg)
            await self._act(leg, encode.action(StopPlaying(leg)), ())
            await asyncio.sleep(STRAY_STOP)

    def forget(self, leg: str) -> None:
        """It leaves the menu, or is gone."""
        self._begun.pop(leg, None)
        self._known.pop(leg, None)
        self._strange.discard(leg)

    def link_lost(self) -> None:
        self._begun.clear()
        self._known.clear()

    async def _start(self, command: Play, behind: tuple[encode.Action, ...]) -> End:
        result = await self._run(command.leg, encode.play(command), (encode.wake(command.leg), *behind))
        code = result_code(result)
        if code > 0:
            return End(Played.INTERRUPTED, chr(code), _number(result.partition("endpos=")[2]))
        return End(Played.FINISHED if code == 0 else Played.MISSING)

    async def _join(self, leg: str, begun: Begun, behind: tuple[encode.Action, ...]) -> End:
        if behind:
            await self._act(leg, behind[0], behind[1:])
        return _end(await begun.ended)

    def _follow(self, leg: str, sounds: dict[str, str], name: str) -> tuple[Following, tuple[encode.Action, ...]]:
        """What follows, and the actions that see to it; what is known from the sound before is not said again."""
        known = self._known.get(leg)
        if known is not None and known.sounds == sounds:
            return known, encode.follow(leg, known.name, name)
        new = self._known[leg] = Following(name.replace("-", "_"), sounds)
        return new, (*encode.followers(leg, new.name, sounds), *encode.follow(leg, new.name, name))

    def _ask_end(self, leg: str) -> tuple[str, asyncio.Future[str]]:
        """As `AgiCommands.begin`, of an answer for which nobody may be waiting when it comes."""
        name, told = self._agi.begin(leg)

        def over(done: asyncio.Future[str]) -> None:
            self._agi.end(name)
            if not done.cancelled():
                done.exception()

        told.add_done_callback(over)
        return name, told

    def _expect(self, leg: str, begun: Begun) -> None:
        self._begun[leg] = begun

        def unasked() -> None:
            if self._begun.get(leg) is begun:
                del self._begun[leg]
                task = asyncio.create_task(self._stop_quietly(leg, begun), name=f"playing:{leg}")
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)

        asyncio.get_running_loop().call_later(UNASKED, unasked)

    async def _stop_quietly(self, leg: str, begun: Begun) -> None:
        with suppress(SwitchError):
            await self._stop(leg, begun)

    async def _stop(self, leg: str, begun: Begun) -> None:
        for _ in range(MOST_STOPS):
            if begun.ended.done():
                break
            await self._act(leg, encode.action(StopPlaying(leg)), ())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(begun.ended), BETWEEN_STOPS)
        else:
            raise LinkLost(f"a sound on leg {leg} cannot be stopped")
        if REMOTELY not in begun.ended.result():
            await asyncio.sleep(STRAY_STOP)


def _end(told: str) -> End:
    """`200 result=1 (USERSTOPPED 1380 5)`: after 1.38 s by key 5."""
    status, at, key, *_ = [*told.partition("(")[2].rstrip(") \n").split(" "), "", ""]
    match status:
        case "USERSTOPPED":
            return End(Played.INTERRUPTED, key, _number(at))
        case "REMOTESTOPPED":
            return End(Played.INTERRUPTED)
        case "ERROR":
            return End(Played.MISSING)
        case _:
            return End(Played.FINISHED)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
