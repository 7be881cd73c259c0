"""Options put in the order of their use by an edit of the text: comments, words and keys stay."""

import pytest
from ruamel.yaml import YAML

from core.errors import BadInput
from core.settings import ROOT
from ivr.published.reorder import reordered
from tests.ivr.material import SMALL

SHIPPED = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")
BLOCKS = SMALL.replace(
    """      "1": {go: more, say: {zh: 一, en: one}}
""",
    """      # news first
      "1":
        go: more
        say: {zh: 一, en: one}   # short
      "0": {go: person, say: {zh: 人工, en: person}}
      # the language
      "2":
        go: person
        say:
          zh: 二
          en: two

""",
)


def options(text: str, step: str) -> dict[str, object]:
    return dict(YAML().load(text)["steps"][step]["options"])


def test_used_options_come_first_and_zero_keeps_its_place() -> None:
    keys = list(options(SHIPPED, "main"))
    digits = [key for key in keys if key.isdigit() and key != "0"]
    wanted = [digits[2], *(key for key in digits if key != digits[2])]
    text = reordered(SHIPPED, "main", wanted)
    told = list(options(text, "main"))
    assert [key for key in told if key in digits] == wanted
    assert told.index("0") == keys.index("0")
    assert options(text, "main") == options(SHIPPED, "main")
    assert sorted(text.splitlines()) == sorted(SHIPPED.splitlines())


def test_comments_and_blocks_of_lines_move_with_their_option() -> None:
    text = reordered(BLOCKS, "main", ["2", "1"])
    two, zero, one = (text.index(each) for each in ("# the language", '"0": {go: person', "# news first"))
    assert two < zero < one < text.index("# short") < text.index("retries")
    assert reordered(text, "main", ["1", "2"]).split() == BLOCKS.split()


def test_options_in_one_line_are_left_to_the_designer() -> None:
    one_line = SMALL.replace(
        """    options:
      "1": {go: more, say: {zh: 一, en: one}}
""",
        """    options: {"1": {go: more, say: {zh: 一, en: one}}, "2": {go: person, say: {zh: 二, en: two}}}
""",
    )
    with pytest.raises(BadInput, match="lines of their own"):
        reordered(one_line, "main", ["2", "1"])
