"""How callers use a menu, from the paths of their calls: per step and way, self-service, time to a person, order."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ivr.graph import asks
from ivr.menus import LoadedMenu
from ivr.schema import HangUp, Menu, Message, Say, Survey

FEW = 20
"""Choices in a menu below which no order is suggested."""
DEFINITIONS = {
    "self_service_rate": "calls served by the menu alone (it ended them, and not because a step could not help, or the "
    "caller hung up once a `say` step had read him a value) ÷ calls that ended or were queued",
    "seconds_to_person": "from the arrival to the first queue, of calls that were queued",
    "seconds_to_answer": "from the arrival to the first agent, of calls that were answered",
    "abandonment_rate": "calls that hung up in the menu unserved, or in the queue before an agent ÷ calls that ended "
    "or were queued",
    "entered": "times calls came to the step or went the way: a caller who comes twice counts twice",
    "left": "of these times, those from which the call went on to another step or to the queue",
    "hung_up": "of these times, those at which the caller hung up; of callers who came back from an agent, where "
    "the step does not end the call by itself",
    "seconds": "mean time of one stay, from entering a step to the next one, to the queue, or to the end of the call",
    "edges": "a way from step to step by a key: how often it was taken, and what came of that at the step it leads to",
}


@dataclass(frozen=True, slots=True)
class StepCount:
    """Figures of a step: how often calls came, and of these times went on, hung up there, and mean seconds.

    Each stay counts, so that what came is what went on, hung up, ended or is still there.
    """

    entered: int
    left: int
    hung_up: int
    seconds: float


@dataclass(frozen=True, slots=True)
class EdgeCount:
    """Figures of a way: how often it was taken, and of these times went on from `target`, hung up there, mean seconds.

    `source` is empty for the arrival; `key` is the one pressed at a menu or survey, else empty.
    """

    source: str
    target: str
    key: str
    entered: int
    left: int
    hung_up: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds of so many calls; `deviation` is the sample's standard deviation."""

    calls: int
    mean: float
    median: float
    p95: float
    deviation: float


@dataclass(frozen=True, slots=True)
class CallPath:
    """One call in the menu; `steps` are (at, step, keys that led there).

    `queued_at` is the first time, None: never in a queue; `answered_at` the first agent, None: never. `call` is its id.
    `queued_last` is the last time, where there was more than one: a step after it came when queue and agent were over.
    """

    steps: tuple[tuple[float, str, str], ...]
    arrived_at: float
    queued_at: float | None
    ended_at: float | None
    outcome: str
    answered_at: float | None = None
    call: str = ""
    queued_last: float | None = None

    @property
    def back_in_menu(self) -> bool:
        """A queue or an agent has had him, and the menu was the last to have him."""
        last = self.queued_last or self.queued_at
        return last is not None and self.steps[-1][0] > last


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Options of a menu in the order of their use, where that is not the order in which they are read."""

    step: str
    read: tuple[str, ...]
    by_use: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MenuUse:
    """`over`: calls that ended or were queued, by which rates are divided."""

    calls: int
    over: int
    queued: int
    answered: int
    self_service: int
    messages: int
    abandoned_in_menu: int
    abandoned_in_queue: int
    self_service_rate: float | None
    abandonment_rate: float | None
    seconds_to_person: Spread | None
    seconds_to_answer: Spread | None
    steps: Mapping[str, StepCount]
    edges: tuple[EdgeCount, ...]
    keys: Mapping[str, Mapping[str, int]]
    scores: Mapping[str, Mapping[str, int]]
    suggestions: tuple[Suggestion, ...] = field(default=())


def path_of(stored: Sequence[Mapping[str, Any]]) -> tuple[tuple[float, str, str], ...]:
    """The path as a call's row holds it."""
    return tuple((float(each["at"]), str(each["step"]), str(each.get("keys") or "")) for each in stored)


