"""The queues as configured in `config/queues.yaml`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from acd.floor import QueueRule
from core import yamlfile

Level = Annotated[int, Field(ge=1, le=10)]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
FALLBACK = "general"
"""Callers found waiting whom nobody knows are put here; it must exist."""


class Queue(BaseModel):
    """`skills` maps required skills to least levels; `priority` is added to the caller's own. Times in seconds.

    `packs` as in site.yaml, for this queue's calls only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str] = Field(min_length=1)
    skills: dict[Skill, Level] = {}
    priority: int = Field(default=0, ge=-100, le=100)
    ring_seconds: int = Field(default=15, ge=3, le=120)
    wrap_up: int = Field(default=10, ge=0, le=3600)
    service_level_seconds: int = Field(default=20, ge=1, le=3600)
    short_abandon_seconds: int = Field(default=5, ge=0, le=600)
    call_type: Literal["enquiry", "service", "complaint"] = "enquiry"
    identity_required: bool = False
    packs: dict[str, str] = {}


class Queues(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    queues: dict[Skill, Queue] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_fallback(self) -> "Queues":
        if FALLBACK not in self.queues:
            raise ValueError(f"a queue named {FALLBACK!r} is needed for callers found without one")
        return self

    def rule_of(self, queue: str) -> QueueRule:
        """The floor's rule for a queue; one that was removed from the file gets the fallback's."""
        found = self.queues.get(queue) or self.queues[FALLBACK]
        return QueueRule(float(found.ring_seconds), float(found.wrap_up))


def load(config_dir: Path) -> Queues:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "queues.yaml", Queues)
