"""Checks of the ways through a flow: reachable, no circles, somebody at the end, a person near, few levels."""

from collections.abc import Callable, Iterator

from ivr import graph
from ivr.graph import Way
from ivr.lint.findings import Finding
from ivr.schema import Asking, Flow, Menu, Queue, Step

MOST_LEVELS = 3
MOST_KEYS_TO_PERSON = 2


def check(flow: Flow) -> Iterator[Finding]:
    reached = _reached(flow)
    for name, step in flow.steps.items():
        if name not in reached:
            yield Finding(name, "unreachable", "no way leads here: remove it or lead to it")
        elif _comes_back(flow, name, lambda way: not (way.by_key or graph.asks(flow, way.source))):
            yield Finding(name, "endless-loop", "leads back to itself without asking the caller")
        elif graph.asks(flow, name) and _comes_back(flow, name, lambda way: way.silent):
            yield Finding(name, "silent-loop", "a silent caller comes back here for ever: lead him to a person")
        if isinstance(step, Queue) and step.refused is None and name == flow.person:
            yield Finding(name, "dead-end", "add `refused:` so that a refused caller can leave a message")
    yield from _depths(flow)


def _reached(flow: Flow) -> set[str]:
    reached, todo = {flow.person, flow.start}, [flow.start, flow.person]
    while todo:
        for way in graph.ways(flow, todo.pop()):
            if way.target not in reached:
                reached.add(way.target)
                todo.append(way.target)
    return reached


def _comes_back(flow: Flow, name: str, takes: Callable[[Way], bool]) -> bool:
    seen: set[str] = set()
    todo = [name]
    while todo:
        for way in graph.ways(flow, todo.pop()):
            if not takes(way):
                continue
            if way.target == name:
                return True
            if way.target not in seen:
                seen.add(way.target)
                todo.append(way.target)
    return False


def _depths(flow: Flow) -> Iterator[Finding]:
    """Menus above a menu on the shortest way (a choice of language is none), and keys from each to a person."""
    for name, level in _levels(flow).items():
        step = flow.steps[name]
        if isinstance(step, Menu):
            if level > MOST_LEVELS:
                yield Finding(name, "too-deep", f"level {level}, at most {MOST_LEVELS}")
            keys = _keys_to_person(flow, name)
            if keys is None or keys > MOST_KEYS_TO_PERSON:
                away = "never" if keys is None else f"only after {keys} keys"
                yield Finding(name, "person-far", f"a person is reached {away}")
        elif isinstance(step, Asking) and not {"person", "back"} <= set(flow.keys.values()):
            yield Finding(name, "person-far", "while digits are typed only `back` and then `person` lead to one")


def _levels(flow: Flow) -> dict[str, int]:
    levels = {flow.start: _is_level(flow.steps[flow.start])}
    todo = [flow.start]
    while todo:
        name = todo.pop(0)
        for way in graph.ways(flow, name):
            if way.target not in levels:
                levels[way.target] = levels[name] + _is_level(flow.steps[way.target])
                todo.append(way.target)
    return levels


def _is_level(step: Step) -> int:
    return int(isinstance(step, Menu) and not step.in_every_language)


def _keys_to_person(flow: Flow, name: str) -> int | None:
    """Keys a caller must press from here until he is in any queue; None when no keys lead to one."""
    if graph.person_key(flow):
        return 1
    cost, todo = {name: 0}, [name]
    while todo:
        here = todo.pop(0)
        step = flow.steps[here]
        if isinstance(step, Queue):
            return cost[here]
        for _, target in step.ways():
            if target not in cost:
                cost[target] = cost[here] + isinstance(step, Menu)
                todo.append(target)
        todo.sort(key=cost.__getitem__)
    return None
