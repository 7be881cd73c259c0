"""Adherence: what agents were to do by their shifts, against what they did. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from acd import breaks
from acd.agent_state import ON_BREAK, AgentState
from acd.breaks import Breaks
from acd.intervals import Interval
from acd.rota.shifts import Shift, ShiftRules

DEFINITIONS = {
    "planned": "seconds of the shifts, up to now",
    "kept": "of those, seconds signed in and not `not-ready`; what a break was longer than it may be does not count",
    "adherence": "kept ÷ planned",
    "late": "seconds from `ready_before` before the first shift until the agent was signed in",
    "left_early": "seconds from the agent's last sign-out in the last shift to its end",
    "outside": "seconds signed in outside the shifts, those of `ready_before` left out",
}
AWAY = frozenset({AgentState.SIGNED_OUT, AgentState.NOT_READY})


class Standing(StrEnum):
    """What an agent does now against what he is to do."""

    OFF = "off"
    AT_WORK = "at-work"
    ON_BREAK = "on-break"
    DUE = "due"
    BREAK_DUE = "break-due"
    EARLY_BREAK = "early-break"
    AWAY = "away"
    ABSENT = "absent"
    OUTSIDE = "outside"


AS_PLANNED = frozenset({Standing.OFF, Standing.AT_WORK, Standing.ON_BREAK})


@dataclass(frozen=True, slots=True)
class Adherence:
    """Of one agent, seconds; see DEFINITIONS. `adherence` is None before anything was planned."""

    agent: str
    planned: float
    kept: float
    adherence: float | None
    late: float
    left_early: float
    outside: float


def standing(shift: Shift | None, state: str, rules: ShiftRules, now: float) -> Standing:
    """`shift` is the one of now or the next one. Who has no planned breaks takes them when he may."""
    out = state == AgentState.SIGNED_OUT
    if shift is None or now < shift.start - rules.ready_before:
        return Standing.OFF if out else Standing.OUTSIDE
    if out:
        return Standing.DUE if now < shift.start else Standing.ABSENT
    if state == AgentState.NOT_READY:
        return Standing.AWAY
    due = next((each for each in shift.breaks if each.start <= now < each.end), None)
    pausing = state in ON_BREAK
    if due is not None:
        return Standing.ON_BREAK if pausing else Standing.BREAK_DUE
    return Standing.EARLY_BREAK if pausing and shift.breaks else Standing.ON_BREAK if pausing else Standing.AT_WORK


def adherence(
    agent: str, shifts: Sequence[Shift], history: Sequence[Interval], rules: ShiftRules, pauses: Breaks, now: float,
    beside: Sequence[Shift] = (),
) -> Adherence:  # fmt: skip
    """`shifts` in order; `history` of the agent, in order, up to `now` at most.

    `beside`: other shifts of his that reach into it; of these it matters only that he did not work outside them.
    """
    begun = [(each.start, min(each.end, now)) for each in shifts if each.start < now]
    planned = sum(end - start for start, end in begun)
    too_long = [Interval(each.agent, each.state, each.end - over, each.end)
                for each, over in breaks.overruns(pauses, list(history))]  # fmt: skip
    present = [each for each in history if each.state not in AWAY]
    kept = sum(_inside(each, begun) for each in present) - sum(_inside(each, begun) for each in too_long)
    signed_in = [each for each in history if each.state != AgentState.SIGNED_OUT]
    expected = [(start - rules.ready_before, end) for start, end in begun]
    inside = _joined([*expected, *((each.start - rules.ready_before, each.end) for each in beside)])
    return Adherence(
        agent=agent,
        planned=planned,
        kept=kept,
        adherence=kept / planned if planned else None,
        late=_late(expected, signed_in, now),
        left_early=_left_early([each for each in shifts if each.end <= now], signed_in),
        outside=sum(each.end - each.start - _inside(each, inside) for each in signed_in),
    )


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without what two of them have in common."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        since = max(start, found[-1][1]) if found else start
        if end > since:
            found.append((since, end))
    return found


def _inside(each: Interval, spans: Sequence[tuple[float, float]]) -> float:
    return sum(max(0.0, min(each.end, end) - max(each.start, start)) for start, end in spans)


def _late(expected: Sequence[tuple[float, float]], signed_in: Sequence[Interval], now: float) -> float:
    """Who never came is late by his whole shift."""
    if not expected:
        return 0.0
    due, end = expected[0]
    came = min((max(each.start, due) for each in signed_in if each.end > due), default=now)
    return max(0.0, min(came, end) - due)


def _left_early(over: Sequence[Shift], signed_in: Sequence[Interval]) -> float:
    if not over:
        return 0.0
    start, end = over[-1].start, over[-1].end
    last = max((min(each.end, end) for each in signed_in if each.start < end and each.end > start), default=None)
    return 0.0 if last is None else end - last