def measure(menu: LoadedMenu, calls: Iterable[CallPath]) -> MenuUse:
    """Steps that the menu no longer has are counted too; calls without any step are not."""
    counted = [call for call in calls if call.steps]
    told = answers(menu)
    tally = Counter(fate for call in counted for fate in fates(call, told))
    over = tally["over"]
    ends = endings(menu)
    visits = [each for call in counted for each in _visits(menu, call, ends)]
    keys = _keys(visits)
    return MenuUse(
        **{name: tally[name] for name in FATES},
        self_service_rate=tally["self_service"] / over if over else None,
        abandonment_rate=(tally["abandoned_in_menu"] + tally["abandoned_in_queue"]) / over if over else None,
        seconds_to_person=_spread([call.queued_at - call.arrived_at for call in counted if call.queued_at is not None]),
        seconds_to_answer=_spread(
            [call.answered_at - call.arrived_at for call in counted if call.answered_at is not None]
        ),
        steps=_steps(visits),
        edges=_edges(visits),
        keys=keys,
        scores=dict(_scores(menu, keys)),
        suggestions=tuple(_suggestions(menu, keys)),
    )


FATES = (
    "calls", "over", "queued", "answered", "self_service", "messages", "abandoned_in_menu", "abandoned_in_queue",
)  # fmt: skip
"""What a call may count as: the counts of `MenuUse`."""


HELPLESS = ("failed", "not_found", "locked", "closed", "refused", "missing", "last_resort")
"""Where a step names the ways that it takes when it can do nothing for the caller."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Steps that read the caller a value, those that wait for his, and the ways taken only where nothing helped him.

    `broken`: from steps that read to a person, taken without a key where there was nothing to read.
    """

    read: Set[str] = frozenset()
    asked: Set[str] = frozenset()
    helpless: Set[tuple[str, str]] = frozenset()
    broken: Set[tuple[str, str]] = frozenset()


def answers(menu: LoadedMenu) -> Answers:
    steps = menu.flow.steps
    ways = {(name, go, place[0] in HELPLESS) for name, step in steps.items() for place, go in step.ways()}
    read = {name for name, step in steps.items() if isinstance(step, Say) and any(step.values())}
    person = menu.flow.person
    return Answers(
        read,
        {name for name in steps if asks(menu.flow, name)},
        {(name, go) for name, go, helpless in ways if helpless and (name, go, False) not in ways},
        {(name, person) for name in read if (name, person, False) not in ways},
    )


def fates(call: CallPath, told: Answers) -> Iterable[str]:
    """Everything of FATES that a call with steps counts as; `told` are the menu's `answers`."""
    served = _served(call, told)
    yield "calls"
    if call.queued_at is not None or call.ended_at is not None:
        yield "over"
    if call.queued_at is not None:
        yield "queued"
    if call.answered_at is not None:
        yield "answered"
    if served:
        yield "self_service"
    elif _hung_up_in_menu(call):
        yield "abandoned_in_menu"
    if call.outcome == "message":
        yield "messages"
    if _hung_up_in_queue(call):
        yield "abandoned_in_queue"


def endings(menu: LoadedMenu) -> Set[str]:
    """Steps that end the call by themselves."""
    return {name for name, step in menu.flow.steps.items() if isinstance(step, HangUp | Message)}


def places(call: CallPath, ends: Set[str]) -> Iterable[tuple[str, str]]:
    """(entered, step) once for every step a call came to, however often, and (hung_up, step) where the caller hung up;
    `ends` are the menu's `endings`."""
    for step in dict.fromkeys(step for _, step, _ in call.steps):
        yield "entered", step
    if _hung_up_at_step(call, ends):
        yield "hung_up", call.steps[-1][1]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One call at one step: the way it came, and what became of it there; `seconds` None while it is there."""

    source: str
    step: str
    key: str
    left: bool
    hung_up: bool
    seconds: float | None


def _visits(menu: LoadedMenu, call: CallPath, ends: Set[str]) -> Iterable[_Visit]:
    source, queued = "", [each for each in (call.queued_at, call.queued_last) if each is not None]
    for place, (at, step, keys) in enumerate(call.steps):
        last = place + 1 == len(call.steps)
        following = call.ended_at if last else call.steps[place + 1][0]
        to_queue = [each for each in queued if at <= each and (last or following is None or each < following)]
        until = min(to_queue, default=following)
        yield _Visit(
            source, step, _key(menu, source, keys), not last or bool(to_queue),
            last and _hung_up_at_step(call, ends), None if until is None else max(0.0, until - at),
        )  # fmt: skip
        source = step


def _key(menu: LoadedMenu, source: str, keys: str) -> str:
    """The key that led on: the last one, after wrong ones. Digits typed elsewhere are nobody's business."""
    step, key = menu.flow.steps.get(source), keys[-1:]
    if isinstance(step, Menu):
        return key if key in step.options or key in menu.flow.keys else ""
    return key if isinstance(step, Survey) else ""


