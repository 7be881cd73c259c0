"""Rules that can be read and cannot work: events that no call has, steps that wait for nothing, limits that no call
can pass. New text is refused for them; packs that were published before are judged by as they are.
"""

from collections.abc import Collection, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from math import isfinite

from pydantic import BaseModel

from core.yamlfile import Place
from qa.checks import AskedBefore, Follows, Identity, Lasts, MustSay, Rate, Reads, Step, Steps
from qa.derive import Wrong

LASTING = ("hold", "mute", "pause")
EVENTS = (*LASTING, "transfer")
"""What happens in calls."""


def of_check(check: BaseModel, weighed: Collection[str], words: Collection[str]) -> Iterator[Wrong]:
    """What cannot work in a check, with places in it.

    `weighed`: rows that the pack's `manner` weighs; `words`: names of its word lists.
    """
    match check:
        case AskedBefore():
            yield from _unknown(("event",), (check.event,), EVENTS)
        case Follows():
            yield from _unknown(("event",), (check.event,) if check.event else (), LASTING)
            if not check.event and not check.cue:
                yield Wrong((), "neither an event nor a cue is named: nothing could be followed")
        case Lasts():
            yield from _unknown(("event",), (check.event,), LASTING)
            if check.longest is not None and check.seconds > check.longest:
                yield Wrong(("longest",), f"longest {check.longest:g} is shorter than seconds {check.seconds:g}")
        case MustSay():
            yield from _unknown(("unless_event",), check.unless_event, EVENTS)
        case Steps():
            yield from _unknown(("unless_event",), check.unless_event, EVENTS)
            yield from _of_steps(check.steps)
        case Rate():
            yield from _of_rate(check)
        case Reads() if weighed and check.row not in weighed:
            yield Wrong(("row",), f"manner weighs no row {check.row!r}", ("manner",))
        case Identity() if check.surnames not in words:
            yield Wrong(("surnames",), f"there is no word list {check.surnames!r}", ("words", check.surnames))


def endless(part: object, place: Place = ()) -> Iterator[Wrong]:
    """Numbers without an end."""
    match part:
        case float() if not isfinite(part):
            yield Wrong(place, f"{part} is no number that can be reached")
        case BaseModel():
            for name in type(part).model_fields:
                yield from endless(getattr(part, name), (*place, name))
        case dict():
            for key, value in part.items():
                yield from endless(value, (*place, key))
        case tuple():
            for index, value in enumerate(part):
                yield from endless(value, (*place, index))


def _unknown(place: Place, named: Iterable[str], known: Collection[str]) -> Iterator[Wrong]:
    for name in named:
        if name not in known:
            yield Wrong(place, f"no call has an event {name!r} that fits here, those are {', '.join(known)}")


def _of_rate(check: Rate) -> Iterator[Wrong]:
    if check.min is None and check.max is None and check.body_min is None and not check.runs:
        yield Wrong((), "neither min nor max is given: no rate could leave them")
    elif check.min is not None and check.max is not None and check.min > check.max:
        yield Wrong(("min",), f"min {check.min:g} is more than max {check.max:g}")


def _of_steps(steps: tuple[Step, ...]) -> Iterator[Wrong]:
    names = [step.name for step in steps]
    for index, step in enumerate(steps):
        if step.name in names[:index]:
            yield Wrong(("steps", index, "name"), f"two steps have the name {step.name!r}")
        for at, before in enumerate(step.after):
            if before not in names:
                yield Wrong(("steps", index, "after", at), f"it comes after a step {before!r}, which is not here")
    try:
        TopologicalSorter({step.name: [name for name in step.after if name in names] for step in steps}).prepare()
    except CycleError as fault:
        index = names.index(fault.args[1][0])
        yield Wrong(("steps", index, "after"), f"steps wait for each other: {', '.join(fault.args[1][1:])}")
