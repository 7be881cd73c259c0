"""Whether a break may begin now, and how long breaks may last. Pure."""

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from acd.agent_state import AgentState
from acd.intervals import Interval
from core import yamlfile
from core.rulebook import Rulebook

UNSPARED = frozenset({"callers_wait", "few_free"})
"""Why the group cannot spare the agent now, as `unspared` names it."""


class Break(BaseModel):
    """Seconds: one such break, and all of one shift together (no limit when not given)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    each: int = Field(ge=60, le=7200)
    total: int | None = Field(default=None, ge=60, le=14400)


class Breaks(Rulebook):
    """No break begins while `free_agents` or fewer of the agent's group are free, or callers wait whom he can serve.

    The group are those who share a skill with him that is no language, or have none as he has; those on a break belong
    to it. One that has no more than `free_agents` could never meet that: there, all others must be free.
    """

    free_agents: int = Field(default=3, ge=0, le=1000)
    short_break: Break = Break(each=600, total=1800)
    meal: Break = Break(each=1800, total=1800)

    def of(self, state: AgentState) -> Break | None:
        return {AgentState.SHORT_BREAK: self.short_break, AgentState.MEAL: self.meal}.get(state)


Pauses = Callable[[], Breaks]
"""The rules as they are now."""


def read(text: str) -> Breaks:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("breaks.yaml"), Breaks)


def load(config_dir: Path) -> Breaks:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "breaks.yaml", Breaks)


def refusal(
    rules: Breaks, state: AgentState, taken: float, *, staff: int, free: int, waiting: int
) -> tuple[str, str] | None:
    """Reason and words, None when the break may begin. `taken` as in `used_up`, the rest as in `unspared`."""
    return used_up(rules, state, taken) or unspared(rules, state, staff=staff, free=free, waiting=waiting)


def used_up(rules: Breaks, state: AgentState, taken: float) -> tuple[str, str] | None:
    """`taken`: seconds of such breaks in this shift. None when there may be more."""
    rule = rules.of(state)
    if rule is None or rule.total is None or taken < rule.total:
        return None
    return "break_used_up", f"{taken / 60:.0f} of {rule.total / 60:.0f} minutes of this shift are used up"


def unspared(rules: Breaks, state: AgentState, *, staff: int, free: int, waiting: int) -> tuple[str, str] | None:
    """`staff`, `free`: of the agent's group those at work or on a break, and the free, himself included both times;
    `waiting`: callers he could serve. None: he is spared."""
    if rules.of(state) is None:
        return None
    if waiting:
        return "callers_wait", f"{waiting} callers wait whom this agent can serve"
    least = min(rules.free_agents, staff - 1)
    if free <= least:
        return "few_free", f"only {free} agents of the group are free; more than {least} are needed"
    return None


def taken(history: list[Interval], state: AgentState) -> float:
    """Seconds spent in `state`."""
    return sum(each.end - each.start for each in history if each.state == state)


def overruns(rules: Breaks, history: list[Interval]) -> list[tuple[Interval, float]]:
    """Breaks that lasted longer than one may, with the seconds too much."""
    found = []
    for each in history:
        rule = rules.of(AgentState(each.state))
        if rule is not None and each.end - each.start > rule.each:
            found.append((each, each.end - each.start - rule.each))
    return found
