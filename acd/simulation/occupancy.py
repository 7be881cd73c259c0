"""Time on calls and time on shift of each agent of a simulated day."""

from collections.abc import Sequence

from acd.simulation.simulator import Day
from acd.simulation.traffic import Shift


def shift_seconds(shifts: Sequence[Shift]) -> dict[str, float]:
    """Seconds on shift, by agent."""
    on_shift: dict[str, float] = {}
    for shift in shifts:
        on_shift[shift.agent] = on_shift.get(shift.agent, 0.0) + shift.end - shift.start
    return on_shift


def busy_seconds(day: Day, shifts: Sequence[Shift]) -> dict[str, float]:
    """Seconds on calls inside the shifts, by agent."""
    of: dict[str, list[Shift]] = {}
    for shift in shifts:
        of.setdefault(shift.agent, []).append(shift)
    busy = dict.fromkeys(of, 0.0)
    for each in day.answered:
        ends = each.at + each.caller.handle
        for shift in of[each.agent]:
            busy[each.agent] += max(0.0, min(ends, shift.end) - max(each.at, shift.start))
    return busy
