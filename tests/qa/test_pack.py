"""Packs: line-accurate faults, derivation by changes, versions that follow the content."""

from pathlib import Path

import pytest

from core.errors import BadInput, ConfigError
from qa import pack
from qa.named import FAMILY_FIELDS, PARTS, families_of
from qa.pack import Ruleset, unused_families
from qa.verdict import Verdict
from tests.qa.calls import PACKS, judged

WEIGHTS = {"A1": 7, "A2": 93}
FOUR = ": [barking], ".join(("questions", "acknowledges", "calling", "waits"))
LATE = f"{{check: late_answer, seconds: 5, {FOUR}: [barking]"
HUNG_UP = "{check: hung_up, seconds: 5, closings: &x [barking], farewells: *x, protests: *x, dismissals: *x"
WHAT = "what: {zh: 甲, en: a}, families: [barking]"


def _check(written: str) -> str:
    return f"items:\n  D4:\n    checks:\n      - {{check: {written}}}\n"


def _steps(last: str, *names: str) -> str:
    """Steps of these names and one of the name a, which has one more line."""
    lines = [f"- {{name: {name}, {WHAT}}}" for name in names] + [f"- {{name: a, {WHAT}, {last}}}"]
    return "items:\n  D4:\n    checks:\n      - check: steps\n        steps:\n" + "".join(
        f"          {x}\n" for x in lines
    )


CHILD = """pack: child
based_on: zh-bank
version: '2'
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    (tmp_path / "zh-bank.yaml").write_bytes((PACKS / "zh-bank.yaml").read_bytes())
    return tmp_path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A base with every row and one family, quick to read with its lines."""
    rows = "".join(
        f"  {row}: {{title: {{zh: 项, en: row}}, how: manual, weight: {WEIGHTS.get(row, 0)}, "
        "checks: [{check: manual}]}\n"
        for row in pack.ROWS
    )
    head = "pack: zh-bank\nversion: '1'\nlanguage: zh\ntitle: {zh: 小, en: small}\nsections: {}\n"
    _write(tmp_path, f"{head}families:\n  barking: {{say: [喂]}}\nitems:\n{rows}", "zh-bank")
    return tmp_path


def _write(folder: Path, text: str, name: str = "child") -> None:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["zh-bank", "zh-telecom", "en-bank"])
def test_shipped_packs_have_all_rows_and_weights_of_a_hundred(name: str) -> None:
    rules = pack.load(PACKS, name)
    assert set(rules.pack.items) == set(pack.ROWS)
    assert sum(row.weight for row in rules.pack.items.values()) == 100


def test_a_child_says_only_what_changes(packs: Path) -> None:
    _write(packs, CHILD + "families:\n  barking:\n    say+: [报上名来]\n    say-: ['=<喂']\n")
    child, parent = pack.load(packs, "child"), pack.load(packs, "zh-bank")
    say = child.pack.families["barking"].say
    assert "报上名来" in say
    assert "=<喂" not in say
    assert len(say) == len(parent.pack.families["barking"].say)
    assert child.pack.items == parent.pack.items


def test_the_version_changes_with_the_content_of_the_base(packs: Path) -> None:
    _write(packs, CHILD)
    before = pack.load(packs, "child").version
    base = packs / "zh-bank.yaml"
    base.write_text(base.read_text(encoding="utf-8").replace("weight: 6", "weight: 6.0", 1), encoding="utf-8")
    assert pack.load(packs, "child").version == before
    base.write_text(base.read_text(encoding="utf-8").replace("'=<喂'", "'=<喂呀'", 1), encoding="utf-8")
    assert pack.load(packs, "child").version != before


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("families:\n  barking:\n    say: ['(喂']\n", 6, "bracket is not closed"),
        ("items:\n  A1:\n    weight: 8\n", 4, "add up to 101"),
        ("items:\n  A1:\n    weight: -1\n", 6, "greater than or equal to 0"),
        (
            "items:\n  A1:\n    checks:\n      - {check: says, families: [nobody]}\n",
            7,
            "'nobody', which does not exist",
        ),
        ("items:\n  A1:\n    checks:\n      - {check: sings}\n", 7, "sings"),
        (f"items:\n  B2:\n    checks: [{LATE}, pauses: [own_puase]}}]\n", 6, "'own_puase', which does not exist"),
        (f"items:\n  B2:\n    checks: [{LATE}, lost: [voice_lots]}}]\n", 6, "'voice_lots', which does not exist"),
        (f"items:\n  F2:\n    checks: [{HUNG_UP}, breaks_off: [break_of]}}]\n", 6, "'break_of', which does not exist"),
        (
            "items:\n  G1: {title: {zh: 无, en: none}, how: manual, checks: [{check: manual}]}\n",
            5,
            "no row of the form",
        ),
        ("items: [\n", 5, "not valid YAML"),
        ("words:\n  空: []\nfamilies:\n  barking:\n    say: ['{空}']\n", 8, "word list '空', which is empty"),
        (_steps("after: [b]"), 9, "it comes after a step 'b', which is not here"),
        (_steps("after: [a]"), 9, "steps wait for each other: a"),
        (_steps("", "b", "a"), 11, "two steps have the name 'a'"),
        ("veto_section: Z\n", 4, "no row of the form is of a section 'Z'"),
        (_check("asked_before, event: holdd, seconds: 5, asks: [barking]"), 7, "no call has an event 'holdd'"),
        (_check("lasts, event: transfer, seconds: 5"), 7, "no call has an event 'transfer' that fits here"),
        (_check("lasts, event: hold, seconds: 5, longest: 4"), 7, "longest 4 is shorter than seconds 5"),
        (_check(f"must_say, {WHAT}, at: end, seconds: 5, unless_event: [transferr]"), 7, "an event 'transferr'"),
        (_check(f"follows, {WHAT}, seconds: 5"), 7, "neither an event nor a cue is named"),
        (_check("identity, doubts: [barking]"), 7, "there is no word list '姓'"),
        (_check("rate, families: [barking], per: hundred"), 7, "neither min nor max is given"),
        (_check("rate, families: [barking], per: hundred, min: 5, max: 1"), 7, "min 5 is more than max 1"),
        (_check("first_word, seconds: .inf, calling: [barking]"), 7, "inf is no number that can be reached"),
        ("families:\n  barking:\n    say-: [哎,\n      喂呀]\n", 6, "there is no such thing to take away"),
        ("version+: [a]\n", 4, "Extra inputs are not permitted"),
        ("items: 1\nitems: 2\n", 5, 'found duplicate key "items": check'),
    ],
)
def test_faults_name_the_line(small: Path, text: str, line: int, words: str) -> None:
    _write(small, CHILD)
    assert pack.load(small, "child").pack.based_on == "zh-bank"
    _write(small, CHILD + text)
    with pytest.raises(ConfigError) as caught:
        pack.load(small, "child")
    assert words in str(caught.value)
    assert caught.value.path.name == "child.yaml"
    assert caught.value.line == line


