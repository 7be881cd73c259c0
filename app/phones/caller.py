"""Callers from the outside: a real SIP call per script, from any number, through the unregistered trunk."""

import asyncio
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.phones.remote import Remote, Told


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Keys as RFC 4733 events, one after the other."""

    keys: str


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a 16-bit mono 8 kHz WAV file to its end."""

    wav: Path


@dataclass(frozen=True, slots=True)
class UntilAnswered:
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class UntilEnded:
    """Stay on the line until the other side hangs up, or we do after `within` seconds."""

    within: float = 120.0


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Step = Wait | Press | Say | UntilAnswered | UntilEnded | HangUp


@dataclass(slots=True)
class Result:
    """What happened to one call; times are epoch seconds, 0 when it did not. `status` is the last SIP status."""

    number: str
    dialled_at: float = 0.0
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""
    status: int = 0
    pressed: str = ""
    faults: list[str] = field(default_factory=list)


class Caller:
    """One caller's line. `run` dials, plays the script and returns what happened; `say` speaks in between."""

    def __init__(self, number: str, dialled: str) -> None:
        self.result = Result(number)
        self.dialled = dialled
        self.order: Callable[..., None] = _no_telephone
        self._answered = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def up(self) -> bool:
        return self._answered.is_set() and not self._ended.is_set()

    def dial(self, recording: Path | None = None, shown: str = "") -> None:
        self.result.dialled_at = time.time()
        self.order(
            do="dial", number=self.result.number, dialled=self.dialled, recording=str(recording or ""), shown=shown
        )

    async def run(self, script: tuple[Step, ...], recording: Path | None = None, shown: str = "") -> Result:
        """The whole call; the script stops early when the other side hangs up."""
        self.dial(recording, shown)
        for step in script:
            if self._ended.is_set():
                break
            await self._take(step)
        self.hang_up()
        await self._wait(self._ended, 5.0)
        return self.result

    def play(self, wav: Path) -> None:
        self.order(do="play", wav=str(wav))

    def press(self, keys: str) -> None:
        self.result.pressed += keys
        self.order(do="press", keys=keys)

    def hang_up(self) -> None:
        if not self._ended.is_set():
            self.result.ended_by = self.result.ended_by or "caller"
            self.order(do="hang_up")

    async def until_answered(self, within: float = 30.0) -> bool:
        """False when nobody answered, or the call ended first."""
        return await self._wait(self._answered, within) and self.up

    async def until_ended(self, within: float) -> bool:
        return await self._wait(self._ended, within)

    async def stay(self, seconds: float) -> bool:
        """Wait on the line; False as soon as it is cut."""
        return not await self._wait(self._ended, seconds)

    def hear(self, told: Told) -> None:
        """An event of this line from the process."""
        match told["event"]:
            case "answered":
                self.result.answered_at = told["at"]
                self._answered.set()
            case "ended":
                self.result.ended_at = told["at"]
                self.result.status = told["status"]
                self.result.ended_by = self.result.ended_by or "centre"
                self._ended.set()
                self._answered.set()
            case "fault":
                self.result.faults.append(told["text"])
            case "gone":
                self.result.faults.append("the telephone's process died")
                self._ended.set()

    async def _take(self, step: Step) -> None:
        match step:
            case Wait(seconds):
                await self._wait(self._ended, seconds)
            case Press(keys):
                self.press(keys)
            case Say(wav):
                self.play(wav)
                await self._wait(self._ended, length_of(wav))
            case UntilAnswered(within):
                if not await self._wait(self._answered, within):
                    self.result.faults.append(f"not answered within {within} s")
                    self.hang_up()
            case UntilEnded(within):
                if not await self._wait(self._ended, within):
                    self.result.faults.append(f"still on the line after {within} s")
            case HangUp():
                self.hang_up()
                await self._wait(self._ended, 5.0)

    async def _wait(self, event: asyncio.Event, seconds: float) -> bool:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        return True


class CallerLines:
    """The callers' side of the trunk: a process per caller. Use as `async with`."""

    def __init__(self, server: str, port: int) -> None:
        self._setup = {"host": server, "port": port, "here": "127.0.0.1"}
        self._remotes: list[Remote] = []

    @property
    def pids(self) -> list[int]:
        return [remote.pid for remote in self._remotes]

    async def caller(self, number: str, dialled: str) -> Caller:
        """A telephone with this number, ready to dial; it can call once."""
        caller = Caller(number, dialled)
        remote = Remote("app.phones.caller_process", self._setup, caller.hear)
        self._remotes.append(remote)
        await remote.start()
        caller.order = remote.order
        return caller

    async def __aenter__(self) -> "CallerLines":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(remote.stop() for remote in self._remotes))


def _no_telephone(**_order: object) -> None:
    raise RuntimeError("the caller has no telephone yet")


def length_of(wav: Path) -> float:
    """Seconds of sound in a WAV file."""
    with wave.open(str(wav)) as sound:
        return float(sound.getnframes() / sound.getframerate())