def _steps(visits: list[_Visit]) -> dict[str, StepCount]:
    found: defaultdict[str, list[_Visit]] = defaultdict(list)
    for each in visits:
        found[each.step].append(each)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return {step: StepCount(*_figures(there)) for step, there in ordered}


def _edges(visits: list[_Visit]) -> tuple[EdgeCount, ...]:
    found: defaultdict[tuple[str, str, str], list[_Visit]] = defaultdict(list)
    for each in visits:
        found[each.source, each.step, each.key].append(each)
    return tuple(EdgeCount(source, target, key, *_figures(there)) for (source, target, key), there in found.items())


def _figures(visits: list[_Visit]) -> tuple[int, int, int, float]:
    seconds = [each.seconds for each in visits if each.seconds is not None]
    left, hung_up = sum(each.left for each in visits), sum(each.hung_up for each in visits)
    return len(visits), left, hung_up, statistics.fmean(seconds) if seconds else 0.0


def _hung_up_in_menu(call: CallPath) -> bool:
    return call.queued_at is None and call.ended_at is not None and call.outcome == "abandoned"


def _hung_up_at_step(call: CallPath, ends: Set[str]) -> bool:
    """At the last one. Who came back from an agent is answered, whoever ended the call."""
    if call.queued_at is None or call.ended_at is None or not call.back_in_menu:
        return _hung_up_in_menu(call)
    return call.outcome == "abandoned" or (call.outcome == "answered" and call.steps[-1][1] not in ends)


def _hung_up_in_queue(call: CallPath) -> bool:
    return call.queued_at is not None and call.answered_at is None and call.outcome == "abandoned"


def _served(call: CallPath, told: Answers) -> bool:
    if call.queued_at is not None:
        return False
    steps = [step for _, step, _ in call.steps]
    ways = list(pairwise(steps))
    keyless = {way for way, (_, _, keys) in zip(ways, call.steps[1:], strict=True) if not keys}
    unread = told.helpless | (told.broken & keyless)
    heard = steps[-1] in told.read or any(way[0] in told.read and way not in unread for way in ways)
    if call.outcome == "self_service":
        return heard or not _let_down(ways, told)
    return heard and _hung_up_in_menu(call)


def _let_down(ways: Sequence[tuple[str, str]], told: Answers) -> bool:
    """Whether a step could not help him since he was asked last."""
    for way in reversed(ways):
        if way in told.helpless or way[0] in told.asked:
            return way in told.helpless
    return False


def _scores(menu: LoadedMenu, keys: Mapping[str, Mapping[str, int]]) -> Iterable[tuple[str, dict[str, int]]]:
    """Of each survey, answers on its scale: other keys lead on too."""
    for name, step in menu.flow.steps.items():
        if isinstance(step, Survey) and name in keys:
            scale = {str(each) for each in range(step.lowest, step.highest + 1)}
            yield name, {key: times for key, times in keys[name].items() if key in scale}


def _keys(visits: list[_Visit]) -> dict[str, dict[str, int]]:
    """By menu and survey: how often each key led on."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in visits:
        if each.key:
            found[each.source][each.key] += 1
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


def _spread(seconds: list[float]) -> Spread | None:
    """Percentile by nearest rank."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    at_95 = ordered[(len(ordered) * 95 + 99) // 100 - 1]
    deviation = statistics.stdev(ordered) if len(ordered) > 1 else 0.0
    return Spread(len(ordered), statistics.fmean(ordered), statistics.median(ordered), at_95, deviation)
