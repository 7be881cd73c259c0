"""The queues as configured in `config/queues.yaml`."""

from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from acd.routing.ours import Policy
from acd.routing.policies import POLICIES, PerQueue, policy_named
from acd.rule import QueueRule
from core import yamlfile
from core.errors import ConfigError
from core.rulebook import Rulebook
from core.yamlfile import Place


def _known_policy(name: str) -> str:
    if name not in POLICIES:
        raise ValueError(f"there is no policy {name!r}: choose one of {', '.join(POLICIES)}")
    return name


Level = Annotated[int, Field(ge=1, le=10)]
Seconds = Annotated[int, Field(ge=1, le=86400 * 30)]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""On one line: telephones show it, too."""
PolicyName = Annotated[str, AfterValidator(_known_policy)]
FALLBACK = "general"
"""Callers found waiting whom nobody knows are put here; it must exist."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Part):
    """Who may not join: outside `hours` (a schedule of hours.yaml), with nobody at work who could serve him at any time
    of his wait, with so many callers waiting before him, or with an expected wait of more seconds, which it is too with
    nobody at work. The menu is told the reason."""

    hours: str = ""
    needs_agents: bool = False
    most_waiting: int | None = Field(default=None, ge=1)
    longest_expected: int | None = Field(default=None, ge=1)


class Relax(_Part):
    """After so many seconds these skills are enough: preferred ones are asked for first and given up in time."""

    after: Seconds
    skills: dict[Skill, Level] = {}


class Overflow(_Part):
    """After so many seconds the caller waits in the queue `to` instead, at the place of his whole wait, while that one
    is open and somebody at work can serve him there; when that is over he comes back, if his own can."""

    after: Seconds
    to: Skill


class Longest(_Part):
    """After so many seconds the menu takes him again, at its step `step`."""

    after: Seconds
    step: str


class LastAgent(_Part):
    """Who talked to him within so many seconds is waited for alone, for `wait` seconds, while he is at work."""

    within: Seconds = 86400
    wait: Seconds = 20


class Way(_Part):
    """A key that a waiting caller presses to go on at step `step` of the menu; his place is kept in the call."""

    key: Annotated[str, Field(pattern=r"^[0-9*#]$")]
    step: str


class Talk(_Part):
    """A waiting caller is told after `first` seconds, then every so many: his place, the expected minutes, comfort."""

    first: Seconds = 45
    every: Seconds = 60
    place: bool = True
    minutes: bool = True


