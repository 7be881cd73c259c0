"""A sheet as an Excel workbook: numbers stay numbers, texts stay texts."""

import io
import re

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from agentdesk.sheet import Cell, Sheet, unformula, width_of

_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def as_xlsx(sheet: Sheet) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = re.sub(r"[\\/*?:\[\]]", " ", sheet.title)[:31]
    for row, values in enumerate((sheet.titles, *sheet.rows), 1):
        for column, value in enumerate(values, 1):
            cell = page.cell(row, column)
            _fill(cell, value)
            if row == 1:
                cell.font = Font(bold=True)
    page.freeze_panes = "A2"
    for column in range(1, len(sheet.titles) + 1):
        longest = max(width_of(row[column - 1]) for row in (sheet.titles, *sheet.rows))
        page.column_dimensions[get_column_letter(column)].width = min(longest + 2, 60)
    for offset, note in enumerate(sheet.notes, len(sheet.rows) + 3):
        _fill(page.cell(offset, 1), note)
        page.cell(offset, 1).alignment = Alignment(wrap_text=False)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(cell: ExcelCell, value: Cell) -> None:
    if isinstance(value, str):
        cell.value = _NOT_IN_CELLS.sub("", value)
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        cell.quotePrefix = unformula(value) != value
    else:
        cell.value = value
