"""A campaign's list as CSV: `number` and `name`, further columns are facts that the agent sees before he calls."""

from collections.abc import Callable
from dataclasses import dataclass

from core import tables
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
    (_, heading), *lines = tables.rows(text)
    names = [HEADINGS.get(each, each) for each in heading]
    if NUMBER not in names:
        raise BadInput("line 1 names no column `number`", "begin the file with: number,name")
    rows: dict[str, Row] = {}
    faults: list[tuple[int, str]] = []
    for at, cells in lines:
        line = dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
        if len(rows) == MOST_ROWS:
            raise BadInput(f"more than {MOST_ROWS} rows", "split the list")
        try:
            number = plain(line[NUMBER])
        except Refused as fault:
            faults.append((at, fault.problem))
            continue
        if number in rows:
            faults.append((at, "this number stands further up already"))
            continue
        facts = {key: value[:LONGEST] for key, value in line.items() if key and key not in (NUMBER, NAME)}
        rows[number] = Row(number, line.get(NAME, "")[:80], facts)
    return Read(tuple(rows.values()), tuple(faults))
