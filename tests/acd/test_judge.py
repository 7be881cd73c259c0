"""The judge on centres nobody tuned for: what it draws, and what it counts as behind."""

import math

import pytest

from acd.routing.peers import MODELS
from acd.simulation.compare import Measures
from acd.simulation.judge import Centre, table
from acd.simulation.unseen import FORMS, centre, play


@pytest.mark.parametrize("number", [1, 4])
def test_a_centre_is_drawn_anew_from_its_number_and_every_caller_can_be_served_all_day(number: int) -> None:
    made = centre(number)
    first, again, other = play(made, 1), play(centre(number), 1), play(made, 2)
    assert made.form == FORMS[number % len(FORMS)]
    assert first == again
    assert first != other
    for kind in made.kinds:
        able = [
            shift
            for shift in made.shifts
            if all(shift.skills.get(skill, 0) >= least for skill, least in kind.skills.items())
        ]
        assert able
    assert all(caller.handle > 0 and not math.isnan(caller.patience) for caller in first.callers)


def measures(mean: float, in_time: float, vip: float = 0.0) -> Measures:
    return Measures(mean, 50.0, 0.001, in_time, vip, 60.0)


def tried(mean: float, vip: float, longest: float) -> Centre:
    peers = dict.fromkeys(MODELS, measures(12.0, 0.8)) | {"app-queue-linear": measures(10.0, 0.7)}
    others = {"longest-idle": measures(11.0, 0.8, 4.0), "fifo": measures(11.0, 0.7)}
    ours = {"balanced": measures(mean, 0.79, vip)}
    return Centre(1, "flat", {**peers, **others, **ours}, {"balanced": [longest, 1.0], "longest-idle": [2.0, 2.0]})


def test_each_measure_is_held_against_another_peer_and_small_figures_count_for_little() -> None:
    one = tried(11.0, 4.1, 1.0)
    assert one.gap("balanced", "mean") == pytest.approx(10.0)
    assert one.gap("balanced", "in_time") == pytest.approx(1.0)
    assert one.gap("balanced", "abandoned") == 0.0
    assert one.gap("app-queue-linear", "in_time") == pytest.approx(10.0)


def test_the_table_counts_how_often_ours_is_behind_and_breaks_the_rules_of_tiers() -> None:
    said = table([tried(11.0, 4.1, 1.6), tried(10.15, 9.0, 1.0)])
    mean = next(line for line in said.splitlines() if line.startswith("mean wait"))
    assert mean.split()[3:7] == ["5.75", "100%", "50%", "10.0"]
    assert "longer in 50% of 2 centres" in said
    assert "over on 25.0% of 4 days" in said
    assert "over on 100.0% of 4 days" in said
