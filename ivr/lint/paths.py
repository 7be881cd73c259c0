"""Checks of the ways through a flow: reachable, no circles, somebody at the end, a person near, few levels."""

from collections.abc import Callable, Collection, Iterator, Mapping

from ivr import graph
from ivr.graph import Way
from ivr.lint.findings import Finding
from ivr.schema import (
    CallBack,
    Flow,
    HangUp,
    Lookup,
    Menu,
    Message,
    Opening,
    Queue,
    Return,
    Say,
    Step,
    Survey,
    Transfer,
    Verify,
)

MOST_LEVELS = 3
MOST_KEYS_TO_PERSON = 2
NEVER = 99
MANY_KEYS = 9
"""What digits, a proof or waiting in vain count on the way to a person."""

UNTAKEN = {
    Queue: (graph.REFUSED, "closed"), Transfer: (graph.REFUSED,), Opening: ("closed",), Say: ("missing",),
    Lookup: ("failed", "not_found"), Verify: ("failed", "locked"),
}  # fmt: skip
"""How the ways are labelled that a caller goes whom the step does not serve."""
NEARER = 'let `keys` have "0": person, or "*": back where digits are typed, or lead on to a queue'

Ways = Mapping[str, list[Way]]


def check(flow: Flow, landings: Collection[str] = ()) -> Iterator[Finding]:
    """`landings`: steps at which queues send waiting callers on."""
    out = {name: graph.ways(flow, name) for name in flow.steps}
    entries = {flow.start, flow.person, *landings}
    reached = entries.union(*(graph.reached(entry, out) for entry in entries))
    unasked = graph.straight(flow, lambda way: not way.by_key and not way.silent)
    unheard = graph.straight(flow, lambda way: not way.by_key)
    for name, step in flow.steps.items():
        if name not in reached:
            yield Finding(name, "unreachable", "no way leads here: remove it or lead to it")
        elif name in graph.reached(name, unasked):
            yield Finding(name, "endless-loop", "leads back to itself without asking the caller")
        elif graph.asks(flow, name) and name in graph.reached(name, unheard):
            yield Finding(name, "silent-loop", "a silent caller comes back here for ever: lead him to a person")
        yield from _dead_ends(flow, name, step, out)
        if isinstance(step, Queue) and step.schedule is None and _others_have_hours(flow):
            yield Finding(name, "no-hours", "write `schedule:` as other queues do; `always` where somebody is")
    yield from _levels(flow, out)
    yield from _far(flow, out)


def _others_have_hours(flow: Flow) -> bool:
    return any(isinstance(step, Queue) and step.schedule is not None for step in flow.steps.values())


def _dead_ends(flow: Flow, name: str, step: Step, out: Ways) -> Iterator[Finding]:
    if isinstance(step, Queue) and name == flow.person and (unnamed := step.unnamed_refusals):
        problem = "add `refused:` so that a refused caller can leave a message"
        if step.refused is not None:
            problem = f"`refused` names no step for {', '.join(unnamed)}: who is refused so is only hung up on"
        yield Finding(name, "dead-end", problem)
    if isinstance(step, Return) and name in graph.without_sub(flow):
        yield Finding(name, "dead-end", "callers come here without a sub step: there is nowhere to return to")
    for way in out[name]:
        untaken = way.label.startswith(UNTAKEN.get(type(step), ()))
        if untaken and _hung_up(flow, way.target, out, lambda way: True):
            yield Finding(name, "dead-end", f"who is not served ({way.label}) is only hung up on: offer a message")
    for way in [] if isinstance(step, Survey) else out[name]:  # only who has been served is asked for an opinion
        if way.silent and _hung_up(flow, way.target, out, lambda way: not way.by_key):
            yield Finding(name, "dead-end", "who presses nothing is hung up on: lead him to a person")


