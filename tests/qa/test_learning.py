"""Weights of manner: learnt from lines, applied to hits."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.commands.qa import app
from core import yamlfile
from core.errors import ConfigError
from qa import dialogue, learning, weigh
from qa.case import Case
from qa.dialogue import Dialogue
from qa.learning import Sample, of_line
from qa.manner import Wording, wordings
from qa.match import Hit
from qa.pack import Pack, Ruleset
from qa.scoring import score
from qa.talk import Talk
from qa.verdict import Verdict
from recordings.transcript import Speaker
from tests.qa.calls import BYE, HELLO, HERE, call, item

RUDE = ["你快点说", "你急什么", "快点行不行", "你急什么快点"]
KIND = ["麻烦您稍等", "请您放心", "麻烦您放心", "请您稍等"]


def _samples() -> list[Sample]:
    rude = [of_line(frozenset({"A2"}), text, "你什么态度") for text in RUDE]
    return rude + [of_line(frozenset(), text, "好的") for text in KIND]


def test_words_of_offences_weigh_more_than_words_of_help_and_the_same_data_give_the_same_weights() -> None:
    found = learning.learn(_samples())
    assert list(found) == ["offends", "A2", "answers"]
    for scale, rude, kind in (("offends", "快点", "您"), ("A2", "<你", "您"), ("answers", "态度", "好的")):
        _, words = found[scale]
        weight = {word: weight for weight, many in words.items() for word in many}
        assert weight[rude] > 0 > weight[kind]
        assert list(words) == sorted(words, reverse=True)
    assert found == learning.learn(reversed(_samples()))


def test_what_a_pack_cannot_write_is_not_learnt() -> None:
    texts = [of_line(frozenset({"A2"}), "wifi ok 这儿"), of_line(frozenset(), "好的")] * 3
    words = {word for _, scale in learning.learn(texts).values() for many in scale.values() for word in many}
    assert {"wifi", "<wifi", "ok这"} <= words
    assert "wifiok" not in words


def test_where_a_turn_begins_and_ends_weighs_too() -> None:
    scale = weigh.ready(0.5, {2.0: ["呗>"], -1.0: ["<您"]})
    assert [scale.of(weigh.coded(text)) for text in ("去呗", "呗去", "您去呗", "去您")] == [2.5, 0.5, 1.5, 0.5]
    assert (scale.words(weigh.coded("您去呗")), scale.against(weigh.coded("您去"))) == (("呗",), ("您",))


def test_talk_around_a_hit_that_reads_as_help_leaves_it_to_a_person(bank: Ruleset) -> None:
    def hit(text: str) -> Hit:
        return Case(Talk(call(HELLO, {"agent": text}, BYE)), bank).hits(Speaker.AGENT, "urging", "casual")[0]

    assert hit("你能不能快点啊磨磨蹭蹭的").against == ()
    assert hit("感谢您的耐心等待给您添麻烦了我这就为您登记请您核对您看行吗谢谢您").against


def _threat(bank: Ruleset, **values: Any) -> tuple[Wording, ...]:
    said = {"agent": {"text": "你急什么你急什么呀真是的没完了", **values}}
    lines: list[dict[str, Any]] = [
        HELLO,
        {"customer": "怎么查"},
        said,
        {"customer": "那好"},
        {"agent": "麻烦您稍等我为您查询"},
        BYE,
    ]
    told = Case(Talk(call(*lines)), Ruleset(_unphrased(bank), "x", bank.phrases))
    return wordings(told)


def _unphrased(bank: Ruleset) -> Pack:
    """The pack without rules that would name the turn."""
    return bank.pack.model_copy(update={"items": {}})


def test_a_turn_that_reads_as_an_offence_is_named_with_its_time_and_the_words_that_weigh_most(bank: Ruleset) -> None:
    (found,) = _threat(bank)
    assert (found.text, bool(found.at > 0), len(found.words)) == ("你急什么你急什么呀真是的没完了", True, 3)
    assert found.weight >= (bank.pack.manner.hear if bank.pack.manner and bank.pack.manner.hear else 99)


def test_what_the_recogniser_was_not_sure_of_is_not_named(bank: Ruleset) -> None:
    assert _threat(bank, confidence=0.2) == ()


def test_a_turn_with_a_phrase_of_a_rule_is_left_to_the_rule(bank: Ruleset) -> None:
    lines = [HELLO, {"customer": "怎么查"}, {"agent": "你急什么你急什么呀真是的没完了"}, BYE]
    judged = score(call(*lines), bank)
    assert item(judged, "A2").verdict is Verdict.FAIL
    assert judged.wording == ()


def test_few_calls_in_order_have_a_turn_to_be_heard(bank: Ruleset) -> None:
    good = [one for name in ("tuning/orderly", "tuning/perfect", "heldout/clean")
            for one in dialogue.read(HERE / "dialogues" / f"{name}.yaml")]  # fmt: skip
    assert sum(bool(score(dialogue.transcript(one), bank).wording) for one in good) <= len(good) // 25


def test_dialogues_teach_by_the_rows_that_must_fail(bank: Ruleset) -> None:
    lines = [HELLO, {"customer": "怎么查"}, {"agent": "这个不归我管"}, {"customer": "算了"}, BYE]
    bad = Dialogue.model_validate({"id": "x", "lines": lines, "fails": ["A2", "B4"]})
    good = Dialogue.model_validate({"id": "x", "lines": [HELLO, {"customer": "怎么查"}, BYE]})
    (taught,) = learning.of_dialogue(bad, bank)
    assert ("".join(taught.turn), sorted(taught.rows)) == ("这个不归我管", ["A2", "B4"])
    assert [("".join(each.answer), each.rows) for each in learning.of_dialogue(good, bank)] == [
        ("怎么查", frozenset()), ("", frozenset()),
    ]  # fmt: skip


def test_learning_prints_the_block_of_the_pack(tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "my_bad.txt").write_text("".join(f"A2\t{line}\n" for line in RUDE), encoding="utf-8")
    (tmp_path / "lines" / "my_good.txt").write_text("\n".join(KIND), encoding="utf-8")
    (tmp_path / "lines" / "heard.tsv").write_text(
        "A2,B3\t你急什么\t你什么态度\nok\t请稍等\t好的\n" * 3, encoding="utf-8"
    )
    told = CliRunner().invoke(app, ["learn", str(tmp_path)])
    block = yamlfile.parse(told.stdout, tmp_path)["manner"]
    assert (block["least"], list(block["rows"])) == (-1.5, ["A2", "B3"])
    assert "快点" in " ".join(block["offends"]["words"].values())
    assert "态度" in " ".join(block["answers"]["words"].values())


def test_a_row_that_the_form_does_not_have_is_told_with_the_line_of_the_exchange(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("ok\t请稍等\t好的\nZ9\t你急什么\t\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"x\.tsv:2"):
        dialogue.read_exchanges(path)
