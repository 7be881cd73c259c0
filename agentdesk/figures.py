"""A queue's figures of a day, from its calls' times. The definition printed beside them is here too."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """One call that joined a queue; None where it has not happened (yet)."""

    queued_at: float
    connected_at: float | None
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    offered: int
    answered: int
    abandoned: int
    service_level: float | None


def figures(calls: Iterable[QueuedCall], threshold: float, now: float) -> QueueFigures:
    """Service level = answered within `threshold` seconds ÷ offered.

    Everybody who joined the queue counts as offered, also who hung up at once; who has waited less than
    the threshold and waits still is not decided yet and left out of the service level, not out of `offered`.
    """
    offered = answered = abandoned = decided = in_time = 0
    for call in calls:
        offered += 1
        if call.connected_at is not None:
            answered += 1
            decided += 1
            in_time += call.connected_at - call.queued_at <= threshold
        elif call.ended_at is not None:
            abandoned += 1
            decided += 1
        elif now - call.queued_at > threshold:
            decided += 1
    return QueueFigures(offered, answered, abandoned, in_time / decided if decided else None)
