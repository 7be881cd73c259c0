"""Alarms by rule: what of the floor's state is worth a supervisor's ear. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from core import yamlfile
from core.rulebook import Rulebook

FILE = "alarms.yaml"
HOUR = 3600.0


class AlarmKind(StrEnum):
    WAIT = "wait"
    SERVICE_LEVEL = "service-level"
    SATURATION = "saturation"
    BREAK = "break-overrun"
    ANGER = "angry-caller"
    MENU = "menu-fault"
    TICKET_DUE = "ticket-due"
    TICKET = "ticket-overdue"
    COMPLAINT_DUE = "complaint-due"
    COMPLAINT = "complaint-overdue"
    CALLBACK_DUE = "callback-due"
    CALLBACK = "callback-overdue"


class AlarmRules(Rulebook):
    """A rule that is not given raises nothing.

    `wait`: seconds the longest waiting caller of a queue may wait, `queues` where it is another. `service_level`: of
    the day so far, as a share, once `after_calls` were offered. `saturation`: agents who are with a caller ÷ agents who
    serve. `break_overrun`: seconds over what a break may last. `anger`: scored calls with an angry customer.
    `menu_fault`: callers that a fault of a menu has met; 0: at once, though nobody has met it yet. `ticket_due`:
    seconds before a ticket's deadline, `ticket_overdue`: after it, while its customer is not told. `complaint_due` and
    `complaint_overdue`: the same of the time by which a complaint must be taken up, while nobody has done anything with
    its ticket; `callback_due` and `callback_overdue`: of the time for which a call back is promised, while it is not
    made.
    """

    wait: int | None = Field(default=None, ge=1, le=7200)
    queues: dict[str, int] = Field(default={})
    service_level: float | None = Field(default=None, gt=0, lt=1)
    after_calls: int = Field(default=20, ge=1)
    saturation: float | None = Field(default=None, gt=0, le=1)
    break_overrun: int | None = Field(default=None, ge=0, le=7200)
    anger: bool = False
    menu_fault: int | None = Field(default=None, ge=0, le=100_000)
    ticket_due: int | None = Field(default=None, ge=1, le=604_800)
    ticket_overdue: int | None = Field(default=None, ge=0, le=604_800)
    complaint_due: int | None = Field(default=None, ge=1, le=604_800)
    complaint_overdue: int | None = Field(default=None, ge=0, le=604_800)
    callback_due: int | None = Field(default=None, ge=1, le=604_800)
    callback_overdue: int | None = Field(default=None, ge=0, le=604_800)


@dataclass(frozen=True, slots=True)
class QueueState:
    """`longest_wait` in seconds; `service_level` of the day so far, None when nobody counts."""

    queue: str
    longest_wait: float
    offered: int
    service_level: float | None


@dataclass(frozen=True, slots=True)
class FloorState:
    """`busy` of the `serving` agents are with a caller or wrap up; `overruns`: seconds over by agent; `angry` calls.

    `faults`: calls by fault of a menu that nobody has acknowledged. `tickets`: seconds past their deadlines, negative
    before, of those whose customer is not told; `complaints` the same of the times by which they
    must be taken up, `callbacks` of the times promised.
    """

    queues: Sequence[QueueState]
    serving: int
    busy: int
    overruns: Mapping[str, float]
    angry: Sequence[str] = ()
    faults: Mapping[str, float] = field(default_factory=dict)
    tickets: Mapping[str, float] = field(default_factory=dict)
    complaints: Mapping[str, float] = field(default_factory=dict)
    callbacks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """`about`: a queue, an agent's number, a call, a fault of a menu, a ticket or a call back; '' for all of it."""

    kind: AlarmKind
    about: str


def load(config_dir: Path, queues: Collection[str]) -> AlarmRules:
    """No alarms where there is no file; raises ConfigError with the line."""
    path = config_dir / FILE
    return _checked(yamlfile.read(path), path, queues) if path.exists() else AlarmRules()


def read(text: str, queues: Collection[str]) -> AlarmRules:
    """What a published text says; raises ConfigError with the line."""
    return _checked(text, Path(FILE), queues)


def _checked(text: str, path: Path, queues: Collection[str]) -> AlarmRules:
    rules = yamlfile.loads(text, path, AlarmRules)
    yamlfile.demand_known("queue", ((("queues", name), name) for name in rules.queues), queues, text, path)
    return rules


def due(rules: AlarmRules, floor: FloorState) -> dict[Alarm, float]:
    """The alarms of this moment with the figure that raised each: seconds, or a share."""
    menus, promises = _of_menus(rules, floor.faults), _of_promises(rules, floor)
    return dict((*_of_queues(rules, floor.queues), *_of_agents(rules, floor), *menus, *promises))


def _of_queues(rules: AlarmRules, queues: Iterable[QueueState]) -> Iterable[tuple[Alarm, float]]:
    for each in queues:
        limit = rules.queues.get(each.queue, rules.wait)
        if limit is not None and each.longest_wait > limit:
            yield Alarm(AlarmKind.WAIT, each.queue), each.longest_wait
        level = each.service_level if each.offered >= rules.after_calls else None
        if rules.service_level and level is not None and level < rules.service_level:
            yield Alarm(AlarmKind.SERVICE_LEVEL, each.queue), level


def _of_agents(rules: AlarmRules, floor: FloorState) -> Iterable[tuple[Alarm, float]]:
    if rules.saturation and floor.serving and floor.busy / floor.serving >= rules.saturation:
        yield Alarm(AlarmKind.SATURATION, ""), floor.busy / floor.serving
    for agent, over in floor.overruns.items():
        if rules.break_overrun is not None and over > rules.break_overrun:
            yield Alarm(AlarmKind.BREAK, agent), over
    if rules.anger:
        yield from ((Alarm(AlarmKind.ANGER, call), 0.0) for call in floor.angry)


def _of_menus(rules: AlarmRules, faults: Mapping[str, float]) -> Iterable[tuple[Alarm, float]]:
    for fault, calls in faults.items():
        if rules.menu_fault is not None and calls >= rules.menu_fault:
            yield Alarm(AlarmKind.MENU, fault), calls


def _of_promises(rules: AlarmRules, floor: FloorState) -> Iterable[tuple[Alarm, float]]:
    tickets, call_backs = (AlarmKind.TICKET_DUE, AlarmKind.TICKET), (AlarmKind.CALLBACK_DUE, AlarmKind.CALLBACK)
    yield from _of_deadlines(tickets, rules.ticket_due, rules.ticket_overdue, floor.tickets)
    complaints = (AlarmKind.COMPLAINT_DUE, AlarmKind.COMPLAINT)
    yield from _of_deadlines(complaints, rules.complaint_due, rules.complaint_overdue, floor.complaints)
    yield from _of_deadlines(call_backs, rules.callback_due, rules.callback_overdue, floor.callbacks)


def _of_deadlines(
    kinds: tuple[AlarmKind, AlarmKind], before: int | None, after: int | None, found: Mapping[str, float]
) -> Iterable[tuple[Alarm, float]]:
    """Whole hours: what lasts for days is not told anew every moment."""
    soon, late = kinds
    for about, past in found.items():
        if after is not None and past > after:
            yield Alarm(late, about), past // HOUR * HOUR
        elif before is not None and -before <= past <= 0:
            yield Alarm(soon, about), 0.0
