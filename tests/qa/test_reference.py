"""The page on writing rule packs says what the program does, and its example works."""

import re
from pathlib import Path

from core.settings import ROOT
from qa import dialogue, evaluation, pack
from qa.checks import CHECKS
from qa.lint import idle_phrases
from qa.reference import reference, schema
from tests.qa.calls import PACKS

PAGE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")


def test_the_page_has_every_check_as_it_is() -> None:
    assert PAGE.partition("prints -->\n")[2] == reference(), "put what `hotline qa checks` prints into docs/packs.md"


def test_what_a_check_needs_is_said_with_its_limits() -> None:
    assert "| `seconds` | number, above 0 | must be given |  |" in reference()
    assert "| `pauses` | families | – |  |" in reference()
    assert "| `cue_by` | `agent` or `customer` | `customer` |  |" in reference()


def test_programs_get_the_same_as_a_schema() -> None:
    assert len(schema()["oneOf"]) == len(CHECKS)


def test_the_example_is_a_pack_that_passes_its_own_tests(tmp_path: Path) -> None:
    written, tests = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    for name in ("zh-bank", "zh-insurer"):
        text = written if name == "zh-insurer" else (PACKS / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(tests, encoding="utf-8")
    rules = pack.load(tmp_path, "zh-insurer")
    result = evaluation.evaluate(dialogue.unit_tests(tmp_path / "tests.yaml"), rules)
    assert (result.dialogues, result.mistakes) == (4, [])
    assert idle_phrases(rules) == []
