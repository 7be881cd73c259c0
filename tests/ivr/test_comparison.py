"""Two versions compared: what is beyond chance, against values worked out elsewhere."""

import random
from pathlib import Path

import pytest

from ivr.usage.comparison import compare, in_words, p_of_means, p_of_proportions
from ivr.usage.use import CallPath, Spread, measure
from tests.ivr.material import write_menu


@pytest.mark.parametrize(
    ("a", "of_a", "b", "of_b", "p"),
    [
        (10, 60, 40, 60, 2.77e-8),
        (50, 200, 60, 200, 0.262),
        (120, 1000, 150, 1000, 0.0496),
        (9, 30, 9, 30, 1.0),
    ],
)
def test_shares_are_held_against_the_pooled_one(a: int, of_a: int, b: int, of_b: int, p: float) -> None:
    assert p_of_proportions(a, of_a, b, of_b) == pytest.approx(p, rel=0.03)


@pytest.mark.parametrize(("a", "of_a", "b", "of_b"), [(0, 0, 5, 10), (1, 20, 2, 20), (19, 20, 20, 20), (3, 8, 4, 9)])
def test_nothing_is_said_of_too_few_calls(a: int, of_a: int, b: int, of_b: int) -> None:
    assert p_of_proportions(a, of_a, b, of_b) is None


def test_alike_versions_are_called_different_about_once_in_twenty() -> None:
    draw = random.Random(7)
    found = []
    for _ in range(600):
        a, b = (sum(draw.random() < 0.3 for _ in range(200)) for _ in range(2))
        p = p_of_proportions(a, 200, b, 200)
        found.append(p is not None and p < 0.05)
    assert 0.03 < sum(found) / len(found) < 0.075


def test_mean_times_need_thirty_calls_on_each_side() -> None:
    slow, quick = Spread(40, 30.0, 29.0, 60.0, 10.0), Spread(40, 24.0, 23.0, 50.0, 10.0)
    assert p_of_means(slow, quick) == pytest.approx(0.0073, rel=0.02)
    assert p_of_means(slow, Spread(29, 24.0, 23.0, 50.0, 10.0)) is None
    assert p_of_means(None, quick) is None


def test_abandonment_counts_menu_and_queue_and_a_plain_line_says_what_chance_may_do(tmp_path: Path) -> None:
    menu = write_menu(tmp_path)
    step = ((100.0, "main", ""),)
    lost = [CallPath(step, 99.0, None, 110.0, "abandoned"), CallPath(step, 99.0, 105.0, 130.0, "abandoned")]
    answered = CallPath(step, 99.0, 105.0, 190.0, "answered", 120.0)
    worse, better = measure(menu, lost * 15 + [answered] * 30), measure(menu, lost * 4 + [answered] * 52)
    assert (worse.abandoned_in_menu, worse.abandoned_in_queue, worse.abandonment_rate) == (15, 15, 0.5)
    assert worse.seconds_to_answer == Spread(30, 21.0, 21.0, 21.0, 0.0)
    told = list(in_words(compare(worse, better)))
    rate = "abandonment_rate: live 30 of 60 (50.0%), challenger 8 of 60 (13.3%): a difference beyond chance (p 0.000)"
    assert rate in told
    assert "self_service_rate: live 0 of 60 (0.0%), challenger 0 of 60 (0.0%): too few calls to tell" in told
