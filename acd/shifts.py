"""Shifts: read from a table, and what they allow. Pure."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from core import yamlfile
from core.errors import BadInput
from core.rulebook import Rulebook

COLUMNS = ("agent", "date", "start", "end")
LONGEST = 16 * 3600.0
"""Seconds: more is a slip of the pen."""


class ShiftRules(Rulebook):
    """Seconds. `outside`: whether agents may sign in who are on no shift, nor within `early` before one."""

    ready_before: int = Field(default=180, ge=0, le=3600)
    outside: Literal["allowed", "refused"] = "allowed"
    early: int = Field(default=900, ge=0, le=7200)


@dataclass(frozen=True, slots=True)
class Shift:
    """Planned: [start, end), in seconds since the epoch."""

    agent: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The shifts of a table, in order of time; it says all about the `days` that it names."""

    days: tuple[date, ...]
    shifts: tuple[Shift, ...]


def read_rules(text: str) -> ShiftRules:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("shifts.yaml"), ShiftRules)


def load(config_dir: Path) -> ShiftRules:
    """Raises ConfigError with the line."""
    return yamlfile.load(config_dir / "shifts.yaml", ShiftRules)


def read(text: str, zone: ZoneInfo, agents: Collection[str]) -> Plan:
    """A CSV of `agent,date,start,end` (2026-03-02, 09:00, 17:00; an end that is not later is of the next day).

    A line with a date only says that nobody works on that day. Raises BadInput naming the first line at fault.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if missing := set(COLUMNS) - set(lines.fieldnames or ()):
        raise BadInput(f"line 1 names no column `{min(missing)}`", f"begin the file with: {','.join(COLUMNS)}")
    days: set[date] = set()
    found: list[Shift] = []
    for row in lines:
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        try:
            day = date.fromisoformat(cells["date"])
            days.add(day)
            if cells["agent"]:
                found.append(_shift(cells, day, zone, agents))
        except ValueError as fault:
            raise BadInput(f"line {lines.line_num}: {fault}", "write for example 8001,2026-03-02,09:00,17:00") from None
    found.sort(key=lambda each: (each.agent, each.start))
    for one, other in pairwise(found):
        if one.agent == other.agent and other.start < one.end:
            begins = datetime.fromtimestamp(other.start, zone)
            raise BadInput(f"two shifts of agent {one.agent} overlap at {begins:%Y-%m-%d %H:%M}", "shorten one of them")
    return Plan(tuple(sorted(days)), tuple(sorted(found, key=lambda each: (each.start, each.agent))))


def _shift(cells: dict[str, str], day: date, zone: ZoneInfo, agents: Collection[str]) -> Shift:
    if cells["agent"] not in agents:
        raise ValueError(f"there is no agent {cells['agent']}")
    first, last = time.fromisoformat(cells["start"]), time.fromisoformat(cells["end"])
    until = day if last > first else day + timedelta(days=1)
    start, end = (datetime.combine(d, t, zone).timestamp() for d, t in ((day, first), (until, last)))
    if end - start > LONGEST:
        raise ValueError(f"a shift of {(end - start) / 3600:.0f} hours is too long")
    return Shift(cells["agent"], start, end)


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
