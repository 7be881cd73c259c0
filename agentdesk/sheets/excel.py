"""Sheets as an Excel workbook: numbers stay numbers, texts stay texts."""

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from agentdesk.sheets.sheet import Cell, Sheet, unformula, width_of

_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def as_xlsx(sheet: Sheet) -> bytes:
    return as_book([(sheet.title, sheet)])


def as_book(pages: Sequence[tuple[str, Sheet]]) -> bytes:
    """Several sheets, each on a page of that name."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, sheet in pages:
        _write(book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", name)[:31]), sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(page: Worksheet, sheet: Sheet) -> None:
    for row, values in enumerate((sheet.titles, *sheet.rows), 1):
        for column, value in enumerate(values, 1):
            cell = page.cell(row, column)
            _fill(cell, value)
            if row == 1:
                cell.font = Font(bold=True)
            elif column - 1 in sheet.shares:
                cell.number_format = "0.0%"
    page.freeze_panes = "A2"
    for column in range(1, len(sheet.titles) + 1):
        longest = max(width_of(row[column - 1]) for row in (sheet.titles, *sheet.rows))
        page.column_dimensions[get_column_letter(column)].width = min(longest + 2, 60)
    for offset, note in enumerate(sheet.notes, len(sheet.rows) + 3):
        _fill(page.cell(offset, 1), note)
        page.cell(offset, 1).alignment = Alignment(wrap_text=False)


def _fill(cell: ExcelCell, value: Cell) -> None:
    if isinstance(value, str):
        cell.value = _NOT_IN_CELLS.sub("", value)
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        cell.quotePrefix = unformula(value) != value
    else:
        cell.value = value
