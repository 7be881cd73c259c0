"""The figures of a simulated day, as `hotline acd simulate` prints them."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from statistics import fmean
from typing import Any

from acd.simulation.occupancy import busy_seconds, shift_seconds
from acd.simulation.simulator import SAME, Answered, Day
from acd.simulation.traffic import Caller, Shift

Target = Callable[[str], float]
"""Seconds within which callers of a queue should be answered."""


def report(day: Day, callers: Sequence[Caller], shifts: Sequence[Shift], policy: str, target: Target) -> dict[str, Any]:
    """Service level = answered within the `target` of the queue he came to ÷ offered, abandoning callers counted as
    offered. Waits are over answered calls, percentiles by nearest rank. Occupancy = time on calls ÷ time on shift, both
    inside the shift.
    """
    busy = busy_seconds(day, shifts)
    on_shift = shift_seconds(shifts)
    levels = [each.level for each in day.answered if each.level is not None]
    return {
        "policy": policy,
        **_waits(day, callers, target),
        "occupancy": _ratio(sum(busy.values()), sum(on_shift.values())),
        "mean_skill_level": fmean(levels) if levels else 0.0,
        "per_queue": _per_queue(day, callers, target),
        "per_agent": _per_agent(day, busy, on_shift),
        "decisions": day.decisions,
    }


def common_target(queues: Iterable[str], target: Target) -> float | None:
    """The seconds that count for all of them; None where they differ."""
    found = {target(each) for each in queues} or {target("")}
    return found.pop() if len(found) == 1 else None


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of `ordered` do not exceed; 0 for none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _waits(day: Day, callers: Sequence[Caller], target: Target) -> dict[str, Any]:
    waits = sorted(each.at - each.caller.arrival for each in day.answered)
    in_time = sum(each.at - each.caller.arrival <= target(each.caller.queue) + SAME for each in day.answered)
    return {
        "offered": len(callers),
        "answered": len(waits),
        "abandoned": len(day.abandoned),
        "unserved": len(day.unserved),
        "service_level": _ratio(in_time, len(callers)),
        "service_level_seconds": common_target((each.queue for each in callers), target),
        "asa": fmean(waits) if waits else 0.0,
        "wait_p50": nearest_rank(waits, 0.5),
        "wait_p95": nearest_rank(waits, 0.95),
        "wait_max": waits[-1] if waits else 0.0,
    }


def _per_queue(day: Day, callers: Sequence[Caller], target: Target) -> dict[str, Any]:
    days: dict[str, tuple[Day, list[Caller]]] = {}
    for caller in callers:
        days.setdefault(caller.queue, (Day(), []))[1].append(caller)
    for answered in day.answered:
        days[answered.caller.queue][0].answered.append(answered)
    for caller, at in day.abandoned:
        days[caller.queue][0].abandoned.append((caller, at))
    for caller in day.unserved:
        days[caller.queue][0].unserved.append(caller)
    return {queue: _waits(part, those, target) for queue, (part, those) in sorted(days.items())}


def _per_agent(day: Day, busy: dict[str, float], on_shift: dict[str, float]) -> dict[str, Any]:
    calls: dict[str, list[Answered]] = {agent: [] for agent in on_shift}
    for answered in day.answered:
        calls[answered.agent].append(answered)
    return {
        agent: {
            "answered": len(taken),
            "talk": sum(each.caller.handle for each in taken),
            "occupancy": _ratio(busy[agent], on_shift[agent]),
        }
        for agent, taken in calls.items()
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
