"""How long the answered of a recorded day would have waited under another policy."""

from math import inf
from statistics import fmean

import pytest

from acd.figures import Stay
from acd.routing.policies import policy_named
from acd.simulation.generators import Traffic, generate
from acd.simulation.patience import Patience
from acd.simulation.replay import Came, callers_of
from acd.simulation.simulator import Day, simulate
from acd.simulation.traffic import Caller


def recorded(traffic: Traffic, day: Day) -> list[Caller]:
    """As a replay knows the callers of a day that went so."""
    ends = {each.caller.row: ("answered", each.at) for each in day.answered}
    ends |= {caller.row: ("abandoned", at) for caller, at in day.abandoned}
    those = []
    for caller in traffic.callers:
        since = caller.arrival
        asked = Stay(f"call {caller.row}", caller.queue, caller.skills, since, since, priority=caller.priority)
        those.append(Came(asked, *ends[caller.row], caller.handle))
    return callers_of(those, 0.0)


def played(callers: list[Caller], traffic: Traffic, policy: str) -> tuple[float, ...]:
    """Hang-ups, mean wait and share in time."""
    day = simulate(callers, traffic.shifts, policy_named(policy))
    waits = [each.at - each.caller.arrival for each in day.answered]
    return len(day.abandoned), fmean(waits), sum(wait <= 20 for wait in waits) / len(callers)


@pytest.mark.parametrize("policy", ["balanced", "fifo", "app-queue-leastrecent"])
def test_a_day_replayed_under_any_policy_goes_as_it_would_have_gone(policy: str) -> None:
    traffic = generate("overload", 1)
    known = recorded(traffic, simulate(traffic.callers, traffic.shifts, policy_named("balanced")))
    truth, replayed = played(list(traffic.callers), traffic, policy), played(known, traffic, policy)
    assert replayed[:2] == pytest.approx(truth[:2], rel=0.1)
    assert replayed[2] == pytest.approx(truth[2], abs=0.03)


def test_patience_is_drawn_from_those_who_waited_longer_and_the_same_for_the_same_call() -> None:
    waits = [(10.0, True), (20.0, False), (30.0, True), (40.0, False), (50.0, False)]
    drawn = [Patience(waits).beyond(20.0, f"call {each}") for each in range(3000)]
    assert drawn == [Patience(waits).beyond(20.0, f"call {each}") for each in range(3000)]
    behind = [seconds - 30 for seconds in drawn if seconds != 30]
    assert min(behind) > 0
    assert len(behind) / len(drawn) == pytest.approx(2 / 3, abs=0.03)
    assert fmean(behind) == pytest.approx(150 / 2, rel=0.06)
    assert min(Patience(waits).beyond(50.0, f"call {each}") for each in range(100)) > 50


def test_hang_ups_of_one_instant_count_together_and_before_those_answered_then() -> None:
    curve = Patience([(10.0, False), (10.0, True), (10.0, True), (15.0, True)])
    drawn = [curve.beyond(0.0, f"call {each}") for each in range(3000)]
    assert set(drawn) == {10.0, 15.0}
    assert drawn.count(15.0) / len(drawn) == pytest.approx(1 / 2, abs=0.03)
    assert curve.beyond(10.0, "call") == 15.0


@pytest.mark.parametrize("waits", [[(5.0, False)], [(0.0, True), (0.0, False)]])
def test_where_hang_ups_say_nothing_of_longer_waits_nobody_hangs_up(waits: list[tuple[float, bool]]) -> None:
    assert Patience(waits).beyond(waits[-1][0], "call") == inf
