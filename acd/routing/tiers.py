"""Which priorities go strictly first: the upper end of what calls of late. Pure."""

from itertools import accumulate
from math import inf

FORGOTTEN = 1 / 16
"""Calls: less of a rank counts as none."""


class Tiers:
    """How the arrivals spread over the priorities, forgotten by half each `memory` s.

    The strict tier is the highest priority that makes, with those above it, a noticeable `share` of the calls; whoever
    stands still higher goes strictly too, but a single call of a rare rank takes the place of no tier. Where no tier is
    noticed yet, the highest rank is it. Below it there must be a noticeable share as well.
    """

    def __init__(self, memory: float = 1800.0, share: float = 0.005) -> None:
        self._memory = memory
        self._share = share
        self._counts: dict[int, float] = {}
        self._calls: dict[int, int] = {}  # those that are not forgotten yet
        self._at = 0.0
        self.strict = inf

    def count(self, priority: int, now: float) -> None:
        fade = 2.0 ** (-max(0.0, now - self._at) / self._memory)
        faded = {each: count * fade for each, count in self._counts.items() if count * fade > FORGOTTEN}
        faded[priority] = faded.get(priority, 0.0) + 1.0
        self._calls = {each: self._calls.get(each, 0) + (each == priority) for each in faded}
        self._counts, self._at = faded, max(now, self._at)
        self.strict = self._found()

    def _found(self) -> float:
        ranks = sorted(self._counts, reverse=True)
        above = list(accumulate(self._counts[each] for each in ranks))
        least = self._share * above[-1]
        calls = accumulate(self._calls[each] for each in ranks)
        tiers = [each for each in zip(ranks, above, calls, strict=True) if above[-1] - each[1] >= least]
        if not tiers:
            return inf
        noticed = (rank for rank, count, number in tiers if number > 1 and count >= least)
        return float(next(noticed, tiers[0][0]))
