"""`hotline acd staff`: how many agents the intervals of a day take."""

import json
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from acd.simulation import staffing, traffic
from core.errors import BadInput

DAY = 86400
Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
PATIENCE = (
    "mean seconds: in Erlang A of everybody, in the simulation of callers who have none in the file; without it these "
    "never hang up there, and Erlang A takes the mean of those in the file × calls ÷ calls that have one"
)
LEGEND = """simulated: the least number that reaches the target by more than chance: the share it reaches, less ±, does
±: the true share lies so near 99 times of 100"""


def staff_intervals(
    calls: Annotated[Path, typer.Option(help="CSV as for simulate: the traffic to staff for")],
    target: Annotated[float, typer.Option(min=0, max=1, help="share answered in time of those offered")] = 0.8,
    seconds: Annotated[float, typer.Option(min=0, max=DAY, help="what in time means")] = 20.0,
    abandoned: Annotated[float, typer.Option(min=0, max=1, help="at most this share hangs up")] = 1.0,
    interval: Annotated[float, typer.Option(min=60, max=DAY, help="seconds")] = 1800.0,
    wrap_up: Annotated[float, typer.Option(min=0, max=DAY, help="seconds of wrap-up after a call")] = 0.0,
    patience: Annotated[float | None, typer.Option(min=1, max=traffic.LONGEST, help=PATIENCE)] = None,
    queue: Annotated[str, typer.Option(help="only the callers of this queue")] = "",
    as_json: Json = False,
) -> None:
    """Agents needed in each interval, by Erlang C, Erlang A and simulation, as if of one skill."""
    aim = staffing.Target(target, seconds, abandoned)
    parts = staffing.intervals_of(_asked_for(calls, queue), interval, wrap_up, patience)
    staff, faults = list[staffing.Staff](), list[BadInput]()
    for part in parts:
        try:
            staff.append(staffing.staff_for(part, aim))
        except BadInput as fault:
            faults.append(fault)
    if staff and as_json:
        print(json.dumps({"target": asdict(aim), "intervals": [_document(each) for each in staff]}))
    elif staff:
        print(
            f"{'from':>8} {'calls':>6} {'handle':>7} {'patience':>8} {'Erlang C':>9} {'Erlang A':>9} {'simulated':>9}"
        )
        print("\n".join(map(_row, staff)) + f"\n\n{LEGEND}")
    if faults:
        faults[0].also = tuple(faults[1:])
        raise faults[0]


def _asked_for(calls: Path, queue: str) -> list[traffic.Caller]:
    everybody = traffic.read_calls(calls)
    if not everybody:
        raise BadInput(f"{calls}: no calls", "every line after the first is a call")
    meant = traffic.plain(queue)
    found = [each for each in everybody if not queue or traffic.plain(each.queue) == meant]
    if not found:
        names = sorted({each.queue for each in everybody})
        raise BadInput(f"{calls}: no calls of queue {queue!r}", f"the file has {', '.join(names[:20])}")
    return found


def _row(staff: staffing.Staff) -> str:
    at = staff.interval
    clock = f"{int(at.start // 3600):02d}:{int(at.start % 3600 // 60):02d}"
    patience = at.patience.mean
    row = f"{clock:>8} {at.calls:6d} {at.handle:7.1f} {patience:8.0f} {staff.erlang_c:9d} {staff.erlang_a:9d}"
    if not at.calls:
        return f"{row} {staff.simulated:9d}"
    hang_up = "" if math.isinf(patience) else f", {_share(staff.abandoned, staff.abandoned_error)} hang up"
    return f"{row} {staff.simulated:9d}   reaches {_share(staff.reached, staff.reached_error)}{hang_up}"


def _share(share: float, error: float) -> str:
    return f"{share:.1%}" + (f" ± {error:.1%}" if error >= 0.0005 else "")


def _document(staff: staffing.Staff) -> dict[str, Any]:
    at, patience = staff.interval, staff.interval.patience.mean
    known = None if math.isinf(patience) else patience
    interval = {"start": at.start, "length": at.length, "calls": at.calls, "handle": at.handle, "patience": known}
    return {each.name: getattr(staff, each.name) for each in fields(staff)} | {"interval": interval}
