"""Blind rounds: the table of states, two forms laid side by side, a session's matrix and kappas."""

from itertools import product
from typing import Any

import pytest

from core.errors import Refused
from qa import blind, review
from qa.agreement import fleiss
from qa.blind import MACHINE, Deed, Kind, Marked, RoundState
from qa.review import Line
from qa.verdict import Verdict

ALLOWED = {
    (Kind.DOUBLE, RoundState.MARKING, Deed.AGREE): RoundState.CLOSED,
    (Kind.DOUBLE, RoundState.MARKING, Deed.DIFFER): RoundState.DIFFERING,
    (Kind.DOUBLE, RoundState.DIFFERING, Deed.SETTLE): RoundState.CLOSED,
    (Kind.CALIBRATION, RoundState.MARKING, Deed.CLOSE): RoundState.CLOSED,
}
ITEMS: list[dict[str, Any]] = [
    {"id": "A1", "verdict": "pass"},
    {"id": "A2", "verdict": "fail", "share": 0.5},
    {"id": "D1", "verdict": "manual"},
]


@pytest.mark.parametrize("way", list(product(Kind, RoundState, Deed)), ids=lambda way: "-".join(way))
def test_rounds_move_as_the_table_says_and_no_other_way(way: tuple[Kind, RoundState, Deed]) -> None:
    if way in ALLOWED:
        assert blind.after(*way) is ALLOWED[way]
    else:
        with pytest.raises(Refused):
            blind.after(*way)


def _form(who: str, **verdicts: str) -> tuple[str, tuple[Line, ...]]:
    lines = blind.opening(item["id"] for item in ITEMS)
    for row, verdict in verdicts.items():
        lines = review.judged(lines, row, Verdict(verdict), f"{who} heard it", who, 1.0)
    return who, lines


def test_an_empty_form_tells_nothing_of_the_machine_and_wants_every_row() -> None:
    lines = blind.opening(["A1", "A2"])
    assert {line.machine for line in lines} == {Verdict.MANUAL}
    assert review.unsettled(lines) == ("A1", "A2")


def test_agreed_rows_are_decided_and_the_others_wait_for_a_third_person() -> None:
    forms = [_form("ann", A1="pass", A2="pass", D1="fail"), _form("bob", A1="pass", A2="fail", D1="fail")]
    assert blind.differing(forms[0][1], forms[1][1]) == ("A2",)
    lines = {line.id: line for line in blind.settling(ITEMS, forms, 9.0)}
    assert (lines["A1"].verdict, lines["A1"].by) == (Verdict.PASS, "ann, bob")
    assert lines["D1"].reason == "ann heard it; bob heard it"
    assert (lines["A2"].verdict, lines["A2"].machine, lines["A2"].share) == (None, Verdict.FAIL, 0.5)
    assert review.unsettled(tuple(lines.values())) == ("A2",)


def test_a_disputed_row_stays_so_in_the_database() -> None:
    lines = blind.settling(ITEMS, [_form("a", A1="na", A2="pass", D1="na"), _form("b", A1="na", A2="na", D1="na")], 9.0)
    assert review.restored(review.stored(lines)) == lines


def test_the_matrix_shows_who_said_what_and_where_people_differ() -> None:
    marked = [Marked(MACHINE, {"A1": "fail", "A2": "pass"}), Marked("ann", {"A1": "pass", "A2": "pass"}),
              Marked("bob", {"A1": "pass", "A2": "fail"})]  # fmt: skip
    first, second = blind.matrix(("", "ann", "bob", "cat"), marked, ["A1", "A2"])
    assert (first.verdicts, first.same) == (("fail", "pass", "pass", None), True)
    assert (second.verdicts, second.same) == (("pass", "pass", "fail", None), False)


def test_pairs_are_compared_over_what_both_have_marked() -> None:
    calls = [
        [Marked("ann", {"A1": "pass", "A2": "fail"}), Marked("bob", {"A1": "pass", "A2": "pass"})],
        [Marked("ann", {"A1": "fail", "A2": "pass"})],
    ]
    (pair,) = blind.pairwise(("ann", "bob"), calls)
    assert (pair.first, pair.second, pair.agreement.count, pair.agreement.share) == ("ann", "bob", 2, 0.5)
    assert pair.agreement.kappa == 0


def test_two_people_have_no_kappa_of_all() -> None:
    assert blind.together(("ann", "bob"), []) is None


def test_all_people_together_count_rows_that_all_have_marked() -> None:
    calls = [[Marked(who, {"A1": "pass", "A2": said}) for who, said in (("a", "fail"), ("b", "fail"), ("c", "pass"))]]
    calls += [[Marked("a", {"A1": "pass"})]]
    found = blind.together(("a", "b", "c"), calls)
    assert found is not None
    assert found.count == 2
    assert found.share == pytest.approx(2 / 3)


def test_fleiss_kappa_is_that_of_the_published_example() -> None:
    """Fleiss (1971) as worked through in the literature: 10 things, 14 judges, 5 names; kappa 0.210."""
    table = [(0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1), (7, 7, 0, 0, 0),
             (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)]  # fmt: skip
    things = [[str(name) for name, count in enumerate(row) for _ in range(count)] for row in table]
    found = fleiss(things)
    assert found.share == pytest.approx(0.378, abs=5e-4)
    assert found.expected == pytest.approx(0.213, abs=5e-4)
    assert found.kappa == pytest.approx(0.210, abs=5e-4)


def test_judges_who_all_say_the_same_have_no_kappa_and_uneven_judges_are_a_fault() -> None:
    assert fleiss([["pass"] * 3] * 5).kappa is None
    assert fleiss([]).count == 0
    with pytest.raises(ValueError, match="same judges"):
        fleiss([["pass", "fail"], ["pass"]])
