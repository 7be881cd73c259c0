"""Which scored calls people look at: by risk, and random samples by plans."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from io import StringIO
from math import ceil
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from core import yamlfile

Count = Annotated[int, Field(ge=0, le=1000)]


class Why(StrEnum):
    """What brings a call to a person, the gravest first."""

    VETO = "veto"
    LOW = "low"
    ANGRY = "angry"
    DOUBT = "doubt"
    WORDING = "wording"
    SAMPLE = "sample"
    ASKED = "asked"


class Draw(BaseModel):
    """One plan: so many calls, or such a share of the calls, of every `of` each `period`; `only`: of some of them.

    `title`: what it is called on pages, by language; without one its name is shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    title: dict[str, str] | None = None
    of: Literal["agent", "queue", "team", "all"] = "agent"
    only: tuple[str, ...] = ()
    period: Literal["day", "week", "month"] = "week"
    count: Count | None = None
    share: float | None = Field(default=None, gt=0, le=1, description="of the scored calls, instead of a count")

    @model_validator(mode="after")
    def _one_size(self) -> "Draw":
        if (self.count is None) == (self.share is None):
            raise ValueError("a plan has a count or a share, one of them")
        if self.of == "all" and self.only:
            raise ValueError("a plan of all calls names none: leave `only` out")
        return self

    def called(self, language: str) -> str:
        return (self.title or {}).get(language) or self.name

    def quota(self, calls: int) -> int:
        """How many of a group's `calls` in the period are listened to."""
        return self.count if self.count is not None else ceil(calls * (self.share or 0) - 1e-9)


class Plan(BaseModel):
    """Random samples by `draws`, and risks; scores below `low_score` come without a draw.

    `double_blind`: the share of drawn calls that two people mark blind. `appeal_days`: how long an agent may appeal
    against a finished review.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draws: tuple[Draw, ...] = (Draw(name="every agent", title={"zh": "每位坐席", "en": "Every agent"}, count=3),)
    double_blind: float = Field(default=0, ge=0, le=1)
    low_score: float = Field(default=60, ge=0, le=100)
    appeal_days: float = Field(default=3, gt=0, le=90)
    poor_kappa: float = Field(default=0.6, ge=-1, le=1, description="rules that agree less with people are flagged")
    from_reviews: int = Field(default=10, ge=2, description="reviewed calls before a rule is flagged")

    @model_validator(mode="after")
    def _names(self) -> "Plan":
        names = [draw.name for draw in self.draws]
        if len(set(names)) < len(names):
            raise ValueError("two plans have the same name")
        return self


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored call without a risk that nobody has reviewed, with the group a draw counts it in; listed in the order
    of their lots."""

    recording: str
    group: str


def load(config_dir: Path) -> Plan:
    """The plan in sampling.yaml, or the usual one where the site has none; raises ConfigError."""
    path = config_dir / "sampling.yaml"
    return yamlfile.load(path, Plan) if path.exists() else Plan()


def read(text: str) -> Plan:
    """The plan in a published text; raises ConfigError."""
    return yamlfile.loads(text, Path("sampling.yaml"), Plan)


def written(plan: Plan) -> str:
    """The plan as YAML."""
    out = StringIO()
    YAML().dump(plan.model_dump(mode="json", exclude_none=True), out)
    return out.getvalue()


def begin_of_period(plan: Draw, now: float, zone: ZoneInfo) -> float:
    """When the period of `now` began: midnight, Monday's or the first's midnight in `zone`."""
    day = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    match plan.period:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
    return day.timestamp()


def why(score: float, veto: bool, doubts: int, plan: Plan, *, angry: bool = False, wording: bool = False) -> Why | None:
    """What makes a call a risk, None when nothing does."""
    if veto:
        return Why.VETO
    if score < plan.low_score:
        return Why.LOW
    if angry:
        return Why.ANGRY
    return Why.DOUBT if doubts else Why.WORDING if wording else None


def drawn(candidates: Iterable[Candidate], done: Mapping[str, int], sizes: Mapping[str, int], draw: Draw) -> list[str]:
    """Recordings still to be listened to this period, by a draw: of each group as many as it leaves after `done`.

    `sizes`: the group's scored calls in the period.
    """
    taken: Counter[str] = Counter()
    found = []
    for each in candidates:
        left = draw.quota(sizes.get(each.group, 0)) - done.get(each.group, 0)
        if taken[each.group] < left:
            taken[each.group] += 1
            found.append(each.recording)
    return found


def lot(recording: str) -> str:
    """A call's place in every draw: a hash, so that its chance depends neither on when it came nor on its score."""
    return hashlib.sha256(recording.encode()).hexdigest()[:16]


def is_double(lot: str, plan: Plan) -> bool:
    """Whether a drawn call is one that two people mark blind; by digits that do not decide the draw."""
    return int(lot[8:], 16) < plan.double_blind * 16**8 if lot else False
