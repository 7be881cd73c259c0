"""Tables from spreadsheets."""

import pytest

from core import tables
from core.errors import BadInput


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_whatever_divides_the_columns_the_cells_are_the_same(delimiter: str) -> None:
    text = '\ufeffagent,breaks\n\n8001,"meal 12:00-12:30; short-break 15:00-15:10"\n,\n'.replace(",", delimiter)
    assert tables.rows(text) == [(1, ["agent", "breaks"]), (3, ["8001", "meal 12:00-12:30; short-break 15:00-15:10"])]


@pytest.mark.parametrize("text", ["", "\n \n", ",,,\n"])
def test_a_file_without_anything_is_called_empty(text: str) -> None:
    with pytest.raises(BadInput, match="the file is empty"):
        tables.rows(text)


@pytest.mark.parametrize("data", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_called_one(data: bytes) -> None:
    with pytest.raises(BadInput, match="a workbook"):
        tables.decoded(data)


def test_cells_too_long_for_a_table_are_a_fault_with_its_line() -> None:
    with pytest.raises(BadInput, match="line 2 is no CSV"):
        tables.rows("agent\n" + "8" * 200_000)
