"""The scoring formula: verdicts and weights become deductions, vetoes and a score, whoever gave the verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass

from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Ruling:
    """A row's verdict; `share` is the part of its weight a failure costs, 0..1."""

    verdict: Verdict
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Sum:
    """`score` 0..100; the `deductions`, in points by row, add up to 100 − score. `veto`: the rows that made it 0."""

    score: float
    veto: tuple[str, ...]
    deductions: dict[str, float]


def add_up(rulings: Mapping[str, Ruling], weights: Mapping[str, float], veto_section: str) -> Sum:
    """The weight of rows that do not apply is shared out among the others; a failed veto row takes what is left."""
    counted = {
        row: weights[row]
        for row, ruling in rulings.items()
        if ruling.verdict is not Verdict.NA and not row.startswith(veto_section)
    }
    total = sum(counted.values())
    scale = 100 / total if total else 0.0
    lost = {
        row: counted.get(row, 0.0) * scale * ruling.share if ruling.verdict is Verdict.FAIL else 0.0
        for row, ruling in rulings.items()
    }
    veto = tuple(
        row for row, ruling in rulings.items() if row.startswith(veto_section) and ruling.verdict is Verdict.FAIL
    )
    rest = 100 - sum(lost.values())
    for row in veto:
        lost[row] = rest / len(veto)
    deductions = {row: round(points, 2) for row, points in lost.items()}
    score = 0.0 if veto else max(0.0, round(100 - sum(deductions.values()), 2))
    return Sum(score, veto, deductions)
