"""Traffic for simulation: callers from `calls.csv`, shifts from `agents.csv`, faults named by file and line."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput

CALL_COLUMNS = ("arrival", "queue", "priority", "skills", "handle", "patience")
AGENT_COLUMNS = ("agent", "skills", "start", "end")


@dataclass(frozen=True, slots=True)
class Caller:
    """`row` counts from 0. Times in seconds; `patience` is infinite for one who waits forever."""

    row: int
    arrival: float
    queue: str
    priority: int
    skills: Mapping[str, int]
    handle: float
    patience: float


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent works in [start, end) with `skills`, levels 1–10."""

    agent: str
    skills: Mapping[str, int]
    start: float
    end: float


def read_calls(path: Path) -> list[Caller]:
    """Raises BadInput with file and line."""
    found: list[Caller] = []
    for line, row in _rows(path, CALL_COLUMNS):
        place = f"{path}:{line}"
        if not row["queue"]:
            raise BadInput(f"{place}: queue is empty", "name the queue the caller waits in")
        found.append(
            Caller(
                len(found),
                _seconds(place, "arrival", row["arrival"]),
                row["queue"],
                _priority(place, row["priority"]),
                _needs(place, row["skills"]),
                _seconds(place, "handle", row["handle"]),
                _seconds(place, "patience", row["patience"]) if row["patience"] else math.inf,
            )
        )
    return found


def read_agents(path: Path) -> list[Shift]:
    """An agent may have several shifts that do not overlap. Raises BadInput with file and line."""
    found: list[Shift] = []
    of: dict[str, list[Shift]] = {}
    for line, row in _rows(path, AGENT_COLUMNS):
        place = f"{path}:{line}"
        if not row["agent"]:
            raise BadInput(f"{place}: agent is empty", "give every agent a number")
        start, end = _seconds(place, "start", row["start"]), _seconds(place, "end", row["end"])
        if end < start:
            raise BadInput(f"{place}: the shift ends before it starts", "put the earlier second into start")
        if any(start < each.end and each.start < end for each in of.get(row["agent"], ())):
            raise BadInput(f"{place}: agent {row['agent']} has another shift at that time", "remove one of the lines")
        found.append(Shift(row["agent"], _levels(place, row["skills"]), start, end))
        of.setdefault(row["agent"], []).append(found[-1])
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                expected = ",".join(columns)
                raise BadInput(f"{path}:1: no column {', '.join(missing)}", f"the first line must be {expected}")
            for row in reader:
                if None in row or None in row.values():
                    count = len(reader.fieldnames or ())
                    raise BadInput(f"{path}:{reader.line_num}: not {count} fields", "give every column a field")
                yield reader.line_num, {name: str(row[name]).strip() for name in columns}
    except csv.Error as fault:
        raise BadInput(f"{path}:{reader.line_num}: not CSV: {fault}", "check quotes and commas") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not UTF-8", "save the file in UTF-8") from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}", "check its path and rights") from None


def _seconds(place: str, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{place}: {name} {text!r} is not a number", "give seconds, for example 12.5") from None
    if not math.isfinite(value) or value < 0:
        raise BadInput(f"{place}: {name} {text!r} must be 0 or more", "give seconds, for example 12.5")
    return value


def _priority(place: str, text: str) -> int:
    try:
        return int(text or "0")
    except ValueError:
        raise BadInput(f"{place}: priority {text!r} is not a whole number", "0 is ordinary, higher first") from None


def _needs(place: str, text: str) -> dict[str, int]:
    """`cards;en>=5`: skill or skill>=level."""
    needs: dict[str, int] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        skill, sign, level = (each.strip() for each in part.partition(">="))
        needs[_skill(place, part, skill)] = max(needs.get(skill, 1), _level(place, part, level) if sign else 1)
    return needs


def _levels(place: str, text: str) -> dict[str, int]:
    """`cards:5;en:9`: skill:level."""
    levels: dict[str, int] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        skill, _, level = (each.strip() for each in part.partition(":"))
        if skill in levels:
            raise BadInput(f"{place}: skill {skill!r} is named twice", "remove one")
        levels[_skill(place, part, skill)] = _level(place, part, level)
    return levels


def _skill(place: str, part: str, skill: str) -> str:
    if not skill or any(sign in skill for sign in ":<>="):
        raise BadInput(f"{place}: {part!r} is not a skill", "write skill:level for agents, skill>=level for calls")
    return skill


def _level(place: str, part: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10:
        raise BadInput(f"{place}: level {text!r} in {part!r} is not 1 to 10", "10 is best")
    return int(text)
