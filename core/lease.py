"""Who is the engine: one lease, kept by renewing it, watched by those who stand by. Pure; times by any steady clock."""

from dataclasses import dataclass
from enum import StrEnum

RENEW = 0.5
"""Seconds between renewals."""
KEPT = 3.5
"""Seconds from asking for a renewal that succeeds, in which its holder may command the switch."""
PATIENCE = 4.0
"""Seconds without any renewal after which others may take the lease. Longer than KEPT: whoever sees a renewal sees it
after it was asked for, so the holder has stopped before another begins, whatever their clocks say."""
LOOK = 0.25
"""Seconds between two looks of one who stands by."""


class Standing(StrEnum):
    STANDBY = "standby"
    ENGINE = "engine"
    SILENT = "silent"
    DEPOSED = "deposed"
    LEFT = "left"


class Turn(StrEnum):
    TAKEN = "taken"
    RENEWED = "renewed"
    RAN_OUT = "ran-out"
    OVERTAKEN = "overtaken"
    GIVEN_UP = "given-up"


S, T = Standing, Turn

TURNS: dict[Standing, dict[Turn, Standing]] = {
    S.STANDBY: {T.TAKEN: S.ENGINE, T.GIVEN_UP: S.LEFT},
    S.ENGINE: {T.RENEWED: S.ENGINE, T.RAN_OUT: S.SILENT, T.OVERTAKEN: S.DEPOSED, T.GIVEN_UP: S.LEFT},
    S.SILENT: {T.RENEWED: S.ENGINE, T.OVERTAKEN: S.DEPOSED, T.GIVEN_UP: S.LEFT},
    S.DEPOSED: {T.OVERTAKEN: S.DEPOSED, T.GIVEN_UP: S.LEFT},
    S.LEFT: {T.OVERTAKEN: S.LEFT, T.GIVEN_UP: S.LEFT},
}
"""Silent: not renewed in time, nobody else has it as far as is known; it stores, but does not command. Deposed: another
has it, for good."""


class Tenure:
    """The lease as its holder sees it. Raises ValueError for a turn that the table does not have."""

    def __init__(self) -> None:
        self.standing = Standing.STANDBY
        self._until = 0.0

    def turn(self, turn: Turn) -> None:
        to = TURNS[self.standing].get(turn)
        if to is None:
            raise ValueError(f"a lease that is {self.standing} cannot be {turn}")
        self.standing = to

    def taken(self, asked_at: float) -> None:
        self.turn(Turn.TAKEN)
        self._until = asked_at + KEPT

    def renewed(self, asked_at: float) -> None:
        self.turn(Turn.RENEWED)
        self._until = asked_at + KEPT

    def may_command(self, now: float) -> bool:
        if self.standing is Standing.ENGINE and now >= self._until:
            self.turn(Turn.RAN_OUT)
        return self.standing is Standing.ENGINE


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease as it is stored. `epoch` counts its holders; `holder` is for people, '' when nobody has it.

    `place`: what the holder has locked, and its system unlocks when it dies ('': nothing).
    """

    epoch: int
    beat_at: float
    holder: str
    place: str


class Move(StrEnum):
    """What one who stands by does: wait; take it if the place's lock can be had; take it from one that hangs."""

    WAIT = "wait"
    LOCK_AND_TAKE = "lock-and-take"
    TAKE = "take"


class Watch:
    """The lease as one sees it who stands by, at `place`. Time without sight of it does not count."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._seen: Lease | None = None
        self._since = 0.0

    def lost_sight(self) -> None:
        self._seen = None

    def saw(self, lease: Lease, now: float) -> Move:
        if lease != self._seen:
            self._seen, self._since = lease, now
        if not lease.holder:
            return Move.LOCK_AND_TAKE
        if now - self._since >= PATIENCE:
            return Move.TAKE
        return Move.LOCK_AND_TAKE if lease.place == self._place else Move.WAIT
