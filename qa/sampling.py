"""Which scored calls people look at: by risk, and a random sample of every agent's calls by a plan."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from core import yamlfile

Count = Annotated[int, Field(ge=0, le=1000)]


class Why(StrEnum):
    """What brings a call to a person, the gravest first."""

    VETO = "veto"
    LOW = "low"
    ANGRY = "angry"
    DOUBT = "doubt"
    SAMPLE = "sample"
    ASKED = "asked"


class Plan(BaseModel):
    """`calls` of every agent each `period`, other counts in `agents`; scores below `low_score` come without a draw.

    `appeal_days`: how long an agent may appeal against a finished review.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Literal["day", "week", "month"] = "week"
    calls: Count = 3
    agents: dict[str, Count] = {}
    low_score: float = Field(default=60, ge=0, le=100)
    appeal_days: float = Field(default=3, gt=0, le=90)
    poor_kappa: float = Field(default=0.6, ge=-1, le=1, description="rules that agree less with people are flagged")
    from_reviews: int = Field(default=10, ge=2, description="reviewed calls before a rule is flagged")

    def calls_of(self, agent: str) -> int:
        return self.agents.get(agent, self.calls)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored call that nobody has reviewed."""

    recording: str
    agent: str


def load(config_dir: Path) -> Plan:
    """The plan in sampling.yaml, or the usual one where the site has none; raises ConfigError."""
    path = config_dir / "sampling.yaml"
    return yamlfile.load(path, Plan) if path.exists() else Plan()


def begin_of_period(plan: Plan, now: float, zone: ZoneInfo) -> float:
    """When the period of `now` began: midnight, Monday's or the first's midnight in `zone`."""
    day = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    match plan.period:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
    return day.timestamp()


def why(score: float, veto: bool, doubts: int, plan: Plan, *, angry: bool = False) -> Why | None:
    """What makes a call a risk, None when nothing does."""
    if veto:
        return Why.VETO
    if score < plan.low_score:
        return Why.LOW
    if angry:
        return Why.ANGRY
    return Why.DOUBT if doubts else None


def drawn(candidates: Iterable[Candidate], done: Mapping[str, int], plan: Plan, key: str) -> set[str]:
    """Recordings still to be listened to this period: for each agent as many as the plan leaves after `done`.

    The draw is by a hash with `key`, so that it is the same whoever asks, and a call's chance does not depend on when
    it came or how it was scored.
    """
    by_agent: dict[str, list[str]] = {}
    for each in candidates:
        by_agent.setdefault(each.agent, []).append(each.recording)
    found: set[str] = set()
    for agent, recordings in by_agent.items():
        left = max(plan.calls_of(agent) - done.get(agent, 0), 0)
        found |= set(sorted(recordings, key=lambda name: _lot(key, name))[:left])
    return found


def _lot(key: str, recording: str) -> str:
    return hashlib.sha256(f"{key}:{recording}".encode()).hexdigest()
