"""Numbers in full-width figures and in English words are read like those in plain figures."""

import pytest

from core.tokens import tokens
from qa.pack import Ruleset
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, judged


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
