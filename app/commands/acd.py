"""Commands of the distributor: simulate, make up and compare traffic."""

import csv
import io
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from acd.queues import Queues
from acd.routing.policies import POLICIES, policy_named
from acd.simulation import compare as comparing
from acd.simulation import day_figures, generators, traffic
from acd.simulation import judge as judging
from acd.simulation.simulator import Day, simulate
from acd.simulation.unlikely import unlikely
from app.commands import acd_days, acd_shifts, acd_staff
from app.commands.acd_words import level_words, mean_words, nobody, target_words
from app.commands.writing import spare, write
from core import yamlfile

DAY = 86400
Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]

app = typer.Typer(help="Queues and routing.")


app.command("replay")(acd_days.replay_day)
app.command("why")(acd_days.explain_call)
app.command("figures")(acd_days.day_figures)
app.command("shifts")(acd_shifts.plan_shifts)
app.command("adherence")(acd_shifts.adherence_of_day)
app.command("staff")(acd_staff.staff_intervals)


@app.callback()
def group() -> None:
    """Queues and routing."""


@app.command("simulate")
def simulate_day(
    calls: Annotated[Path, typer.Option(help="CSV: arrival,queue,priority,skills,handle,patience")],
    agents: Annotated[Path, typer.Option(help="CSV: agent,skills,start,end")],
    policy: Annotated[str, typer.Option(help=f"one of {', '.join(POLICIES)}")] = "balanced",
    seed: Annotated[int, typer.Option(min=0, help="breaks ties; 0: in the order of the files")] = 0,
    ring: Annotated[float, typer.Option(min=0, max=DAY, help="seconds a phone rings before it is answered")] = 0.0,
    wrap_up: Annotated[float, typer.Option(min=0, max=DAY, help="seconds of wrap-up after a call")] = 0.0,
    rules: Annotated[
        Path | None,
        typer.Option("--queues", help="a queues.yaml: its targets, skills given up in time, overflow, longest waits"),
    ] = None,
    assignments: Annotated[Path | None, typer.Option(help="write call,arrival,queue,agent,answered_at here")] = None,
    as_json: Json = False,
) -> None:
    """Run recorded or generated traffic through the live engine's routing under virtual time."""
    chosen = policy_named(policy, seed)
    spare(assignments, calls, agents, *filter(None, (rules,)))
    known = None if rules is None else yamlfile.load(rules, Queues)
    callers, shifts = traffic.read(calls, agents, known.queues if known else ())
    for line in unlikely(callers, shifts, known.queues if known else None):
        print(line, file=sys.stderr)
    began = time.perf_counter()
    day = simulate(callers, shifts, chosen, ring=ring, wrap_up=wrap_up, seed=seed, queues=known)
    wall = time.perf_counter() - began
    if assignments is not None:
        _write_assignments(assignments, day)
    found = day_figures.report(day, callers, shifts, policy, lambda queue: known.rule_of(queue).target if known else 20)
    report = {**found, "wall_seconds": wall}
    print(json.dumps(report, ensure_ascii=False) if as_json else _text(report))


@app.command("generate")
def generate_day(
    kind: Annotated[str, typer.Argument(help=f"one of {', '.join(generators.KINDS)}")],
    out: Annotated[Path, typer.Option(help="folder for calls.csv and agents.csv")],
    seed: Annotated[int, typer.Option(min=0, help="the same seed draws the same day")] = 1,
    as_json: Json = False,
) -> None:
    """Make up a day of traffic for `simulate`."""
    made = generators.generate(kind, seed)
    generators.write(made, out)
    found = {"kind": kind, "seed": seed, "calls": len(made.callers), "agents": len(made.shifts), "folder": str(out)}
    print(json.dumps(found) if as_json else f"{found['calls']} calls and {found['agents']} agents in {out}")


@app.command("compare")
def compare_policies(
    seeds: Annotated[int, typer.Option(min=1, help="days of each kind")] = 3,
    first: Annotated[int, typer.Option(min=0, help="the first seed")] = 201,
    kind: Annotated[list[str] | None, typer.Option(help="only this kind of traffic; may be repeated")] = None,
    as_json: Json = False,
) -> None:
    """Ours against the best model of app_queue's and mod_callcenter's strategies, measure by measure."""
    days = range(first, first + seeds)
    rows = comparing.compare(kind or list(generators.KINDS), days, lambda what: print(what, "…", file=sys.stderr))
    if as_json:
        print(json.dumps({"seeds": list(days), "kinds": [_row_document(row) for row in rows]}))
        return
    print(comparing.table(rows))
    print(f"\nSeeds {days[0]} to {days[-1]}; {comparing.LEGEND}")


@app.command("judge")
def judge_policy(
    centres: Annotated[int, typer.Option(min=1, help="how many made-up centres")] = 100,
    first: Annotated[int, typer.Option(min=0, help="number of the first")] = 5000,
    days: Annotated[int, typer.Option(min=1, help="days of each, averaged")] = 3,
    workers: Annotated[int, typer.Option(min=1, help="processes")] = 2,
    as_json: Json = False,
) -> None:
    """Ours against the best of the same models on centres drawn far wider than those of `compare`."""
    numbers = range(first, first + centres)
    found = judging.judge(numbers, days, workers, lambda what: print(what, "…", file=sys.stderr))
    if as_json:
        print(json.dumps([asdict(each) for each in found]))
        return
    print(judging.table(found))
    print(f"\nCentres {numbers[0]} to {numbers[-1]}, {days} days each.\n{judging.LEGEND}")


def _row_document(row: comparing.Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "ours": asdict(row.ours),
        "best": {each: row.best(each) for each in (*comparing.LESS_IS_BETTER, *comparing.MORE_IS_BETTER)},
        "others": {name: asdict(figures) for name, figures in row.others.items()},
    }


def _write_assignments(path: Path, day: Day) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("call", "arrival", "queue", "agent", "answered_at"))
    for each in sorted(day.answered, key=lambda one: one.caller.row):
        writer.writerow((each.caller.row, each.caller.arrival, each.caller.queue, each.agent, each.at))
    write(path, table.getvalue())


def _text(report: dict[str, Any]) -> str:
    skilled = f", mean skill level {report['mean_skill_level']:.2f}" if report["mean_skill_level"] else ""
    occupied = f"occupancy {report['occupancy']:.1%}" if report["per_agent"] else "no agents"
    lines = [
        f"policy {report['policy']}: {report['offered']} offered, {report['answered']} answered, "
        f"{report['abandoned']} abandoned, {report['unserved']} unserved",
        f"{level_words(report)} (answered within {target_words(report)} of those offered, abandoned ones included)",
        _wait_words(report),
        f"{occupied}{skilled}, {report['decisions']} decisions in {report['wall_seconds']:.2f} s",
    ]
    for queue, figures in report["per_queue"].items():
        lines.append(
            f"  {queue}: {figures['offered']} offered, {figures['answered']} answered, "
            f"{level_words(figures)} ({target_words(figures)}), {mean_words(figures, 'mean wait')}"
        )
    return "\n".join(lines)


def _wait_words(report: dict[str, Any]) -> str:
    if not report["answered"]:
        return nobody(report)
    return (
        f"wait of the answered: mean {report['asa']:.1f} s, median {report['wait_p50']:.1f} s, "
        f"95 % within {report['wait_p95']:.1f} s, longest {report['wait_max']:.1f} s"
    )
