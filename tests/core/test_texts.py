"""What people send as text."""

import pytest
from pydantic import BaseModel, Field, ValidationError

from core.texts import Line, Text


class Said(BaseModel):
    line: Line = Field(default="", max_length=20)
    text: Text = Field(default="", max_length=20)


@pytest.mark.parametrize("broken", ["\0", "中文\r\nX-Evil: 1", "a\nb", "a\x1b[2J", "a\x7f", "a\x85b", "a\u2028b"])
def test_a_line_holds_neither_control_characters_nor_line_breaks(broken: str) -> None:
    with pytest.raises(ValidationError, match="control characters and line breaks are not allowed here"):
        Said(line=broken)


@pytest.mark.parametrize("broken", ["\0", "a\x1b[2J", "a\x7f"])
def test_a_text_holds_no_control_characters(broken: str) -> None:
    with pytest.raises(ValidationError, match="control characters are not allowed here"):
        Said(text=broken)


def test_a_text_has_lines_and_both_have_whatever_people_write() -> None:
    assert Said(text="一\r\n二\n\t三").text == "一\r\n二\n\t三"
    assert Said(text="一\x0b二\x0c三\x85四").text == "一\n二\n三\n四"
    assert Said(line="李娜\t8001\n").line == "李娜 8001"
    assert Said(line="李娜 (8001) – “好” 👍").line == "李娜 (8001) – “好” 👍"
    assert Said.model_json_schema()["properties"]["line"]["maxLength"] == 20
