"""Shifts: read from tables and forms, what they allow, and what a change of them is. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from acd.agent_state import AgentState
from core import tables, yamlfile
from core.days import within
from core.errors import BadInput
from core.rulebook import Rulebook

COLUMNS = {"agent": "工号", "date": "日期", "start": "上班", "end": "下班", "breaks": "休息"}
"""Of a table, in English or Chinese; the last may be missing."""
BREAKS = {AgentState.MEAL: "用餐", AgentState.SHORT_BREAK: "小休"}
"""Breaks that are planned, and what tables may call them."""
LONGEST = 16 * 3600.0
"""Seconds: more is a slip of the pen."""
REMEDY = "write for example 8001,2026-03-02,09:00,17:00,meal 12:00-12:30; short-break 15:00-15:10"


class ShiftRules(Rulebook):
    """Seconds. `outside`: whether agents may sign in who are on no shift, nor within `early` before one."""

    ready_before: int = Field(default=180, ge=0, le=3600)
    outside: Literal["allowed", "refused"] = "allowed"
    early: int = Field(default=900, ge=0, le=7200)


@dataclass(frozen=True, slots=True)
class Pause:
    """A planned break: [start, end), in seconds since the epoch; `state` is the agent's state in it."""

    state: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Shift:
    """Planned: [start, end), in seconds since the epoch."""

    agent: str
    start: float
    end: float
    breaks: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The shifts of a table, in order of time; it says all about the `days` that it names."""

    days: tuple[date, ...]
    shifts: tuple[Shift, ...]


def read_rules(text: str) -> ShiftRules:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("shifts.yaml"), ShiftRules)


@dataclass(frozen=True, slots=True)
class Change:
    """Shifts that go and shifts that come in their place."""

    gone: tuple[Shift, ...]
    come: tuple[Shift, ...]

    @property
    def undone(self) -> "Change":
        return Change(self.come, self.gone)


@dataclass(frozen=True, slots=True)
class Span:
    """A shift or a break as people write it: `what` a state, '' for a shift; an end that is not later is tomorrow's."""

    start: time
    end: time
    what: str = ""
    breaks: tuple["Span", ...] = ()


def load(config_dir: Path) -> ShiftRules:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "shifts.yaml", ShiftRules)


def read(text: str, zone: ZoneInfo, agents: Collection[str]) -> Plan:
    """A CSV of `agent,date,start,end` (2026-03-02, 09:00, 17:00; an end that is not later is of the next day), and
    `breaks` (`meal 12:00-12:30; short-break 15:00-15:10`).

    A line with a date only says that nobody works on that day. Raises BadInput naming the first line at fault.
    """
    (_, heading), *lines = tables.rows(text)
    english = {other: name for name, words in COLUMNS.items() for other in (name, words)}
    names = [english.get(each.lower(), "") for each in heading]
    if missing := [each for each in COLUMNS if each not in names and each != "breaks"]:
        raise BadInput(f"line 1 names no column `{missing[0]}`", f"begin the file with: {','.join(COLUMNS)}")
    if not lines:
        raise BadInput("line 2 is missing", REMEDY)
    days: set[date] = set()
    found: list[Shift] = []
    for number, row in lines:
        cells = dict.fromkeys(COLUMNS, "") | dict(zip(names, row, strict=False))
        try:
            day = day_of(cells["date"])
            days.add(day)
            if cells["agent"]:
                if cells["agent"] not in agents:
                    raise ValueError(f"there is no agent {cells['agent']}")
                span = Span(time_of(cells["start"]), time_of(cells["end"]), "", breaks_of(cells["breaks"]))
                found.append(shift_of(cells["agent"], day, span, zone))
        except ValueError as fault:
            raise BadInput(f"line {number}: {fault}", REMEDY) from None
    demand_apart(found, zone)
    return Plan(tuple(sorted(days)), in_order(found))


def day_of(text: str) -> date:
    """2026-03-02, also 2026/3/2; raises ValueError."""
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        try:
            return within(date(*map(int, found.groups())))
        except ValueError:
            pass
    raise ValueError(f"{text!r} is no day such as 2026-03-02")


def time_of(text: str) -> time:
    """09:00, also 9:00:00; raises ValueError."""
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})(?::00)?", text)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise ValueError(f"{text!r} is no time such as 09:00")


