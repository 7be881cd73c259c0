"""The simulator against what can be computed exactly: recursion, Erlang C, and the instants of shifts and patience."""

import heapq
import math
import random
from math import inf
from typing import Any

import pytest

from acd.queues import Queues
from acd.routing.policies import POLICIES, policy_named
from acd.simulation.day_figures import report
from acd.simulation.simulator import simulate
from acd.simulation.traffic import Caller, Shift

LONG = 1e9


def poisson(seed: int, count: int, rate: float, handle: float) -> list[Caller]:
    draw = random.Random(seed)
    at, callers = 0.0, []
    for row in range(count):
        at += draw.expovariate(rate)
        callers.append(Caller(row, at, "cards", 0, {}, draw.expovariate(1 / handle), inf))
    return callers


def staff(count: int, end: float = LONG) -> list[Shift]:
    return [Shift(f"{8001 + number}", {}, 0.0, end) for number in range(count)]


def caller(row: int, arrival: float, handle: float = 10.0, patience: float = inf, **more: object) -> Caller:
    given = {"queue": "cards", "priority": 0, "skills": {}, **more}
    return Caller(row=row, arrival=arrival, handle=handle, patience=patience, **given)  # type: ignore[arg-type]  # a test's shorthand


def lines(**queues: dict[str, Any]) -> Queues:
    named: dict[str, dict[str, Any]] = {"general": {}, **queues}
    said = {name: {"name": {"en": name}} | rules for name, rules in named.items()}
    return Queues.model_validate({"queues": said})


def recursion(callers: list[Caller], servers: int) -> list[float]:
    """Kiefer–Wolfowitz: each caller begins when he is there and the first server is free."""
    free = [0.0] * servers
    starts = []
    for each in callers:
        start = max(each.arrival, heapq.heappop(free))
        heapq.heappush(free, start + each.handle)
        starts.append(start)
    return starts


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("servers", [1, 3, 20])
def test_one_skill_first_come_first_served_equals_the_exact_recursion(policy: str, servers: int) -> None:
    callers = poisson(servers, 800, servers * 1.02 / 100, 100.0)
    day = simulate(callers, staff(servers), policy_named(policy, 5), seed=5)
    assert [each.at for each in sorted(day.answered, key=lambda one: one.caller.row)] == recursion(callers, servers)


def test_that_recursion_agrees_with_erlang_c() -> None:
    servers, handle, load = 8, 120.0, 6.8
    means, late = [], []
    for seed in range(8):
        callers = poisson(seed + 100, 4000, load / handle, handle)
        starts = recursion(callers, servers)
        waits = [start - each.arrival for each, start in zip(callers, starts, strict=True)][500:]
        means.append(sum(waits) / len(waits))
        late.append(sum(wait > 20 for wait in waits) / len(waits))
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    delayed = blocked / (1 - load / servers * (1 - blocked))
    mean = delayed * handle / (servers - load)
    beyond = delayed * math.exp(-(servers - load) * 20 / handle)
    for found, expected in ((means, mean), (late, beyond)):
        centre = sum(found) / len(found)
        error = math.sqrt(sum((each - centre) ** 2 for each in found) / (len(found) - 1) / len(found))
        assert abs(centre - expected) < 3.5 * error  # t with 7 degrees of freedom, 99 %


def test_caller_is_answered_at_the_very_instant_his_patience_ends_but_not_later() -> None:
    day = simulate([caller(0, 0, 30), caller(1, 10, 5, patience=20)], staff(1), policy_named("balanced"))
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 0.0), (1, 30.0)]
    day = simulate([caller(0, 0, 30), caller(1, 10, 5, patience=19.9)], staff(1), policy_named("balanced"))
    assert [(each.row, at) for each, at in day.abandoned] == [(1, 29.9)]


@pytest.mark.parametrize("policy", ["balanced", "fifo"])
def test_an_instant_is_the_same_however_it_was_added_up(policy: str) -> None:
    """Times of one decimal: 0.1 + 0.7 and 0.8 are one instant, and so is a wait of 20.000000000000004 s one of 20."""
    for tenths in range(1, 400):
        late, early = tenths / 10, round(tenths / 10 + 0.7, 1)
        callers = [caller(0, 0, early), caller(1, late, 1, patience=0.7)]
        assert simulate(callers, staff(1), policy_named(policy)).abandoned == []
        callers = [caller(0, 0, round(late + 20, 1)), caller(1, late, 1)]
        day = simulate(callers, staff(1), policy_named(policy))
        assert report(day, callers, staff(1), policy, lambda _: 20)["service_level"] == 1.0


