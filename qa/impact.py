"""What a change of rules does to calls: scores before and after, and every verdict that flips."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa.scoring import Score
from qa.verdict import Verdict

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """A score without reasons and evidence: `verdicts` by row."""

    score: float
    veto: tuple[str, ...]
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Change:
    """One call whose verdicts differ; `flips` are (row, before, after)."""

    call: str
    before: float
    after: float
    flips: tuple[tuple[str, Verdict, Verdict], ...]


def outcome(score: Score) -> Outcome:
    return Outcome(score.score, score.veto, {item.id: item.verdict for item in score.items})


class Comparison:
    """Takes calls one by one; keeps counts, and the calls whose score moves most."""

    def __init__(self) -> None:
        self.calls = 0
        self.changed = 0
        self.better = 0
        self.worse = 0
        self.vetoes_gained = 0
        self.vetoes_lost = 0
        self._before = 0.0
        self._after = 0.0
        self.flips: Counter[tuple[str, Verdict, Verdict]] = Counter()
        self._most: list[Change] = []

    def add(self, call: str, before: Outcome, after: Outcome) -> None:
        self.calls += 1
        self._before += before.score
        self._after += after.score
        flips = tuple(
            (row, before.verdicts.get(row, Verdict.NA), after.verdicts.get(row, Verdict.NA))
            for row in dict.fromkeys((*before.verdicts, *after.verdicts))
            if before.verdicts.get(row, Verdict.NA) is not after.verdicts.get(row, Verdict.NA)
        )
        self.flips.update(flips)
        self.changed += bool(flips) or before.score != after.score
        self.better += after.score > before.score
        self.worse += after.score < before.score
        self.vetoes_gained += bool(after.veto) and not before.veto
        self.vetoes_lost += bool(before.veto) and not after.veto
        if flips or before.score != after.score:
            self._most.append(Change(call, before.score, after.score, flips))
            self._most.sort(key=lambda each: (-abs(each.after - each.before), each.call))
            del self._most[SHOWN:]

    @property
    def means(self) -> tuple[float, float] | None:
        """Mean score before and after, None without a call."""
        return (self._before / self.calls, self._after / self.calls) if self.calls else None

    @property
    def most(self) -> tuple[Change, ...]:
        """The calls whose score moves most."""
        return tuple(self._most)


def document(found: Comparison, before: str, after: str, days: int) -> dict[str, Any]:
    means = found.means
    return {
        "before": before, "after": after, "days": days, "calls": found.calls, "changed": found.changed,
        "mean_before": round(means[0], 2) if means else None, "mean_after": round(means[1], 2) if means else None,
        "better": found.better, "worse": found.worse,
        "vetoes_gained": found.vetoes_gained, "vetoes_lost": found.vetoes_lost,
        "flips": [
            {"row": row, "before": old.value, "after": new.value, "calls": count}
            for (row, old, new), count in sorted(found.flips.items(), key=lambda each: (each[0][0], -each[1]))
        ],
        "most_changed": [
            {
                "call": each.call, "before": each.before, "after": each.after,
                "flips": [{"row": row, "before": old.value, "after": new.value} for row, old, new in each.flips],
            }
            for each in found.most
        ],
    }  # fmt: skip