def test_a_pack_cannot_be_based_on_itself(packs: Path) -> None:
    _write(packs, "pack: a\nbased_on: b\n", "a")
    _write(packs, "pack: b\nbased_on: a\n", "b")
    with pytest.raises(ConfigError, match="based on itself"):
        pack.load(packs, "a")


def test_an_unknown_pack_names_those_that_exist() -> None:
    with pytest.raises(BadInput, match="zh-telecom"):
        pack.load(PACKS, "../zh-bank")


def test_whatever_in_a_check_is_a_list_of_words_names_families_or_is_known_not_to() -> None:
    lists = {
        (model.__name__, name)
        for model in PARTS
        for name, field in model.model_fields.items()
        if field.annotation == tuple[str, ...] and name not in FAMILY_FIELDS
    }
    assert lists == {("MustSay", "unless_event"), ("Steps", "unless_event"), ("TicketCheck", "bad"), ("Step", "after")}


def test_families_that_only_a_late_answer_or_a_broken_off_call_needs_are_used(bank: Ruleset) -> None:
    assert unused_families(bank.pack) == []
    assert {"own_pause", "breaks_off"} <= {
        family for row in ("B2", "F2") for check in bank.pack.items[row].checks for family in families_of(check)
    }


@pytest.mark.parametrize(
    ("removed", "line"),
    [("families: {own_pause: null}\n", 4), ("words:\n  姓: null\n", 5)],
)
def test_what_a_pack_removes_and_a_rule_of_its_base_needs_is_told_where_it_is_removed(
    packs: Path, removed: str, line: int
) -> None:
    _write(packs, CHILD + removed)
    with pytest.raises(ConfigError) as caught:
        pack.load(packs, "child")
    assert ("child.yaml", line) in {(each.path.name, each.line) for each in caught.value.all}


THREE = """items:
  A2: {weight: 八}
  A3: {wieght: 3}
  B5:
    checks+:
      - {check: first_word, seconds: -3, calling: [barking]}
families:
  barking:
    say: 喂
"""


def test_all_faults_are_told_each_with_its_line_and_in_peoples_words(small: Path) -> None:
    _write(small, CHILD + THREE)
    with pytest.raises(ConfigError) as caught:
        pack.load(small, "child")
    assert [each.line for each in caught.value.all] == [5, 6, 9, 12]
    told = [str(each) for each in caught.value.all]
    assert "items.A3.wieght: Extra inputs are not permitted: perhaps 'weight', else remove it" in told[1]
    assert "items.B5.checks+.0.seconds: Input should be greater than 0" in told[2]
    assert "a list is expected here: write a list: [喂]" in told[3]


def test_what_does_not_fit_is_told_together_too(small: Path) -> None:
    checks = "items:\n  A1: {weight: 8}\n  B5:\n    checks+:\n      - {check: says, families: [nobody, no_one]}\n"
    _write(small, CHILD + checks + "families:\n  barking:\n    say+: ['(喂', '喂)']\n")
    with pytest.raises(ConfigError) as caught:
        pack.load(small, "child")
    assert [each.line for each in caught.value.all] == [4, 8, 8, 11, 11]


def test_a_pack_that_weighs_no_turns_may_inherit_their_checks_and_one_that_does_weighs_their_rows(packs: Path) -> None:
    _write(packs, CHILD + "manner: null\n")
    assert pack.load(packs, "child").pack.manner is None
    _write(packs, CHILD + _check("reads, row: Z9, least: 1"))
    with pytest.raises(ConfigError, match="manner weighs no row 'Z9'"):
        pack.load(packs, "child")


def test_rules_that_cannot_work_are_refused_in_new_text_and_stand_where_they_were_published(small: Path) -> None:
    _write(small, CHILD + _steps("after: [b]") + f"  B2:\n    checks: [{LATE}, lost: [voice_lots]}}]\n")
    with pytest.raises(ConfigError):
        pack.load(small, "child")
    rules = pack.load(small, "child", standing=True)
    said = ({"agent": "喂"}, {"customer": "你好"}, {"pause": 9.0}, {"agent": "喂喂"}, {"customer": "嗯"})
    assert judged(rules, "D4", *said).verdict is Verdict.PASS
    assert judged(rules, "B2", *said).verdict is not Verdict.NA