class Queue(BaseModel):
    """`skills` maps required skills to least levels; `priority` is added to the caller's own. Times in seconds.

    `wrap_up` ends by the timer, which the agent may lengthen by `wrap_up_extra` in all, or when he says so himself.
    `manager_wait`: how long the caller's account manager is waited for alone. `return_within`: who lost his connection
    and calls again so soon has his old place. `agents_by` is the policy that chooses the agent for its callers, where
    that is not the site's. `packs` as in site.yaml, for this queue's calls only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, Title] = Field(min_length=1)
    skills: dict[Skill, Level] = {}
    priority: int = Field(default=0, ge=-100, le=100)
    ring_seconds: int = Field(default=15, ge=3, le=120)
    wrap_up: int = Field(default=10, ge=0, le=3600)
    wrap_up_ends: Literal["timer", "agent"] = "timer"
    wrap_up_extra: int = Field(default=0, ge=0, le=3600)
    service_level_seconds: int = Field(default=20, ge=1, le=3600)
    short_abandon_seconds: int = Field(default=5, ge=0, le=600)
    agents_by: PolicyName | None = None
    entry: Entry = Entry()
    relax: tuple[Relax, ...] = ()
    overflow: Overflow | None = None
    longest: Longest | None = None
    last_agent: LastAgent | None = None
    manager_wait: int = Field(default=0, ge=0, le=3600)
    return_within: int = Field(default=0, ge=0, le=3600)
    way_out: Way | None = None
    announce: Talk | None = None
    call_type: Literal["enquiry", "service", "complaint"] = "enquiry"
    identity_required: bool = False
    packs: dict[str, str] = {}


class Named(_Part):
    name: dict[str, Title] = Field(min_length=1)


class Queues(Rulebook):
    """`skills`: what they are called on pages; one that is not among them is shown by its name in the file."""

    queues: dict[Skill, Queue] = Field(min_length=1)
    skills: dict[Skill, Named] = Field(default={})
    policy: PolicyName = "balanced"

    @model_validator(mode="after")
    def _has_fallback(self) -> "Queues":
        if FALLBACK not in self.queues:
            raise ValueError(f"a queue named {FALLBACK!r} is needed for callers found without one")
        return self

    @model_validator(mode="after")
    def _overflows_exist(self) -> "Queues":
        for name, queue in self.queues.items():
            if queue.overflow is not None and queue.overflow.to not in self.queues:
                raise ValueError(f"{name} overflows to {queue.overflow.to!r}, which is no queue")
        return self

    def rule_of(self, queue: str) -> QueueRule:
        """The floor's rule for a queue; one that was removed from the file gets the fallback's."""
        found = self.queues.get(queue) or self.queues[FALLBACK]
        wrap_up = inf if found.wrap_up_ends == "agent" else float(found.wrap_up)
        target = float(found.service_level_seconds)
        return QueueRule(float(found.ring_seconds), wrap_up, float(found.wrap_up_extra), target)

    def language_of(self, queue: str, spoken: Sequence[str]) -> str:
        """What people are spoken to in who are called on its behalf and have named no language: the one of the site's
        that its agents must have, or the site's first."""
        found = self.queues.get(queue)
        asked = [each for each in spoken if found is not None and each in found.skills]
        return asked[0] if len(asked) == 1 else spoken[0]

    def way_out(self, queue: str, joined: str) -> Way | None:
        """By which who joined `joined` leaves `queue`. What he was promised when he joined holds wherever he has flowed
        over to, as his longest wait does; a queue with a key of its own promises that."""
        return next((found.way_out for found in self._his(queue, joined) if found.way_out), None)

    def announce(self, queue: str, joined: str) -> Talk | None:
        """What he is told, by the same rule."""
        return next((found.announce for found in self._his(queue, joined) if found.announce), None)

    def _his(self, queue: str, joined: str) -> Iterator[Queue]:
        return (self.queues[each] for each in (queue, joined) if each in self.queues)

    @property
    def policies(self) -> tuple[str, dict[str, str]]:
        """The site's, and by queue those that choose its agents."""
        return self.policy, {name: queue.agents_by for name, queue in self.queues.items() if queue.agents_by}

    @property
    def named_skills(self) -> frozenset[str]:
        """Those with a title, and those that a queue asks for."""
        asked = [queue.skills for queue in self.queues.values()]
        asked += [each.skills for queue in self.queues.values() for each in queue.relax]
        return frozenset(self.skills).union(*asked)

    def new_policy(self) -> Policy:
        """The site's policy, which knows nothing yet."""
        name, own = self.policies
        site = policy_named(name)
        return PerQueue(site, {queue: policy_named(by) for queue, by in own.items()}) if own else site


def demand_reached(lines: Queues, said: str, path: Path) -> None:
    """Of a new text: callers flow over to another queue, and before the menu takes them again.

    Raises ConfigError with the lines of `said`.
    """
    missed: list[tuple[Place, str, str]] = []
    for name, queue in lines.queues.items():
        if queue.overflow is None:
            continue
        if queue.overflow.to == name:
            missed.append((("queues", name, "overflow", "to"), f"{name} overflows to itself", "name another queue"))
        if queue.longest is not None and queue.longest.after <= queue.overflow.after:
            problem = f"nobody waits so long: longest sends him back after {queue.longest.after} s"
            missed.append((("queues", name, "overflow", "after"), problem, "let him overflow earlier"))
    if missed:
        nodes = yamlfile.outline(said)
        raise ConfigError.of(
            ConfigError(path, yamlfile.line_of(nodes, place), problem, remedy, place)
            for place, problem, remedy in missed
        )


def read(text: str) -> Queues:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("queues.yaml"), Queues)


def load(config_dir: Path) -> Queues:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "queues.yaml", Queues)
