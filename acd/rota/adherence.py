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
    "kept": "of those, seconds at work (signed in, neither `not-ready` nor on a break) where work is planned, and on a "
    "break where a break is; in a shift without planned breaks also those on breaks, as long as one may last",
    "adherence": "kept ÷ planned",
    "late": "for each shift, seconds from `ready_before` before it, or the end of the one before, until the agent was "
    "at work in it or on a break that is kept, without those he was so before it; all where he never was",
    "left_early": "for each shift to which the agent came, seconds from his last sign-out in it to its end",
    "outside": "seconds signed in outside the shifts, those of `ready_before` left out",
}
AWAY = frozenset({AgentState.SIGNED_OUT, AgentState.NOT_READY})
Span = tuple[float, float]


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

    `beside`: other shifts of his that reach into it; of these it matters only that he did not work outside them, and
    that a shift which follows on one of them finds him at work in it.
    """
    known = (*shifts, *beside)
    ends = [each.end for each in known]

    def due(shift: Shift) -> float:
        return max([shift.start - rules.ready_before, *(end for end in ends if end <= shift.start)])

    done = _Done.of(history, pauses)
    parts = [_part(each, done, due(each), now) for each in shifts if each.start < now]
    planned, kept, late, left_early = (sum(each) for each in zip(*parts, strict=True)) if parts else (0.0,) * 4
    inside = [(due(each), each.end) for each in known]
    return Adherence(
        agent=agent,
        planned=planned,
        kept=kept,
        adherence=kept / planned if planned else None,
        late=late,
        left_early=left_early,
        outside=sum(_length([each]) - _length(_common([each], inside)) for each in done.signed_in),
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """When an agent was signed in, at work, on breaks, and on breaks no longer than one may last."""

    signed_in: Sequence[Span]
    work: Sequence[Span]
    breaks: Sequence[Span]
    allowed: Sequence[Span]

    @classmethod
    def of(cls, history: Sequence[Interval], pauses: Breaks) -> "_Done":
        over = dict(breaks.overruns(pauses, list(history)))
        rests = [each for each in history if each.state in ON_BREAK]
        return cls(
            [(each.start, each.end) for each in history if each.state != AgentState.SIGNED_OUT],
            [(each.start, each.end) for each in history if each.state not in AWAY | ON_BREAK],
            [(each.start, each.end) for each in rests],
            [(each.start, each.end - over.get(each, 0.0)) for each in rests],
        )


def _part(shift: Shift, done: _Done, due: float, now: float) -> tuple[float, float, float, float]:
    """Of one shift, as in DEFINITIONS: planned, kept, late, left early."""
    whole = [(shift.start, min(shift.end, now))]
    pauses = [(each.start, each.end) for each in shift.breaks]
    rests = _common(done.breaks, pauses) if pauses else done.allowed
    present = [*done.work, *rests]
    kept = _length(_common(present, whole)) - _length(_common(done.work, pauses))
    came = min((start for start, _ in _common(present, whole)), default=None)
    before = _length(_common(present, [(due, shift.start)]))
    late = max(0.0, (whole[0][1] if came is None else came) - due - before)
    if came is None or shift.end > now:
        return _length(whole), kept, late, 0.0
    return _length(whole), kept, late, shift.end - max(end for _, end in _common(done.signed_in, whole))


def _common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What is in both."""
    return [
        (max(start, since), min(end, until))
        for start, end in some for since, until in others if start < until and since < end
    ]  # fmt: skip


def _length(spans: Sequence[Span]) -> float:
    return sum(end - start for start, end in spans)
