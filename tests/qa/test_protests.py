"""Offences in words of their own: a protest of the customer's and the weight of the turn before it, together."""

from dataclasses import replace

from qa import weigh
from qa.pack import Ruleset
from qa.scoring import score
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, call, item, judged

ASK = {"customer": "我的账单怎么查"}
SCORN = {"agent": "这种本子我一天看八个都看腻了"}
POLITE = {"agent": "您登录手机银行就可以查看请您试一下"}
PROTEST = {"customer": "你什么态度"}


def _weighing(rules: Ruleset, weight: float) -> Ruleset:
    """The pack with weights that make every turn weigh so much."""
    changed = replace(rules)
    changed.__dict__["manner"] = weigh.ready(weight, -2.5, 14, {})
    return changed


def test_a_turn_that_reads_as_an_offence_fails_where_the_customer_protests_at_once(bank: Ruleset) -> None:
    found = item(score(call(HELLO, ASK, SCORN, PROTEST, BYE), _weighing(bank, 0.5)), "A2")
    assert found.verdict is Verdict.FAIL
    assert [one.speaker for one in found.evidence] == ["agent", "customer"]
    assert found.reason.zh == "客户听后当即不满：“什么态度”"


def test_it_takes_both_the_protest_and_the_weight(bank: Ruleset) -> None:
    rude, mild = _weighing(bank, 0.5), _weighing(bank, -1.5)
    assert item(score(call(HELLO, ASK, SCORN, ASK, BYE), rude), "A2").verdict is Verdict.PASS
    assert item(score(call(HELLO, ASK, SCORN, PROTEST, BYE), mild), "A2").verdict is Verdict.PASS


def test_below_even_odds_a_person_decides(bank: Ruleset) -> None:
    found = item(score(call(HELLO, ASK, SCORN, PROTEST, BYE), _weighing(bank, -0.5)), "A2")
    assert (found.verdict, found.deduction) == (Verdict.REVIEW, 0)


def test_what_the_recogniser_was_not_sure_of_fails_nothing(bank: Ruleset) -> None:
    unsure = {"agent": {"text": SCORN["agent"], "confidence": 0.2}}
    found = item(score(call(HELLO, ASK, unsure, PROTEST, BYE), _weighing(bank, 0.5)), "A2")
    assert found.verdict is Verdict.REVIEW


def test_only_the_turn_right_before_the_protest_is_weighed(bank: Ruleset) -> None:
    rude = _weighing(bank, 0.5)
    short = {"agent": "嗯"}
    assert item(score(call(HELLO, ASK, SCORN, ASK, short, PROTEST, BYE), rude), "A2").verdict is Verdict.PASS


def test_a_veto_by_protest_is_for_a_person(bank: Ruleset) -> None:
    found = item(score(call(HELLO, ASK, SCORN, PROTEST, BYE), _weighing(bank, 0.5)), "F3")
    assert found.verdict is Verdict.REVIEW


def test_protests_against_others_and_praise_are_none(bank: Ruleset) -> None:
    rude = _weighing(bank, 0.5)
    for said in ("昨天那个柜员他什么态度", "没有了你态度挺好", "你这人真不错", "那我什么时候可以用"):
        assert item(score(call(HELLO, ASK, SCORN, {"customer": said}, BYE), rude), "A2").verdict is Verdict.PASS, said


def test_polite_words_stand_against_an_angry_customer(bank: Ruleset) -> None:
    assert judged(bank, "A2", HELLO, ASK, POLITE, {"customer": "你怎么说话的我要投诉你"}, BYE).verdict is Verdict.PASS


def test_what_the_agent_repeats_of_others_words_is_not_weighed(bank: Ruleset) -> None:
    quoted = {"agent": "那位柜员对您说的原话是这本子我看腻了，是这样吗"}
    found = item(score(call(HELLO, ASK, quoted, {"customer": "就是啊你说气人不气人"}, BYE), _weighing(bank, 0.5)), "A2")
    assert found.verdict is Verdict.PASS
