"""Blind forms: people mark a call without seeing the machine or each other; then their verdicts are laid side by side.

Two kinds of rounds: `double`, one call and the first two who take it, a third person settling what they differ on; and
`calibration`, chosen calls and invited people, compared and talked over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Any

from core.errors import Refused
from qa import review
from qa.agreement import Agreement, agreement, fleiss
from qa.review import Line
from qa.verdict import Verdict

MACHINE = ""
"""The machine's name among the judges."""


class Kind(StrEnum):
    DOUBLE = "double"
    CALIBRATION = "calibration"


class RoundState(StrEnum):
    """`marking`: forms are being filled in; `differing`: the two forms of a double round want a third person."""

    MARKING = "marking"
    DIFFERING = "differing"
    CLOSED = "closed"


class Deed(StrEnum):
    AGREE = "agree"
    DIFFER = "differ"
    SETTLE = "settle"
    CLOSE = "close"


_NEXT: dict[tuple[Kind, RoundState, Deed], RoundState] = {
    (Kind.DOUBLE, RoundState.MARKING, Deed.AGREE): RoundState.CLOSED,
    (Kind.DOUBLE, RoundState.MARKING, Deed.DIFFER): RoundState.DIFFERING,
    (Kind.DOUBLE, RoundState.DIFFERING, Deed.SETTLE): RoundState.CLOSED,
    (Kind.CALIBRATION, RoundState.MARKING, Deed.CLOSE): RoundState.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """One judge's finished form of one call: verdicts by row."""

    by: str
    verdicts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """What each judge said of a row, in the judges' order, None where nothing; `same`: the people do not differ."""

    row: str
    verdicts: tuple[str | None, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class PairAgreement:
    first: str
    second: str
    agreement: Agreement


def after(kind: Kind, state: RoundState, deed: Deed) -> RoundState:
    """The state after a deed; raises Refused when it is not allowed in this state."""
    found = _NEXT.get((kind, state, deed))
    if found is None:
        raise Refused("wrong_state", f"a {kind} round that is {state} allows no {deed}")
    return found


def opening(rows: Iterable[str]) -> tuple[Line, ...]:
    """An empty form: what the machine said is withheld, so every row is a person's."""
    return tuple(Line(row, Verdict.MANUAL, 1.0) for row in rows)


def differing(first: Sequence[Line], second: Sequence[Line]) -> tuple[str, ...]:
    """Rows on which two finished forms differ."""
    other = {line.id: line.verdict for line in second}
    return tuple(line.id for line in first if line.verdict is not other.get(line.id))


def settling(
    items: Sequence[Mapping[str, Any]], forms: Sequence[tuple[str, Sequence[Line]]], now: float
) -> tuple[Line, ...]:
    """The review's lines after two blind forms (`by`, lines): what they agree on decided, the rest left to a third."""
    (one, first), (two, second) = forms
    apart = set(differing(first, second))
    said = {line.id: (line, other) for line, other in zip(first, second, strict=True)}
    lines = []
    for line in review.opening(items):
        mine, theirs = said[line.id]
        if line.id in apart:
            lines.append(replace(line, disputed=True))
        else:
            reason = "; ".join(dict.fromkeys(filter(None, (mine.reason, theirs.reason))))
            lines.append(replace(line, verdict=mine.verdict, reason=reason, by=f"{one}, {two}", at=now))
    return tuple(lines)


def matrix(judges: Sequence[str], marked: Sequence[Marked], rows: Iterable[str]) -> tuple[MatrixRow, ...]:
    """A call's rows × judges."""
    by = {each.by: each.verdicts for each in marked}
    found = []
    for row in rows:
        verdicts = tuple(by[judge].get(row) if judge in by else None for judge in judges)
        people = {verdict for judge, verdict in zip(judges, verdicts, strict=True) if judge != MACHINE and verdict}
        found.append(MatrixRow(row, verdicts, len(people) <= 1))
    return tuple(found)


def pairwise(judges: Sequence[str], calls: Sequence[Sequence[Marked]]) -> tuple[PairAgreement, ...]:
    """Cohen's kappa of every two judges, over the rows of the calls that both have marked."""
    found = []
    for first, second in combinations(judges, 2):
        pairs = []
        for marked in calls:
            by = {each.by: each.verdicts for each in marked}
            if first in by and second in by:
                pairs += [(said, by[second][row]) for row, said in by[first].items() if row in by[second]]
        found.append(PairAgreement(first, second, agreement(pairs)))
    return tuple(found)


def together(judges: Sequence[str], calls: Sequence[Sequence[Marked]]) -> Agreement | None:
    """Fleiss' kappa of all judges over the rows that all have marked; None for fewer than three judges."""
    if len(judges) < 3:
        return None
    things = []
    for marked in calls:
        by = {each.by: each.verdicts for each in marked}
        if set(judges) <= by.keys():
            rows = by[judges[0]]
            things += [[by[judge][row] for judge in judges] for row in rows if all(row in by[j] for j in judges)]
    return fleiss(things)
