"""Agents an interval takes: the simulated number next to the formulas, and what `hotline acd staff` says of it."""

import json
import math
import random
from pathlib import Path
from statistics import fmean, stdev

import pytest
from typer.testing import CliRunner

from acd.routing.policies import policy_named
from acd.simulation import one_queue
from acd.simulation.erlang import erlang_a
from acd.simulation.simulator import simulate
from acd.simulation.staffing import Interval, Patience, Target, staff_for
from acd.simulation.traffic import Caller, Shift
from app.commands.acd import app
from core.errors import BadInput

HEAD = "arrival,queue,priority,skills,handle,patience\n"


def exponential(mean: float, count: int = 2000) -> list[float]:
    """As many times, each as likely as the other, that are as good as exponential."""
    times = [-math.log(1 - (number + 0.5) / count) for number in range(count)]
    return [mean * each / fmean(times) for each in times]


def staffed(folder: Path, rows: str, *words: str) -> tuple[str, BadInput | None]:
    (folder / "calls.csv").write_text(HEAD + rows, encoding="utf-8")
    asked = ["staff", "--calls", str(folder / "calls.csv"), *words]
    result = CliRunner().invoke(app, asked, standalone_mode=False)
    match result.exception:
        case None | BadInput():
            return result.stdout, result.exception
        case other:
            raise other


@pytest.mark.parametrize("agents", [1, 12])
@pytest.mark.parametrize("patience", [60.0, math.inf])
def test_one_queue_of_equals_is_what_the_engine_does_with_one_skill(agents: int, patience: float) -> None:
    rate = 1.05 * agents / 120
    stream = one_queue.drawn(random.Random(agents), 500, rate, exponential(120.0), [math.inf], patience)
    rows = enumerate(zip(stream.arrivals, stream.handles, stream.patience, strict=True))
    callers = [Caller(row, at, "any", 0, {}, handle, waits) for row, (at, handle, waits) in rows]
    day = simulate(callers, [Shift(str(n), {}, 0.0, math.inf) for n in range(agents)], policy_named("balanced"))
    waited = {each.caller.row: each.at - each.caller.arrival for each in day.answered}
    expected = [waited.get(row, math.inf) for row in range(len(callers))]
    assert one_queue.waits(stream, [0.0] * agents) == pytest.approx(expected)


@pytest.mark.parametrize("load", [0.1, 3.0, 17.0, 24.6])
@pytest.mark.parametrize("patience", [90.0, math.inf])
def test_the_share_that_is_said_to_be_reached_is_that_of_the_formula_within_its_error(
    load: float, patience: float
) -> None:
    waits = [patience] if math.isinf(patience) else exponential(patience)
    interval = Interval(0.0, 2000 * 240 / load, exponential(240.0), Patience(waits))
    found = staff_for(interval, Target(0.8, 20.0))
    truth = erlang_a(found.simulated, interval.rate, interval.handle, patience)
    assert abs(found.reached - truth.in_time) <= found.reached_error < 0.04
    assert abs(found.abandoned - truth.abandoned) <= found.abandoned_error + 1e-12
    assert found.simulated - found.erlang_a in (0, 1)


def test_no_number_is_named_that_reaches_the_target_by_luck() -> None:
    """In the long run each of them does, by the formula, but for a hair of one in a hundred."""
    for number in range(16):
        length = 2000 * 1800 / (120 + 3 * number)
        interval = Interval(1800.0 * number, length, exponential(240.0), Patience([math.inf]))
        found = staff_for(interval, Target(0.8, 20.0))
        assert erlang_a(found.simulated, interval.rate, interval.handle, math.inf).in_time >= 0.797
        assert found.reached - found.reached_error >= 0.8


@pytest.mark.parametrize(
    ("handles", "patience", "formula", "agents"),
    [([180.0] * 10, 90.0, 14, 16), ([30.0] * 9 + [1530.0], math.inf, 16, 17)],
    ids=["all alike", "of two kinds"],
)
def test_calls_that_are_not_exponential_are_answered_and_lost_as_the_engine_has_them(
    handles: list[float], patience: float, formula: int, agents: int
) -> None:
    found = staff_for(Interval(0.0, 143.0, handles, Patience([patience])), Target(0.8, 20.0))
    assert (found.erlang_a, found.simulated) == (formula, agents)
    shifts = [Shift(str(number), {}, 0.0, math.inf) for number in range(agents)]
    in_time, lost = list[float](), list[float]()
    for seed in range(6):
        draw, at, callers = random.Random(seed), 0.0, list[Caller]()
        for row in range(4000):
            at += draw.expovariate(10 / 143)
            callers.append(Caller(row, at, "any", 0, {}, draw.choice(handles), patience))
        day = simulate(callers, shifts, policy_named("balanced"))
        in_time.append(sum(each.at - each.caller.arrival <= 20 for each in day.answered) / len(callers))
        lost.append(len(day.abandoned) / len(callers))
    assert abs(fmean(in_time) - found.reached) <= found.reached_error + error_of(in_time)
    assert abs(fmean(lost) - found.abandoned) <= found.abandoned_error + error_of(lost)


