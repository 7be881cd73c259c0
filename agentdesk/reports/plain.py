"""A report as plain text, for those whose mail shows no HTML: the same tables. Pure."""

from agentdesk.reports.figures import written
from agentdesk.reports.model import Report, Row, Table
from agentdesk.reports.sheets import TOTAL, Say
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.sheets.text import aligned
from agentdesk.words.catalogue import N_

EMPTY = N_("Nothing to measure in this period.")
WHERE = N_("The definitions of all figures are on the last page of the workbook.")


def plain(subject: str, report: Report, say: Say) -> str:
    tables = [f"{say(TITLES[f'table-{each.name}'])}\n\n{_table(each, say)}" for each in report.tables if each.shown]
    return "\n\n\n".join([subject, *(tables or [say(EMPTY)]), say(WHERE)]) + "\n"


def _table(table: Table, say: Say) -> str:
    head = [say(TITLES[f"of-{table.of}"]), *(say(FIGURES[each.code][0]) for each in table.columns)]
    rows = [_cells(row, row.label, table) for row in table.shown]
    if table.total is not None:
        rows.append(_cells(table.total, say(TOTAL), table))
    return aligned(head, rows, ruled=table.total is not None)


def _cells(row: Row, label: str, table: Table) -> list[str]:
    return [label, *(written(each.unit, row.values[each.code]) for each in table.columns)]
