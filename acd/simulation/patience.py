"""How long callers would have waited of whom a day shows only that they waited longer: its survival curve. Pure.

E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", J. Amer. Statist. Assoc. 53 (1958),
taken for callers' patience by L. Brown et al., "Statistical analysis of a telephone call center", the same 100 (2005).
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import inf, log
from operator import neg


class Patience:
    """Behind the last hang-up nothing is known: there callers hang up at the rate at which those of all the day did."""

    def __init__(self, waits: Iterable[tuple[float, bool]]) -> None:
        """The seconds each caller waited, and whether he hung up then."""
        ordered = sorted((seconds, not hung_up) for seconds, hung_up in waits)
        self._times, self._shares = [0.0], [1.0]
        for others, (seconds, stayed) in enumerate(ordered):
            if not stayed:
                self._times.append(seconds)
                self._shares.append(self._shares[-1] * (1 - 1 / (len(ordered) - others)))
        waited = sum(seconds for seconds, _ in ordered)
        self._rate = (len(self._times) - 1) / waited if waited else 0.0

    def beyond(self, waited: float, call: str) -> float:
        """Of one of them who stayed so long, seconds that are more; the same for the same call and day. Infinite where
        nobody hung up."""
        known = bisect_right(self._times, waited)
        share = self._shares[known - 1] * (1 - random.Random(call).random())
        found = bisect_left(self._shares, -share, lo=known, key=neg)
        if found < len(self._times):
            return self._times[found]
        longest = max(waited, self._times[-1])
        return longest - log(share / self._shares[-1]) / self._rate if self._rate else inf