def error_of(six: list[float]) -> float:
    return 4.03 * stdev(six) / math.sqrt(6)  # t with 5 degrees of freedom, 99 %


def test_who_has_no_patience_in_the_file_never_hangs_up_unless_a_mean_is_given(tmp_path: Path) -> None:
    """Half of 16 erlangs: with fewer than 9 agents those who stay would wait ever longer."""
    rows = "".join(f"{number * 15},cards,0,,240,{'' if number % 2 else 60}\n" for number in range(120))
    words = "--target", "0", "--abandoned", "0.9", "--json"
    simulated = [
        json.loads(staffed(tmp_path, rows, *words, *more)[0])["intervals"][0]["simulated"]
        for more in ((), ("--patience", "60"))
    ]
    assert simulated[0] == 9
    assert simulated[1] < 4


def test_a_queue_without_end_is_never_enough_even_if_nobody_hangs_up(tmp_path: Path) -> None:
    rows = "".join(f"{number * 9},cards,0,,180,\n" for number in range(200))
    said, _ = staffed(tmp_path, rows, "--target", "0", "--abandoned", "0.03", "--json")
    (only,) = json.loads(said)["intervals"]
    assert [only["erlang_c"], only["erlang_a"], only["simulated"]] == [21, 21, 21]


def test_an_interval_without_calls_between_others_takes_nobody(tmp_path: Path) -> None:
    said, _ = staffed(tmp_path, "100,cards,0,,240,\n7300,cards,0,,240,\n")
    rows = [each.split() for each in said.split("\n\n")[0].splitlines()[1:]]
    assert [each[0] for each in rows] == ["00:00", "00:30", "01:00", "01:30", "02:00"]
    assert rows[1] == ["00:30", "0", "0.0", "inf", "0", "0", "0"]
    said, _ = staffed(tmp_path, "100,cards,0,,240,\n7300,cards,0,,240,\n", "--json")
    assert [each["simulated"] for each in json.loads(said)["intervals"]] == [1, 0, 0, 0, 1]


def test_calls_years_apart_are_a_slip_of_the_pen(tmp_path: Path) -> None:
    _, fault = staffed(tmp_path, "0,cards,0,,240,\n1e9,cards,0,,240,\n")
    assert "from the first call to the last are 555556 intervals, more than 100000: check the seconds" in str(fault)


def test_agents_for_few_hang_ups_are_told_with_the_share_that_hangs_up(tmp_path: Path) -> None:
    rows = "".join(f"{number * 15},cards,0,,240,60\n" for number in range(120))
    said, _ = staffed(tmp_path, rows, "--target", "0", "--abandoned", "0.02")
    assert "% hang up" in said.splitlines()[1]
    said, _ = staffed(tmp_path, rows, "--target", "0", "--abandoned", "0.02", "--json")
    (only,) = json.loads(said)["intervals"]
    assert 0 < only["abandoned"] + only["abandoned_error"] <= 0.02


def test_an_interval_of_too_many_calls_is_told_of_and_the_others_are_staffed(tmp_path: Path) -> None:
    said, fault = staffed(tmp_path, "0,cards,0,,240,\n1800,cards,0,,1e8,\n", "--json")
    assert [each["interval"]["start"] for each in json.loads(said)["intervals"]] == [0.0]
    assert fault is not None
    assert "the calls from second 1800 on keep 55556 agents busy" in str(fault)
    assert "queue by queue with --queue" in str(fault)
    assert fault.exit_code == 2


def test_more_than_two_thousand_agents_are_no_reason_to_refuse() -> None:
    found = staff_for(Interval(0.0, 1800.0, [200.0] * 2333 * 9, Patience([math.inf])), Target(0.0, 20.0))
    assert found.erlang_c == found.simulated == 2334


def test_a_file_without_calls_and_a_queue_without_calls_are_told_apart(tmp_path: Path) -> None:
    _, fault = staffed(tmp_path, "")
    assert str(fault).endswith("calls.csv: no calls: every line after the first is a call")
    _, fault = staffed(tmp_path, "0,cards,0,,1,\n1,loans,0,,1,\n", "--queue", "card")
    assert str(fault).endswith("no calls of queue 'card': the file has cards, loans")
