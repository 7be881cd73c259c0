"""Agreement figures against published values."""

import pytest

from qa import agreement
from qa.agreement import Pair
from qa.figures.hits import hits, poor


def _pairs(table: dict[Pair, int]) -> list[Pair]:
    return [pair for pair, count in table.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("table", "share", "expected", "kappa"),
    [
        # Cohen (1960), table 1: proportions of 200 joint judgements, three categories, kappa .49
        ({("1", "1"): 88, ("1", "2"): 14, ("1", "3"): 18, ("2", "1"): 10, ("2", "2"): 40, ("2", "3"): 10,
          ("3", "1"): 2, ("3", "2"): 6, ("3", "3"): 12}, 0.70, 0.41, 0.4915),
        # Wikipedia, Cohen's kappa, grant proposals: kappa 0.40
        ({("y", "y"): 20, ("y", "n"): 5, ("n", "y"): 10, ("n", "n"): 15}, 0.70, 0.50, 0.40),
        # Wikipedia, same percentage but different numbers: 0.1304 and 0.2593
        ({("y", "y"): 45, ("y", "n"): 15, ("n", "y"): 25, ("n", "n"): 15}, 0.60, 0.54, 0.1304),
        ({("y", "y"): 25, ("y", "n"): 35, ("n", "y"): 5, ("n", "n"): 35}, 0.60, 0.46, 0.2593),
    ],
)  # fmt: skip
def test_kappa_is_that_of_the_literature(table: dict[Pair, int], share: float, expected: float, kappa: float) -> None:
    found = agreement.agreement(_pairs(table))
    assert found.share == pytest.approx(share)
    assert found.expected == pytest.approx(expected)
    assert found.kappa == pytest.approx(kappa, abs=5e-4)


def test_perfect_opposite_and_undefined() -> None:
    assert agreement.agreement([("a", "a"), ("b", "b")]).kappa == 1.0
    assert agreement.agreement([("a", "b"), ("b", "a")]).kappa == -1.0
    assert agreement.agreement([("a", "a")] * 9).kappa is None
    assert agreement.agreement([]) == agreement.Agreement(0, None, None, None)


def test_hits_count_what_was_raised_confirmed_and_missed() -> None:
    found = hits(_pairs({("fail", "fail"): 6, ("fail", "pass"): 2, ("pass", "fail"): 3, ("na", "na"): 9}))
    assert (found.raised, found.confirmed, found.missed) == (8, 6, 3)
    assert found.precision == 0.75
    assert found.recall == pytest.approx(2 / 3)
    assert hits([]).precision is None


def test_a_rule_is_flagged_for_disagreement_but_neither_for_rarity_nor_on_a_few_calls() -> None:
    bad = _pairs({("fail", "fine"): 8, ("fine", "fine"): 80, ("fail", "fail"): 1})
    rare = _pairs({("fine", "fine"): 97, ("fail", "fine"): 2, ("fine", "fail"): 1})
    assert _poor(bad, 10)
    assert not _poor(bad, 90)
    assert not _poor(rare, 10)
    assert not _poor(_pairs({("fail", "fail"): 20, ("fine", "fine"): 20, ("fail", "fine"): 1}), 10)


def _poor(pairs: list[Pair], least: int) -> bool:
    return poor(agreement.agreement(pairs), hits(pairs), 0.6, least)
