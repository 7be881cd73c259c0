"""How many agents a target takes, interval by interval: by Erlang's formulas and by the simulator."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from acd.routing.policies import policy_named
from acd.simulation import erlang
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift
from core.errors import BadInput

MOST, LEAST = 2000, 2000
"""The most calls at once that are staffed for, and the least callers that are simulated."""
NEVER = 1e-6
"""The formulas give no share of exactly 0 or 1."""


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

    @property
    def load(self) -> float:
        """Calls at once, if all were answered."""
        return self.rate * self.handle


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

    if interval.load > MOST:
        problem = (
            f"the calls from second {interval.start:.0f} on keep {interval.load:.0f} agents busy, more than {MOST}"
        )
        raise BadInput(problem, "check the seconds of handle, or shorten --interval")

    def enough(found: erlang.Measures) -> bool:
        return found.in_time >= target.share - NEVER and found.abandoned <= target.abandoned + NEVER

    by_c = erlang.agents_needed(lambda n: enough(erlang.erlang_c(n, rate, handle, target.seconds)))
    by_a = erlang.agents_needed(lambda n: enough(erlang.erlang_a(n, rate, handle, patience, target.seconds)))
    simulated, reached = _by_simulation(interval, target, by_a, seed)
    return Staff(interval, by_c, by_a, simulated, reached)


def _by_simulation(interval: Interval, target: Target, guess: int, seed: int) -> tuple[int, float]:
    """Step from the formula's number to the least that reaches the target; the same callers at each step."""
    count = max(LEAST, round(10 * interval.load))
    callers = _callers(interval, seed, count)
    found: dict[int, tuple[bool, float]] = {}

    def enough(agents: int) -> bool:
        if agents not in found:
            shifts = [Shift(f"{number}", {}, 0.0, math.inf) for number in range(agents)]
            day = simulate(callers, shifts, policy_named("balanced"))
            waits = [each.at - each.caller.arrival for each in day.answered if each.caller.row >= 0]
            reached = sum(wait <= target.seconds for wait in waits) / count
            hung_up = sum(caller.row >= 0 for caller, _ in day.abandoned) / count
            found[agents] = (reached >= target.share and hung_up <= target.abandoned, reached)
        return found[agents][0]

    agents = max(1, guess)
    while not enough(agents):
        agents += 1
    while agents > 1 and enough(agents - 1):
        agents -= 1
    return agents, found[agents][1]


def _callers(interval: Interval, seed: int, count: int) -> list[Caller]:
    """The interval's traffic going on for `count` callers. Those in rows below 0 are there at the beginning, which
    would be easier than the rest without: what is left of an exponential time is as long as a whole one.
    """
    draw, before = random.Random(f"{seed} {interval.start}"), round(interval.load)
    arrivals = [0.0] * before + list(accumulate(_times(draw, count, 1 / interval.rate)))
    handles = _times(draw, before + count, interval.handle)
    patient = math.isinf(interval.patience)
    patience = [math.inf] * len(handles) if patient else _times(draw, len(handles), interval.patience)
    return [
        Caller(row - before, at, "any", 0, {}, handle, waits)
        for row, (at, handle, waits) in enumerate(zip(arrivals, handles, patience, strict=True))
    ]


def _times(draw: random.Random, count: int, mean: float) -> list[float]:
    """Exponential times with exactly this mean: so the load is the interval's, and not by chance some agents more."""
    drawn = [draw.expovariate(1.0) for _ in range(count)]
    scale = mean * count / sum(drawn)
    return [each * scale for each in drawn]
