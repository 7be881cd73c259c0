"""What a routing decision costs: on a floor with thousands of agents and callers, in this process, on one core."""

import gc
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from acd import inputs
from acd.decisions import Offer
from acd.floor import Floor
from acd.routing.policies import policy_named
from acd.rule import QueueRule
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift

HANDLE = 180.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time for one event with its decision, and decisions in a second of it."""

    agents: int
    busy: int
    waiting: int
    decisions: int
    per_second: float
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class BenchResult:
    """`crowded`: everybody busy, callers wait, an agent becomes free. `calm`: free agents, a caller joins.
    `busy`: the same free agents among ever more busy ones. `hour_seconds`: processor time to simulate an hour
    of `hour_calls`.
    """

    skills: int
    crowded: Cost
    calm: Cost
    busy: list[Cost]
    hour_calls: int
    hour_seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Crowd:
    """A floor with so many agents and callers; each agent has one to four of the skills."""

    def __init__(self, agents: int, skills: int, seed: int = 1) -> None:
        self._draw = random.Random(seed)
        self._skills = [f"skill{number}" for number in range(skills)]
        self.floor = Floor(policy_named("balanced"), lambda queue: QueueRule(15.0, 0.0))
        self.now = 0.0
        self._calls = 0
        self.talking: list[tuple[str, str]] = []
        for number in range(agents):
            self.floor.handle(self.now, inputs.AgentSignedIn(f"{number}", self.some_skills()))

    def some_skills(self) -> dict[str, int]:
        chosen = self._draw.sample(self._skills, self._draw.randint(1, 4))
        return {skill: self._draw.randint(1, 10) for skill in chosen}

    def join(self) -> float:
        """A caller joins; seconds of work if he was offered to somebody, else 0."""
        self._calls += 1
        need: Mapping[str, int] = {self._draw.choice(self._skills): self._draw.choice((1, 1, 3))}
        priority = self._draw.choice((0, 0, 0, 0, 1, 2))
        return self._timed(inputs.CallerJoined(f"c{self._calls}", "q", need, priority, self.now))

    def finish(self) -> float:
        """A conversation ends; seconds of work if the agent was given the next caller."""
        call, _ = self.talking.pop(self._draw.randrange(len(self.talking)))
        return self._timed(inputs.CallerLeft(call))

    def _timed(self, happened: inputs.Input) -> float:
        self.now += 0.01
        began = time.thread_time()
        decisions = self.floor.handle(self.now, happened)
        took = time.thread_time() - began
        offers = [each for each in decisions if isinstance(each, Offer)]
        for offer in offers:
            self.floor.handle(self.now, inputs.OfferAccepted(offer.call, offer.agent))
            self.talking.append((offer.call, offer.agent))
        return took if offers else 0.0


def run(agents: int, skills: int, waiting: int, decisions: int, hour_calls: int) -> BenchResult:
    busy = [_calm(agents * times, skills, agents // 20, decisions // 2) for times in (1, 2, 4)]
    hour_seconds = _hour(hour_calls) if hour_calls else 0.0
    return BenchResult(
        skills, _crowded(agents, skills, waiting, decisions), _calm(agents, skills, agents // 2, decisions), busy,
        hour_calls, hour_seconds,
    )  # fmt: skip


def _crowded(agents: int, skills: int, waiting: int, decisions: int) -> Cost:
    crowd = Crowd(agents, skills)
    while crowd.floor.waiting < waiting:
        crowd.join()

    def step() -> float:
        if crowd.floor.waiting < waiting:
            crowd.join()
        return crowd.finish()

    return _cost(crowd, agents, decisions, step)


def _calm(agents: int, skills: int, free: int, decisions: int) -> Cost:
    crowd = Crowd(agents, skills)
    while crowd.floor.free > free:
        crowd.join()

    def step() -> float:
        while crowd.floor.free < free:
            crowd.join()
        took = crowd.join()
        while crowd.floor.free < free and crowd.talking:
            crowd.finish()
        return took

    return _cost(crowd, agents, decisions, step)


def _cost(crowd: Crowd, agents: int, decisions: int, step: Any) -> Cost:
    gc.collect()
    waiting, busy = crowd.floor.waiting, len(crowd.talking)
    took: list[float] = []
    while len(took) < decisions:
        if seconds := step():
            took.append(seconds)
    took.sort()
    micro = [1e6 * took[max(0, ceil(share * len(took)) - 1)] for share in (0.5, 0.99, 1.0)]
    return Cost(agents, busy, waiting, len(took), len(took) / sum(took), *micro)


def _hour(calls: int) -> float:
    """Seconds of processor time to simulate an hour of so many calls with some waiting."""
    draw = random.Random(1)
    skills = [f"skill{number}" for number in range(60)]
    callers = [
        Caller(row, 3600.0 * row / calls, "q", draw.choice((0, 0, 0, 1)), {draw.choice(skills): 1},
               draw.expovariate(1 / HANDLE), draw.expovariate(1 / 120))
        for row in range(calls)
    ]  # fmt: skip
    shifts = [
        Shift(f"{number}", {skill: draw.randint(1, 10) for skill in draw.sample(skills, draw.randint(1, 4))}, 0.0, 1e5)
        for number in range(int(calls / 3600 * HANDLE))
    ]
    began = time.process_time()
    simulate(callers, shifts, policy_named("balanced"))
    return time.process_time() - began


def text(result: BenchResult) -> str:
    heading = f"{'':<26}{'agents':>7}{'busy':>7}{'waiting':>8}{'per s':>8}{'p50 µs':>8}{'p99 µs':>8}{'worst µs':>9}"
    rows = [("agent free, callers wait", result.crowded), ("caller joins, agents free", result.calm)]
    rows += [(f"  few free, busy × {times}", cost) for times, cost in zip((1, 2, 4), result.busy, strict=True)]
    lines = [heading]
    for title, cost in rows:
        lines.append(
            f"{title:<26}{cost.agents:>7}{cost.busy:>7}{cost.waiting:>8}{cost.per_second:>8.0f}{cost.p50:>8.0f}"
            f"{cost.p99:>8.0f}{cost.worst:>9.0f}"
        )
    if result.hour_calls:
        lines.append(f"an hour of {result.hour_calls} calls simulated in {result.hour_seconds:.1f} s of processor time")
    return "\n".join(lines)
