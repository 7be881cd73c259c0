"""How many agents a target takes, interval by interval: by Erlang's formulas and by the simulator."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from acd.routing.policies import policy_named
from acd.simulation import erlang
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift


@dataclass(frozen=True, slots=True)
class Target:
    """`share` of those offered answered within `seconds`; at most `abandoned` of them hang up."""

    share: float
    seconds: float
    abandoned: float = 1.0


@dataclass(frozen=True, slots=True)
class Interval:
    """`start` in seconds, calls offered in it, mean seconds of a call (with wrap-up) and of patience."""

    start: float
    length: float
    calls: float
    handle: float
    patience: float

    @property
    def rate(self) -> float:
        return self.calls / self.length


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents by Erlang C, Erlang A and simulation, and what the simulation reached with its number."""

    interval: Interval
    erlang_c: int
    erlang_a: int
    simulated: int
    reached: float


def intervals_of(callers: Sequence[Caller], length: float, wrap_up: float, patience: float | None) -> list[Interval]:
    """The traffic cut into intervals of `length` seconds. Mean patience, unless given, is seen from the file: time of
    waiting is not in it, so it is the mean of the patience column (infinite when nobody has any).
    """
    if not callers:
        return []
    if patience is None:
        known = [each.patience for each in callers if not math.isinf(each.patience)]
        patience = fmean(known) * len(callers) / len(known) if known else math.inf
    parts: dict[int, list[Caller]] = {}
    for each in callers:
        parts.setdefault(int(each.arrival // length), []).append(each)
    return [
        Interval(number * length, length, len(those), fmean(each.handle for each in those) + wrap_up, patience)
        for number, those in sorted(parts.items())
    ]


def staff_for(interval: Interval, target: Target, seed: int = 1) -> Staff:
    """The least numbers that reach the target in the long run."""
    rate, handle, patience = interval.rate, interval.handle, interval.patience

    def enough(found: erlang.Measures) -> bool:
        return found.in_time >= target.share and found.abandoned <= target.abandoned

    by_c = erlang.agents_needed(lambda n: enough(erlang.erlang_c(n, rate, handle, target.seconds)))
    by_a = erlang.agents_needed(lambda n: enough(erlang.erlang_a(n, rate, handle, patience, target.seconds)))
    simulated, reached = _by_simulation(interval, target, by_a, seed)
    return Staff(interval, by_c, by_a, simulated, reached)


def _by_simulation(interval: Interval, target: Target, guess: int, seed: int) -> tuple[int, float]:
    """Step from the formula's number to the least that reaches the target; the same callers at each step."""
    callers = _callers(interval, seed)
    found: dict[int, tuple[bool, float]] = {}

    def enough(agents: int) -> bool:
        if agents not in found:
            shifts = [Shift(f"{number}", {}, 0.0, math.inf) for number in range(agents)]
            day = simulate(callers, shifts, policy_named("balanced"))
            reached = sum(each.at - each.caller.arrival <= target.seconds for each in day.answered) / len(callers)
            hung_up = len(day.abandoned) / len(callers)
            found[agents] = (reached >= target.share and hung_up <= target.abandoned, reached)
        return found[agents][0]

    agents = max(1, guess)
    while not enough(agents):
        agents += 1
    while agents > 1 and enough(agents - 1):
        agents -= 1
    return agents, found[agents][1]


def _callers(interval: Interval, seed: int, count: int = 2000) -> list[Caller]:
    """The interval's traffic going on for `count` callers."""
    draw = random.Random(f"{seed} {interval.start}")
    at, callers = 0.0, list[Caller]()
    for row in range(count):
        at += draw.expovariate(interval.rate)
        patience = math.inf if math.isinf(interval.patience) else draw.expovariate(1 / interval.patience)
        callers.append(Caller(row, at, "any", 0, {}, draw.expovariate(1 / interval.handle), patience))
    return callers
