"""What the switch tells us. `leg` is a channel's Uniqueid, the only handle on it; `at` is seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A caller on the trunk stands in the hotline's dial plan and obeys our commands."""

    at: float
    leg: str
    caller: str
    dialled: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    at: float
    leg: str
    key: str


@dataclass(frozen=True, slots=True)
class CallerWaiting:
    """The caller hears waiting music and can be bridged."""

    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class CallerHeld:
    """The caller hears music, and his agent nothing, until they are brought together again."""

    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class CallerFellBack:
    """The dial plan found no living engine and puts the caller into the switch's own queue."""

    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class LegRinging:
    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class LegAnswered:
    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class RingFailed:
    """A leg we asked for never came up; `cause` by Q.850: 17 busy, 19 no answer, 20 not registered, 21 declined."""

    at: float
    leg: str
    cause: int


@dataclass(frozen=True, slots=True)
class LegJoined:
    at: float
    leg: str
    bridge: str


@dataclass(frozen=True, slots=True)
class LegLeft:
    at: float
    leg: str
    bridge: str


@dataclass(frozen=True, slots=True)
class BridgeRefused:
    """An agent's leg answered but its caller was gone (`NONEXISTENT`) or could not be bridged."""

    at: float
    leg: str
    result: str


@dataclass(frozen=True, slots=True)
class CallerReleased:
    """The agent hung up first; the caller is still on the line."""

    at: float
    leg: str


@dataclass(frozen=True, slots=True)
class LegEnded:
    at: float
    leg: str
    cause: int


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The phone itself pressed hold or took the call back."""

    at: float
    leg: str
    held: bool


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """Star and a digit, `code`, was dialled on a telephone, which listens for a few seconds for `Confirm`."""

    at: float
    leg: str
    device: str
    code: str


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    """A phone registered (or answers again), or is gone. `device` is its endpoint name."""

    at: float
    device: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class LegSnapshot:
    """One live channel as found when the link came up. `place` is the dial-plan context it is in.

    `served_since`: of a caller, when the agent's leg was joined with him last, to the second; 0 before.
    `left_since`: of a caller whom his agent has left, when that was, to the second; it means nothing elsewhere.
    By `started_at`, exact to the second, legs are in the order in which they began.
    """

    leg: str
    channel: str
    place: str
    caller: str
    dialled: str
    answered: bool
    bridge: str
    started_at: float
    served_since: float = 0.0
    left_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Departure:
    """A caller's leg that ended while no engine looked. `by` whom: customer, agent or system.

    `device` is the telephone that served him last, on `agent_leg`, from `since` to `until`, '' when none did. `queued`:
    he had come to the switch's own queue. Times are exact to the second.
    """

    by: str
    at: float
    began: float
    caller: str = ""
    dialled: str = ""
    queued: bool = False
    device: str = ""
    since: float = 0.0
    until: float = 0.0
    agent_leg: str = ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What the switch noted while no engine looked, the last sign of whose life was at `since`.

    `departed`: callers' legs that ended; one that is neither there nor lives was ended by its party, soon after that
    sign. None when this switch has never known an engine: what lived on the one before ended with it. `heard`: when the
    link was lost to the engine that asks, which has heard of all legs until then; 0 for one that is new.
    """

    departed: Mapping[str, Departure] | None = None
    since: float = 0.0
    heard: float = 0.0

    def end_of(self, leg: str, now: float) -> tuple[str, float]:
        """Of a leg that does not live any more: who ended it (customer, agent or system), and when."""
        if self.departed is None:
            return "system", now
        gone = self.departed.get(leg)
        return (gone.by, gone.at) if gone else ("customer", max(self.since, self.heard))


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The link works, and this is everything that lives on the switch; events after it can be trusted."""

    at: float
    version: str
    legs: tuple[LegSnapshot, ...]
    phones: frozenset[str]


@dataclass(frozen=True, slots=True)
class LinkDown:
    at: float
    why: str


PbxEvent = (
    CallArrived | KeyPressed | CallerWaiting | CallerHeld | CallerFellBack | LegRinging | LegAnswered | RingFailed
    | LegJoined | LegLeft | BridgeRefused | CallerReleased | LegEnded | HoldChanged | PhoneCode | PhoneReachable
    | LinkUp | LinkDown
)  # fmt: skip
