"""Reviews: which deed is allowed when, what a person must decide, and what the verdicts add up to."""

import pytest

from core.errors import Refused
from qa import review
from qa.formula import Ruling, add_up
from qa.office.form import proofs
from qa.review import Deed, Line, ReviewState
from qa.verdict import Verdict

WEIGHTS = {"A1": 40.0, "A2": 40.0, "B1": 20.0, "F1": 0.0}
FORM = (
    Line("A1", Verdict.FAIL, 0.5),
    Line("A2", Verdict.REVIEW, 0.0),
    Line("B1", Verdict.PASS, 0.0),
    Line("F1", Verdict.MANUAL, 0.0),
)


def _total(lines: tuple[Line, ...]) -> float:
    return review.total(lines, WEIGHTS, "F").score


def _judged(row: str, verdict: Verdict, reason: str = "heard it") -> tuple[Line, ...]:
    return review.judged(FORM, row, verdict, reason, "zhou.yan", 5.0)


def test_a_confirmed_failure_costs_what_the_machine_deducted() -> None:
    assert _total(FORM) == 80.0
    assert _total(_judged("A1", Verdict.FAIL)) == 80.0


def test_a_failure_only_a_person_found_costs_the_whole_row() -> None:
    assert _total(_judged("A2", Verdict.FAIL)) == 40.0
    assert _total(_judged("B1", Verdict.FAIL)) == 60.0


def test_a_row_taken_out_shares_its_weight_among_the_others() -> None:
    assert _total(_judged("B1", Verdict.NA)) == 75.0


def test_a_veto_by_a_person_makes_the_score_nothing_and_all_points_are_accounted_for() -> None:
    total = review.total(_judged("F1", Verdict.FAIL), WEIGHTS, "F")
    assert (total.score, total.veto) == (0.0, ("F1",))
    assert sum(total.deductions.values()) == pytest.approx(100)


def test_every_row_not_applicable_leaves_the_full_score() -> None:
    assert add_up({"A1": Ruling(Verdict.NA)}, WEIGHTS, "F").score == 100.0


@pytest.mark.parametrize(("row", "verdict"), [("A1", Verdict.PASS), ("B1", Verdict.FAIL), ("A2", Verdict.FAIL)])
def test_a_change_and_a_new_deduction_need_a_reason(row: str, verdict: Verdict) -> None:
    with pytest.raises(Refused) as caught:
        _judged(row, verdict, "")
    assert caught.value.reason == "reason_missing"


def test_confirming_and_settling_a_doubt_in_favour_need_no_reason() -> None:
    assert _judged("A1", Verdict.FAIL, "")[0].verdict is Verdict.FAIL
    assert review.unsettled(_judged("A2", Verdict.PASS, "")) == ("F1",)


def test_what_the_machine_left_open_and_what_is_a_persons_from_the_start_must_be_decided() -> None:
    assert review.unsettled(FORM) == ("A2", "F1")
    assert review.unsettled((Line("A1", Verdict.PASS, 0.0, disputed=True),)) == ("A1",)


@pytest.mark.parametrize(("row", "verdict"), [("Z9", Verdict.PASS), ("A1", Verdict.REVIEW), ("A1", Verdict.MANUAL)])
def test_unknown_rows_and_undecided_verdicts_are_refused(row: str, verdict: Verdict) -> None:
    with pytest.raises(Refused):
        _judged(row, verdict)


def test_only_the_deeds_of_the_table_are_allowed() -> None:
    allowed = {
        (state, deed): review.after(state, deed) for state in ReviewState for deed in Deed if _allowed(state, deed)
    }
    assert allowed == {
        (ReviewState.OPEN, Deed.FINISH): ReviewState.FINISHED,
        (ReviewState.FINISHED, Deed.APPEAL): ReviewState.APPEALED,
        (ReviewState.FINISHED, Deed.ACKNOWLEDGE): ReviewState.ACKNOWLEDGED,
        (ReviewState.APPEALED, Deed.DECIDE): ReviewState.DECIDED,
        (ReviewState.DECIDED, Deed.ACKNOWLEDGE): ReviewState.ACKNOWLEDGED,
    }


def _allowed(state: ReviewState, deed: Deed) -> bool:
    try:
        review.after(state, deed)
    except Refused:
        return False
    return True


def test_lines_survive_the_table() -> None:
    lines = _judged("A2", Verdict.FAIL)
    assert review.restored(review.stored(lines)) == lines


def test_the_second_reviewers_rows_take_the_place_of_the_first_ones() -> None:
    second = review.judged(FORM, "A1", Verdict.PASS, "greeting is there", "sun.li", 9.0)
    merged = review.merged(_judged("A1", Verdict.FAIL), [second[0]])
    assert (merged[0].verdict, merged[0].by) == (Verdict.PASS, "sun.li")
    assert _total(merged) == 100.0


def test_several_phrases_of_one_sentence_are_shown_once_a_second() -> None:
    said = [(4.0, "喂说话"), (12.1, "不知道这不归我管"), (12.7, "不知道这不归我管"), (14.0, "不知道这不归我管")]
    item = {"evidence": [{"at": at, "speaker": "agent", "text": text} for at, text in said]}
    assert [(each.at, each.text) for each in proofs(item)] == [said[0], said[1], said[3]]
