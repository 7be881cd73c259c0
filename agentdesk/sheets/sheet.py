"""Tables that leave the house: what one is, and the same rows as CSV; no text becomes a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """`head` are codes for programs, `titles` the same for people; shares are from 0 to 1, in the columns `shares`
    where a workbook shows them as percentages. `notes`: definitions."""

    title: str
    head: tuple[str, ...]
    titles: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    notes: tuple[str, ...] = ()
    shares: frozenset[int] = frozenset()


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read Chinese as it is."""
    out = io.StringIO()
    csv.writer(out).writerows([[unformula(cell) for cell in row] for row in (sheet.head, *sheet.rows)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def unformula(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula, made plain by an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def width_of(value: Cell) -> int:
    """In Latin characters; a Chinese one takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text_of(value))


def text_of(value: Cell) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
