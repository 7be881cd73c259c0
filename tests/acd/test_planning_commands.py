"""`hotline acd generate`, `staff` and `compare` as their users run them, and the bench's figures."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.simulation import compare
from acd.simulation.erlang import erlang_a, erlang_b
from acd.simulation.staffing import Interval, Patience, Target, staff_for
from acd.simulation.traffic import read_agents, read_calls
from app.bench import acd as bench
from app.commands.acd import app
from core.errors import BadInput


def run(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False, standalone_mode=False)
    if isinstance(result.exception, BadInput):
        raise result.exception
    return result.stdout


def test_generated_files_are_read_back_and_can_be_simulated(tmp_path: Path) -> None:
    said = json.loads(run("generate", "tiers", "--seed", "2", "--out", str(tmp_path), "--json"))
    callers, shifts = read_calls(tmp_path / "calls.csv"), read_agents(tmp_path / "agents.csv")
    assert (len(callers), len(shifts)) == (said["calls"], said["agents"])
    assert {caller.priority for caller in callers} == {0, 1, 2}
    files = ["--calls", str(tmp_path / "calls.csv"), "--agents", str(tmp_path / "agents.csv")]
    found = json.loads(run("simulate", *files, "--policy", "callcenter-round-robin", "--json"))
    assert found["answered"] + found["abandoned"] == found["offered"] == len(callers)


def test_unknown_kind_of_traffic_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose one of poisson"):
        run("generate", "rush", "--out", str(tmp_path))


def test_staff_gives_the_known_number_of_agents_for_each_interval(tmp_path: Path) -> None:
    """360 calls in half an hour of four minutes: 55 agents for 84 % in 15 s by Erlang C."""
    rows = "".join(f"{number * 5},cards,0,,240,\n" for number in range(360))
    (tmp_path / "calls.csv").write_text("arrival,queue,priority,skills,handle,patience\n" + rows, encoding="utf-8")
    words = ["--calls", str(tmp_path / "calls.csv"), "--target", "0.84", "--seconds", "15"]
    found = json.loads(run("staff", *words, "--json"))
    only = found["intervals"][0]
    assert (only["erlang_c"], only["erlang_a"], only["interval"]["patience"]) == (55, 55, None)
    assert abs(only["simulated"] - 55) <= 2
    assert only["reached"] >= 0.84


def test_staff_counts_fewer_agents_for_callers_who_hang_up_and_only_the_queue_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"{number * 60},cards,0,,240,\n" for number in range(30))
    (tmp_path / "calls.csv").write_text("arrival,queue,priority,skills,handle,patience\n" + rows, encoding="utf-8")
    words = ["--calls", str(tmp_path / "calls.csv")]
    said = run("staff", *words, "--patience", "120", "--queue", "cards").splitlines()
    by_c, by_a = map(int, said[1].split()[4:6])
    assert "Erlang C" in said[0]
    assert by_a < by_c
    with pytest.raises(BadInput, match="no calls of queue 'loans'"):
        run("staff", *words, "--queue", "loans")


@pytest.mark.parametrize("asked", ["信用卡（金）", "信用卡(金)"])
def test_a_queue_to_staff_is_found_however_it_is_written(tmp_path: Path, asked: str) -> None:
    (calls := tmp_path / "calls.csv").write_text(
        "arrival,queue,priority,skills,handle,patience\n0,信用卡（金）,0,,0,\n1,卡,0,,0,\n", encoding="utf-8"
    )
    (only,) = json.loads(run("staff", "--calls", str(calls), "--queue", asked, "--json"))["intervals"]
    assert only["interval"]["calls"] == 1


@pytest.mark.parametrize(("handle", "patience"), [("0", ""), ("0", "30"), ("240", "0"), ("1e-300", "1e-300")])
def test_calls_that_take_no_time_and_callers_without_patience_can_be_staffed_for(
    tmp_path: Path, handle: str, patience: str
) -> None:
    rows = "".join(f"{number * 60},cards,0,,{handle},{patience}\n" for number in range(30))
    (tmp_path / "calls.csv").write_text("arrival,queue,priority,skills,handle,patience\n" + rows, encoding="utf-8")
    (only,) = json.loads(run("staff", "--calls", str(tmp_path / "calls.csv"), "--json"))["intervals"]
    assert (only["erlang_a"] == 1) == (handle != "240")
    assert abs(only["simulated"] - only["erlang_a"]) <= 1


def test_a_caller_without_patience_finds_somebody_free_or_is_gone() -> None:
    gone, blocked = erlang_a(7, 0.02, 240, 0.0), erlang_b(7, 4.8)
    assert (gone.in_time, gone.abandoned, gone.mean_wait) == (1 - blocked, blocked, 0.0)
    assert gone.abandoned == pytest.approx(erlang_a(7, 0.02, 240, 1e-6).abandoned, abs=1e-6)


def test_nobody_hanging_up_is_a_target_that_can_be_reached() -> None:
    found = staff_for(
        Interval(0.0, 1800.0, [200.0] * 90, Patience([math.inf], 100.0)), Target(0.8, 20.0, abandoned=0.0)
    )
    assert 15 < found.erlang_a < 35
    assert abs(found.simulated - found.erlang_a) < 10


def test_a_simulated_interval_does_not_begin_with_an_empty_house() -> None:
    found = staff_for(Interval(0.0, 1800.0, [200.0] * 900, Patience([math.inf])), Target(0.8, 20.0))
    assert found.interval.load == 100
    assert found.erlang_c == 107
    assert found.simulated > 100


def test_more_calls_at_once_than_anybody_has_agents_for_are_refused() -> None:
    with pytest.raises(BadInput, match="keep 5000000 agents busy, more than 5000: check the seconds of handle"):
        staff_for(Interval(0.0, 1800.0, [1e9] * 9, Patience([math.inf])), Target(0.8, 20.0))


def test_comparison_names_who_is_best_at_each_measure() -> None:
    low, high = compare.Measures(1, 9, 0.1, 0.8, 0, 30), compare.Measures(2, 5, 0.2, 0.9, 0, 40)
    others = {"app-queue-linear": high, "app-queue-random:no-penalty": low}
    row = compare.Row("x", low, {"fifo": low, "longest-idle": low, **others})
    assert row.best("mean") == ("app-queue-random:no-penalty", 1)
    assert row.best("p95") == ("app-queue-linear", 5)
    assert row.best("in_time") == ("app-queue-linear", 0.9)
    both = compare.mean_of([low, high])
    assert (both.mean, both.p95, both.ordinary_max) == (1.5, 7, 35)
    assert both.abandoned == pytest.approx(0.15)
    assert both.in_time == pytest.approx(0.85)
    assert "1.00" in compare.table([row])


def test_a_decision_does_not_cost_more_among_more_busy_agents() -> None:
    result = bench.run(agents=100, skills=12, waiting=30, decisions=200, hour_calls=100)
    assert [cost.agents for cost in result.busy] == [100, 200, 400]
    assert result.crowded.waiting >= 30
    assert result.busy[2].p50 < 2.5 * result.busy[0].p50
    assert "simulated in" in bench.text(result)
