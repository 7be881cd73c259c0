"""The words between a flow and the world: inputs (what happened, with its time) and effects (what is to be done)."""

from dataclasses import dataclass

from ivr.menus import Spoken


@dataclass(frozen=True, slots=True)
class Started:
    """The caller is on the line. `known` is true for a number of the customer table."""

    at: float
    caller: str
    dialled: str
    tier: str
    language: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    at: float
    key: str


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """The sounds of one `Say` are over: finished, stopped by a key, or (`missing`) not there to be heard."""

    at: float
    token: int
    missing: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut:
    at: float
    token: int


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """The recording of one `RecordMessage` is over; `stopped_by` is key, silence, longest, hangup or failed."""

    at: float
    token: int
    seconds: float
    stopped_by: str


@dataclass(frozen=True, slots=True)
class QueueRefused:
    """The distributor did not take the call, for `reason`."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class HungUp:
    at: float


Input = Started | Pressed | SoundEnded | TimedOut | MessageEnded | QueueRefused | HungUp


@dataclass(frozen=True, slots=True)
class Say:
    """Play `pieces` one after the other; a newer `Say`, or with `barge_in` any key, ends it. Answered by SoundEnded."""

    token: int
    pieces: tuple[Spoken, ...]
    barge_in: bool


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Answered by TimedOut after `seconds`; only the newest timer counts."""

    token: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordMessage:
    token: int
    longest: int
    silence: int
    schedule: str


@dataclass(frozen=True, slots=True)
class KeepMessage:
    """Store what `RecordMessage` recorded, to be answered by call back unless the caller chooses otherwise."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ChooseContact:
    by: str


@dataclass(frozen=True, slots=True)
class NoteStep:
    """One entry of the caller's path: the step, and the keys that led there."""

    at: float
    step: str
    keys: str


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class EnterQueue:
    """Hand the call over; the flow ends here unless QueueRefused comes back."""

    queue: str
    skills: tuple[tuple[str, int], ...]
    priority: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The menu is done with the call: `outcome` is self_service, message or failed; `ended_by` system or customer."""

    outcome: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class EndCall:
    pass


Effect = (
    Say | StartTimer | RecordMessage | KeepMessage | ChooseContact | NoteStep | SpeakLanguage | EnterQueue | Finish
    | EndCall
)  # fmt: skip
