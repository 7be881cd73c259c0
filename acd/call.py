"""A call's states: from the menu through the queue to its end, as one table.

connecting: an outside number rings for a caller of the menu; outside: they talk. dialling: we ring a customer.
"""

from enum import StrEnum
from typing import Protocol


class CallState(StrEnum):
    MENU = "menu"
    CONNECTING = "connecting"
    OUTSIDE = "outside"
    DIALLING = "dialling"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    AFTER = "after"
    ENDED = "ended"


class Step(StrEnum):
    SENT_OUT = "sent-out"
    NOT_REACHED = "not-reached"
    QUEUED = "queued"
    SENT_BACK = "sent-back"
    OFFERED = "offered"
    OFFER_OVER = "offer-over"
    CONNECTED = "connected"
    AGENT_LEFT = "agent-left"
    ENDED = "ended"


S = CallState

STEPS: dict[CallState, dict[Step, CallState]] = {
    S.MENU: {Step.QUEUED: S.WAITING, Step.SENT_OUT: S.CONNECTING, Step.ENDED: S.ENDED},
    S.CONNECTING: {Step.CONNECTED: S.OUTSIDE, Step.NOT_REACHED: S.MENU, Step.ENDED: S.ENDED},
    S.OUTSIDE: {Step.ENDED: S.ENDED},
    S.DIALLING: {Step.CONNECTED: S.TALKING, Step.ENDED: S.ENDED},
    S.WAITING: {Step.OFFERED: S.RINGING, Step.SENT_BACK: S.MENU, Step.CONNECTED: S.TALKING, Step.ENDED: S.ENDED},
    S.RINGING: {Step.OFFER_OVER: S.WAITING, Step.CONNECTED: S.TALKING, Step.ENDED: S.ENDED},
    S.TALKING: {Step.AGENT_LEFT: S.AFTER, Step.ENDED: S.ENDED},
    S.AFTER: {Step.QUEUED: S.WAITING, Step.ENDED: S.ENDED},
    S.ENDED: {},
}
"""From waiting straight to talking: the switch's own queue gave the caller to an agent while we were gone."""
OUTCOMES = {S.AFTER: "answered", S.OUTSIDE: "transferred", S.DIALLING: "not_reached"}
"""What a call came to that ends in one of these states; in all others nobody has served it."""

ACCEPTED = "accepted"
"""The result of an offer that became a conversation."""
ATTENDED = "attended"
"""The `mode` of a transfer to somebody who is on the line already."""
UNSERVED = ("abandoned", "failed")
"""Outcomes of calls whose caller nobody has served."""


class HasState(Protocol):
    state: CallState


def advance(holder: HasState, step: Step) -> None:
    """Take `step`. Raises ValueError where the table has none: that is a fault of ours, never of the caller."""
    to = STEPS[holder.state].get(step)
    if to is None:
        raise ValueError(f"a call that is {holder.state} cannot be {step}")
    holder.state = to
