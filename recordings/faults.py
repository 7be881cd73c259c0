"""What is wrong with a transcript, all of it at once, in words of those who write it: line, place and what to mend."""

import json
from collections.abc import Iterable, Iterator, Sequence

from pydantic_core import ErrorDetails

from core.errors import BadInput
from core.yamlwords import LISTS, MAPPINGS
from recordings.jsonplace import line_of
from recordings.misspelt import Place

MOST = 20
"""So many faults are told one by one."""
MEND = "correct the value and try again"


def faulty(found: Sequence[ErrorDetails], misspelt: Iterable[tuple[Place, str]], text: str, name: str) -> BadInput:
    """All the faults as the first that tells of the others; there is at least one. `name`: what the file is called."""
    told = sorted(_each(found, list(misspelt), text), key=lambda fault: fault[0])
    faults = [
        BadInput(f"{name}:{line}: {_place(place)}: {what}" if place else f"{name}: {what}", remedy)
        for line, place, what, remedy in told[:MOST]
    ]
    if len(told) > MOST:
        faults.append(BadInput(f"{name}: {len(told) - MOST} faults more", "mend these first"))
    faults[0].also = tuple(faults[1:])
    return faults[0]


def _each(
    found: Sequence[ErrorDetails], misspelt: list[tuple[Place, str]], text: str
) -> Iterator[tuple[int, Place, str, str]]:
    meant = {(*place[:-1], right) for place, right in misspelt}
    for place, right in misspelt:
        yield line_of(text, place), place, f"is no name known here; {right} is meant", f"write {right}"
    for each in found:
        if each["type"] != "missing" or each["loc"] not in meant:
            yield line_of(text, each["loc"]), each["loc"], *_said(each)


def _place(place: Place) -> str:
    return ".".join(str(part) for part in place)


def _said(fault: ErrorDetails) -> tuple[str, str]:
    """Problem and remedy; the typing library's own words where they are plain."""
    more, given = fault.get("ctx", {}), json.dumps(fault["input"], ensure_ascii=False)[:40]
    match fault["type"]:
        case "missing":
            return "is missing", "add it"
        case kind if kind in MAPPINGS:
            return "names with values are expected here", 'write {"name": value}'
        case kind if kind in LISTS:
            return "a list is expected here", "write [ … ]"
        case "string_type":
            return f"a text is expected here, not {given}", "write it in quotes"
        case "string_too_short":
            return f"is shorter than {_counted(more['min_length'], 'character')}", MEND
        case "enum":
            return f"{given} is none of {more['expected']}", "write one of these"
        case "bool_type":
            return f"true or false is expected here, not {given}", "write it without quotes"
        case "float_type":
            return f"a number is expected here, not {given}", "write it without quotes"
        case "finite_number":
            return f"a number is expected here, not {given}", MEND
        case "greater_than_equal":
            return f"{given} is less than {more['ge']:g}", MEND
        case "less_than_equal":
            return f"{given} is more than {more['le']:g}", MEND
        case "timezone_aware":
            return "has no time zone", "write it as in 2026-03-02T09:15:00+08:00"
        case kind if kind.startswith("datetime"):
            return f"{given} is no date and time", "write it as in 2026-03-02T09:15:00+08:00"
        case _:
            return fault["msg"].removeprefix("Value error, "), MEND


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
