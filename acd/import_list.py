"""A campaign's list as CSV: `number` and `name`, further columns are facts that the agent sees before he calls."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import BadInput, Refused

NUMBER, NAME = "number", "name"
HEADINGS = {"号码": NUMBER, "电话": NUMBER, "手机号": NUMBER, "姓名": NAME}
"""What the two columns may be called as well."""
MOST_ROWS = 50_000
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    name: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """`faults`: (line of the file, what is wrong with it); those lines are left out."""

    rows: tuple[Row, ...]
    faults: tuple[tuple[int, str], ...]


def read(text: str, plain: Callable[[str], str]) -> Read:
    """`plain` normalises a number or raises Refused; the first of equals counts. Raises BadInput for no such table."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    lines.fieldnames = [HEADINGS.get((each or "").strip(), (each or "").strip()) for each in lines.fieldnames or ()]
    if NUMBER not in lines.fieldnames:
        raise BadInput("line 1 names no column `number`", "begin the file with: number,name")
    rows: dict[str, Row] = {}
    faults: list[tuple[int, str]] = []
    for line in lines:
        if len(rows) == MOST_ROWS:
            raise BadInput(f"more than {MOST_ROWS} rows", "split the list")
        try:
            number = plain(line[NUMBER] or "")
        except Refused as fault:
            faults.append((lines.line_num, fault.problem))
            continue
        if number in rows:
            faults.append((lines.line_num, "this number stands further up already"))
            continue
        facts = {key: str(value or "")[:LONGEST] for key, value in line.items() if key and key not in (NUMBER, NAME)}
        rows[number] = Row(number, (line.get(NAME) or "")[:80], facts)
    return Read(tuple(rows.values()), tuple(faults))
