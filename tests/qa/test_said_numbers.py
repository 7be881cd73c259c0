"""Numbers in full-width figures and in English words are read like those in plain figures."""

import pytest

from core.tokens import tokens
from qa import pack
from qa.amounts import in_figures
from qa.pack import Ruleset
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, PACKS, judged


def test_full_width_letters_and_digits_are_those_they_mean_and_stay_where_they_stand() -> None:
    assert [(token.text, token.at) for token in tokens("号１３，ＡＢ’ｓ")] == [
        ("号", 0), ("1", 1), ("3", 2), ("AB's", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(("back", "verdict"), [("１３９１２３４５６７９", Verdict.FAIL), ("13912345678", Verdict.PASS)])
def test_a_number_in_full_width_digits_is_repeated_rightly_or_wrongly(
    bank: Ruleset, back: str, verdict: Verdict
) -> None:
    given = {"customer": "我的电话是１３９１２３４５６７８"}
    assert judged(bank, "E1", HELLO, given, {"agent": f"好的{back}已登记"}, BYE).verdict is verdict


@pytest.fixture(scope="module")
def english() -> Ruleset:
    return pack.load(PACKS, "en-bank")


GOOD_DAY = {"agent": "good morning thank you for calling how may I help you"}
GOODBYE = {"agent": "is there anything else I can help with thank you for calling goodbye"}


@pytest.mark.parametrize(
    ("back", "verdict"),
    [
        ("zero seven nine one one two three four five six", Verdict.PASS),
        ("oh seven nine double one two three four five six", Verdict.PASS),
        ("0791123456", Verdict.PASS),
        ("zero seven nine one one two three four five seven", Verdict.FAIL),
        ("Zero seven nine triple one two three four five six", Verdict.FAIL),
    ],
)
def test_a_number_in_english_words_is_repeated_rightly_or_wrongly(
    english: Ruleset, back: str, verdict: Verdict
) -> None:
    given = {"customer": "my number is zero seven nine one one two three four five six"}
    assert judged(english, "E1", GOOD_DAY, given, {"agent": f"thank you that is {back}"}, GOODBYE).verdict is verdict


def test_english_talk_without_a_number_has_none_to_repeat(english: Ruleset) -> None:
    lines = ({"customer": "oh no one told me"}, {"agent": "oh one moment please for the two of us"})
    assert judged(english, "E1", GOOD_DAY, *lines, GOODBYE).verdict is Verdict.NA


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("three thousand five hundred pounds", "3500 pounds"),
        ("one million two hundred thousand and forty two", "1200042"),
        ("nineteen eighty four", "1984"),
        ("Seven nine oh", "790"),
        ("five and a half", "5 and a half"),
        ("the right one", "the right one"),
        ("您有 3 5 元", "您有 3 5 元"),
    ],
)
def test_english_number_words_are_the_figures_they_mean(words: str, figures: str) -> None:
    assert " ".join(in_figures(words.split())) == figures


@pytest.mark.parametrize(
    ("asked", "told", "verdict"),
    [
        ("what is my balance", "three thousand five hundred pounds", Verdict.FAIL),
        ("is my balance 3500", "three thousand five hundred pounds", Verdict.PASS),
        ("what is my balance", "something I can tell you in a moment", Verdict.PASS),
    ],
)
def test_an_amount_in_english_words_before_verification_is_told_too_early(
    english: Ruleset, asked: str, told: str, verdict: Verdict
) -> None:
    lines = ({"customer": asked}, {"agent": f"your balance is {told}"}, {"agent": "may I confirm your date of birth"})
    need = {"identity_required": True}
    assert judged(english, "D4", GOOD_DAY, *lines, GOODBYE, **need).verdict is verdict
