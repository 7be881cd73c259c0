"""Erlang C and Erlang A: waiting with Poisson arrivals, exponential calls and, for A, exponential patience. Pure.

Erlang C: A. K. Erlang (1917); the blocking recursion and the step from B to C as in any text on queues.
Erlang A: C. Palm (1946); measures as in O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient
customers" (M&SOM 2002) and A. Mandelbaum, S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007).
Here Erlang A is computed from the chain's stationary distribution and, for the wait, from the passage through it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, isinf, sqrt

LIGHT = 1e-15
"""A number waiting that weighs less, next to the likeliest, counts no more."""


@dataclass(frozen=True, slots=True)
class Measures:
    """`delayed`: share who wait at all. `in_time`: share of those offered who are answered within the threshold.
    `abandoned`: share who hang up. `mean_wait`: seconds over all callers, hang-ups included. `occupancy`: share of
    the agents' time on calls.
    """

    delayed: float
    in_time: float
    abandoned: float
    mean_wait: float
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """Share of callers who find all `agents` busy when nobody may wait; `load` in erlangs."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(agents: int, rate: float, handle: float, threshold: float = 20.0) -> Measures:
    """`rate` in callers a second, `handle` and `threshold` in seconds. Waits are infinite when load ≥ agents."""
    load = rate * handle
    if agents and not load:
        return Measures(0.0, 1.0, 0.0, 0.0, 0.0)
    if load >= agents:
        return Measures(1.0, 0.0, 0.0, inf, 1.0)
    blocked = erlang_b(agents, load)
    delayed = agents * blocked / (agents - load * (1 - blocked))
    spare = (agents - load) / handle
    return Measures(delayed, 1 - delayed * exp(-spare * threshold), 0.0, delayed / spare, load / agents)


def erlang_a(agents: int, rate: float, handle: float, patience: float, threshold: float = 20.0) -> Measures:
    """As erlang_c, with callers who give up after an exponential time of mean `patience` seconds (infinite: never)."""
    if isinf(patience):
        return erlang_c(agents, rate, handle, threshold)
    if agents == 0:
        return Measures(1.0, 0.0, 1.0, patience, 0.0)
    load = rate * handle
    blocked = erlang_b(agents, load)
    if blocked < 1e-300 or patience == 0:
        return Measures(blocked, 1 - blocked, blocked, 0.0, load * (1 - blocked) / agents)
    queue = _queue(agents, rate, handle, patience)
    abandoned = queue.mean / patience / rate
    return Measures(
        queue.delayed,
        1 - queue.delayed * (1 - _answered_by(threshold, queue, agents / handle, 1 / patience)),
        abandoned,
        queue.mean / rate,
        rate * (1 - abandoned) * handle / agents,
    )


def agents_needed(enough: Callable[[int], bool], most: int = 5000) -> int:
    """The least number for which `enough` holds, which it must do for all above; `most` if it never does."""
    low, high = 0, 1
    while high < most and not enough(high):
        low, high = high, min(most, high * 2)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 0 if high == 1 and enough(0) else high


@dataclass(frozen=True, slots=True)
class _Queue:
    """Chance of all agents busy and `least`, `least` + 1 … waiting; what is left out weighs less than 1e-12."""

    least: int
    chances: list[float]

    @property
    def delayed(self) -> float:
        return min(1.0, sum(self.chances))

    @property
    def mean(self) -> float:
        return sum(number * chance for number, chance in enumerate(self.chances, self.least))


def _queue(agents: int, rate: float, handle: float, patience: float) -> _Queue:
    """Weighed from the likeliest number on, both ways: next to nobody waiting its weight may be no float any more."""
    serve, blocked = agents / handle, erlang_b(agents, rate * handle)
    likeliest = max(0, int((rate - serve) * patience))
    below, above = [1.0], [1.0]
    while likeliest + 1 > len(below) and below[-1] > LIGHT:
        number = likeliest + 1 - len(below)
        below.append(below[-1] * (serve + number / patience) / rate)
    while len(above) < 10 or above[-1] > LIGHT:
        above.append(above[-1] * rate / (serve + (likeliest + len(above)) / patience))
    weights = below[:0:-1] + above
    least = likeliest + 1 - len(below)
    if least == 0:  # nobody waiting is likely enough for somebody to be idle
        total = weights[0] + blocked * sum(weights[1:])
        return _Queue(0, [weight * blocked / total for weight in weights])
    total = sum(weights)
    return _Queue(least, [weight / total for weight in weights])


def _answered_by(threshold: float, queue: _Queue, serve: float, leave: float) -> float:
    """Share of the delayed who are answered within `threshold`, by uniformisation of the way to the front.

    With k ahead of him, a caller moves up at rate serve + k·leave, is answered from k = 0 at rate serve, and leaves
    himself at rate leave. The time is cut into parts so short that e^-(steps in a part) is a float. Who has more ahead
    of him than can move up in the time is not followed.
    """
    near, end = 64, queue.least + len(queue.chances)
    while near < end and near < _most_steps((serve + near * leave) * threshold):
        near *= 2
    if near <= queue.least:
        return 0.0
    ahead = [0.0] * queue.least + queue.chances[: near - queue.least]
    chances = [0.0, *(each / queue.delayed for each in ahead)]
    fastest = serve + len(chances) * leave
    parts = int(fastest * threshold / 500) + 1
    steps = fastest * threshold / parts
    for _ in range(parts):
        total, weight, number = [0.0] * len(chances), exp(-steps), 0
        while number < _most_steps(steps):
            total = [whole + weight * each for whole, each in zip(total, chances, strict=True)]
            chances = _moved(chances, serve, leave, fastest)
            number += 1
            weight *= steps / number
        chances = total
        if sum(chances[1:]) < 1e-12:
            break
    return chances[0]


def _most_steps(expected: float) -> float:
    """More do not happen."""
    return expected + 10 * sqrt(expected) + 30


def _moved(chances: list[float], serve: float, leave: float, fastest: float) -> list[float]:
    """One step at rate `fastest`: chances of answered, and of 0, 1, 2 … ahead."""
    moved = [chances[0] + chances[1] * serve / fastest]
    for ahead in range(len(chances) - 1):
        stay = chances[ahead + 1] * (1 - (serve + (ahead + 1) * leave) / fastest)
        up = chances[ahead + 2] * (serve + (ahead + 1) * leave) / fastest if ahead + 2 < len(chances) else 0.0
        moved.append(stay + up)
    return moved
