"""Traffic for simulation: callers from `calls.csv`, shifts from `agents.csv`, faults named by file and line."""

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from acd.simulation import csv_page
from acd.simulation.csv_page import Wrong
from core.errors import BadInput, HotlineError

CALL_COLUMNS = ("arrival", "queue", "priority", "skills", "handle", "patience")
AGENT_COLUMNS = ("agent", "skills", "start", "end")
LONGEST, HIGHEST = 1e9, 10**6
"""The most seconds (thirty years), and the highest priority: more is a slip of the pen that figures would drown in."""
UNSEEN = ("Cc", "Zl", "Zp")
"""Control characters and line ends, by Unicode category: a name with one looks like the name without it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`row` counts from 0. Times in seconds; `patience` is infinite for one who waits forever. `language`: the one of
    the skills that he needs whatever his queue gives up in time."""

    row: int
    arrival: float
    queue: str
    priority: int
    skills: Mapping[str, int]
    handle: float
    patience: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent works in [start, end) with `skills`, levels 1–10."""

    agent: str
    skills: Mapping[str, int]
    start: float
    end: float


def read(calls: Path, agents: Path, queues: Iterable[str] = ()) -> tuple[list[Caller], list[Shift]]:
    """Both files; raises BadInput that tells what is wrong with both. `queues`: names that there are rules for."""
    told: list[HotlineError] = []
    callers, shifts = list[Caller](), list[Shift]()
    try:
        callers = read_calls(calls, queues)
    except BadInput as fault:
        told += (fault, *fault.also)
    try:
        shifts = read_agents(agents)
    except BadInput as fault:
        told += (fault, *fault.also)
    if told:
        first = BadInput(told[0].problem, told[0].remedy)
        first.also = tuple(told[1:])
        raise first
    return callers, shifts


def read_calls(path: Path, queues: Iterable[str] = ()) -> list[Caller]:
    """Raises BadInput with file and line, and with the other faults of the file."""
    found: list[Caller] = []
    names = {plain(each): each for each in queues}
    page = csv_page.Page(path, CALL_COLUMNS, ("agents", AGENT_COLUMNS))
    for row in page.rows():
        with page.telling():
            found.append(
                Caller(
                    len(found),
                    _seconds("arrival", row["arrival"]),
                    _called(names, "queue", row["queue"], "name the queue the caller waits in"),
                    _priority(row["priority"]),
                    _needs(row["skills"]),
                    _seconds("handle", row["handle"]),
                    _seconds("patience", row["patience"]) if row["patience"] else math.inf,
                )
            )
    page.settle()
    return found


def read_agents(path: Path) -> list[Shift]:
    """An agent may have several shifts that do not overlap. Raises BadInput as read_calls does."""
    found: list[Shift] = []
    of: dict[str, list[Shift]] = {}
    names: dict[str, str] = {}
    page = csv_page.Page(path, AGENT_COLUMNS, ("calls", CALL_COLUMNS))
    for row in page.rows():
        with page.telling():
            shift = _shift(row, names)
            others = of.setdefault(shift.agent, [])
            if any(shift.start < each.end and each.start < shift.end for each in others):
                raise Wrong(f"agent {shift.agent} has another shift at that time", "remove one of the lines")
            found.append(shift)
            others.append(shift)
    page.settle()
    return found


def _shift(row: Mapping[str, str], names: dict[str, str]) -> Shift:
    agent = _called(names, "agent", row["agent"], "give every agent a number")
    start, end = _seconds("start", row["start"]), _seconds("end", row["end"])
    if end < start:
        raise Wrong("the shift ends before it starts", "put the earlier second into start")
    return Shift(agent, _levels(row["skills"]), start, end)


def _called(names: dict[str, str], column: str, text: str, remedy: str) -> str:
    """As it is written where it stands first, so that what is printed can be joined with what was read."""
    return names.setdefault(_name(column, text, remedy), _seen(text))


def _name(column: str, text: str, remedy: str) -> str:
    name = plain(text)
    if not name:
        raise Wrong(f"{column} is empty", remedy)
    if unseen := [each for each in name if unicodedata.category(each) in UNSEEN]:
        raise Wrong(f"{column} {name[:40]!r} has the unseen character U+{ord(unseen[0]):04X}", "remove it")
    return name


def plain(text: str) -> str:
    """Chinese keyboards write ；：＞＝ and ８ where ;:>= and 8 are meant, copied text brings marks nobody sees.

    What reads the same is the same name.
    """
    return _seen(unicodedata.normalize("NFKC", text))


def _seen(text: str) -> str:
    return "".join(each for each in text if unicodedata.category(each) != "Cf").strip()


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text.replace("_", "?"))
    except ValueError:
        raise Wrong(f"{name} {text[:40]!r} is not a number", "give seconds, for example 12.5") from None
    if not 0 <= value <= LONGEST:
        raise Wrong(f"{name} {text[:40]!r} must be 0 to {LONGEST:.0f}", "give seconds, for example 12.5")
    return value


def _priority(text: str) -> int:
    try:
        value = int(text.replace("_", "?") or "0")
    except ValueError:
        raise Wrong(f"priority {text[:40]!r} is not a whole number", "0 is ordinary, higher first") from None
    if abs(value) > HIGHEST:
        raise Wrong(f"priority {text[:40]!r} is out of bounds", f"give {-HIGHEST} to {HIGHEST}")
    return value


def _needs(text: str) -> dict[str, int]:
    """`cards;en>=5`: skill or skill>=level."""
    needs: dict[str, int] = {}
    for part in _parts(text):
        skill, sign, level = (each.strip() for each in part.partition(">="))
        needs[_skill(part, skill)] = max(needs.get(skill, 1), _level(part, level) if sign else 1)
    return needs


def _levels(text: str) -> dict[str, int]:
    """`cards:5;en:9`: skill:level."""
    levels: dict[str, int] = {}
    for part in _parts(text):
        skill, _, level = (each.strip() for each in part.partition(":"))
        if skill in levels:
            raise Wrong(f"skill {skill!r} is named twice", "remove one")
        levels[_skill(part, skill)] = _level(part, level)
    return levels


def _parts(text: str) -> list[str]:
    signs = plain(text)
    for sign in "≥≧⩾":
        signs = signs.replace(sign, ">=")
    return [part.strip() for part in signs.split(";") if part.strip()]


def _skill(part: str, skill: str) -> str:
    if apart := next((sign for sign in ",、|/" if sign in skill), None):
        raise Wrong(f"{part[:40]!r} is not a skill: {apart!r} cannot stand in one", "put ; between skills")
    if not skill or any(sign in skill for sign in ":<>=≤≦⩽"):
        raise Wrong(f"{part[:40]!r} is not a skill", "write skill:level for agents, skill>=level for calls")
    return _name("skill", skill, "")


def _level(part: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= 10:
        raise Wrong(f"level {text[:40]!r} in {part[:40]!r} is not 1 to 10", "10 is best")
    return int(text)
