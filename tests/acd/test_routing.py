"""What our policy weighs: rank, the service level, scarce agents, short calls, and that nobody starves."""

import pytest

from acd.policies import policy_named
from acd.routing import FairAge, Lengths
from acd.simulator import simulate
from acd.traffic import Caller, Shift

FOREVER = 1e9


def caller(row: int, arrival: float, need: str, handle: float = 60.0, priority: int = 0, queue: str = "q") -> Caller:
    return Caller(row, arrival, queue, priority, {need: 1} if need else {}, handle, FOREVER)


def order(callers: list[Caller], **agents: dict[str, int]) -> list[int]:
    shifts = [Shift(agent, skills, 0.0, FOREVER) for agent, skills in agents.items()]
    return [each.caller.row for each in simulate(callers, shifts, policy_named("balanced")).answered]


def test_higher_priority_goes_first() -> None:
    assert order([caller(0, 0, "zh"), caller(1, 1, "zh"), caller(2, 2, "zh", priority=1)], a={"zh": 5}) == [0, 2, 1]


def test_callers_of_one_kind_keep_their_order_over_queues() -> None:
    callers = [caller(row, float(row), "zh", queue="ab"[row % 2]) for row in range(12)]
    assert order(callers, a={"zh": 5}) == list(range(12))


def test_ordinary_caller_is_served_though_higher_ones_never_stop_coming() -> None:
    high = [caller(row, 30.0 * row, "zh", priority=2) for row in range(60)]
    ordinary = caller(60, 45.0, "zh")
    served = order([*high, ordinary], a={"zh": 5})
    assert served.index(60) < 30


def test_a_caller_who_can_still_be_in_time_goes_before_one_who_cannot() -> None:
    callers = [caller(0, 0, "x", 40), caller(1, 15, "x"), caller(2, 30, "y")]
    assert order(callers, a={"x": 5, "y": 5}) == [0, 2, 1]


def test_a_free_agent_of_both_skills_takes_the_caller_only_he_can_serve() -> None:
    warm = [caller(row, 5.0 * row, ("zh", "zh", "en")[row % 3], 1) for row in range(12)]
    busy = [caller(12, 2000, "zh", 500), caller(13, 2000, "zh", 30)]
    waiting = [caller(14, 2001, "zh"), caller(15, 2009, "en")]
    assert order([*warm, *busy, *waiting], b={"zh": 5}, c={"zh": 5, "en": 5})[12:] == [12, 13, 15, 14]


def test_a_free_agent_of_both_skills_turns_to_the_longer_line() -> None:
    busy = [caller(0, 0, "x", 500), caller(1, 0, "y", 500), caller(2, 0, "x", 30)]
    waiting = [caller(3, 2, "x"), caller(4, 3, "y"), caller(5, 4, "y"), caller(6, 5, "y")]
    assert order([*busy, *waiting], a={"x": 5}, b={"y": 5}, c={"x": 5, "y": 5}) == [0, 1, 2, 4, 5, 3, 6]


def test_lengths_prefer_short_calls_only_once_they_are_sure() -> None:
    lengths = Lengths()
    for _ in range(20):
        lengths.count((("short", 1),), 60)
        lengths.count((("long", 1),), 600)
    early = lengths.shortness((("short", 1),)) / lengths.shortness((("long", 1),))
    for _ in range(2000):
        lengths.count((("short", 1),), 60)
        lengths.count((("long", 1),), 600)
    later = lengths.shortness((("short", 1),)) / lengths.shortness((("long", 1),))
    assert 1 < early < 4
    assert 6 < later < 10
    assert lengths.shortness(()) == pytest.approx(1.0)


def test_fair_age_is_the_wait_strict_order_would_give_and_fades() -> None:
    age = FairAge(memory=100.0)
    for at in (0.0, 10.0, 20.0):
        age.count((), at)
    assert age.longest((), 2, 50.0) == 40.0
    age.serve((), 2, 50.0)
    assert age.longest((), 0, 150.0) == pytest.approx(20.0)


def test_strict_order_is_one_measure_for_all_kinds_unless_one_of_them_is_far_off() -> None:
    age = FairAge()
    kinds = [((name, 1),) for name in ("served", "slower", "stranded")]
    for kind, waited in zip(kinds, (40.0, 60.0, 5000.0), strict=True):
        age.count(kind, 6000.0 - waited)
    for kind in kinds[:2]:
        age.serve(kind, 1, 6000.0)
    assert age.longest(kinds[0], 0, 6000.0) == 60.0
    age.serve(kinds[2], 1, 6000.0)
    assert age.longest(kinds[0], 0, 6000.0) == 80.0
