"""One queue of equals in order of arrival, caller by caller: what the floor does with one skill, at a hundredth of its
cost. Pure.
"""

import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import accumulate
from math import inf, isinf


@dataclass(frozen=True, slots=True)
class Stream:
    """Callers in order of arrival: when each comes, talks how long, and waits how long at most. Seconds."""

    arrivals: Sequence[float]
    handles: Sequence[float]
    patience: Sequence[float]


def drawn(
    draw: random.Random, count: int, rate: float, handles: Sequence[float], patience: Sequence[float], given: float
) -> Stream:
    """`count` callers at `rate` a second, each with one of `handles` and one of `patience`; instead of an infinite one
    he has an exponential one of mean `given`.
    """
    arrivals = array("d", accumulate(draw.expovariate(rate) for _ in range(count)))
    talks, waits = draw.choices(handles, k=count), draw.choices(patience, k=count)
    if not isinf(given):
        waits = [draw.expovariate(1.0) * given if isinf(each) else each for each in waits]
    return Stream(arrivals, array("d", talks), array("d", waits))


def waits(stream: Stream, free: Sequence[float]) -> list[float]:
    """How long each waits until he is answered, infinite for who hangs up; `free`: from when on each agent is."""
    agents, found = list(free), list[float]()
    heapify(agents)
    for arrival, handle, patience in zip(stream.arrivals, stream.handles, stream.patience, strict=True):
        answered = arrival if arrival > agents[0] else agents[0]
        if answered <= arrival + patience:
            heapreplace(agents, answered + handle)
            found.append(answered - arrival)
        else:
            found.append(inf)
    return found
