"""A flow as a graph: every way from step to step, those included that no line of the file names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.schema import Asking, CallBack, Flow, Lookup, Menu, Message, Queue, Return, Say, Step, Sub, Survey, Transfer

BY_KEY = {
    ("menu", "options"), ("collect", "next"), ("verify", "verified"), ("verify", "locked"), ("callback", "next"),
}  # fmt: skip
"""Ways that nobody takes without a key, by kind of step and place. All others a step may take by itself."""
AFTER_SILENCE = {
    ("menu", "last_resort"), ("collect", "last_resort"), ("verify", "last_resort"), ("callback", "last_resort"),
    ("survey", "next"),
}  # fmt: skip
"""Ways taken by who was asked and pressed nothing."""
AFTER_CALL = "after_call"
"""Label of the ways taken by a caller whose agent has hung up."""
RETURN = "return"
"""Label of the ways back from a sub-flow."""
REFUSED = "refused"
"""Label, or its beginning, of the ways taken by a caller whom a queue or a line outside does not take."""


@dataclass(frozen=True, slots=True)
class Way:
    """`label`: the key, case or outcome. `by_key`: never taken without a key of the caller in this step.

    `silent`: taken after he was asked and did not answer. Neither: the step takes it by itself.
    """

    source: str
    target: str
    label: str
    by_key: bool = False
    silent: bool = False


def ways(flow: Flow, name: str) -> list[Way]:
    """Every way out of a step, the person's key and last resorts included; not `back`, which depends on the call."""
    step = flow.steps[name]
    found = [_way(name, step, place, target) for place, target in step.ways()]
    if isinstance(step, Sub):
        found = [each for each in found if each.label != "next"]
    if isinstance(step, Return):
        found += [Way(name, each.next, RETURN) for each in flow.steps.values() if isinstance(each, Sub)]
        if name in without_sub(flow):
            found.append(Way(name, flow.person, "nowhere to return to"))
    if isinstance(step, Menu | Asking | CallBack) and step.last_resort is None:
        found.append(Way(name, flow.person, "silence", silent=True))
    if label := _person_otherwise(flow, name, step):
        found.append(Way(name, flow.person, label))
    if isinstance(step, Queue) and step.after_call is None and flow.after_call:
        found.append(Way(name, flow.after_call, AFTER_CALL))
    if (key := person_key(flow, name)) is not None:
        found.append(Way(name, flow.person, key, by_key=True))
    return found


def asks(flow: Flow, name: str) -> bool:
    """Whether the step waits for the caller."""
    return isinstance(flow.steps[name], Menu | Asking | CallBack | Survey | Message)


def is_level(step: Step) -> bool:
    """Whether the caller chooses here what he wants; a choice of language is none."""
    return isinstance(step, Menu) and not step.in_every_language


def until_main_menu(flow: Flow) -> set[str]:
    """The steps a caller meets before he has chosen what he wants, that choice with them."""
    seen, todo = {flow.start}, [flow.start]
    while todo:
        name = todo.pop()
        if not is_level(flow.steps[name]):
            on = {way.target for way in ways(flow, name) if way.label != AFTER_CALL} - {flow.person} - seen
            seen |= on
            todo += on
    return seen


def next_questions(flow: Flow, name: str) -> set[str]:
    """The steps that may be the next to wait for a caller who only listens from here on."""
    seen, todo = {name}, [name]
    while todo:
        found = ways(flow, todo.pop())
        on = {way.target for way in found if not way.by_key and way.label != AFTER_CALL} - seen
        seen |= on
        todo += [each for each in on if not asks(flow, each)]
    return {each for each in seen - {name} if asks(flow, each)}


def key_of(flow: Flow, name: str, action: str) -> str | None:
    """The key that does this of the file's `keys` in this step; None where it means something else or nothing."""
    step = flow.steps[name]
    for key, does in flow.keys.items():
        match step:
            case Menu(options=options):
                free = key not in options
            case Asking():
                free = key in ("*", "#") and key != getattr(step, "end", "#")
            case CallBack(yes=yes, change=change):
                free = key not in (yes, change)
            case Survey(lowest=lowest, highest=highest):
                free = not (key.isdigit() and lowest <= int(key) <= highest)
            case Message():
                free = action != "repeat"
            case _:
                free = step.kind in ("play", "say") and (getattr(step, "barge_in", True) or action == "person")
        if free and does == action:
            return key
    return None


def person_key(flow: Flow, name: str) -> str | None:
    return key_of(flow, name, "person")


def reached(name: str, out: Mapping[str, list[Way]], takes: Callable[[Way], bool] = lambda way: True) -> set[str]:
    """The steps that such ways of `out` lead to from here; the step itself only if one comes back."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        for way in out[todo.pop()]:
            if takes(way) and way.target not in seen:
                seen.add(way.target)
                todo.append(way.target)
    return seen


def circle(flow: Flow, name: str) -> set[str]:
    """The steps through which a caller who presses nothing may come back to this one; empty where he cannot."""
    out = straight(flow, lambda way: not way.by_key)
    return {each for each in reached(name, out) if name in reached(each, out)}


def without_sub(flow: Flow) -> set[str]:
    """The steps a caller may be at without a sub step to return to; nobody comes back into one from an agent."""
    landings = {step.after_call or flow.after_call for step in flow.steps.values() if isinstance(step, Queue)}
    seen = {flow.start, flow.person} | {step for step in landings if step}
    todo = list(seen)
    while todo:
        name = todo.pop()
        step = flow.steps[name]
        targets = [step.next] if isinstance(step, Sub) else [target for _, target in step.ways()]
        for target in targets:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def straight(flow: Flow, takes: Callable[[Way], bool]) -> dict[str, list[Way]]:
    """By such ways alone, each step's next ones; a sub-flow comes back to the step that led into it and to no other.

    Ways after a call are none of them: the caller has talked to somebody.
    """
    apart = (RETURN, AFTER_CALL)
    out = {name: [way for way in ways(flow, name) if way.label not in apart and takes(way)] for name in flow.steps}
    back = {name for name, step in flow.steps.items() if isinstance(step, Return)}
    for _ in flow.steps:
        known = len(back)
        for name, step in flow.steps.items():
            if isinstance(step, Sub):
                comes = step.start in back and step.next in back
            else:
                comes = any(way.target in back for way in out[name])
            back |= {name} if comes else set()
        if len(back) == known:
            break
    for name, step in flow.steps.items():
        if isinstance(step, Sub) and step.start in back:
            out[name].append(Way(name, step.next, RETURN))
    return out


def _person_otherwise(flow: Flow, name: str, step: Step) -> str:
    """How the outcome is called that leads to a person because the step names nothing else for it."""
    match step:
        case Queue() if name != flow.person and not step.always_refused_to:
            return REFUSED
        case Transfer(refused=None):
            return REFUSED
        case Lookup(failed=None):
            return "failed"
        case Say(missing=None) if any(step.values()):
            return "missing"
        case _:
            return ""


def _way(name: str, step: Step, place: tuple[str, ...], target: str) -> Way:
    taken = (step.kind, place[0])  # type: ignore[attr-defined]  # every step of a flow has its kind
    label = "silence" if place[-1] == "last_resort" else place[-1]
    if place[0] == "ranges":
        label = str(step.ranges[int(place[-1])])  # type: ignore[attr-defined]  # only a branch has ranges
    elif place[0] == REFUSED and len(place) > 1:
        label = f"{REFUSED}: {place[-1]}"
    elif place[0] == "prefixes":
        label = f"{place[-1]}…"
    return Way(name, target, label, taken in BY_KEY, taken in AFTER_SILENCE)
