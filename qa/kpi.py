"""Key figures of agents and teams: what is measured, and how weights, targets and floors make points of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import yamlfile
from qa.checks import Text


class Measure(StrEnum):
    """What a figure is made of; each is None where there is nothing to divide by.

    `score`: mean score of the calls scored in the period, final where reviewed. `veto_free`: scored calls without a
    veto ÷ scored calls. `review_score`: mean score of reviewed calls. `answer_rate`: calls taken ÷ calls offered to the
    agent. `answered`: calls taken. `talk`: mean seconds of a talk that began in the period and is over, incoming or
    outgoing, holds counted in; one that was given away counts too.
    """

    SCORE = "score"
    VETO_FREE = "veto_free"
    REVIEW_SCORE = "review_score"
    ANSWER_RATE = "answer_rate"
    ANSWERED = "answered"
    TALK = "talk"


class Indicator(BaseModel):
    """Full points at `target`, none at `floor`, in between in proportion; a target below its floor: less is better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Measure
    title: Text
    weight: float = Field(gt=0, le=100)
    target: float
    floor: float

    @model_validator(mode="after")
    def _apart(self) -> "Indicator":
        if self.target == self.floor:
            raise ValueError("target and floor are the same: nothing is in between")
        return self


class Scheme(BaseModel):
    """What kpi.yaml says; the weights add up to 100."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Literal["week", "month", "quarter"] = "month"
    indicators: tuple[Indicator, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "Scheme":
        total = sum(each.weight for each in self.indicators)
        if abs(total - 100) > 1e-6:
            raise ValueError(f"the weights add up to {total:g}, not 100")
        return self


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts and sums of an agent's period; those of a team are the sums of its agents'."""

    scored: int = 0
    score_sum: float = 0.0
    vetoes: int = 0
    reviewed: int = 0
    review_sum: float = 0.0
    offered: int = 0
    taken: int = 0
    talks: int = 0
    talk_sum: float = 0.0

    def __add__(self, other: "Facts") -> "Facts":
        return Facts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Facts)})


@dataclass(frozen=True, slots=True)
class Result:
    """One figure: `value` None where there is nothing to measure; `reached` 0..1 of the way from floor to target."""

    indicator: Indicator
    value: float | None
    reached: float | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """`points` 0..100, None without any figure: reached × weight, the weight of missing figures shared out."""

    results: tuple[Result, ...]
    points: float | None


def read(text: str) -> Scheme:
    """Raises ConfigError."""
    return yamlfile.loads(text, Path("kpi.yaml"), Scheme)


def load(config_dir: Path) -> Scheme:
    """Raises ConfigError."""
    return yamlfile.load(config_dir / "kpi.yaml", Scheme)


def value(measure: Measure, facts: Facts) -> float | None:
    match measure:
        case Measure.SCORE:
            return _ratio(facts.score_sum, facts.scored)
        case Measure.VETO_FREE:
            return _ratio(facts.scored - facts.vetoes, facts.scored)
        case Measure.REVIEW_SCORE:
            return _ratio(facts.review_sum, facts.reviewed)
        case Measure.ANSWER_RATE:
            return _ratio(facts.taken, facts.offered)
        case Measure.ANSWERED:
            return float(facts.taken)
        case Measure.TALK:
            return _ratio(facts.talk_sum, facts.talks)


def assess(facts: Facts, scheme: Scheme) -> Assessment:
    results = tuple(_result(each, value(each.measure, facts)) for each in scheme.indicators)
    told = [(each.indicator.weight, each.reached) for each in results if each.reached is not None]
    weights = sum(weight for weight, _ in told)
    points = 100 * sum(weight * reached for weight, reached in told) / weights if weights else None
    return Assessment(results, points)


def by_team(facts: Mapping[str, Facts], teams: Mapping[str, str]) -> dict[str, Facts]:
    """Agents' facts added up; agents without a team are left out."""
    found: dict[str, Facts] = {}
    for agent, each in facts.items():
        if team := teams.get(agent, ""):
            found[team] = found.get(team, Facts()) + each
    return dict(sorted(found.items()))


def period_of(day: date, scheme: Scheme) -> tuple[date, date]:
    """First and last day of the period a day is in."""
    match scheme.period:
        case "week":
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=6)
        case "month":
            first = day.replace(day=1)
            return first, _months_on(first, 1) - timedelta(days=1)
        case "quarter":
            first = day.replace(day=1, month=3 * ((day.month - 1) // 3) + 1)
            return first, _months_on(first, 3) - timedelta(days=1)


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.month - 1 + months, 12)
    return date(first.year + year, month + 1, 1)


def _result(indicator: Indicator, found: float | None) -> Result:
    if found is None:
        return Result(indicator, None, None)
    way = (found - indicator.floor) / (indicator.target - indicator.floor)
    return Result(indicator, found, min(max(way, 0.0), 1.0))


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None
