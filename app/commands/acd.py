"""Commands of the distributor: simulate traffic through the live engine's routing."""

import csv
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from acd import day_figures, traffic
from acd.policies import POLICIES, policy_named
from acd.simulator import Day, simulate
from core.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Queues and routing.")


@app.callback()
def group() -> None:
    """Queues and routing."""


@app.command("simulate")
def simulate_day(
    calls: Annotated[Path, typer.Option(help="CSV: arrival,queue,priority,skills,handle,patience")],
    agents: Annotated[Path, typer.Option(help="CSV: agent,skills,start,end")],
    policy: Annotated[str, typer.Option(help=f"one of {', '.join(POLICIES)}")] = "balanced",
    seed: Annotated[int, typer.Option(help="breaks ties; 0: in the order of the files")] = 0,
    ring: Annotated[float, typer.Option(min=0, help="seconds a phone rings before it is answered")] = 0.0,
    wrap_up: Annotated[float, typer.Option(min=0, help="seconds of wrap-up after a call")] = 0.0,
    assignments: Annotated[Path | None, typer.Option(help="write call,arrival,queue,agent,answered_at here")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of text")] = False,
) -> None:
    """Run recorded or generated traffic through the live engine's routing under virtual time."""
    chosen = policy_named(policy, seed)
    callers, shifts = traffic.read_calls(calls), traffic.read_agents(agents)
    began = time.perf_counter()
    day = simulate(callers, shifts, chosen, ring=ring, wrap_up=wrap_up, seed=seed)
    wall = time.perf_counter() - began
    if assignments is not None:
        _write(assignments, day)
    report = day_figures.report(day, callers, shifts, policy, 20, wall)
    print(json.dumps(report, ensure_ascii=False) if as_json else _text(report))


def _write(path: Path, day: Day) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("call", "arrival", "queue", "agent", "answered_at"))
            for each in sorted(day.answered, key=lambda one: one.caller.row):
                writer.writerow((each.caller.row, each.caller.arrival, each.caller.queue, each.agent, each.at))
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written: {fault.strerror}", "choose another file") from None


def _text(report: dict[str, Any]) -> str:
    lines = [
        f"policy {report['policy']}: {report['offered']} offered, {report['answered']} answered, "
        f"{report['abandoned']} abandoned, {report['unserved']} unserved",
        f"service level {report['service_level']:.1%} (answered within {report['service_level_seconds']} s of those "
        "offered, abandoned ones included)",
        f"wait of the answered: mean {report['asa']:.1f} s, median {report['wait_p50']:.1f} s, "
        f"95 % within {report['wait_p95']:.1f} s, longest {report['wait_max']:.1f} s",
        f"occupancy {report['occupancy']:.1%}, mean skill level {report['mean_skill_level']:.2f}, "
        f"{report['decisions']} decisions in {report['wall_seconds']:.2f} s",
    ]
    for queue, figures in report["per_queue"].items():
        lines.append(
            f"  {queue}: {figures['offered']} offered, {figures['answered']} answered, "
            f"service level {figures['service_level']:.1%}, mean wait {figures['asa']:.1f} s"
        )
    return "\n".join(lines)
