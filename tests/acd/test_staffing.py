"""Agents an interval takes: the simulated number next to the formulas, and what `hotline acd staff` says of it."""

import json
import math
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.routing.policies import policy_named
from acd.simulation import one_queue
from acd.simulation.erlang import erlang_a
from acd.simulation.simulator import simulate
from acd.simulation.staffing import Interval, Target, staff_for
from acd.simulation.traffic import Caller, Shift
from app.commands.acd import app
from core.errors import BadInput

HEAD = "arrival,queue,priority,skills,handle,patience\n"


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
    stream = one_queue.drawn(random.Random(agents), 500, 1.05 * agents / 120, 120.0, patience)
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
    interval = Interval(0.0, 1800.0, load * 1800 / 240, 240.0, patience)
    found = staff_for(interval, Target(0.8, 20.0))
    truth = erlang_a(found.simulated, interval.rate, interval.handle, patience)
    assert abs(found.reached - truth.in_time) <= found.reached_error < 0.04
    assert abs(found.abandoned - truth.abandoned) <= found.abandoned_error + 1e-12
    assert found.simulated - found.erlang_a in (0, 1)


def test_no_number_is_named_that_reaches_the_target_by_luck() -> None:
    """In the long run each of them does, by the formula, but for a hair of one in a hundred."""
    for number in range(16):
        interval = Interval(1800.0 * number, 1800.0, 120.0 + 3 * number, 240.0, math.inf)
        found = staff_for(interval, Target(0.8, 20.0))
        assert erlang_a(found.simulated, interval.rate, interval.handle, math.inf).in_time >= 0.797
        assert found.reached - found.reached_error >= 0.8


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
    found = staff_for(Interval(0.0, 1800.0, 2333 * 9.0, 200.0, math.inf), Target(0.0, 20.0))
    assert found.erlang_c <= 2334


def test_a_file_without_calls_and_a_queue_without_calls_are_told_apart(tmp_path: Path) -> None:
    _, fault = staffed(tmp_path, "")
    assert str(fault).endswith("calls.csv: no calls: every line after the first is a call")
    _, fault = staffed(tmp_path, "0,cards,0,,1,\n1,loans,0,,1,\n", "--queue", "card")
    assert str(fault).endswith("no calls of queue 'card': the file has cards, loans")
