"""Where the steps of a flow stand in its drawing: a column for every key, below each other what needs none. Pure."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from ivr import graph
from ivr.graph import Way
from ivr.schema import Flow, Sub

ASIDE = (graph.REFUSED, graph.AFTER_CALL, "closed", "failed", "missing", "locked")
"""How the labels of ways begin that callers take when something is not as they wanted it, or when they were served."""


THEN = "then"
LONG = 6


@dataclass(frozen=True, slots=True)
class Seat:
    """`column` from 0; `parent` is the step that leads here in the drawing, '' where none does.

    `near`: it stands right below its parent, or below what follows that by itself.
    """

    column: int
    parent: str
    near: bool


def seats(flow: Flow) -> dict[str, Seat]:
    """Every step, column by column, from top to bottom; what is aside of the usual way stands at the bottom.

    Of the options of a menu the one that most follows comes last: the others are seen beside it.
    """
    found = _found(flow)
    below: dict[str, list[str]] = {name: [] for name in ("", *found)}
    for name, seat in found.items():
        below[seat.parent].append(name)

    def chain(name: str) -> Iterator[str]:
        yield name
        for each in below[name]:
            if found[each].near:
                yield from chain(each)

    ordered: dict[str, Seat] = {}
    heads, column = below[""], 0
    while heads:
        here = [each for head in heads for each in chain(head)]
        for name in here:  # grows: who is aside may have his own
            for each in below[name]:
                if found[each].column == column and not found[each].near:
                    here += chain(each)
        ordered |= {name: found[name] for name in here}
        column += 1
        heads = [
            each
            for name in here
            for each in sorted(below[name], key=lambda each: sum(1 for _ in chain(each)) > LONG)
            if found[each].column == column
        ]
    return ordered


def ways(flow: Flow, name: str) -> list[Way]:
    """Those of the graph, and where a sub step goes on when its steps are done."""
    step = flow.steps[name]
    then = [Way(name, step.next, THEN)] if isinstance(step, Sub) else []
    return [*graph.ways(flow, name), *then]


def _found(flow: Flow) -> dict[str, Seat]:
    """By the fewest keys from the start or from the person, then by the fewest ways aside."""
    found: dict[str, Seat] = {}
    for entry in (flow.start, flow.person, *flow.steps):
        todo = [(0, 0, 0, 0, entry, "", False)]
        turn = count(1)
        while todo:
            column, asides, steps, _, name, parent, near = heapq.heappop(todo)
            if name in found:
                continue
            found[name] = Seat(column, parent, near)
            for way in ways(flow, name):
                if way.target not in found and way.target != flow.person and way.label != graph.RETURN:
                    near = not way.by_key and not _is_aside(way)
                    there = column + way.by_key, asides + _is_aside(way), steps + 1, next(turn)
                    heapq.heappush(todo, (*there, way.target, name, near))
    return found


def _is_aside(way: Way) -> bool:
    return way.label.startswith(ASIDE)