def _hung_up(flow: Flow, name: str, out: Ways, takes: Callable[[Way], bool]) -> bool:
    """Whether a caller may be hung up on from a step on, taking such ways, who could choose nothing better.

    Among the ways that steps take by themselves it is the worst that counts.
    """
    there = graph.reached(name, out, takes) | {name}
    served = {each for each in there if isinstance(flow.steps[each], Queue | Transfer | Message | CallBack)}
    for _ in there:
        known = len(served)
        served |= {each for each in there - served if _serves([way for way in out[each] if takes(way)], served)}
        if len(served) == known:
            break
    return name not in served and any(isinstance(flow.steps[each], HangUp) for each in there)


def _serves(ways: Collection[Way], served: Collection[str]) -> bool:
    own = [way.target in served for way in ways if not _chosen(way)]
    return any(way.target in served for way in ways if _chosen(way)) or (bool(own) and all(own))


def _chosen(way: Way) -> bool:
    """Whether it is up to the caller, who may also be silent, to go this way."""
    return way.by_key or way.silent


def _levels(flow: Flow, out: Ways) -> Iterator[Finding]:
    """Menus above a menu on the shortest way."""
    levels = {flow.start: int(graph.is_level(flow.steps[flow.start]))}
    todo = [flow.start]
    while todo:
        name = todo.pop(0)
        for way in out[name]:
            if way.target not in levels:
                above = 0 if way.label == graph.AFTER_CALL else levels[name]
                levels[way.target] = above + graph.is_level(flow.steps[way.target])
                todo.append(way.target)
    for name, level in levels.items():
        if isinstance(flow.steps[name], Menu) and level > MOST_LEVELS:
            yield Finding(name, "too-deep", f"level {level}, at most {MOST_LEVELS}")


def _far(flow: Flow, out: Ways) -> Iterator[Finding]:
    keys = _keys_to_person(flow, out)
    for name, step in flow.steps.items():
        if keys[name] > MOST_KEYS_TO_PERSON and (graph.asks(flow, name) or step.kind in ("play", "say")):
            away = "never reached" if keys[name] >= NEVER else "reached only after many keys"
            yield Finding(name, "person-far", f"from here a person is {away}: {NEARER}")


def _keys_to_person(flow: Flow, out: Ways) -> dict[str, int]:
    """The fewest keys from each step to any queue; where the caller does not choose, the worst counts, and `back`
    leads to whichever menu before is the farthest away.
    """
    before = _menus_before(flow, out)
    keys = {name: 0 if isinstance(step, Queue) else NEVER for name, step in flow.steps.items()}
    for _ in flow.steps:
        known = dict(keys)
        for name in flow.steps:
            there = [keys[way.target] + _cost(flow, way) for way in out[name] if _chosen(way)]
            if own := [keys[way.target] for way in out[name] if not _chosen(way)]:
                there.append(max(own))
            if graph.key_of(flow, name, "back"):
                there.append(1 + max((keys[menu] for menu in before[name]), default=NEVER))
            keys[name] = min(keys[name], *there, NEVER)
        if keys == known:
            break
    return keys


def _cost(flow: Flow, way: Way) -> int:
    if not way.by_key:
        return MANY_KEYS if way.silent else 0
    return 1 if isinstance(flow.steps[way.source], Menu) or way.target == flow.person else MANY_KEYS


def _menus_before(flow: Flow, out: Ways) -> dict[str, set[str]]:
    """Where `back` may lead from each step: the last menu passed, or the start where none was."""
    before: dict[str, set[str]] = {name: set() for name in flow.steps}
    for menu in [flow.start, *(name for name, step in flow.steps.items() if isinstance(step, Menu))]:
        seen: set[str] = set()
        todo = [menu]
        while todo:
            name = todo.pop()
            for way in out[name]:
                if way.target not in seen:
                    seen.add(way.target)
                    before[way.target].add(menu)
                    if not isinstance(flow.steps[way.target], Menu):
                        todo.append(way.target)
    if not isinstance(flow.steps[flow.start], Menu):
        before[flow.start].add(flow.start)
    return before
