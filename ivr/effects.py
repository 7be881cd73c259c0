"""The words between a flow and the world: inputs (what happened, with its time) and effects (what is to be done)."""

from dataclasses import dataclass

from ivr.fault import FaultKind
from ivr.menus import Spoken
from ivr.schema import Http
from ivr.secret import Secret

Known = tuple[tuple[str, str], ...]
"""Variables by name."""


@dataclass(frozen=True, slots=True)
class Started:
    """The caller is on the line. `known` is true for a number of the customer table, `facts` are more variables.

    `hears`: the languages in which he may speak. `step` is where he goes on who has come back from a queue or from his
    agent, '' for the menu's beginning.
    """

    at: float
    caller: str
    dialled: str
    tier: str
    language: str
    known: bool = False
    facts: Known = ()
    hears: frozenset[str] = frozenset()
    step: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    at: float
    key: str


@dataclass(frozen=True, slots=True)
class Speaks:
    """After `Listen`: the caller has begun to say something."""

    at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """After `Listen`: what the caller said, empty when it was no words; `confidence` 0..1."""

    at: float
    words: str
    confidence: float = 1.0


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
class LookedUp:
    """The answer to one `LookUp`; `result`: found, not_found or failed."""

    at: float
    token: int
    result: str
    fields: Known = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to one `VerifySecret`; `result`: right, wrong, failed (last try, now locked), locked or unknown."""

    at: float
    token: int
    result: str


@dataclass(frozen=True, slots=True)
class TransferRefused:
    """The switch did not connect the caller with the outside number, for `reason`."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class HungUp:
    at: float


Input = (
    Started | Pressed | Speaks | Heard | SoundEnded | TimedOut | MessageEnded | QueueRefused | LookedUp | Verified
    | TransferRefused | HungUp
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Say:
    """Play `pieces` one after the other; a newer `Say`, or with `barge_in` a key, ends it. Answered by SoundEnded.

    `deaf_to`: keys that do not end it: the caller may still press them for what came before.
    """

    token: int
    pieces: tuple[Spoken, ...]
    barge_in: bool
    deaf_to: str = ""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Answered by TimedOut after `seconds`; only the newest timer counts."""

    token: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Listen:
    """From now on tell what the caller says in `language`, while we speak as well, until `Deafen`."""

    language: str


@dataclass(frozen=True, slots=True)
class Deafen:
    """The caller's words no longer matter."""


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
class DropMessage:
    """Forget what `RecordMessage` recorded: it is too short to be a message."""


@dataclass(frozen=True, slots=True)
class ChooseContact:
    by: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the customer table (`service` None) by number `by`, or a service with `values`. Answered by LookedUp.

    `fields`: variable ← name in the answer.
    """

    token: int
    by: str
    service: Http | None
    fields: Known
    values: tuple[tuple[str, str | Secret], ...] = ()


@dataclass(frozen=True, slots=True)
class VerifySecret:
    """Compare what the caller typed with the customer's `kind` (pin, identity). Answered by Verified.

    `own`: he calls from that customer's number.
    """

    token: int
    customer: str
    kind: str
    typed: Secret
    attempts: int
    lock_seconds: float
    own: bool


@dataclass(frozen=True, slots=True)
class Identified:
    """The caller has proved to be `customer` (his number in the customer table), of this tier."""

    customer: str
    tier: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The menu is broken at `step`: to be reported. What becomes of the caller the session says besides."""

    step: str
    kind: FaultKind
    why: str


@dataclass(frozen=True, slots=True)
class PromiseCallBack:
    """Store that `number` is called back by the next working day of `schedule`."""

    number: str
    schedule: str


@dataclass(frozen=True, slots=True)
class SendOutside:
    """Connect the caller with an outside number; the flow ends here unless TransferRefused comes back."""

    number: str


@dataclass(frozen=True, slots=True)
class KeepAnswer:
    """What the caller answered to a question of a survey, on its scale."""

    step: str
    question: str
    answer: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class NoteStep:
    """One entry of the caller's path: the step, and the keys that led there (secrets hidden)."""

    at: float
    step: str
    keys: str


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class EnterQueue:
    """Hand the call over; the flow ends here unless QueueRefused comes back.

    The caller comes back to `after_step`, if any, when his agent has hung up. `manager`: who looks after him, or ''.
    """

    queue: str
    skills: tuple[tuple[str, int], ...]
    priority: int
    after_step: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The menu is done with the call: `outcome` is self_service, message, failed or abandoned; `ended_by` system or
    customer."""

    outcome: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class EndCall:
    pass


Effect = (
    Say | StartTimer | Listen | Deafen | RecordMessage | KeepMessage | DropMessage | ChooseContact | LookUp
    | VerifySecret | Identified | Trouble | PromiseCallBack | SendOutside | KeepAnswer | NoteStep | SpeakLanguage
    | EnterQueue | Finish | EndCall
)  # fmt: skip
