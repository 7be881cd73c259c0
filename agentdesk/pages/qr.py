"""A text as a QR code (ISO/IEC 18004, error correction M), as the path of a drawing. Pure."""

from dataclasses import dataclass
from itertools import groupby

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

QUIET = 4
"""Modules that must stay light on every side."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A square of `size` modules, the quiet zone included; `path` covers the dark ones (SVG)."""

    size: int
    path: str


def drawn(text: str) -> Drawing:
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text))
    code.make()
    count = code.getModuleCount()
    runs = []
    for row in range(count):
        at = QUIET
        for dark, run in groupby(bool(code.isDark(row, column)) for column in range(count)):
            length = len(list(run))
            if dark:
                runs.append(f"M{at} {row + QUIET}h{length}v1h-{length}z")
            at += length
    return Drawing(count + 2 * QUIET, "".join(runs))
