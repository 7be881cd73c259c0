"""Changes of a form written back into the pack's YAML, and nothing else."""

from difflib import unified_diff

import pytest

from core.errors import BadInput
from qa import formedit, pack
from qa.pack import Ruleset
from qa.shelf import Shelf
from tests.qa.calls import PACKS

BANK = (PACKS / "zh-bank.yaml").read_text(encoding="utf-8")
TELECOM = (PACKS / "zh-telecom.yaml").read_text(encoding="utf-8")


def _lines(before: str, after: str) -> list[str]:
    """Added and removed lines, without those that only say the same in another way."""
    plain = formedit.edited(before, pack.load(PACKS, "zh-bank").pack, {})
    found = unified_diff(plain.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_a_weight_changes_one_line_and_keeps_every_comment(bank: Ruleset) -> None:
    text = formedit.edited(BANK, bank.pack, {"weight.A1": "9", "weight.A2": f"{bank.pack.items['A2'].weight:g}"})
    changed = _lines(BANK, text)
    assert len(changed) == 2
    assert changed[1].strip("+ ") == "weight: 9"
    assert text.count("#") == BANK.count("#")


def test_the_text_means_the_same_when_nothing_is_changed(bank: Ruleset) -> None:
    text = formedit.edited(BANK, bank.pack, {})
    assert Shelf(PACKS).read("zh-bank", {"zh-bank": text}).version == bank.version


def test_numbers_and_phrases_of_the_form_reach_the_pack(bank: Ruleset) -> None:
    numbers = {each.key: each for row in formedit.rows_of(bank.pack) for each in row.numbers}
    key = next(key for key, each in numbers.items() if each.check == "must_say" and each.name == "seconds")
    values = {key: "33", formedit.key_of("farewell", "say"): "再见\n\n  拜拜  \n"}
    changed = Shelf(PACKS).read("zh-bank", {"zh-bank": formedit.edited(BANK, bank.pack, values)}).pack
    assert {each.value for row in formedit.rows_of(changed) for each in row.numbers if each.key == key} == {33}
    assert changed.families["farewell"].say == ("再见", "拜拜")
    assert changed.families["farewell"].negation is False


def test_a_derived_pack_gets_only_what_differs() -> None:
    rules = pack.load(PACKS, "zh-telecom")
    row = next(row for row in formedit.rows_of(rules.pack) if row.id == "A1")
    values = {each.key: f"{each.value:g}" for each in row.numbers} | {row.numbers[0].key: "7"}
    values |= {"weight.A1": f"{row.weight:g}", formedit.key_of("not_mine", "say"): "不归我管"}
    text = formedit.edited(TELECOM, rules.pack, values)
    assert "based_on: zh-bank" in text
    assert "say+" not in text.partition("plan_change")[0]
    changed = Shelf(PACKS).read("zh-telecom", {"zh-telecom": text}).pack
    assert changed.families["not_mine"].say == ("不归我管",)
    assert changed.items["A1"].checks[1] == rules.pack.items["A1"].checks[1]
    assert next(one for one in formedit.rows_of(changed) if one.id == "A1").numbers[0].value == 7


@pytest.mark.parametrize(
    ("key", "value"),
    [("weight.Z9", "1"), ("weight.A1", "many"), ("weight.A1", "nan"), ("weight.A1", "inf"),
     ("number.A1.9.seconds", "1"), ("number.A1.0.check", "1"), ("say.nobody", "x"), ("title.A1", "x")],
)  # fmt: skip
def test_what_the_form_cannot_change_is_refused(bank: Ruleset, key: str, value: str) -> None:
    with pytest.raises(BadInput):
        formedit.edited(BANK, bank.pack, {key: value})