def test_who_gave_up_while_a_phone_rang_delays_nobody_by_more_than_that() -> None:
    callers = [caller(0, 0.1, 10, patience=0.2), caller(1, 0.2, 10), caller(2, 50.0, patience=0.2)]
    day = simulate(callers, staff(1), policy_named("balanced"), ring=4)
    assert [(each.caller.row, each.at) for each in day.answered] == [(1, 0.1 + 0.2 + 4)]
    assert [(each.row, at) for each, at in day.abandoned] == [(0, 0.1 + 0.2), (2, 50.2)]


def test_a_shift_that_ends_when_it_begins_answers_nobody() -> None:
    shifts = [Shift("8001", {}, 50, 50), Shift("8002", {}, 80, 200)]
    day = simulate([caller(0, 0), caller(1, 60)], shifts, policy_named("balanced"))
    assert [(each.agent, each.at) for each in day.answered][:1] == [("8002", 80.0)]
    assert {each.agent for each in day.answered} == {"8002"}
    assert (
        report(day, [caller(0, 0), caller(1, 60)], shifts, "balanced", lambda _: 20)["per_agent"]["8001"]["answered"]
        == 0
    )


def test_no_call_starts_at_the_end_of_the_shift_and_a_running_one_is_finished() -> None:
    callers = [caller(0, 50, 100), caller(1, 60, 5), caller(2, 100, 5)]
    day = simulate(callers, staff(1, 100.0), policy_named("balanced"))
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 50.0)]
    assert [each.row for each in day.unserved] == [1, 2]
    figures = report(day, callers, staff(1, 100.0), "balanced", lambda _: 20)
    assert (figures["occupancy"], figures["service_level"]) == (0.5, 1 / 3)
    assert figures["per_agent"]["8001"] == {"answered": 1, "talk": 100.0, "occupancy": 0.5}


def test_agent_comes_back_for_a_second_shift_even_while_still_talking() -> None:
    shifts = [Shift("8001", {}, 0, 100), Shift("8001", {}, 150, 300)]
    day = simulate([caller(0, 90, 70), caller(1, 95, 5), caller(2, 250, 5)], shifts, policy_named("balanced"))
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 90.0), (1, 160.0), (2, 250.0)]


def test_a_second_shift_begins_after_the_wrap_up_of_the_first_and_with_skills_of_its_own() -> None:
    shifts = [Shift("8001", {"zh": 5}, 0.0, 12.0), Shift("8001", {"en": 5}, 15.0, 99.0)]
    callers = [caller(0, 0.0), caller(1, 1.0), caller(2, 13.0, skills={"zh": 1}), caller(3, 14.0, skills={"en": 1})]
    day = simulate(callers, shifts, policy_named("fifo"), wrap_up=10.0)
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 0.0), (1, 20.0), (3, 40.0)]
    long = [caller(0, 0.0, handle=30.0), *callers[2:]]
    day = simulate(long, shifts, policy_named("fifo"))
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 0.0), (3, 30.0)]


def test_ringing_and_wrap_up_take_their_time() -> None:
    callers = [caller(0, 0, 10), caller(1, 0, 10), caller(2, 1, 10, patience=5)]
    day = simulate(callers, staff(1), policy_named("balanced"), ring=3, wrap_up=7)
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 3.0), (1, 23.0)]
    assert [(each.row, at) for each, at in day.abandoned] == [(2, 6.0)]


def test_caller_who_gives_up_while_the_phone_rings_leaves_the_agent_free() -> None:
    day = simulate([caller(0, 0, 10, patience=2), caller(1, 1, 10)], staff(1), policy_named("balanced"), ring=4)
    assert [(each.caller.row, each.at) for each in day.answered] == [(1, 6.0)]


def test_phone_ringing_at_the_end_of_the_shift_passes_to_a_colleague() -> None:
    shifts = [Shift("8001", {}, 0, 10), Shift("8002", {}, 9, 100)]
    day = simulate([caller(0, 8, 10)], shifts, policy_named("balanced"), ring=4)
    assert [(each.agent, each.at) for each in day.answered] == [("8002", 14.0)]


def test_a_queue_may_have_a_target_of_its_own() -> None:
    """Answered within 5 s nobody can be any more, within 40 s the second still can."""
    callers = [caller(0, 0, 40, skills={"x": 1}), caller(1, 2, skills={"x": 1}), caller(2, 12, skills={"y": 1})]
    shifts = [Shift("8001", {"x": 5, "y": 5}, 0, LONG)]
    rules = [lines(cards={"service_level_seconds": target}) for target in (5, 30)]
    days = [simulate(callers, shifts, policy_named("balanced"), queues=queues) for queues in rules]
    assert [[each.caller.row for each in day.answered] for day in days] == [[0, 1, 2], [0, 2, 1]]


