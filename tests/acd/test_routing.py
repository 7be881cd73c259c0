"""What our policy weighs: rank, the service level, scarce agents, short calls, and that nobody starves."""

import pytest

from acd.routing.ours import Lengths
from acd.routing.policies import policy_named
from acd.routing.strict_order import StrictOrder
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift

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


X, Y, BOTH = (("x", 5),), (("y", 5),), (("x", 5), ("y", 5))


def line(*callers: tuple[str, float, str]) -> StrictOrder:
    strict = StrictOrder(memory=100.0)
    for call, since, skill in callers:
        strict.join(call, ((skill, 1),), since)
    return strict


def test_strict_order_gives_the_agent_whoever_has_waited_longest_of_those_he_can_serve() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "y"), ("c", 20.0, "y"))
    strict.serve("c", Y, 0.0, 50.0)
    assert (strict.longest(50.0), strict.first(50.0)) == (50.0, 50.0)
    strict.serve("a", BOTH, 0.0, 60.0)
    assert strict.first(60.0) == 40.0
    strict.serve("b", Y, 0.0, 70.0)
    assert strict.first(70.0) == 0.0
    assert strict.longest(160.0) == pytest.approx(30.0)


def test_nobody_waits_in_strict_order_while_somebody_is_free_who_can_serve_him() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "y"))
    strict.serve("c", X, 5.0, 50.0)
    assert strict.first(50.0) == 40.0


def test_who_hangs_up_leaves_strict_order_and_takes_another_along_when_he_was_served_there() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"), ("c", 40.0, "x"))
    strict.leave("c", 40.0)
    strict.serve("b", X, 0.0, 50.0)
    assert strict.first(50.0) == 40.0
    strict.leave("a", 0.0)
    assert strict.first(50.0) == 0.0
    strict.leave("a", 0.0)
    strict.leave("nobody", 0.0)


def test_an_ordinary_caller_starving_beside_the_highest_tier_goes_before_the_middle_one_first() -> None:
    """Strict order makes nobody wait more than 100 s here; with 1.2 times that he passes the middle tier."""
    busy = [caller(row, 0.0, "zh", 100.0) for row in range(1)]
    ordinary = caller(1, 1.0, "zh", 50.0)
    middle = [caller(2 + row, 2.0 + 50.0 * row, "zh", 50.0, priority=1) for row in range(12)]
    highest = [caller(14 + row, 3.0 + 150.0 * row, "zh", 50.0, priority=2) for row in range(4)]
    served = order([*busy, ordinary, *middle, *highest], a={"zh": 5})
    before = served[: served.index(1)]
    assert before[1] == 14
    assert 2 < len(before) < 8
