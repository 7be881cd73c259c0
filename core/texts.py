"""Texts that people send: without the characters that no database, list or file's metadata can be trusted with."""

import re
from typing import Annotated

from pydantic import AfterValidator

CONTROL = "control characters are not allowed here"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAK = re.compile("[\\n\\r\u2028\u2029]")
_BREAKS = str.maketrans(dict.fromkeys("\x0b\x0c\x85", "\n"))
"""What presentations, PDF files and old systems paste for the end of a line."""


def _plain(text: str) -> str:
    text = text.translate(_BREAKS)
    if _CONTROL.search(text):
        raise ValueError(CONTROL)
    return text


def _one_line(text: str) -> str:
    text = text.strip("\t\n\r").replace("\t", " ")
    if _LINE_BREAK.search(text) or _CONTROL.search(text):
        raise ValueError("control characters and line breaks are not allowed here")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""A name, a number, a reason: whatever is shown in one line."""

Text = Annotated[str, AfterValidator(_plain)]
"""Of several lines."""
