"""Figures of the quality office: scores by agent, team and week, how often rules strike, how far judges agree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from qa.agreement import Agreement, Pair, agreement
from qa.figures.hits import Hits, hits, poor
from qa.review import DECISIVE, Line
from qa.sampling import Plan
from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Scored:
    """One call. `verdicts` by rule and `score` are final ones where the call was reviewed, else the machine's.

    `team`: the agent's, '' without one.
    """

    agent: str
    team: str
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

    `agreement` and `hits` compare what the machine failed with what people judged in finished reviews; `flagged`: it
    needs work. `people`: how far people who marked the same calls blind agree with each other.
    """

    rule: str
    judged: int
    failed: int
    agreement: Agreement
    hits: Hits
    people: Agreement
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
        self._teams: dict[str, _Sum] = {}
        self._weeks: dict[str, _Sum] = {}
        self._judged: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._pairs: dict[str, list[Pair]] = {}
        self._people: dict[str, list[Pair]] = {}

    def call(self, scored: Scored) -> None:
        places = ((self._agents, scored.agent), (self._teams, scored.team), (self._weeks, scored.week))
        for groups, name in places:
            group = groups.setdefault(name, _Sum())
            group.scores.append(scored.score)
            group.vetoes += scored.veto
            group.reviewed += scored.reviewed
        for rule, verdict in scored.verdicts.items():
            failed = verdict == Verdict.FAIL
            self._judged[rule] = self._judged.get(rule, 0) + (failed or verdict == Verdict.PASS)
            self._failed[rule] = self._failed.get(rule, 0) + failed

    def review(self, lines: Iterable[Line]) -> None:
        """A finished review. Only rows that a person judged count, not those left as the machine had them, and none
        on which the machine gave no verdict of its own or that both hold not to apply: they would make every rule look
        agreed upon."""
        for line in lines:
            if line.verdict is not None and line.machine in DECISIVE:
                self._compare(self._pairs, line.id, line.machine, line.verdict)

    def blind(self, forms: Sequence[Mapping[str, Verdict]]) -> None:
        """Verdicts by rule of people who marked one call blind."""
        for first, second in combinations(forms, 2):
            for rule, verdict in first.items():
                if rule in second:
                    self._compare(self._people, rule, verdict, second[rule])

    def _compare(self, pairs: dict[str, list[Pair]], rule: str, first: Verdict, second: Verdict) -> None:
        if {first, second} != {Verdict.NA}:
            pairs.setdefault(rule, []).append((_side(first), _side(second)))

    def agents(self) -> dict[str, Standing]:
        return _standings(self._agents)

    def teams(self) -> dict[str, Standing]:
        return _standings(self._teams)

    def weeks(self) -> dict[str, Standing]:
        return _standings(self._weeks)

    def rules(self, plan: Plan) -> Sequence[RuleFigure]:
        """Every rule seen, in the order of the form."""
        found = []
        for rule in sorted(self._judged.keys() | self._pairs.keys() | self._people.keys()):
            pairs = self._pairs.get(rule, [])
            agreed, struck = agreement(pairs), hits(pairs)
            flagged = poor(agreed, struck, plan.poor_kappa, plan.from_reviews)
            judged, failed = self._judged.get(rule, 0), self._failed.get(rule, 0)
            people = agreement(self._people.get(rule, []))
            found.append(RuleFigure(rule, judged, failed, agreed, struck, people, flagged))
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
