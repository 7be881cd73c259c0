"""Since when an agent's breaks count together: the time for which all of them are allowed once. Pure."""

from collections.abc import Sequence

from acd.agent_state import AgentState
from acd.intervals import Interval
from acd.rota.shifts import LONGEST, Shift, ShiftRules

REST = 4 * 3600.0
"""Seconds: who is signed out so long, or longer, has gone home; sooner he comes back to the same work."""


def since(shift: Shift | None, history: Sequence[Interval], rules: ShiftRules, midnight: float, now: float) -> float:
    """When the shift of `now` began, or else the day; but no midnight parts what somebody works through.

    `shift` is the one of now or the next one; `history` of the agent, in order, up to `now`.
    """
    if shift is not None and now >= shift.start - rules.ready_before:
        return shift.start - rules.ready_before
    return min(midnight, max(_came(history, now), now - LONGEST))


def _came(history: Sequence[Interval], now: float) -> float:
    """When he signed in after his last rest."""
    came = now
    for each in reversed(history):
        if each.state != AgentState.SIGNED_OUT:
            came = each.start
        elif each.end - each.start >= REST:
            break
    return came
