"""Rules a good menu keeps, checked on the flow alone. Each has a name and can be waived in the file with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.menus import LoadedMenu
from ivr.schema import Flow, Menu, Message, Play, Queue, Step
from ivr.walk import spoken_seconds

RULES = {
    "unreachable": "a step that no way leads to",
    "endless-loop": "steps that lead to each other without asking the caller",
    "dead-end": "a queue that may refuse, with nothing to do then",
    "person-far": "a person is not within two keys",
    "too-many-options": "more options than a caller keeps in mind",
    "too-deep": "more levels than a caller keeps in mind",
    "long-before-choice": "too much speech before the first option",
    "unspoken-option": "an option that is never read out",
}
MOST_OPTIONS = 7
MOST_LEVELS = 3
MOST_KEYS_TO_PERSON = 2
LONGEST_OPENING = 10.0
"""Seconds of speech in one language before the first option."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`step` of the flow, `rule` of RULES, `waived` the file's reason or empty."""

    step: str
    rule: str
    problem: str
    waived: str = ""


def lint(menu: LoadedMenu) -> list[Finding]:
    """Every finding; waived ones carry their reason."""
    flow = menu.flow
    reasons = {(waiver.rule, waiver.step): waiver.reason for waiver in flow.waive}
    found = [*_ways(flow), *_menus(flow), *_depths(flow)]
    return [Finding(each.step, each.rule, each.problem, reasons.get((each.rule, each.step), "")) for each in found]


def _next_steps(flow: Flow, name: str) -> set[str]:
    """Where a step can lead, the keys that work everywhere and the last resort included."""
    step = flow.steps[name]
    found = {target for _, target in step.ways()}
    if isinstance(step, Menu | Play | Message) and "person" in flow.keys.values():
        found.add(flow.person)
    if isinstance(step, Menu) and step.last_resort is None:
        found.add(flow.person)
    return found


def _ways(flow: Flow) -> Iterator[Finding]:
    reached, todo = {flow.person}, [flow.start, flow.person]
    while todo:
        name = todo.pop()
        reached.add(name)
        todo += [each for each in _next_steps(flow, name) if each not in reached]
    for name in flow.steps:
        if name not in reached:
            yield Finding(name, "unreachable", "no way leads here: remove it or lead to it")
        elif _loops_unasked(flow, name):
            yield Finding(name, "endless-loop", "leads back to itself without asking the caller")
        step = flow.steps[name]
        if isinstance(step, Queue) and step.refused is None and name == flow.person:
            yield Finding(name, "dead-end", "add `refused:` so that a refused caller can leave a message")


def _loops_unasked(flow: Flow, name: str) -> bool:
    seen: set[str] = set()
    todo = [name]
    while todo:
        step = flow.steps[todo.pop()]
        if isinstance(step, Menu | Message):
            continue
        for _, target in step.ways():
            if target == name:
                return True
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return False


def _menus(flow: Flow) -> Iterator[Finding]:
    for name, step in flow.steps.items():
        if not isinstance(step, Menu):
            continue
        if len(step.options) > MOST_OPTIONS:
            problem = f"{len(step.options)} options, at most {MOST_OPTIONS}"
            yield Finding(name, "too-many-options", problem)
        for key, option in step.options.items():
            if option.say is None:
                yield Finding(name, "unspoken-option", f"key {key} is never read out")
        longest = max(spoken_seconds(text, language) for language, text in flow.words(step.prompt).items())
        if longest > LONGEST_OPENING:
            yield Finding(name, "long-before-choice", f"about {longest:.0f} s of speech, at most {LONGEST_OPENING:.0f}")


def _depths(flow: Flow) -> Iterator[Finding]:
    """Menus above a menu on the shortest way (a choice of language is none), and keys from each to a person."""
    for name, level in _levels(flow).items():
        if isinstance(flow.steps[name], Menu):
            if level > MOST_LEVELS:
                yield Finding(name, "too-deep", f"level {level}, at most {MOST_LEVELS}")
            keys = _keys_to_person(flow, name)
            if keys is None or keys > MOST_KEYS_TO_PERSON:
                away = "never" if keys is None else f"only after {keys} keys"
                yield Finding(name, "person-far", f"a person is reached {away}")


def _levels(flow: Flow) -> dict[str, int]:
    levels = {flow.start: _is_level(flow.steps[flow.start])}
    todo = [flow.start]
    while todo:
        name = todo.pop(0)
        for _, target in flow.steps[name].ways():
            if target not in levels:
                levels[target] = levels[name] + _is_level(flow.steps[target])
                todo.append(target)
    return levels


def _is_level(step: Step) -> int:
    return int(isinstance(step, Menu) and not step.in_every_language)


def _keys_to_person(flow: Flow, name: str) -> int | None:
    """Keys a caller must press from here until he is in any queue; None when no keys lead to one."""
    if "person" in flow.keys.values():
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