def test_the_only_english_speaker_is_kept_for_english_callers() -> None:
    shifts = [Shift("8001", {"zh": 9, "en": 9}, 0, LONG), Shift("8002", {"zh": 5}, 1, LONG)]
    warm_up = [caller(row, 2 + 20 * row, 1, skills={"zh" if row % 2 else "en": 1}) for row in range(20)]
    last = [caller(20, 500, 60, skills={"zh": 1}), caller(21, 501, 60, skills={"en": 1})]
    day = simulate([*warm_up, *last], shifts, policy_named("balanced"))
    assert [(each.agent, each.at) for each in day.answered[-2:]] == [("8002", 500.0), ("8001", 501.0)]


def test_level_required_is_a_least_level_and_the_mean_level_is_reported() -> None:
    shifts = [Shift("8001", {"en": 4}, 0, LONG), Shift("8002", {"en": 6, "zh": 10}, 0, LONG)]
    callers = [caller(0, 1, skills={"en": 5}), caller(1, 30, skills={"en": 1, "zh": 1}), caller(2, 60, skills={"x": 1})]
    day = simulate(callers, shifts, policy_named("balanced"))
    assert [(each.agent, each.level) for each in day.answered] == [("8002", 6.0), ("8002", 8.0)]
    assert report(day, callers, shifts, "balanced", lambda _: 20)["mean_skill_level"] == 7.0


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_same_seed_gives_the_same_day(policy: str) -> None:
    callers = poisson(9, 300, 0.08, 100.0)
    first, second = (simulate(callers, staff(9), policy_named(policy, 3), seed=3) for _ in range(2))
    assert [(each.caller.row, each.agent, each.at) for each in first.answered] == [
        (each.caller.row, each.agent, each.at) for each in second.answered
    ]


def test_skills_are_given_up_and_callers_flow_over_and_are_sent_back_in_time_as_in_the_live_centre() -> None:
    rules = lines(
        cards={"skills": {"cards": 5}, "relax": [{"after": 20, "skills": {"cards": 1}}]},
        loans={"skills": {"loans": 1}, "overflow": {"after": 30, "to": "general"},
               "longest": {"after": 60, "step": "sorry"}},
    )  # fmt: skip
    callers = [
        caller(0, 0, 50, skills={"cards": 5}), caller(1, 100, 90, queue="loans", skills={"loans": 1}),
        caller(2, 101, queue="loans", skills={"loans": 1}), caller(3, 180, queue="loans", skills={"loans": 1, "en": 1}),
    ]  # fmt: skip
    shifts = [Shift("8001", {"cards": 2}, 0, LONG)]
    day = simulate(callers, shifts, policy_named("balanced"), queues=rules)
    assert [(each.caller.row, each.at, each.level) for each in day.answered] == [(0, 20.0, 2.0), (1, 130.0, None)]
    assert [(each.row, at) for each, at in day.abandoned] == [(2, 161.0), (3, 240.0)]
    assert simulate(callers, shifts, policy_named("balanced")).answered == []
    closed = ((0.0, frozenset({"general"})), (140.0, frozenset[str]()))
    day = simulate(callers, shifts, policy_named("balanced"), queues=rules, closed=closed)
    assert [(each.caller.row, each.at) for each in day.answered] == [(0, 20.0), (1, 140.0)]


def test_who_may_be_served_by_fewer_skills_as_he_would_flow_over_does_so_only_if_that_agent_is_given_another() -> None:
    given_up = {"after": 30, "skills": {"cards": 1}}
    rules = lines(
        cards={"skills": {"cards": 5}, "relax": [given_up], "overflow": {"after": 30, "to": "loans"}},
        loans={"skills": {"loans": 1}},
    )  # fmt: skip
    many = {"cards": 5}
    callers = [
        caller(0, 0, 40, queue="loans", skills={"loans": 1}), caller(1, 1, 50, skills=many),
        caller(2, 1, 50, skills=many),
    ]  # fmt: skip
    shifts = [Shift("8001", {"cards": 2}, 0, LONG), Shift("8002", {"loans": 5}, 0, LONG)]
    day = simulate(callers, shifts, policy_named("balanced"), queues=rules)
    assert [(each.caller.row, each.agent, each.at) for each in day.answered] == [
        (0, "8002", 0.0), (1, "8001", 31.0), (2, "8002", 40.0),
    ]  # fmt: skip


def test_language_in_which_a_caller_came_is_not_given_up_with_what_his_queue_asks_for() -> None:
    rules = lines(cards={"skills": {"cards": 5, "en": 1}, "relax": [{"after": 20, "skills": {"cards": 1}}]})
    both = {"cards": 5, "en": 1}
    callers = [caller(0, 0, skills=both, language="en"), caller(1, 1, skills=both)]
    day = simulate(callers, [Shift("8001", {"cards": 2}, 0, LONG)], policy_named("balanced"), queues=rules)
    assert [(each.caller.row, each.at) for each in day.answered] == [(1, 21.0)]
