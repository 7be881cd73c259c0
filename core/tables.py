"""Tables that people made with a spreadsheet: what is in the file, whatever saved it."""

import csv
import io
from pathlib import Path

from core.errors import BadInput

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
AGAIN = "save the table as CSV once more"
SPLIT, SPLIT_BY_DAYS = "split the list", "split the list between two days"


def read(path: Path) -> str:
    """The text of a table; raises BadInput that names the file."""
    try:
        return decoded(path.read_bytes())
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}", "check its path and rights") from None
    except BadInput as fault:
        raise BadInput(f"{path}: {fault.problem}", fault.remedy) from None


def demand_size(size: int, most: int, remedy: str = SPLIT) -> None:
    """Raises BadInput for a table of more than `most` bytes: a piece of one is another table."""
    if size > most:
        raise BadInput("the file is too large", f"at most {most // 1_000_000} MB: {remedy}")


def decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, GB18030; raises BadInput for what is no text."""
    if data.startswith(WORKBOOKS):
        raise BadInput("this is a workbook and no CSV", AGAIN)
    for mark, name in MARKS:
        if data.startswith(mark):
            return _decoded(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "gb18030")


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Lines that are not empty, with their numbers in the file; commas, semicolons or tabs, as the first one has.

    Raises BadInput for a file without any, and for one that is no CSV.
    """
    text = text.removeprefix("\ufeff")
    heading = text.lstrip().partition("\n")[0]
    delimiter = "\t" if "\t" in heading else ";" if ";" in heading and "," not in heading else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found, begins = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, [cell.strip().lstrip("'") for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as fault:
        raise BadInput(f"line {begins} is no CSV: {fault}", AGAIN) from None
    if not found:
        raise BadInput("the file is empty", "its first line names the columns")
    return found


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise BadInput(f"line {line} is no text in UTF-8 or GB18030", AGAIN) from None
