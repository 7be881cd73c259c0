"""An agent's phone for demonstrations, benches and tests: registers, rings, answers after a while, speaks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.phones.remote import Remote, Told
from core.errors import HotlineError


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`answer_after` seconds of ringing; None: never. `declines`: answers 603 at that moment instead."""

    answer_after: float | None = 1.0
    declines: bool = False


@dataclass(frozen=True, slots=True)
class Rung:
    """One ring of this phone: who called, when it rang, was answered and ended (epoch seconds), who ended it."""

    number: str
    at: float
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""


Answered = Callable[["AgentPhone", str], Awaitable[None]]
"""Told the phone and the caller's number when the phone has answered."""


class AgentPhone:
    """A SIP phone on pyVoIP in a process of its own.

    `behaviour` may be changed between calls. `on_ring` is told the caller's number; `on_answer` runs as a task for
    each answered call and is cancelled when the call ends. `rung` is set by the first ring. `recordings`: a
    directory where what the agent heard is left as WAV files.
    """

    def __init__(
        self,
        device: str,
        secret: str,
        server: str,
        port: int,
        behaviour: Behaviour | None = None,
        *,
        on_ring: Callable[["AgentPhone", str], None] | None = None,
        on_answer: Answered | None = None,
        recordings: Path | None = None,
    ) -> None:
        self.device = device
        self.behaviour = behaviour or Behaviour()
        self.on_ring = on_ring
        self.on_answer = on_answer
        self.rings: list[Rung] = []
        self.rung = asyncio.Event()
        self._remote = Remote(
            "app.phones.agent_process",
            {"user": device, "secret": secret, "host": server, "port": port, "recordings": str(recordings or "")},
            self._told,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def pid(self) -> int:
        return self._remote.pid

    @property
    def busy(self) -> bool:
        return not self._ended.is_set()

    async def start(self) -> None:
        """Register; raises HotlineError when the server refuses or is silent."""
        try:
            await self._remote.start()
        except HotlineError as fault:
            raise HotlineError(f"phone {self.device} could not register", str(fault)) from None

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._remote.stop()

    def play(self, wav: Path) -> None:
        """Speak a 16-bit mono 8 kHz file after whatever is still being spoken; returns at once."""
        self._remote.order(do="play", wav=str(wav))

    def hang_up(self) -> None:
        self._remote.order(do="hang_up")

    async def until_ended(self) -> None:
        await self._ended.wait()

    def _told(self, told: Told) -> None:
        match told["event"]:
            case "ringing":
                self._ended.clear()
                self.rings.append(Rung(told["number"], told["at"]))
                self.rung.set()
                if self.on_ring:
                    self.on_ring(self, told["number"])
                self._run(self._behave())
            case "answered":
                self._note(answered_at=told["at"])
                if self.on_answer:
                    self._run(self.on_answer(self, told["number"]))
            case "ended":
                self._note(ended_at=told["at"], ended_by=told["by"])
                self._ended.set()
                for task in self._tasks:
                    task.cancel()

    async def _behave(self) -> None:
        if self.behaviour.answer_after is not None:
            await asyncio.sleep(self.behaviour.answer_after)
            self._remote.order(do="decline" if self.behaviour.declines else "answer")

    def _note(self, *, answered_at: float = 0.0, ended_at: float = 0.0, ended_by: str = "") -> None:
        last = self.rings[-1]
        self.rings[-1] = Rung(last.number, last.at, answered_at or last.answered_at, ended_at, ended_by)

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
