"""Tables as plain text in columns, for a reader with letters of one width; a Chinese one takes two. Pure."""

import re
from collections.abc import Sequence

from agentdesk.sheets.sheet import width_of

NARROWEST_HEAD = 12
"""So wide a column may be for its head alone: longer heads go on in the next line."""
GAP = "  "
_PIECES = re.compile(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, ruled: bool = False) -> str:
    """The first column stands left, the others right. `ruled`: a line before the last row, which sums up."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in head]
    heads = [
        wrapped(each, max([NARROWEST_HEAD, *map(width_of, column)])) for each, column in zip(head, columns, strict=True)
    ]
    widths = [max(map(width_of, (*lines, *column))) for lines, column in zip(heads, columns, strict=True)]
    deepest = max(map(len, heads))
    stacked = [[""] * (deepest - len(lines)) + lines for lines in heads]
    rule = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines = [_line(each, widths) for each in (*zip(*stacked, strict=True), *rows)]
    lines.insert(deepest, rule)
    if ruled:
        lines.insert(-1, rule)
    return "\n".join(lines)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` where words, or Chinese characters, let it."""
    lines = [""]
    for piece in _PIECES.findall(text):
        joint = " " if lines[-1] and piece.isascii() and lines[-1][-1].isascii() else ""
        if lines[-1] and width_of(lines[-1] + joint + piece) > width:
            lines.append(piece)
        else:
            lines[-1] += joint + piece
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = ((cell, " " * (width - width_of(cell))) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(["".join(first), *(space + cell for cell, space in others)]).rstrip()
