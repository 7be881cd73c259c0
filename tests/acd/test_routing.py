"""What our policy weighs: rank, the service level, scarce agents, short calls, and that nobody starves."""

import random
from collections.abc import Mapping
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from acd import inputs
from acd.decisions import Offer
from acd.floor import Floor
from acd.free import Free, Profile
from acd.routing.memory import Arrived, Restaged, Served, past_of, teach
from acd.routing.ours import Balanced, Lengths
from acd.routing.policies import policy_named
from acd.routing.strict_order import StrictOrder
from acd.routing.tiers import Tiers
from acd.rule import QueueRule
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift
from acd.waiting import Contact, Stage, Waiting

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


X, Y, Z, BOTH = (("x", 5),), (("y", 5),), (("z", 5),), (("x", 5), ("y", 5))


def at_work(*profiles: Profile) -> Free:
    free = Free()
    for profile in profiles:
        free.change_staff(profile, 1)
    return free


STAFF = at_work(X, Y, BOTH)


def serve(strict: StrictOrder, call: str, profile: Profile, idle: float, now: float) -> None:
    strict.serve(call, profile, idle, now, absent=900.0)


def line(*callers: tuple[str, float, str]) -> StrictOrder:
    strict = StrictOrder(memory=100.0)
    for skill in "xy":  # those of before, for whom somebody was free
        strict.join(skill, ((skill, 1),), 0.0)
        serve(strict, skill, BOTH, 5.0, 0.0)
    for call, since, skill in callers:
        strict.join(call, ((skill, 1),), since)
    return strict


def test_strict_order_gives_the_agent_whoever_has_waited_longest_of_those_he_can_serve() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "y"), ("c", 20.0, "y"))
    serve(strict, "c", Y, 0.0, 50.0)
    assert (strict.longest(50.0, STAFF), strict.first(50.0, STAFF)) == (50.0, 50.0)
    serve(strict, "a", BOTH, 0.0, 60.0)
    assert strict.first(60.0, STAFF) == 40.0
    serve(strict, "b", Y, 0.0, 70.0)
    assert strict.first(70.0, STAFF) == 0.0
    assert strict.longest(160.0, STAFF) == pytest.approx(30.0)


def test_nobody_waits_in_strict_order_while_somebody_is_free_who_can_serve_him() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "y"))
    serve(strict, "c", X, 5.0, 50.0)
    assert strict.first(50.0, STAFF) == 40.0


def test_who_hangs_up_leaves_strict_order_and_takes_another_along_when_he_was_served_there() -> None:
    strict = line(("a", 0.0, "x"), ("b", 10.0, "x"), ("c", 40.0, "x"))
    strict.leave("c", 40.0)
    serve(strict, "b", X, 0.0, 50.0)
    assert strict.first(50.0, STAFF) == 40.0
    strict.leave("a", 0.0)
    assert strict.first(50.0, STAFF) == 0.0
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


def a_day(count: int, agents: int, *more: Caller) -> list[tuple[int, str, float]]:
    """Who was answered by whom and when, of so many callers of skill zh, half of them of priority 1, and some more."""
    draw, at, callers = random.Random(7), 0.0, list[Caller]()
    for row in range(count):
        at += draw.expovariate(1.1 * agents / 100)
        callers.append(caller(row, at, "zh", draw.expovariate(1 / 100), priority=draw.randrange(2)))
    shifts = [Shift(f"{number}", {"zh": 5}, 0.0, FOREVER) for number in range(agents)]
    day = simulate([*callers, *more], shifts, policy_named("balanced"))
    return [(each.caller.row, each.agent, each.at) for each in day.answered]


def test_a_caller_whom_nobody_at_work_can_serve_changes_nothing_for_the_others() -> None:
    assert a_day(400, 5, caller(900, 0.0, "unheard-of")) == a_day(400, 5)


def test_a_wait_for_somebody_to_come_to_work_is_no_measure() -> None:
    strict = line(("a", 0.0, "z"), ("b", 100.0, "x"))
    assert strict.first(160.0, STAFF) == 60.0
    serve(strict, "b", X, 0.0, 160.0)
    assert (strict.first(4000.0, STAFF), strict.first(4000.0, at_work(X, Z))) == (0.0, 0.0)
    strict.join("c", (("z", 1),), 10.0)
    serve(strict, "a", Z, 0.0, 4000.0)
    assert strict.longest(4000.0, at_work(X, Z)) < 1.0
    assert strict.longest(4090.0, at_work(X, Z)) == 90.0
    serve(strict, "c", Z, 0.0, 4100.0)
    assert strict.longest(4100.0, at_work(X, Z)) == 100.0


