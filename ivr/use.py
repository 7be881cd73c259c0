"""How callers use a menu, from the paths of their calls: per step, self-service, time to a person, order of options."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ivr.draw import StepCount
from ivr.menus import LoadedMenu
from ivr.schema import Menu, Say, Survey

FEW = 20
"""Choices in a menu below which no order is suggested."""
DEFINITIONS = {
    "self_service_rate": "calls served by the menu alone (it ended them, or the caller hung up once a `say` step had "
    "read him a value) ÷ calls that ended or were queued",
    "seconds_to_person": "from the arrival to the queue, of calls that were queued",
    "hung_up": "callers whose last step this was and who hung up there",
    "seconds": "mean time from entering a step to the next one",
}


@dataclass(frozen=True, slots=True)
class CallPath:
    """One call in the menu; `steps` are (at, step, keys that led there). `queued_at` None: never in a queue."""

    steps: tuple[tuple[float, str, str], ...]
    arrived_at: float
    queued_at: float | None
    ended_at: float | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Options of a menu in the order of their use, where that is not the order in which they are read."""

    step: str
    read: tuple[str, ...]
    by_use: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MenuUse:
    calls: int
    queued: int
    self_service: int
    messages: int
    abandoned_in_menu: int
    self_service_rate: float | None
    seconds_to_person: Mapping[str, float] | None
    steps: Mapping[str, StepCount]
    keys: Mapping[str, Mapping[str, int]]
    scores: Mapping[str, Mapping[str, int]]
    suggestions: tuple[Suggestion, ...] = field(default=())


def path_of(stored: Sequence[Mapping[str, Any]]) -> tuple[tuple[float, str, str], ...]:
    """The path as a call's row holds it."""
    return tuple((float(each["at"]), str(each["step"]), str(each.get("keys") or "")) for each in stored)


def measure(menu: LoadedMenu, calls: Iterable[CallPath]) -> MenuUse:
    """Steps that the menu no longer has are counted too; calls without any step are not."""
    counted = [call for call in calls if call.steps]
    queued = [call for call in counted if call.queued_at is not None]
    over = [call for call in counted if call.queued_at is not None or call.ended_at is not None]
    answers = {name for name, step in menu.flow.steps.items() if any(step.values()) and isinstance(step, Say)}
    served = sum(_served(call, answers) for call in counted)
    keys = _keys(menu, counted)
    return MenuUse(
        calls=len(counted),
        queued=len(queued),
        self_service=served,
        messages=sum(call.outcome == "message" for call in counted),
        abandoned_in_menu=sum(_hung_up_in_menu(call) and not _served(call, answers) for call in counted),
        self_service_rate=served / len(over) if over else None,
        seconds_to_person=_spread([call.queued_at - call.arrived_at for call in queued if call.queued_at is not None]),
        steps=_steps(counted),
        keys=keys,
        scores={
            name: keys[name] for name, step in menu.flow.steps.items() if isinstance(step, Survey) and name in keys
        },
        suggestions=tuple(_suggestions(menu, keys)),
    )


def _steps(calls: list[CallPath]) -> dict[str, StepCount]:
    entered: Counter[str] = Counter()
    left: Counter[str] = Counter()
    hung_up: Counter[str] = Counter()
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        for place, (at, step, _) in enumerate(call.steps):
            last = place + 1 == len(call.steps)
            until = (call.queued_at or call.ended_at) if last else call.steps[place + 1][0]
            entered[step] += 1
            left[step] += not last or call.queued_at is not None
            hung_up[step] += last and _hung_up_in_menu(call)
            if until is not None:
                seconds[step].append(max(0.0, until - at))
    return {
        step: StepCount(count, left[step], hung_up[step], statistics.fmean(seconds[step]) if seconds[step] else 0.0)
        for step, count in entered.most_common()
    }


def _hung_up_in_menu(call: CallPath) -> bool:
    return call.queued_at is None and call.ended_at is not None and call.outcome == "abandoned"


def _served(call: CallPath, answers: set[str]) -> bool:
    told = any(step in answers for _, step, _ in call.steps)
    return call.queued_at is None and (call.outcome == "self_service" or (told and _hung_up_in_menu(call)))


def _keys(menu: LoadedMenu, calls: list[CallPath]) -> dict[str, dict[str, int]]:
    """By menu and survey: how often each key led on. Digits typed elsewhere are nobody's business."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        for (_, step, _), (_, _, keys) in pairwise(call.steps):
            if len(keys) == 1 and isinstance(menu.flow.steps.get(step), Menu | Survey):
                found[step][keys] += 1
    return {step: dict(counter.most_common()) for step, counter in found.items()}


def _suggestions(menu: LoadedMenu, keys: Mapping[str, Mapping[str, int]]) -> Iterable[Suggestion]:
    for name, step in menu.flow.steps.items():
        used = keys.get(name, {})
        if not isinstance(step, Menu) or step.in_every_language:
            continue
        read = tuple(key for key, option in step.options.items() if option.say and key.isdigit() and key != "0")
        if sum(used.get(key, 0) for key in read) < FEW:
            continue
        by_use = _ordered(read, used)
        if by_use != read:
            yield Suggestion(name, read, by_use)


def _ordered(read: tuple[str, ...], used: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(read, key=lambda key: -used.get(key, 0)))


def _spread(seconds: list[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    at_95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"mean": statistics.fmean(ordered), "median": statistics.median(ordered), "p95": at_95}
