"""A person's review of a score: its states as a table, the verdicts row by row, and what they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.errors import Refused
from qa.formula import Ruling, Sum, add_up
from qa.verdict import Verdict

DECISIVE = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.NA})


class ReviewState(StrEnum):
    """`open`: a reviewer is at it; `decided`: a second reviewer has answered the agent's appeal."""

    OPEN = "open"
    FINISHED = "finished"
    APPEALED = "appealed"
    DECIDED = "decided"
    ACKNOWLEDGED = "acknowledged"


class Deed(StrEnum):
    FINISH = "finish"
    APPEAL = "appeal"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge"


_NEXT: dict[tuple[ReviewState, Deed], ReviewState] = {
    (ReviewState.OPEN, Deed.FINISH): ReviewState.FINISHED,
    (ReviewState.FINISHED, Deed.APPEAL): ReviewState.APPEALED,
    (ReviewState.FINISHED, Deed.ACKNOWLEDGE): ReviewState.ACKNOWLEDGED,
    (ReviewState.APPEALED, Deed.DECIDE): ReviewState.DECIDED,
    (ReviewState.DECIDED, Deed.ACKNOWLEDGE): ReviewState.ACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row under review. `share`: what the machine would deduct of the row's weight; `verdict` None: undecided.

    `disputed`: two blind reviewers differ, so that only another person's word counts.
    """

    id: str
    machine: Verdict
    share: float
    verdict: Verdict | None = None
    reason: str = ""
    by: str = ""
    at: float = 0.0
    disputed: bool = False

    @property
    def changed(self) -> bool:
        return self.verdict is not None and self.verdict is not self.machine

    @property
    def needs_decision(self) -> bool:
        """Where the machine was not sure, or the row is a person's from the start, a person has to decide."""
        return self.verdict is None and (self.disputed or self.machine not in DECISIVE)

    @property
    def stands(self) -> Verdict:
        return self.verdict or self.machine


def after(state: ReviewState, deed: Deed) -> ReviewState:
    """The state after a deed; raises Refused when it is not allowed in this state."""
    found = _NEXT.get((state, deed))
    if found is None:
        raise Refused("wrong_state", f"a review that is {state} allows no {deed}")
    return found


def opening(items: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The rows of a stored score, nothing decided yet."""
    return tuple(Line(item["id"], Verdict(item["verdict"]), float(item.get("share", 1.0))) for item in items)


def judged(lines: Sequence[Line], row: str, verdict: Verdict, reason: str, who: str, now: float) -> tuple[Line, ...]:
    """The lines with one row decided; to say otherwise than a machine that was sure takes a reason. Raises Refused."""
    found = next((line for line in lines if line.id == row), None)
    if found is None:
        raise Refused("no_such_row", f"the form has no row {row}")
    if verdict not in DECISIVE:
        raise Refused("not_decisive", "a person says pass, fail or not applicable")
    if found.machine in DECISIVE and verdict is not found.machine and not reason:
        raise Refused("reason_missing", "say why the machine's verdict is changed")
    if found.machine not in DECISIVE and verdict is Verdict.FAIL and not reason:
        raise Refused("reason_missing", "say what points are deducted for")
    decided = replace(found, verdict=verdict, reason=reason, by=who, at=now)
    return tuple(decided if line is found else line for line in lines)


def unsettled(lines: Sequence[Line]) -> tuple[str, ...]:
    """Rows that must be decided before the review can be finished."""
    return tuple(line.id for line in lines if line.needs_decision)


def judges(lines: Sequence[Line]) -> frozenset[str]:
    """Whose word stands in these rows."""
    return frozenset(who for line in lines for who in line.by.split(", ") if who)


def total(lines: Sequence[Line], weights: Mapping[str, float], veto_section: str) -> Sum:
    """The score by these verdicts: as the machine's formula, a failure that only a person found costs the whole row."""
    rulings = {
        line.id: Ruling(line.stands, line.share if line.machine is Verdict.FAIL else 1.0)
        for line in lines
    }  # fmt: skip
    return add_up(rulings, weights, veto_section)


def merged(first: Sequence[Line], second: Sequence[Line]) -> tuple[Line, ...]:
    """The first reviewer's lines with those that the second one decided in their place."""
    later = {line.id: line for line in second}
    return tuple(later.get(line.id, line) for line in first)


def stored(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "id": line.id, "machine": line.machine.value, "share": line.share,
            "verdict": line.verdict.value if line.verdict else None, "reason": line.reason, "by": line.by,
            "at": line.at, "disputed": line.disputed,
        }
        for line in lines
    ]  # fmt: skip


def restored(rows: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            row["id"], Verdict(row["machine"]), row["share"], Verdict(row["verdict"]) if row["verdict"] else None,
            row["reason"], row["by"], row["at"], row.get("disputed", False),
        )
        for row in rows
    )  # fmt: skip
