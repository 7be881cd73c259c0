"""Figures of a menu from the paths of calls."""

from pathlib import Path

import pytest

from ivr.draw import draw
from ivr.flow.talk import Phase
from ivr.usage.use import CallPath, EdgeCount, Spread, StepCount, endings, measure, path_of, places
from tests.ivr.material import SERVICE, SMALL, Caller, write_menu


def path(*steps: str) -> tuple[tuple[float, str, str], ...]:
    """`key>step` or `step`, two seconds apart."""
    split = [each.rpartition(">") for each in steps]
    return tuple((100.0 + 2 * n, step, keys) for n, (keys, _, step) in enumerate(split))


def queued(*steps: str) -> CallPath:
    return CallPath(path(*steps), 99.0, 100.0 + 2 * len(steps), None, "answered")


def test_steps_hang_ups_and_times_are_counted(tmp_path: Path) -> None:
    calls = [
        queued("main", "0>person"),
        CallPath(path("main", "1>more"), 99.0, None, 107.0, "abandoned"),
        CallPath(path("main", "1>more", "1>news", "bye"), 99.0, None, 110.0, "self_service"),
        CallPath((), 99.0, None, 100.0, "abandoned"),
    ]
    found = measure(write_menu(tmp_path), calls)
    assert (found.calls, found.queued, found.self_service, found.abandoned_in_menu) == (3, 1, 1, 1)
    assert found.self_service_rate == pytest.approx(1 / 3)
    assert found.seconds_to_person == Spread(1, 5.0, 5.0, 5.0, 0.0)
    assert found.steps["main"] == StepCount(3, 3, 0, 2.0)
    assert found.steps["more"] == StepCount(2, 1, 1, 3.5)
    assert found.keys == {"main": {"1": 2, "0": 1}, "more": {"1": 1}}
    assert EdgeCount("main", "more", "1", 2, 1, 1, 3.5) in found.edges
    assert EdgeCount("", "main", "", 3, 3, 0, 2.0) in found.edges
    picture = draw(write_menu(tmp_path), "en", found)
    assert "2 in · 1 on · 1 hung up" in picture
    assert "2 in 1 on 1 ✕ 4 s" in picture


