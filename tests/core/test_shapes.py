"""Patterns are told as what people have to write."""

import re
from pathlib import Path

import pytest

from acd import queues
from agentdesk.words.faults import fault_words
from core.errors import ConfigError
from core.pages import load_catalogue
from core.settings import ROOT
from core.shapes import SHAPES

CHINESE = load_catalogue(ROOT / "agentdesk" / "locale", "zh").gettext
SETTINGS = (
    "core/site.py", "acd/queues.py", "acd/wrapup/codes.py", "acd/outward/dialling.py", "accounts/people.py",
    "agentdesk/reports/plan.py", "ivr/specialdays.py",
)  # fmt: skip


@pytest.mark.parametrize("file", SETTINGS)
def test_every_pattern_of_a_setting_has_words_in_both_languages(file: str) -> None:
    patterns = re.findall(r'pattern=r"(.*?)"[,)]', (ROOT / file).read_text(encoding="utf-8"))
    assert patterns
    for each in patterns:
        assert fault_words(SHAPES[each], CHINESE) != SHAPES[each]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("skills: {}", 'skills: {}\n    way_out: {key: "１", step: x}', "请写一个按键：半角的 0–9、* 或 #"),
        ("  general:", "  general: {name: {zh: x}}\n  Cards:", "请用小写字母 a–z、数字和 -，以字母开头"),
        ("    skills: {}", "    skills：{}", "skills 后面是全角的 ：，此处应为半角的 :"),
    ],
)
def test_refusal_says_which_characters_are_allowed(was: str, now: str, words: str, tmp_path: Path) -> None:
    text = (ROOT / "config" / "queues.yaml").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(ConfigError) as caught:
        queues.read(text.replace(was, now, 1))
    told = "\n".join(fault_words(str(each), CHINESE) for each in caught.value.all)
    assert words in told
    assert "^" not in told
