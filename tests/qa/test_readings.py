"""Offences in words of their own: what a turn weighs together with the customer's answer."""

from dataclasses import replace

import pytest

from qa import dialogue, weigh
from qa.checks import Reads
from qa.pack import Ruleset
from qa.scoring import score
from qa.verdict import Verdict
from qa.weigh import Scale, Weights
from tests.qa.calls import BYE, HELLO, HERE, call, item

ASK = {"customer": "我的账单怎么查"}
SCORN = {"agent": "这种本子我一天看八个都看腻了"}
FROM = {"A2": 4, "B3": 3.5, "B4": 3, "F3": 3.8}
PROTEST = {"customer": "你什么态度"}
EVEN, NEVER = weigh.ready(0, {}), weigh.ready(-9, {})


def _weighing(rules: Ruleset, scale: Scale, answers: Scale = EVEN, row: str = "A2", offends: Scale = EVEN) -> Ruleset:
    """The pack with other weights; only `row` is read."""
    changed = replace(rules)
    rows = {name: scale if name == row else NEVER for name in ("A2", "B3", "B4", "F3")}
    changed.__dict__["manner"] = Weights(-2.5, 1.8, offends, rows, answers)
    return changed


def test_a_turn_that_weighs_enough_fails_its_row_and_the_words_are_named(bank: Ruleset) -> None:
    scorn = weigh.ready(-3, {4.0: ["看腻"], 3.0: ["<这"]})
    found = item(score(call(HELLO, ASK, SCORN, ASK, BYE), _weighing(bank, scorn)), "A2")
    assert found.verdict is Verdict.FAIL
    assert found.reason.zh == "措辞像冒犯客户的话，尤其是“看腻、这”"
    assert [one.text for one in found.evidence] == ["这种本子我一天看八个都看腻了"]


def test_only_the_row_whose_own_scale_says_so_fails(bank: Ruleset) -> None:
    judged = score(call(HELLO, ASK, SCORN, ASK, BYE), _weighing(bank, weigh.ready(-3, {7.0: ["腻"]}), row="B4"))
    assert {one: item(judged, one).verdict for one in ("A2", "B3", "B4")} == {
        "A2": Verdict.PASS, "B3": Verdict.PASS, "B4": Verdict.FAIL,
    }  # fmt: skip


@pytest.mark.parametrize(("answer", "verdict"), [(PROTEST, Verdict.FAIL), (ASK, Verdict.PASS)])
def test_the_answer_to_a_turn_tells_how_it_was_taken(bank: Ruleset, answer: dict[str, str], verdict: Verdict) -> None:
    rules = _weighing(bank, weigh.ready(-3, {5.5: ["腻"]}), weigh.ready(-2, {5.0: ["态度"]}))
    found = item(score(call(HELLO, ASK, SCORN, answer, BYE), rules), "A2")
    assert found.verdict is verdict
    assert [one.speaker for one in found.evidence] == (["agent", "customer"] if verdict is Verdict.FAIL else [])


def test_an_answer_alone_fails_nothing(bank: Ruleset) -> None:
    rules = _weighing(bank, EVEN, weigh.ready(0, {99.0: ["态度"]}))
    assert item(score(call(HELLO, ASK, SCORN, PROTEST, BYE), rules), "A2").verdict is Verdict.PASS


def test_what_the_recogniser_was_not_sure_of_fails_nothing(bank: Ruleset) -> None:
    unsure = {"agent": {"text": SCORN["agent"], "confidence": 0.2}}
    scorn = weigh.ready(-3, {7.0: ["腻"]})
    found = item(score(call(HELLO, ASK, unsure, ASK, BYE), _weighing(bank, scorn)), "A2")
    assert found.verdict is Verdict.REVIEW


def test_short_turns_and_what_is_repeated_of_others_are_not_read(bank: Ruleset) -> None:
    heavy = _weighing(bank, weigh.ready(-3, {9.0: ["嗯", "看腻"]}))
    quoted = {"agent": "那位柜员对您说的原话是这本子我看腻了，是这样吗"}
    for said in ({"agent": "嗯"}, quoted):
        assert item(score(call(HELLO, ASK, said, ASK, BYE), heavy), "A2").verdict is Verdict.PASS


def test_a_turn_that_a_phrase_has_explained_is_no_second_offence(bank: Ruleset) -> None:
    dared = {"agent": "您去投诉呗门开着呢这本子我看腻了"}
    judged = score(call(HELLO, ASK, dared, ASK, BYE), _weighing(bank, weigh.ready(-3, {9.0: ["看腻"]}), row="B4"))
    assert (item(judged, "F3").verdict, item(judged, "B4").verdict) == (Verdict.FAIL, Verdict.PASS)


@pytest.mark.parametrize(("weight", "verdict"), [(4.0, Verdict.FAIL), (2.5, Verdict.REVIEW), (1.5, Verdict.PASS)])
def test_short_of_a_veto_by_its_wording_a_person_hears_the_turn(bank: Ruleset, weight: float, verdict: Verdict) -> None:
    rules = _weighing(bank, weigh.ready(weight, {}), row="F3")
    assert item(score(call(HELLO, ASK, SCORN, ASK, BYE), rules), "F3").verdict is verdict


def test_that_a_turn_offends_at_all_counts_a_part_beside_the_row_s_own_scale(bank: Ruleset) -> None:
    for offends, verdict in ((EVEN, Verdict.PASS), (weigh.ready(9, {}), Verdict.FAIL)):
        rules = _weighing(bank, weigh.ready(3, {}), offends=offends)
        assert item(score(call(HELLO, ASK, SCORN, ASK, BYE), rules), "A2").verdict is verdict


def test_exchanges_that_were_never_learnt_from_are_told_apart(bank: Ruleset) -> None:
    weights = bank.manner
    assert weights is not None
    read = [
        (bool(rows), any(weights.against(row, _codes(turn), _codes(answer)) >= least for row, least in FROM.items()))
        for rows, turn, answer in dialogue.read_exchanges(HERE / "lines" / "blind_exchanges.tsv")
    ]
    raised = [heavy for offends, heavy in read if offends]
    wrong = [heavy for offends, heavy in read if not offends]
    assert (sum(raised) >= len(raised) * 0.3, sum(wrong) <= len(wrong) * 0.005) == (True, True)


def _codes(text: str) -> str:
    return weigh.coded(text)


def test_a_pack_of_before_with_two_limits_is_still_read() -> None:
    old = Reads.model_validate({"check": "reads", "row": "F3", "least": 4, "of_row": 1.5, "repeats": ["reporting"]})
    assert (old.least, old.unread) == (4, ("reporting",))