def test_order_by_use_is_suggested_only_for_enough_calls(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    few = [queued("main", "3>outside")] * 10 + [queued("main", "1>card")] * 5
    assert measure(menu, few).suggestions == ()
    (told,) = measure(menu, few * 3).suggestions
    assert (told.step, told.by_use[:2], told.read[:2]) == ("main", ("3", "1"), ("1", "2"))


def test_scores_of_surveys_are_counted_and_typed_numbers_are_not(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    calls = [queued("main", "5>survey", "4>rated", "person"), queued("main", "1>card", "7>main", "0>person")]
    found = measure(menu, calls)
    assert found.scores == {"survey": {"4": 1}}
    assert "card" not in found.keys


def test_keys_that_leave_a_survey_are_no_scores(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    left = [queued("main", "5>survey", "0>person"), queued("main", "5>survey", "*>main")]
    assert measure(menu, [*left, queued("main", "5>survey", "4>rated")]).scores == {"survey": {"4": 1}}


def test_caller_who_hangs_up_once_he_knows_was_served(tmp_path: Path) -> None:
    told = CallPath(path("main", "2>find", "pin", "balance", "main"), 99.0, None, 120.0, "abandoned")
    lost = CallPath(path("main", "2>find", "pin"), 99.0, None, 120.0, "abandoned")
    found = measure(write_menu(tmp_path, SERVICE), [told, lost])
    assert (found.self_service, found.abandoned_in_menu, found.self_service_rate) == (1, 1, 0.5)


def test_caller_who_was_read_no_value_was_not_served(tmp_path: Path) -> None:
    missing = CallPath(path("main", "2>find", "pin", "balance", "person"), 99.0, None, 120.0, "abandoned")
    found = measure(write_menu(tmp_path, SERVICE), [missing])
    assert (found.self_service, found.abandoned_in_menu) == (0, 1)


def test_caller_who_hangs_up_while_he_hears_that_something_is_broken_was_not_served(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE.replace("    missing: person\n", ""))
    caller = Caller(menu, answers=["found", "right"], fields=(("customer", "13800000009"),))
    caller.press("2.246810.", after=0.1)
    assert (caller.session.phase, caller.session.step) == (Phase.TROUBLED, "balance")
    caller.hang_up()
    steps = tuple(f"{keys}>{step}" for step, keys in caller.path())
    assert [step for step, _ in caller.path()] == ["main", "find", "pin", "balance", "person"]
    found = measure(menu, [CallPath(path(*steps), 99.0, None, 120.0, "abandoned")])
    assert (found.self_service, found.abandoned_in_menu) == (0, 1)


def test_caller_who_has_heard_his_value_and_chooses_a_person_was_served_also_where_none_is_led_to(
    tmp_path: Path,
) -> None:
    menu = write_menu(tmp_path, SERVICE.replace("    missing: person\n", ""))
    told = CallPath(path("main", "2>find", "pin", "balance", "0>person"), 99.0, None, 120.0, "abandoned")
    assert measure(menu, [told]).self_service == 1


def test_who_is_told_that_something_is_broken_comes_to_the_person_once(tmp_path: Path) -> None:
    caller = Caller(write_menu(tmp_path), mute=True)
    caller.run_out()
    assert [step for step, _ in caller.path()] == ["main", "person"]
    assert caller.queue().queue == "general"


@pytest.mark.parametrize(
    ("steps", "served"),
    [
        (("main", "2>find", "sorry", "bye"), False),  # the lookup fails, or finds nothing
        (("main", "2>find", "pin", "bye"), False),  # he is locked
        (("main", "1>card", "card", "bye"), False),  # he types no number
        (("main", "2>find", "sorry", "main", "9>bye"), True),  # he chose himself since
        (("main", "2>find", "pin", "balance", "main", "2>find", "sorry", "bye"), True),  # he had heard it before
    ],
)
def test_caller_whom_the_menu_lets_go_because_it_cannot_help_was_not_served(
    tmp_path: Path, steps: tuple[str, ...], served: bool
) -> None:
    text = SERVICE.replace("not_found: main\n  pin:", "not_found: sorry\n    failed: sorry\n  pin:")
    text = text.replace("    next: card-said\n", "    next: card-said\n    last_resort: bye\n")
    text = text.replace(
        "  outside: {kind", "  sorry: {kind: play, prompt: {zh: 抱歉, en: sorry}, next: bye}\n  outside: {kind"
    )
    found = measure(write_menu(tmp_path, text), [CallPath(path(*steps), 99.0, None, 130.0, "self_service")])
    assert (found.self_service, found.over) == (int(served), 1)


def test_survey_after_the_agent_lasts_until_the_caller_leaves_it_and_the_queue_step_until_he_waits(
    tmp_path: Path,
) -> None:
    menu = write_menu(tmp_path, SERVICE)
    before = ((100.0, "main", ""), (104.0, "person", "0"))
    rates = CallPath((*before, (500.0, "survey", ""), (512.0, "bye", "4")), 99.0, 106.0, 516.0, "answered", 120.0)
    leaves = CallPath((*before, (500.0, "survey", "")), 99.0, 106.0, 508.0, "answered", 120.0, "", 300.0)
    stays = CallPath(before, 99.0, 106.0, 700.0, "answered", 120.0)
    found = measure(menu, [rates, leaves, stays])
    assert found.steps["person"] == StepCount(3, 3, 0, 2.0)
    assert found.steps["survey"] == StepCount(2, 1, 1, 10.0)
    assert found.steps["bye"] == StepCount(1, 0, 0, 4.0)
    assert [what for what in places(leaves, endings(menu)) if what[0] == "hung_up"] == [("hung_up", "survey")]
    assert [what for what in places(rates, endings(menu)) if what[0] == "hung_up"] == []


def test_caller_whom_a_queue_sends_back_hangs_up_in_the_menu_or_waits_once_more(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    steps = ((100.0, "main", ""), (104.0, "person", "0"), (400.0, "main", ""))
    gone = CallPath(steps, 99.0, 106.0, 409.0, "abandoned")
    again = CallPath((*steps, (405.0, "person", "0")), 99.0, 106.0, 900.0, "abandoned", None, "", 407.0)
    found = measure(menu, [gone, again])
    assert found.steps["person"] == StepCount(3, 3, 0, 2.0)
    assert found.steps["main"] == StepCount(4, 3, 1, 5.5)
    assert [what for what in places(again, endings(menu)) if what[0] == "hung_up"] == []


def test_95_of_100_callers_are_within_the_time_said(tmp_path: Path) -> None:
    calls = [CallPath(path("main"), 100.0, 100.0 + seconds, None, "answered") for seconds in range(1, 21)]
    told = measure(write_menu(tmp_path), calls).seconds_to_person
    assert told is not None
    assert told.p95 == 19.0


def test_nothing_is_measured_of_no_calls(tmp_path: Path) -> None:
    found = measure(write_menu(tmp_path, SMALL), [])
    assert (found.calls, found.self_service_rate, found.seconds_to_person) == (0, None, None)
    assert path_of([{"at": 1, "step": "main", "keys": None}]) == ((1.0, "main", ""),)
