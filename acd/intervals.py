"""Agents' history as intervals of one state each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol


class Move(Protocol):
    """A line of the agents' history (`acd.models.AgentEvent`)."""

    agent: Any
    at: Any
    state: Any


@dataclass(frozen=True, slots=True)
class Interval:
    agent: str
    state: str
    start: float
    end: float


def intervals(history: Iterable[Move], since: float, until: float) -> list[Interval]:
    """Between `since` and `until`; `history` in order, from before `since` so that the states then are known."""
    present: dict[str, tuple[str, float]] = {}
    found: list[Interval] = []

    def close(agent: str, at: float) -> None:
        state, start = present.pop(agent)
        begin, end = max(start, since), min(at, until)
        if end > begin:
            found.append(Interval(agent, state, begin, end))

    for line in history:
        if line.agent in present:
            if present[line.agent][0] == line.state:
                continue
            close(line.agent, line.at)
        present[line.agent] = (str(line.state), line.at)
    for agent in list(present):
        close(agent, until)
    return sorted(found, key=lambda each: (each.start, each.agent))
