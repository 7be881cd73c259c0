"""How many agents a target takes, interval by interval: by Erlang's formulas and by the simulator."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
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
MOST_INTERVALS = 100_000
"""Five years of half hours: more is a slip of the pen in an arrival."""


@dataclass(frozen=True, slots=True)
class Target:
    """`share` of those offered answered within `seconds`; at most `abandoned` of them hang up."""

    share: float
    seconds: float
    abandoned: float = 1.0


@dataclass(frozen=True)
class Patience:
    """`known`: seconds each caller of the file waits at most, infinite for who has none there. `given`: mean of the
    exponential patience these have; infinite: they wait for ever.
    """

    known: Sequence[float]
    given: float = math.inf

    @cached_property
    def mean(self) -> float:
        """Unless given: the mean of the finite ones, times all callers ÷ those who have one, since the others waited
        without hanging up (infinite when nobody has one).
        """
        if not math.isinf(self.given):
            return self.given
        finite = [each for each in self.known if not math.isinf(each)]
        return fmean(finite) * len(self.known) / len(finite) if finite else math.inf

    @property
    def endless(self) -> float:
        """Share of the callers who wait for ever."""
        return self.known.count(math.inf) / len(self.known) if math.isinf(self.given) else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """`start` in seconds, and the seconds of each call offered in it (with wrap-up)."""

    start: float
    length: float
    handles: Sequence[float]
    patience: Patience

    @property
    def calls(self) -> int:
        return len(self.handles)

    @property
    def handle(self) -> float:
        return fmean(self.handles) if self.handles else 0.0

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
    """The traffic cut into intervals of `length` seconds, with those between that have no calls; `patience`: mean of
    who has none in the file. Raises BadInput for more than MOST_INTERVALS.
    """
    if not callers:
        return []
    waits = Patience([each.patience for each in callers], math.inf if patience is None else patience)
    parts: dict[int, list[float]] = {}
    for each in callers:
        parts.setdefault(int(each.arrival // length), []).append(each.handle + wrap_up)
    first, last = min(parts), max(parts)
    if last - first >= MOST_INTERVALS:
        problem = f"from the first call to the last are {last - first + 1} intervals, more than {MOST_INTERVALS}"
        raise BadInput(problem, "check the seconds of arrival, or give longer ones with --interval")
    return [Interval(number * length, length, parts.get(number, ()), waits) for number in range(first, last + 1)]


def staff_for(interval: Interval, target: Target, seed: int = 1) -> Staff:
    """The least numbers that reach the target in the long run; the simulated one reaches it by more than chance.

    Raises BadInput for more calls at once than MOST.
    """
    if not interval.calls:
        return Staff(interval, 0, 0, 0, 1.0, 0.0, 0.0, 0.0)
    rate, handle, patience = interval.rate, interval.handle, interval.patience.mean

    if interval.load > MOST:
        problem = (
            f"the calls from second {interval.start:.0f} on keep {interval.load:.0f} agents busy, more than {MOST}"
        )
        raise BadInput(problem, "check the seconds of handle, or staff queue by queue with --queue")

    def enough(found: erlang.Measures) -> bool:
        reached = found.in_time >= target.share - NEVER and found.abandoned <= target.abandoned + NEVER
        return reached and not math.isinf(found.mean_wait)

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

    @property
    def least(self) -> float:
        return max(0.0, self.mean - self.error)

    @property
    def most(self) -> float:
        return min(1.0, self.mean + self.error)

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
        # who is found talking is so more likely in a long call
        self._sums = list(accumulate(interval.handles)) if any(interval.handles) else None
        self._growing = interval.load * interval.patience.endless
        self._tried: dict[int, tuple[_Share, _Share]] = {}

    def enough(self, agents: int) -> bool:
        """Never for a queue that grows without end, whatever the target."""
        return agents > self._growing and self._reaches(*self.tried(agents))

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

    def _reaches(self, reached: _Share, abandoned: _Share) -> bool:
        return reached.least >= self._target.share and abandoned.most <= self._target.abandoned

    def _known(self, reached: _Share, abandoned: _Share) -> bool:
        missed = reached.most < self._target.share or abandoned.least > self._target.abandoned
        return missed or self._reaches(reached, abandoned)

    def _waits(self, number: int, agents: int) -> list[float]:
        """Everybody is busy at first; how the first fifth fares is left out."""
        interval, patience = self._interval, self._interval.patience
        if number == len(self._streams):
            draw = random.Random(f"{self._seed} {interval.start} {number}")
            times = interval.handles, patience.known, patience.given
            self._streams.append(one_queue.drawn(draw, self._count, interval.rate, *times))
        draw = random.Random(f"{self._seed} {interval.start} {number} {agents}")
        free = [draw.random() * each for each in draw.choices(interval.handles, cum_weights=self._sums, k=agents)]
        return one_queue.waits(self._streams[number], free)[self._count // 5 :]
