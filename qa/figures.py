"""Figures of the quality office: scores by agent and week, how often rules strike, how far people agree with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qa.agreement import Agreement, Hits, Pair, agreement, hits, poor
from qa.review import DECISIVE, Line
from qa.sampling import Plan
from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Scored:
    """One call. `verdicts` by rule and `score` are final ones where the call was reviewed, else the machine's."""

    agent: str
    week: str
    score: float
    veto: bool
    reviewed: bool
    verdicts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Scores of a group of calls: their mean, how many were vetoed and how many a person has reviewed."""

    calls: int
    mean: float
    vetoes: int
    reviewed: int


@dataclass(frozen=True, slots=True)
class RuleFigure:
    """One rule. `judged`: calls in which it was passed or failed; `hit_rate`: failed ÷ judged, None without a call.

    `agreement` and `hits` compare what the machine failed with what finished reviews fail; `flagged`: it needs work.
    """

    rule: str
    judged: int
    failed: int
    agreement: Agreement
    hits: Hits
    flagged: bool

    @property
    def hit_rate(self) -> float | None:
        return self.failed / self.judged if self.judged else None


@dataclass(slots=True)
class _Sum:
    scores: list[float] = field(default_factory=list)
    vetoes: int = 0
    reviewed: int = 0


class Tally:
    """Takes calls and reviews one by one, so that a month need not be in memory at once."""

    def __init__(self) -> None:
        self._agents: dict[str, _Sum] = {}
        self._weeks: dict[str, _Sum] = {}
        self._judged: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._pairs: dict[str, list[Pair]] = {}

    def call(self, scored: Scored) -> None:
        for groups, name in ((self._agents, scored.agent), (self._weeks, scored.week)):
            group = groups.setdefault(name, _Sum())
            group.scores.append(scored.score)
            group.vetoes += scored.veto
            group.reviewed += scored.reviewed
        for rule, verdict in scored.verdicts.items():
            failed = verdict == Verdict.FAIL
            self._judged[rule] = self._judged.get(rule, 0) + (failed or verdict == Verdict.PASS)
            self._failed[rule] = self._failed.get(rule, 0) + failed

    def review(self, lines: Iterable[Line]) -> None:
        """A finished review. Rows on which the machine gave no verdict of its own are left out, and those that both
        hold not to apply: they would make every rule look agreed upon."""
        for line in lines:
            both = {line.machine, line.stands}
            if both <= DECISIVE and both != {Verdict.NA}:
                self._pairs.setdefault(line.id, []).append((_side(line.machine), _side(line.stands)))

    def agents(self) -> dict[str, Standing]:
        return _standings(self._agents)

    def weeks(self) -> dict[str, Standing]:
        return _standings(self._weeks)

    def rules(self, plan: Plan) -> Sequence[RuleFigure]:
        """Every rule seen, in the order of the form."""
        found = []
        for rule in sorted(self._judged.keys() | self._pairs.keys()):
            pairs = self._pairs.get(rule, [])
            agreed, struck = agreement(pairs), hits(pairs)
            flagged = poor(agreed, struck, plan.poor_kappa, plan.from_reviews)
            judged, failed = self._judged.get(rule, 0), self._failed.get(rule, 0)
            found.append(RuleFigure(rule, judged, failed, agreed, struck, flagged))
        return found

    def total(self) -> Standing | None:
        """All calls together, None without one."""
        return _standing(
            _Sum(
                [score for group in self._agents.values() for score in group.scores],
                sum(group.vetoes for group in self._agents.values()),
                sum(group.reviewed for group in self._agents.values()),
            )
        )


def _side(verdict: Verdict) -> str:
    """What matters of a rule is whether it deducts."""
    return "fail" if verdict is Verdict.FAIL else "fine"


def _standings(groups: Mapping[str, _Sum]) -> dict[str, Standing]:
    found = {name: _standing(group) for name, group in sorted(groups.items())}
    return {name: standing for name, standing in found.items() if standing is not None}


def _standing(group: _Sum) -> Standing | None:
    count = len(group.scores)
    return Standing(count, sum(group.scores) / count, group.vetoes, group.reviewed) if count else None