def test_the_first_wait_of_a_kind_counts_since_those_who_serve_it_have_taken_calls_of_any_kind() -> None:
    strict = StrictOrder(memory=100.0)
    for at, skill, profile in ((0.0, "y", Y), (1500.0, "x", X), (1540.0, "x", BOTH), (2000.0, "x", X)):
        strict.join(f"{at}", ((skill, 1),), at)
        serve(strict, f"{at}", profile, 5.0, at)
    strict.join("a", (("y", 3),), 1990.0)
    assert strict.first(2060.0, STAFF) == 70.0
    strict.move("a", (("y", 4),))
    strict.join("b", (("y", 3),), 1000.0)
    assert strict.first(2060.0, STAFF) == 520.0
    strict.join("c", (("z", 1),), 1990.0)
    assert strict.first(2060.0, at_work(Z)) == 0.0


def test_the_highest_priority_goes_first_in_the_first_rush_of_a_kind_too() -> None:
    warm = [caller(row, 60.0 * row, "zh", 30.0) for row in range(20)]
    busy = [caller(40, 1200.0, "zh", 100.0), *(caller(41 + row, 1210.0 + row, "en", 10.0) for row in range(4))]
    assert order([*warm, *busy, caller(50, 1230.0, "en", 10.0, priority=2)], a={"zh": 5, "en": 5})[-5] == 50


def test_who_comes_back_to_work_after_long_begins_anew() -> None:
    strict = line(("a", 10.0, "x"))
    serve(strict, "a", X, 0.0, 4000.0)
    assert strict.longest(4000.0, STAFF) < 1.0


def test_whom_somebody_serves_who_was_not_asked_to_leaves_strict_order_too() -> None:
    """Given by a supervisor to an agent without the skill, or by a queue that asks for less in time."""
    strict = line(("a", 0.0, "x"))
    serve(strict, "a", Y, 0.0, 50.0)
    assert strict.first(900.0, STAFF) == 0.0
    strict = line(("a", 0.0, "x"), ("b", 10.0, "y"))
    strict.move("a", (("y", 1),))
    serve(strict, "a", Y, 0.0, 50.0)
    serve(strict, "b", Y, 0.0, 60.0)
    assert strict.first(900.0, STAFF) == 0.0


def test_who_is_gone_for_long_does_not_stay_in_strict_order() -> None:
    """The agent of both skills took "c", strict order "a"; the agent of x then took "a", and nobody comes for y."""
    strict = line(("a", 0.0, "x"), ("c", 10.0, "y"))
    serve(strict, "c", BOTH, 0.0, 50.0)
    serve(strict, "a", X, 0.0, 70.0)
    strict.forget(900.0, 900.0)
    assert strict.first(900.0, STAFF) == 890.0
    strict.forget(951.0, 900.0)
    assert strict.first(951.0, STAFF) == 0.0


def test_nobody_is_left_in_strict_order_when_a_queue_asks_for_less_and_he_is_gone() -> None:
    policy = Balanced()
    floor = Floor(policy, lambda _: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("1", {"cards": 5}))
    relaxed = Stage(60.0, "loans", {}, 0, "relaxed")
    floor.handle(1.0, inputs.CallerJoined("c", "loans", {"loans": 1}, 0, 1.0, (relaxed,)))
    offers = [each for each in floor.handle(61.0, inputs.Tick()) if isinstance(each, Offer)]
    floor.handle(62.0, *(inputs.OfferAccepted(each.call, each.agent) for each in offers))
    floor.handle(90.0, inputs.CallerLeft("c"))
    assert (len(offers), floor.contacts) == (1, {})
    anybody = at_work((("cards", 5), ("loans", 5)))
    assert policy._strict.longest(28_800.0, anybody) == 0.0


