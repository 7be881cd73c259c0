"""The queues as configured in `config/queues.yaml`."""

from math import inf
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from acd.floor import QueueRule
from acd.policies import POLICIES, PerQueue, policy_named
from acd.routing import Policy
from core import yamlfile


def _known_policy(name: str) -> str:
    if name not in POLICIES:
        raise ValueError(f"there is no policy {name!r}: choose one of {', '.join(POLICIES)}")
    return name


Level = Annotated[int, Field(ge=1, le=10)]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
PolicyName = Annotated[str, AfterValidator(_known_policy)]
FALLBACK = "general"
"""Callers found waiting whom nobody knows are put here; it must exist."""


class Queue(BaseModel):
    """`skills` maps required skills to least levels; `priority` is added to the caller's own. Times in seconds.

    `wrap_up` ends by the timer, which the agent may lengthen by `wrap_up_extra` in all, or when he says so himself.
    `agents_by` is the policy that chooses the agent for its callers, where that is not the site's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str] = Field(min_length=1)
    skills: dict[Skill, Level] = {}
    priority: int = Field(default=0, ge=-100, le=100)
    ring_seconds: int = Field(default=15, ge=3, le=120)
    wrap_up: int = Field(default=10, ge=0, le=3600)
    wrap_up_ends: Literal["timer", "agent"] = "timer"
    wrap_up_extra: int = Field(default=0, ge=0, le=3600)
    service_level_seconds: int = Field(default=20, ge=1, le=3600)
    short_abandon_seconds: int = Field(default=5, ge=0, le=600)
    agents_by: PolicyName | None = None
    call_type: Literal["enquiry", "service", "complaint"] = "enquiry"
    identity_required: bool = False


class Queues(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    queues: dict[Skill, Queue] = Field(min_length=1)
    policy: PolicyName = "balanced"

    @model_validator(mode="after")
    def _has_fallback(self) -> "Queues":
        if FALLBACK not in self.queues:
            raise ValueError(f"a queue named {FALLBACK!r} is needed for callers found without one")
        return self

    def rule_of(self, queue: str) -> QueueRule:
        """The floor's rule for a queue; one that was removed from the file gets the fallback's."""
        found = self.queues.get(queue) or self.queues[FALLBACK]
        wrap_up = inf if found.wrap_up_ends == "agent" else float(found.wrap_up)
        target = float(found.service_level_seconds)
        return QueueRule(float(found.ring_seconds), wrap_up, float(found.wrap_up_extra), target)

    def new_policy(self) -> Policy:
        """The site's policy, which knows nothing yet."""
        site = policy_named(self.policy)
        own = {name: queue.agents_by for name, queue in self.queues.items() if queue.agents_by}
        return PerQueue(site, {name: policy_named(by) for name, by in own.items()}) if own else site


def load(config_dir: Path) -> Queues:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "queues.yaml", Queues)
