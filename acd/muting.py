"""Whether the agent of a talk is muted, and by whom: folded from the talk's history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from acd.ledger import Kind


@dataclass(frozen=True, slots=True)
class Muting:
    """`in_switch`: the switch lets nothing of him through, whatever his telephone does.

    `line`: the history's last line by which not his own telephone changed it, which has to follow; 0 for none.
    """

    on: bool = False
    in_switch: bool = False
    line: int = 0


def muting_of(history: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Muting:
    """Of the latest of his talks, from lines (id, kind, data) in their order: each talk begins with a new leg."""
    found = Muting()
    for line, kind, data in history:
        if kind == Kind.CONNECTED:
            found = Muting()
        elif kind == Kind.MUTED:
            on, by_phone = bool(data.get("muted")), bool(data.get("phone"))
            found = Muting(on, on and (found.in_switch or not by_phone), found.line if by_phone else line)
    return found
