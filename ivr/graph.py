"""A flow as a graph: every way from step to step, those included that no line of the file names."""

from dataclasses import dataclass

from ivr.schema import Asking, CallBack, Flow, Menu, Message, Queue, Return, Sub, Survey


@dataclass(frozen=True, slots=True)
class Way:
    """`label`: the key, case or outcome; `by_key`: the caller decides; `silent`: taken by who presses nothing."""

    source: str
    target: str
    label: str
    by_key: bool = False
    silent: bool = True


def ways(flow: Flow, name: str) -> list[Way]:
    """Every way out of a step, key 0 and last resorts included."""
    step = flow.steps[name]
    found = [_way(flow, name, place, target) for place, target in step.ways()]
    if isinstance(step, Sub):
        found = [each for each in found if each.label != "next"]
    if isinstance(step, Return):
        found += [Way(name, each.next, "return") for each in flow.steps.values() if isinstance(each, Sub)]
    if isinstance(step, Menu | Asking | CallBack) and step.last_resort is None:
        found.append(Way(name, flow.person, "silence"))
    if isinstance(step, Queue) and step.refused is None and name != flow.person:
        found.append(Way(name, flow.person, "refused"))
    if isinstance(step, Queue) and step.after_call is None and flow.after_call:
        found.append(Way(name, flow.after_call, "after_call"))
    if takes_person_key(flow, name) and not any(each.label == person_key(flow) for each in found):
        found.append(Way(name, flow.person, person_key(flow) or "", by_key=True, silent=False))
    return found


def asks(flow: Flow, name: str) -> bool:
    """Whether the step waits for the caller."""
    return isinstance(flow.steps[name], Menu | Asking | CallBack | Survey | Message)


def person_key(flow: Flow) -> str | None:
    return next((key for key, action in flow.keys.items() if action == "person"), None)


def takes_person_key(flow: Flow, name: str) -> bool:
    """Where the person's key is no digit and no answer."""
    speaks = flow.steps[name].kind in ("menu", "play", "say", "message", "callback")
    return speaks and person_key(flow) is not None


def layers(flow: Flow) -> dict[str, int]:
    """Each step's distance from the start; steps that nothing leads to come last."""
    found = {flow.start: 0}
    todo = [flow.start]
    while todo:
        name = todo.pop(0)
        for way in ways(flow, name):
            if way.target not in found and way.target != flow.person:
                found[way.target] = found[name] + 1
                todo.append(way.target)
    last = max(found.values()) + 1
    return found | {name: last for name in flow.steps if name not in found}


def _way(flow: Flow, name: str, place: tuple[str, ...], target: str) -> Way:
    step = flow.steps[name]
    match place:
        case ("options", key):
            return Way(name, target, key, by_key=True, silent=False)
        case ("ranges", index):
            each = step.ranges[int(index)] if step.kind == "branch" else None
            low = "" if each is None or each.at_least is None else f"{each.at_least:g} ≤ "
            high = "" if each is None or each.below is None else f" < {each.below:g}"
            return Way(name, target, f"{low}x{high}")
        case (*_, last):
            by_key = asks(flow, name) and last in ("next", "verified", "failed", "locked")
            silent = not by_key or isinstance(step, Survey)
            return Way(name, target, "silence" if last == "last_resort" else last, by_key, silent)
        case _:
            return Way(name, target, "")
