"""Scores and verdicts of many calls, as counts and sums that can be added up. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Marked:
    """The score of one part of a call; `score`, `vetoed` and `verdicts` (`qa.verdict.packed`) are the final ones where
    it was reviewed, else the machine's."""

    call: str
    agent: str
    at: float
    score: float
    vetoed: bool
    reviewed: bool
    verdicts: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Scored calls: how many, the sum of their scores, how many vetoed, how many reviewed by a person."""

    calls: int = 0
    points: float = 0.0
    vetoes: int = 0
    reviewed: int = 0

    def __add__(self, other: Self) -> "Marks":
        return Marks(self.calls + other.calls, self.points + other.points, self.vetoes + other.vetoes,
                     self.reviewed + other.reviewed)  # fmt: skip

    @property
    def mean_score(self) -> float | None:
        return self.points / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class Strikes:
    """Of one rule: calls in which it was passed or failed, and those in which it was failed."""

    judged: int = 0
    failed: int = 0

    @property
    def hit_rate(self) -> float | None:
        return self.failed / self.judged if self.judged else None


def marks_of(lines: Iterable[Marked]) -> Marks:
    count, points, vetoes, reviewed = 0, 0.0, 0, 0
    for line in lines:
        count, points = count + 1, points + line.score
        vetoes, reviewed = vetoes + line.vetoed, reviewed + line.reviewed
    return Marks(count, points, vetoes, reviewed)


def strikes_of(lines: Iterable[Marked]) -> dict[str, Strikes]:
    """By rule, in the order of the form."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(line.verdicts.split())
    rules = sorted({rule for rule, _, _ in (each.partition(":") for each in seen)})
    found = {}
    for rule in rules:
        failed = seen[f"{rule}:{Verdict.FAIL}"]
        found[rule] = Strikes(failed + seen[f"{rule}:{Verdict.PASS}"], failed)
    return {rule: each for rule, each in found.items() if each.judged}


def strikes(line: Marked, rule: str, *, failed: bool) -> bool:
    """Whether the rule was judged in this call, or `failed`."""
    kinds = (Verdict.FAIL,) if failed else (Verdict.FAIL, Verdict.PASS)
    return any(f" {rule}:{kind} " in line.verdicts for kind in kinds)
