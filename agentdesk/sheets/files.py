"""The same sheet in every kind of file it leaves the house in."""

from agentdesk.sheets.excel import as_xlsx
from agentdesk.sheets.pdf import as_pdf
from agentdesk.sheets.sheet import Sheet, as_csv

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""File ending → media type."""


def written(sheet: Sheet, kind: str) -> bytes:
    """The sheet in one of KINDS."""
    return {"csv": as_csv, "xlsx": as_xlsx, "pdf": as_pdf}[kind](sheet)
