"""Erlang's formulas against published figures, against each other, and against the simulator."""

import heapq
import math
import random
from math import inf

import pytest

from acd.routing.policies import policy_named
from acd.simulation.erlang import agents_needed, erlang_a, erlang_b, erlang_c
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift


def test_erlang_c_gives_the_figures_of_the_well_known_worked_example() -> None:
    """360 calls in half an hour, four minutes each, 55 agents, 15 s (I. Angus, "An introduction to Erlang B and C")."""
    found = erlang_c(55, 360 / 1800, 240, 15)
    assert found.delayed == pytest.approx(0.239, abs=0.0005)
    assert found.mean_wait == pytest.approx(8.2, abs=0.05)
    assert found.in_time == pytest.approx(0.846, abs=0.0006)
    assert found.occupancy == pytest.approx(0.873, abs=0.0005)


def test_erlang_a_gives_the_figures_of_garnett_mandelbaum_and_reiman() -> None:
    """48 calls a minute of one minute, 50 agents, patience two minutes: 3.1 % hang up, 3.7 s of wait, not 20.8 s."""
    found = erlang_a(50, 0.8, 60, 120)
    assert found.abandoned == pytest.approx(0.031, abs=0.0005)
    assert found.mean_wait == pytest.approx(3.7, abs=0.05)
    assert erlang_c(50, 0.8, 60).mean_wait == pytest.approx(20.8, abs=0.05)


def test_erlang_b_of_two_agents_and_one_erlang_is_one_fifth() -> None:
    assert erlang_b(2, 1.0) == pytest.approx(0.2)


def test_erlang_a_with_endless_patience_becomes_erlang_c() -> None:
    close, limit = erlang_a(20, 0.1, 180, 1e8), erlang_c(20, 0.1, 180)
    assert close.delayed == pytest.approx(limit.delayed, rel=1e-4)
    assert close.in_time == pytest.approx(limit.in_time, rel=1e-4)
    assert erlang_a(20, 0.1, 180, inf) == limit


@pytest.mark.parametrize("agents", [1, 7, 60, 400])
def test_everybody_is_answered_or_hangs_up_in_the_end(agents: int) -> None:
    found = erlang_a(agents, 1.1 * agents / 180, 180, 90, threshold=900)
    assert found.in_time + found.abandoned == pytest.approx(1.0, abs=2e-3)
    assert found.mean_wait == pytest.approx(found.abandoned * 90)


def test_one_agent_with_patience_as_long_as_calls_is_poisson() -> None:
    """With patience equal to the call every caller present leaves at one rate: the number present is Poisson."""
    found = erlang_a(1, 0.01, 100, 100)
    assert found.occupancy == pytest.approx(1 - math.exp(-1))
    assert found.delayed == pytest.approx(1 - math.exp(-1))


def test_more_load_than_agents_has_no_end_without_patience() -> None:
    assert erlang_c(10, 0.1, 101).mean_wait == inf
    assert erlang_a(0, 0.1, 100, 60).abandoned == 1.0
    assert erlang_a(5, 0.0, 100, 60).in_time == 1.0


@pytest.mark.parametrize(("load", "patience"), [(20.0, 14_400.0), (80.0, 1800.0), (300.0, 600.0), (2000.0, 14_400.0)])
def test_very_patient_callers_and_many_calls_at_once_can_be_staffed_for(load: float, patience: float) -> None:
    """With very patient callers about as many are needed as Erlang C says, and never more."""
    needed = agents_needed(lambda agents: erlang_a(agents, load / 180, 180, patience).in_time >= 0.8)
    for_ever = agents_needed(lambda agents: erlang_c(agents, load / 180, 180).in_time >= 0.8)
    assert load * 0.99 < needed <= for_ever


def test_with_far_too_few_agents_everybody_else_hangs_up() -> None:
    found = erlang_a(500, 1000 / 180, 180, 1800)
    assert [found.delayed, found.in_time, found.abandoned, found.occupancy] == pytest.approx([1.0, 0.0, 0.5, 1.0])
    assert erlang_a(1, 2000 / 180, 180, 14_400).abandoned == pytest.approx(1 - 1 / 2000)


def test_with_far_too_many_agents_nobody_waits() -> None:
    for agents in (60, 150, 170, 180, 400):
        found = erlang_a(agents, 1 / 180, 180, 14_400)
        assert [found.delayed, found.in_time, found.abandoned] == pytest.approx([0.0, 1.0, 0.0])


def test_agents_needed_is_the_least_that_reaches_the_target() -> None:
    assert agents_needed(lambda agents: erlang_c(agents, 0.2, 240, 15).in_time >= 0.846 - 0.0002) == 55
    assert agents_needed(lambda agents: agents >= 0) == 0
    assert agents_needed(lambda agents: False, most=30) == 30


def first_come_first_served(callers: list[Caller], servers: int) -> list[float]:
    """Kiefer–Wolfowitz with patience: the wait of each caller, who is there until an agent or his patience ends it."""
    free, waits = [0.0] * servers, []
    for each in callers:
        wait = max(0.0, free[0] - each.arrival)
        waits.append(min(wait, each.patience))
        if wait <= each.patience:
            heapq.heapreplace(free, each.arrival + wait + each.handle)
    return waits


def impatient(seed: int, count: int, rate: float, handle: float, patience: float) -> list[Caller]:
    draw, at, callers = random.Random(seed), 0.0, []
    for row in range(count):
        at += draw.expovariate(rate)
        callers.append(Caller(row, at, "cards", 0, {}, draw.expovariate(1 / handle), draw.expovariate(1 / patience)))
    return callers


@pytest.mark.parametrize("servers", [1, 12])
def test_the_simulator_equals_the_recursion_with_hang_ups_call_by_call(servers: int) -> None:
    callers = impatient(servers, 600, 1.2 * servers / 120, 120.0, 60.0)
    shifts = [Shift(str(n), {}, 0.0, 1e9) for n in range(servers)]
    day = simulate(callers, shifts, policy_named("balanced"))
    ended = {each.caller.row: each.at for each in day.answered} | {each.row: at for each, at in day.abandoned}
    waits = first_come_first_served(callers, servers)
    assert [ended[each.row] - each.arrival for each in callers] == pytest.approx(waits)
    assert len(day.abandoned) == sum(wait == each.patience for each, wait in zip(callers, waits, strict=True))


def test_that_recursion_agrees_with_erlang_a() -> None:
    agents, rate, handle, patience = 12, 0.1, 120.0, 60.0
    found: list[tuple[float, float, float]] = []
    for seed in range(8):
        callers = impatient(seed + 300, 4000, rate, handle, patience)
        waits = list(zip(callers, first_come_first_served(callers, agents), strict=True))
        lost = sum(wait == each.patience for each, wait in waits)
        in_time = sum(wait <= 20 and wait != each.patience for each, wait in waits)
        found.append((lost / len(callers), sum(wait for _, wait in waits) / len(callers), in_time / len(callers)))
    theory = erlang_a(agents, rate, handle, patience)
    expected = (theory.abandoned, theory.mean_wait, theory.in_time)
    for values, right in zip(zip(*found, strict=True), expected, strict=True):
        centre = sum(values) / len(values)
        error = math.sqrt(sum((each - centre) ** 2 for each in values) / (len(values) - 1) / len(values))
        assert abs(centre - right) < 3.5 * error  # t with 7 degrees of freedom, 99 %
