"""Two versions of a menu compared: rates and times of their calls, and whether a difference is beyond chance."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.usage.use import MenuUse, Spread

LEVEL = 0.05
"""A difference this improbable by chance alone is called one."""
LEAST_EXPECTED = 5
"""Calls expected in each cell below which the normal curve does not fit."""
LEAST_TIMES = 30
"""Calls on each side below which mean times are not compared."""
SOURCE = (
    "two-proportion z test with the pooled share, and for mean times Welch's statistic held against the normal curve: "
    "NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3 and 7.3.1; level 5 %"
)


@dataclass(frozen=True, slots=True)
class RateComparison:
    """`counts` of `of` calls, champion first. `p` None: too few calls to say anything."""

    name: str
    counts: tuple[int, int]
    of: tuple[int, int]
    p: float | None

    @property
    def rates(self) -> tuple[float | None, float | None]:
        first, second = (count / of if of else None for count, of in zip(self.counts, self.of, strict=True))
        return first, second

    @property
    def verdict(self) -> str:
        return verdict(self.p)


@dataclass(frozen=True, slots=True)
class TimeComparison:
    """Seconds, champion first; a side without calls is None. `p` as above."""

    name: str
    spreads: tuple[Spread | None, Spread | None]
    p: float | None

    @property
    def verdict(self) -> str:
        return verdict(self.p)


@dataclass(frozen=True, slots=True)
class Comparison:
    rates: tuple[RateComparison, ...]
    times: tuple[TimeComparison, ...]


def verdict(p: float | None) -> str:
    """beyond_chance, chance (a difference this large comes by chance), too_few."""
    return "too_few" if p is None else "beyond_chance" if p < LEVEL else "chance"


def compare(champion: MenuUse, challenger: MenuUse) -> Comparison:
    both = (champion, challenger)
    abandoned = [each.abandoned_in_menu + each.abandoned_in_queue for each in both]
    counted = {
        "self_service_rate": ([each.self_service for each in both], [each.over for each in both]),
        "abandonment_rate": (abandoned, [each.over for each in both]),
        "queued_rate": ([each.queued for each in both], [each.over for each in both]),
    }
    return Comparison(
        rates=tuple(
            RateComparison(name, (a[0], a[1]), (of[0], of[1]), p_of_proportions(a[0], of[0], a[1], of[1]))
            for name, (a, of) in counted.items()
        ),
        times=(
            _times("seconds_to_person", champion.seconds_to_person, challenger.seconds_to_person),
            _times("seconds_to_answer", champion.seconds_to_answer, challenger.seconds_to_answer),
        ),
    )


def p_of_proportions(count_a: int, of_a: int, count_b: int, of_b: int) -> float | None:
    """Two-sided probability of so different shares if both sides were alike; None for too few calls."""
    if not of_a or not of_b:
        return None
    pooled = (count_a + count_b) / (of_a + of_b)
    if min(of_a, of_b) * min(pooled, 1 - pooled) < LEAST_EXPECTED:
        return None
    error = math.sqrt(pooled * (1 - pooled) * (1 / of_a + 1 / of_b))
    return _two_sided((count_a / of_a - count_b / of_b) / error)


def p_of_means(a: Spread | None, b: Spread | None) -> float | None:
    if a is None or b is None or min(a.calls, b.calls) < LEAST_TIMES:
        return None
    error = math.sqrt(a.deviation**2 / a.calls + b.deviation**2 / b.calls)
    if not error:
        return 1.0 if a.mean == b.mean else 0.0
    return _two_sided((a.mean - b.mean) / error)


def in_words(found: Comparison) -> Iterable[str]:
    """A plain line for each measure."""
    says = {
        "beyond_chance": "a difference beyond chance", "chance": "a difference that chance alone may make",
        "too_few": "too few calls to tell",
    }  # fmt: skip
    for rate in found.rates:
        shown = [
            f"{count} of {of} ({count / of:.1%})" if of else "no calls"
            for count, of in zip(rate.counts, rate.of, strict=True)
        ]
        yield f"{rate.name}: live {shown[0]}, challenger {shown[1]}: {says[rate.verdict]}{_p(rate.p)}"
    for time in found.times:
        shown = ["no calls" if each is None else f"{each.mean:.1f} s of {each.calls} calls" for each in time.spreads]
        yield f"{time.name}: live {shown[0]}, challenger {shown[1]}: {says[time.verdict]}{_p(time.p)}"


def _times(name: str, a: Spread | None, b: Spread | None) -> TimeComparison:
    return TimeComparison(name, (a, b), p_of_means(a, b))


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _p(p: float | None) -> str:
    return "" if p is None else f" (p {p:.3f})"
