"""Tables that leave the house: the same rows as CSV, Excel and PDF; no text becomes a formula."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

Cell = str | int | float | None
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""File ending → media type."""
FONT = "STSong-Light"
"""A font every PDF reader has for Chinese; nothing of it is in the file."""
_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`head` are codes for programs, `titles` the same for people; shares are from 0 to 1. `notes`: definitions."""

    title: str
    head: tuple[str, ...]
    titles: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    notes: tuple[str, ...] = ()


def written(sheet: Sheet, kind: str) -> bytes:
    """The sheet in one of KINDS."""
    return {"csv": _csv, "xlsx": _xlsx, "pdf": _pdf}[kind](sheet)


def _csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read Chinese as it is."""
    out = io.StringIO()
    csv.writer(out).writerows([[unformula(cell) for cell in row] for row in (sheet.head, *sheet.rows)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def unformula(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula, made plain by an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def _xlsx(sheet: Sheet) -> bytes:
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
        longest = max(_width(row[column - 1]) for row in (sheet.titles, *sheet.rows))
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


def _width(value: Cell) -> int:
    """In Latin characters; a Chinese one takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in _text(value))


def _pdf(sheet: Sheet) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=8, leading=10.5, wordWrap="CJK")
    head = ParagraphStyle("head", parent=plain, textColor=colors.white)
    title = ParagraphStyle("title", parent=plain, fontSize=14, leading=20)
    cells = [[Paragraph(escape(_text(cell)), style) for cell in row]
             for style, rows in ((head, [sheet.titles]), (plain, sheet.rows)) for row in rows]  # fmt: skip
    width = landscape(A4)[0] - 24 * mm
    table = PdfTable(cells, colWidths=_columns(sheet, width), repeatRows=1)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#1f4e79")), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#c5ccd3")),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )  # fmt: skip
    parts: list[Flowable] = [Paragraph(escape(sheet.title), title), Spacer(0, 2 * mm), table, Spacer(0, 4 * mm)]
    parts += [Paragraph(escape(note), plain) for note in sheet.notes]
    out = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 12 * mm)
    SimpleDocTemplate(out, pagesize=landscape(A4), title=sheet.title, **margins).build(parts)
    return out.getvalue()


def _columns(sheet: Sheet, width: float) -> list[float]:
    """Shares of the page by the longest text of each column, none crushed."""
    longest = [
        min(max(max(_width(row[at]) for row in (sheet.titles, *sheet.rows)), 6), 36) for at in range(len(sheet.titles))
    ]
    return [width * each / sum(longest) for each in longest]


def _text(value: Cell) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
