"""Traffic for simulation: callers from `calls.csv`, shifts from `agents.csv`, faults named by file and line."""

import csv
import io
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core import tables
from core.errors import BadInput

CALL_COLUMNS = ("arrival", "queue", "priority", "skills", "handle", "patience")
AGENT_COLUMNS = ("agent", "skills", "start", "end")
LONGEST, HIGHEST = 1e9, 10**6
"""The most seconds (thirty years), and the highest priority: more is a slip of the pen that figures would drown in."""


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
    """Lines with something in them, with their numbers in the file."""
    reader = csv.reader(io.StringIO(tables.read(path), newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if missing := [name for name in columns if name not in names]:
            expected = ",".join(columns)
            raise BadInput(f"{path}:1: no column {', '.join(missing)}", f"the first line must be {expected}")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(names) or any(cells[len(names) :]):
                raise BadInput(f"{path}:{reader.line_num}: not {len(names)} fields", "give every column a field")
            yield reader.line_num, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    except csv.Error as fault:
        raise BadInput(f"{path}:{reader.line_num}: not CSV: {fault}", "check quotes and commas") from None


def _seconds(place: str, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{place}: {name} {text!r} is not a number", "give seconds, for example 12.5") from None
    if not 0 <= value <= LONGEST:
        raise BadInput(f"{place}: {name} {text!r} must be 0 to {LONGEST:.0f}", "give seconds, for example 12.5")
    return value


def _priority(place: str, text: str) -> int:
    try:
        value = int(text or "0")
    except ValueError:
        raise BadInput(
            f"{place}: priority {text[:40]!r} is not a whole number", "0 is ordinary, higher first"
        ) from None
    if abs(value) > HIGHEST:
        raise BadInput(f"{place}: priority {text[:40]!r} is out of bounds", f"give {-HIGHEST} to {HIGHEST}")
    return value


def _needs(place: str, text: str) -> dict[str, int]:
    """`cards;en>=5`: skill or skill>=level."""
    needs: dict[str, int] = {}
    for part in _parts(text):
        skill, sign, level = (each.strip() for each in part.partition(">="))
        needs[_skill(place, part, skill)] = max(needs.get(skill, 1), _level(place, part, level) if sign else 1)
    return needs


def _levels(place: str, text: str) -> dict[str, int]:
    """`cards:5;en:9`: skill:level."""
    levels: dict[str, int] = {}
    for part in _parts(text):
        skill, _, level = (each.strip() for each in part.partition(":"))
        if skill in levels:
            raise BadInput(f"{place}: skill {skill!r} is named twice", "remove one")
        levels[_skill(place, part, skill)] = _level(place, part, level)
    return levels


def _parts(text: str) -> list[str]:
    """Chinese keyboards write ；：＞＝ and ５ where ;:>= and 5 are meant."""
    return [part.strip() for part in unicodedata.normalize("NFKC", text).split(";") if part.strip()]


def _skill(place: str, part: str, skill: str) -> str:
    if not skill or any(sign in skill for sign in ":<>="):
        raise BadInput(f"{place}: {part!r} is not a skill", "write skill:level for agents, skill>=level for calls")
    return skill


def _level(place: str, part: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= 10:
        raise BadInput(f"{place}: level {text[:40]!r} in {part[:40]!r} is not 1 to 10", "10 is best")
    return int(text)