def breaks_of(text: str) -> tuple[Span, ...]:
    """`meal 12:00-12:30; short-break 15:00-15:10`; raises ValueError."""
    states = {other: str(state) for state, words in BREAKS.items() for other in (state, words)}
    found = []
    for part in text.replace("；", ";").split(";"):
        if not part.strip():
            continue
        what, _, when = part.strip().partition(" ")
        start, _, end = when.partition("-")
        if what not in states:
            raise ValueError(f"{part.strip()!r} is no break such as meal 12:00-12:30")
        found.append(Span(time_of(start.strip()), time_of(end.strip()), states[what]))
    return tuple(found)


def shift_of(agent: str, day: date, span: Span, zone: ZoneInfo) -> Shift:
    """Raises ValueError for one that is too long or no time at all, or whose breaks are not inside it or not apart."""
    start, end = _moments(day, span, zone)
    if end - start > LONGEST:
        raise ValueError(f"a shift of {(end - start) / 3600:.0f} hours is too long")
    breaks: list[Pause] = []
    for each in span.breaks:
        first, last = _moments(day if each.start >= span.start else day + timedelta(days=1), each, zone)
        if first < start or last > end:
            raise ValueError(f"the break at {each.start:%H:%M} is not inside the shift")
        breaks.append(Pause(each.what, first, last))
    breaks.sort(key=lambda each: each.start)
    for one, other in pairwise(breaks):
        if other.start < one.end:
            raise ValueError("two breaks overlap")
    return Shift(agent, start, end, tuple(breaks))


def demand_apart(shifts: Iterable[Shift], zone: ZoneInfo) -> None:
    """Raises BadInput where two shifts of an agent overlap."""
    found = sorted(shifts, key=lambda each: (each.agent, each.start))
    for one, other in pairwise(found):
        if one.agent == other.agent and other.start < one.end:
            begins = datetime.fromtimestamp(other.start, zone)
            raise BadInput(f"two shifts of agent {one.agent} overlap at {begins:%Y-%m-%d %H:%M}", "shorten one of them")


def in_order(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=lambda each: (each.start, each.agent)))


def change_to(before: Iterable[Shift], after: Iterable[Shift]) -> Change:
    """What makes `before` to `after`."""
    known, wanted = set(before), set(after)
    return Change(in_order(known - wanted), in_order(wanted - known))


def moved(shift: Shift, by: timedelta, zone: ZoneInfo) -> Shift:
    """The same at the same times of day; raises ValueError as `shift_of` does."""

    def clock(at: float) -> time:
        return datetime.fromtimestamp(at, zone).time()

    breaks = tuple(Span(clock(each.start), clock(each.end), each.state) for each in shift.breaks)
    day = datetime.fromtimestamp(shift.start, zone).date() + by
    return shift_of(shift.agent, day, Span(clock(shift.start), clock(shift.end), "", breaks), zone)


def as_text(shift: Shift, zone: ZoneInfo) -> Mapping[str, str]:
    """The line of a table that says it."""

    def clock(at: float) -> str:
        return f"{datetime.fromtimestamp(at, zone):%H:%M}"

    breaks = "; ".join(f"{each.state} {clock(each.start)}-{clock(each.end)}" for each in shift.breaks)
    day = f"{datetime.fromtimestamp(shift.start, zone):%Y-%m-%d}"
    cells = (shift.agent, day, clock(shift.start), clock(shift.end), breaks)
    return dict(zip(COLUMNS, cells, strict=True))


def current(shifts: Sequence[Shift], now: float) -> Shift | None:
    """The one of `now`, or the next one."""
    left = [each for each in shifts if each.end > now]
    return min(left, key=lambda each: each.start, default=None)


def refusal(rules: ShiftRules, shifts: Sequence[Shift], now: float) -> tuple[str, str] | None:
    """Reason and words, None when the agent with these shifts may sign in."""
    shift = current(shifts, now)
    if rules.outside == "allowed" or (shift is not None and now >= shift.start - rules.early):
        return None
    return "outside_shift", "this agent has no shift now; a supervisor may overrule"


def _moments(day: date, span: Span, zone: ZoneInfo) -> tuple[float, float]:
    """Raises ValueError where the clock jumps over so much of it that nothing is left."""
    until = day if span.end > span.start else day + timedelta(days=1)
    start = datetime.combine(day, span.start, zone).timestamp()
    end = datetime.combine(until, span.end, zone).timestamp()
    if end <= start:
        raise ValueError(f"{span.start:%H:%M}-{span.end:%H:%M} is no time on {day}, when the clock is put forward")
    return start, end