def test_what_he_needs_in_the_end_is_remembered_after_a_restart() -> None:
    def told(at: float, kind: str, agent: str = "", **data: object) -> SimpleNamespace:
        return SimpleNamespace(call="c", at=at, kind=kind, agent=agent, data=data)

    history = [
        told(0.0, "queued", queue="loans", skills={"loans": 1}, priority=0),
        told(60.0, "restaged", queue="loans", skills={}),
        told(70.0, "offered", "1", order=3, idle=0.0, skills={"cards": 5}),
    ]
    past = past_of(history)
    assert [type(each) for each in past] == [Arrived, Restaged, Served]
    policy = Balanced()
    teach(policy, Free(), past)
    assert policy._strict.first(900.0, at_work((("cards", 5), ("loans", 5)))) == 0.0


def test_whom_the_switch_itself_gave_to_an_agent_does_not_stay_in_strict_order() -> None:
    where = {"queue": "cards", "skills": {"cards": 1}, "priority": 0}
    history = [
        SimpleNamespace(call="c", at=0.0, kind="queued", agent="", data=where),
        SimpleNamespace(call="c", at=9.0, kind="connected", agent="1", data={"by": "switch"}),
    ]
    policy = Balanced()
    teach(policy, Free(), past_of(history))
    assert policy._strict.first(900.0, at_work((("cards", 5), ("loans", 5)))) == 0.0


def tiers(*priorities: int) -> Tiers:
    found = Tiers()
    for second, priority in enumerate(priorities):
        found.count(priority, float(second))
    return found


def test_the_highest_rank_that_calls_goes_strictly_first_from_its_first_call_on() -> None:
    assert tiers(0, 0, 0).strict == inf
    assert tiers(*[0] * 300, 2).strict == 2
    assert tiers(*[0, 0, 1, 0, 2] * 40).strict == 2


def test_a_single_call_of_a_rare_rank_takes_the_place_of_no_tier() -> None:
    assert tiers(9, *[0, 0, 1, 0, 0] * 20).strict == 1
    assert tiers(*[0, 0, 1, 0, 0] * 20, 9).strict == 1
    assert tiers(-5, *[0] * 300).strict == inf
    found = tiers(0, 9)
    assert found.strict == 9
    for minute in range(240):
        found.count(minute % 2, 60.0 * minute)
    assert found.strict == 1


GOES = ("beyond", "highest", "starving", "urgency")


class Watched(Balanced):
    """Holds what it writes down of a caller against the rank he had."""

    def explain(
        self, contact: Contact, profile: Profile, waiting: Waiting, free: Free, now: float
    ) -> Mapping[str, object]:
        parts: Mapping[str, Any] = super().explain(contact, profile, waiting, free, now)
        rank = self.rank(contact, waiting, free, now)
        assert parts["goes"] == GOES[int(rank[0])]
        if parts["goes"] == "urgency":
            assert rank[1] == pytest.approx(-parts["urgency"] - parts.get("worth", 0.0), abs=0.11)
        return parts


def test_what_is_written_down_of_two_callers_says_why_the_one_goes_before_the_other() -> None:
    draw = random.Random(3)
    floor = Floor(Watched(), lambda queue: QueueRule(15.0, 0.0))
    floor.handle(0.0, inputs.AgentSignedIn("8001", {"zh": 5, "en": 5}))
    taken, ways = "", set()
    for row in range(400):
        need, priority = {draw.choice(("zh", "en")): 1}, draw.choice((0, 0, 1, 2))
        happened: list[inputs.Input] = [inputs.CallerJoined(f"c{row}", "q", need, priority, row * 9.0)]
        happened += [inputs.CallerLeft(taken)] if row > 9 else []
        for each in floor.handle(row * 9.0, *happened):
            if isinstance(each, Offer):
                taken = each.call
                floor.handle(row * 9.0, inputs.OfferAccepted(taken, "8001"))
                if other := each.why.get("next"):
                    assert _standing(each.why) <= _standing(other), each.why
                    ways.add((each.why["goes"], other["goes"]))
    assert {("beyond", "highest"), ("highest", "urgency"), ("starving", "urgency"), ("urgency", "urgency")} <= ways


def _standing(why: Mapping[str, Any]) -> tuple[float, ...]:
    """From the parts alone, smaller goes first; parts are rounded to a tenth."""
    by_urgency = -round(why["urgency"] + why.get("worth", 0.0))
    within = {"highest": (-why["priority"], -round(why["urgency"])), "urgency": (by_urgency,)}
    return (GOES.index(why["goes"]), *within.get(why["goes"], (-why["wait"],)))
