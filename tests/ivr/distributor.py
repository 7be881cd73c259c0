"""What the menu on a real Asterisk is given instead of the distributor."""

from dataclasses import dataclass, field

from acd.calls import Landing
from pbx import commands
from pbx.asterisk import AsteriskSwitch
from pbx.events import CallArrived


@dataclass
class Queue:
    """Stands in for the distributor: notes what it is told and puts callers into the music."""

    switch: AsteriskSwitch
    path: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    identified: list[tuple[str, str]] = field(default_factory=list)
    finished: list[tuple[str, str]] = field(default_factory=list)
    callers: dict[str, str] = field(default_factory=dict)
    visited: set[tuple[str, str]] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)

    async def begin(self, event: CallArrived, tier: str, language: str, menu: str, version: int) -> str:
        self.callers[event.leg] = event.caller
        return event.leg

    async def step(self, call: str, at: float, step: str, keys: str) -> None:
        self.path.append(f"{keys}>{step}" if keys else step)
        self.visited.add((self.callers.get(call, ""), step))

    async def set_language(self, call: str, language: str) -> None:
        pass

    async def identify(self, call: str, customer: str, tier: str) -> None:
        self.identified.append((customer, tier))

    async def enqueue(
        self, call: str, queue: str, skills: dict[str, int], priority: int, after_step: str = "", manager: str = ""
    ) -> None:
        self.queued.append(queue)
        self.handed.add(self.callers.get(call, ""))
        await self.switch.do(commands.Wait(call))

    async def finish(self, call: str, outcome: str, ended_by: str) -> None:
        self.finished.append((outcome, ended_by))

    async def resume(self, leg: str) -> tuple[str, str] | None:
        return None

    async def runs_on(self, call: str) -> tuple[str, int]:
        return ("", 0)

    async def change_version(self, call: str) -> None:
        pass

    async def landing(self, call: str) -> Landing | None:
        return None

    async def connect(self, call: str, number: str) -> str:
        return "no_outside_line"
