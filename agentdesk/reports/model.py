"""What a report is: tables of measures over groups whose counts add up, so that the total is one more group. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from agentdesk.reports.period import Period

Value = int | float | None
Tally = TypeVar("Tally")


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Measure(Generic[Tally]):
    """A figure: its code is its name and definition in `agentdesk.reports.words`. `leads`: to the calls it counts."""

    code: str
    unit: Unit
    of: Callable[[Tally], Value]
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Row:
    """`calls`: address of the call list by column, where a count leads to one."""

    key: str
    label: str
    values: Mapping[str, Value]
    calls: Mapping[str, str]

    @property
    def empty(self) -> bool:
        return not any(self.values.values())


@dataclass(frozen=True, slots=True)
class Table:
    """`of`: what a row is, as a code. `total` is None where rows do not add up. `sparse`: empty rows are left out where
    it is read, they only keep the place in a chart."""

    name: str
    of: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None
    sparse: bool = False

    @property
    def shown(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.empty) if self.sparse else self.rows


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart of a table's columns. `kind`: columns, bars or lines; `line`: a share or score drawn over the columns,
    with its `target`. Of bars: `beside`: parts do not add up; `note`: a share written at the end of each."""

    name: str
    table: str
    kind: str
    parts: tuple[str, ...]
    line: str = ""
    target: float | None = None
    beside: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    period: Period
    tables: tuple[Table, ...]
    drawings: tuple[Drawing, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every figure once."""
        return tuple(dict.fromkeys(each.code for table in self.tables for each in table.columns))

    def table(self, name: str) -> Table:
        """By its name; the first for any other."""
        return next((each for each in self.tables if each.name == name), self.tables[0])


Lead = Callable[[str, str], str]
"""Row's key ('' for the total), code of the measure → address of the call list, '' where there is none."""


def table(
    name: str, of: str, measures: Sequence[Measure[Tally]], groups: Mapping[str, Tally], total: Tally | None,
    label: Callable[[str], str], lead: Lead, *, sparse: bool = False,
) -> Table:  # fmt: skip
    def row(key: str, title: str, tally: Tally) -> Row:
        values = {each.code: each.of(tally) for each in measures}
        leads = {each.code: lead(key, each.code) for each in measures if each.leads and values[each.code]}
        return Row(key, title, values, {code: address for code, address in leads.items() if address})

    return Table(
        name, of, tuple(Column(each.code, each.unit) for each in measures),
        tuple(row(key, label(key), tally) for key, tally in groups.items()),
        None if total is None else row("", "", total), sparse,
    )  # fmt: skip
