"""A sheet as a PDF of landscape pages, with the definitions beneath."""

import io
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

from agentdesk.sheets.sheet import Sheet, text_of, width_of

FONT = "STSong-Light"
"""A font every PDF reader has for Chinese; nothing of it is in the file."""


def as_pdf(sheet: Sheet) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=8, leading=10.5, wordWrap="CJK")
    head = ParagraphStyle("head", parent=plain, textColor=colors.white)
    title = ParagraphStyle("title", parent=plain, fontSize=14, leading=20)
    cells = [[Paragraph(escape(text_of(cell)), style) for cell in row]
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
        min(max(max(width_of(row[at]) for row in (sheet.titles, *sheet.rows)), 6), 36)
        for at in range(len(sheet.titles))
    ]
    return [width * each / sum(longest) for each in longest]
