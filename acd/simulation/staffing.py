"""How many agents a target takes, interval by interval: by Erlang's formulas and by the simulator."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from acd.simulation import erlang, one_queue
from acd.simulation.traffic import Caller
from core.errors import BadInput

MOST = 5000
"""The most calls at once that are staffed for: with more, one interval takes the formulas and the draws minutes."""
WIDTHS = {12: 3.11, 24: 2.81}
"""After so many draws the matter is looked at: within so many standard errors lie 99 % (Student's t)."""
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
    """Agents by Erlang C, Erlang A and simulation, and what the simulation reached with its number: the shares answered
    in time and hung up, each within ± its error 99 times of 100.
    """

    interval: Interval
    erlang_c: int
    erlang_a: int
    simulated: int
    reached: float
    reached_error: float
    abandoned: float
    abandoned_error: float


def intervals_of(callers: Sequence[Caller], length: float, wrap_up: float, patience: float | None) -> list[Interval]:
    """The traffic cut into intervals of `length` seconds. Mean patience, unless given, is seen from the file: the
    mean of the patience column, times all callers ÷ those who have one there, since the others waited without hanging
    up (infinite when nobody has one).
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
    """The least numbers that reach the target in the long run; the simulated one reaches it by more than chance.

    Raises BadInput for more calls at once than MOST.
    """
    rate, handle, patience = interval.rate, interval.handle, interval.patience

    if interval.load > MOST:
        problem = (
            f"the calls from second {interval.start:.0f} on keep {interval.load:.0f} agents busy, more than {MOST}"
        )
        raise BadInput(problem, "check the seconds of handle, or staff queue by queue with --queue")

    def enough(found: erlang.Measures) -> bool:
        return found.in_time >= target.share - NEVER and found.abandoned <= target.abandoned + NEVER

    most = 2 * MOST
    by_c = erlang.agents_needed(lambda n: enough(erlang.erlang_c(n, rate, handle, target.seconds)), most)
    by_a = erlang.agents_needed(lambda n: enough(erlang.erlang_a(n, rate, handle, patience, target.seconds)), most)
    trial = _Trial(interval, target, seed)
    simulated = _least(trial.enough, max(1, by_a))
    reached, abandoned = trial.tried(simulated)
    return Staff(interval, by_c, by_a, simulated, reached.mean, reached.error, abandoned.mean, abandoned.error)


def _least(enough: Callable[[int], bool], guess: int) -> int:
    """The least number from 1 on that is enough, looked for from `guess` on in steps that grow."""
    low, high, step = guess - 1, guess, 1
    if enough(guess):
        while low and enough(low):
            low, high, step = max(0, low - step), low, step * 2
    else:
        while not enough(high):
            low, high, step = high, high + step, step * 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class _Share:
    """A mean of several draws, and how far off it may be."""

    mean: float
    error: float

    @classmethod
    def of(cls, draws: Sequence[float]) -> "_Share":
        return cls(fmean(draws), WIDTHS[len(draws)] * stdev(draws) / math.sqrt(len(draws)))


class _Trial:
    """The interval's traffic going on for long, drawn several times; every number of agents meets the same callers."""

    def __init__(self, interval: Interval, target: Target, seed: int) -> None:
        self._interval = interval
        self._target = target
        self._seed = seed
        # waits of one caller and the next are much alike, the more so the more agents there are
        self._count = max(20_000, min(100_000, round(1000 * interval.load)), round(40 * interval.load))
        self._streams: list[one_queue.Stream] = []
        self._tried: dict[int, tuple[_Share, _Share]] = {}

    def enough(self, agents: int) -> bool:
        reached, abandoned = self.tried(agents)
        return reached.mean - reached.error >= self._target.share and (
            self._target.abandoned == 1 or abandoned.mean + abandoned.error <= self._target.abandoned
        )

    def tried(self, agents: int) -> tuple[_Share, _Share]:
        """Shares answered in time and hung up; no more draws than it takes to know on which side of the target."""
        if agents not in self._tried:
            self._tried[agents] = self._try(agents)
        return self._tried[agents]

    def _try(self, agents: int) -> tuple[_Share, _Share]:
        in_time, hung_up = list[float](), list[float]()
        for number in range(max(WIDTHS)):
            waits = self._waits(number, agents)
            in_time.append(sum(wait <= self._target.seconds for wait in waits) / len(waits))
            hung_up.append(waits.count(math.inf) / len(waits))
            if number + 1 in WIDTHS:
                found = _Share.of(in_time), _Share.of(hung_up)
                if self._known(*found):
                    break
        return found

    def _known(self, reached: _Share, abandoned: _Share) -> bool:
        short, lost = reached.mean - self._target.share, abandoned.mean - self._target.abandoned
        return -short > reached.error or lost > abandoned.error or (short >= reached.error and -lost >= abandoned.error)

    def _waits(self, number: int, agents: int) -> list[float]:
        """Everybody is busy at first; how the first fifth fares is left out."""
        interval = self._interval
        if number == len(self._streams):
            draw = random.Random(f"{self._seed} {interval.start} {number}")
            self._streams.append(one_queue.drawn(draw, self._count, interval.rate, interval.handle, interval.patience))
        draw = random.Random(f"{self._seed} {interval.start} {number} {agents}")
        free = [draw.expovariate(1.0) * interval.handle for _ in range(agents)]
        return one_queue.waits(self._streams[number], free)[self._count // 5 :]
