"""What a snapshot of the live legs already tells, so that it is not told twice. Pure."""

from collections.abc import Mapping

from pbx.events import (
    CallArrived,
    CallerFellBack,
    CallerHeld,
    CallerWaiting,
    LegAnswered,
    LegJoined,
    LegSnapshot,
    PbxEvent,
)


def knows(known: Mapping[str, LegSnapshot], event: PbxEvent) -> bool:
    """Whether an event heard while the snapshot was taken is already in it."""
    match event:
        case CallArrived(leg=leg):
            return leg in known and known[leg].place == "hotline"
        case CallerWaiting(leg=leg):
            return leg in known and known[leg].place == "centre-wait"
        case CallerHeld(leg=leg):
            return leg in known and known[leg].place == "centre-hold"
        case CallerFellBack(leg=leg):
            return leg in known and known[leg].place == "fallback"
        case LegAnswered(leg=leg):
            return leg in known and known[leg].answered
        case LegJoined(leg=leg, bridge=bridge):
            return leg in known and known[leg].bridge == bridge
        case _:
            return False
