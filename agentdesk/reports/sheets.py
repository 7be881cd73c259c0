"""Reports as sheets for CSV, Excel and PDF. Pure."""

from collections.abc import Callable
from dataclasses import replace

from agentdesk.reports.model import Report, Row, Table, Unit, Value
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.sheets.sheet import Cell, Sheet
from agentdesk.words.catalogue import N_

Say = Callable[[str], str]
DIGITS = {Unit.COUNT: 0, Unit.SHARE: 4, Unit.SECONDS: 1, Unit.SCORE: 2}
TOTAL = N_("Total")


def sheet_of(report: Report, table: Table, say: Say) -> Sheet:
    """A table with its total; shares from 0 to 1, seconds as numbers; the definitions beneath."""
    period = f"{report.period.first} – {report.period.last}"
    title = f"{say(TITLES[report.name])} {say(TITLES[f'table-{table.name}'])} {period}"
    rows = [_cells(row, row.label, table) for row in table.shown]
    if table.total is not None:
        rows.append(_cells(table.total, say(TOTAL), table))
    codes = [each.code for each in table.columns]
    return Sheet(
        title, (table.of, *codes), (say(TITLES[f"of-{table.of}"]), *(say(FIGURES[code][0]) for code in codes)), rows,
        tuple(f"{say(FIGURES[code][0])}: {say(FIGURES[code][1])}" for code in codes),
        shares=frozenset(place for place, each in enumerate(table.columns, 1) if each.unit is Unit.SHARE),
    )  # fmt: skip


def book_of(report: Report, say: Say) -> list[tuple[str, Sheet]]:
    """Every table on a page of its own, and the definitions on the last."""
    tables = [(say(TITLES[f"table-{each.name}"]), sheet_of(report, each, say)) for each in report.tables]
    definitions = definitions_of(report, say)
    return [*((name, replace(sheet, notes=())) for name, sheet in tables), (definitions.title, definitions)]


def definitions_of(report: Report, say: Say) -> Sheet:
    """Every figure of the report once."""
    head = (say(N_("Figure")), say(N_("Definition")))
    return Sheet(
        say(N_("Definitions")), ("figure", "definition"), head,
        [(say(FIGURES[code][0]), say(FIGURES[code][1])) for code in report.codes],
    )  # fmt: skip


def _cells(row: Row, label: str, table: Table) -> list[Cell]:
    return [label, *(_cell(each.unit, row.values[each.code]) for each in table.columns)]


def _cell(unit: Unit, value: Value) -> Cell:
    if value is None:
        return None
    return round(value, DIGITS[unit]) if DIGITS[unit] else int(value)
