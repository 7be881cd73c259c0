"""What the pages show, as plain values between the read models and the templates. Times are epoch seconds."""

from dataclasses import dataclass

from acd.models import Callback
from acd.repository import TrendBar
from acd.supervision import Listening
from qa.finding import Evidence


@dataclass(frozen=True, slots=True)
class QueueTile:
    """One queue today. `service_level` 0–1, None before the first offered call; `oldest_at` 0 when nobody waits."""

    name: str
    title: str
    waiting: int
    oldest_at: float
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    service_level: float | None
    threshold: int
    target: float


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """`about` for people; `call`, `menu` or `ticket` where it is about one; `figure` the worst, '' where there is
    none."""

    id: str
    kind: str
    about: str
    call: str
    menu: str
    ticket: str
    figure: str
    raised_at: float
    ended_at: float | None
    seen_by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    call: str
    queue: str
    caller: str
    tier: str
    since_at: float
    ringing_at: str


@dataclass(frozen=True, slots=True)
class AgentTile:
    """`wish`: the state kept for after the contact."""

    number: str
    name: str
    state: str
    since_at: float
    reason: str
    wish: str = ""


@dataclass(frozen=True, slots=True)
class SwitchState:
    """The link to Asterisk; `since_at` 0 when this web process has not heard of it yet."""

    up: bool
    since_at: float
    why: str


@dataclass(frozen=True, slots=True)
class Board:
    at: float
    switch: SwitchState
    queues: tuple[QueueTile, ...]
    waiting: tuple[Waiting, ...]
    agents: tuple[AgentTile, ...]
    speech_backlog: int
    trend: tuple[TrendBar, ...]
    target: float


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the call list; `waited` and `talked` in seconds, `score` None before scoring."""

    id: str
    began_at: float
    caller: str
    tier: str
    queue: str
    agent: str
    waited: float
    talked: float
    state: str
    outcome: str
    score: float | None
    veto: bool


@dataclass(frozen=True, slots=True)
class CallList:
    rows: tuple[CallRow, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a call's life: `what` a code of `words.STEPS`, `details` codes or plain words.

    `choice`: callers waiting and agents free when a call was offered.
    """

    at: float
    what: str
    details: tuple[str, ...]
    choice: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be played; `offset` is added to a moment of the transcript to get the recording's own.

    `part` counts the recordings of a call from 1; `chosen`: this one is shown, the others by their link. `held_by`:
    who put it under legal hold, and `held` why, '' when nobody did.
    """

    id: str
    duration: float
    offset: float = 0.0
    part: int = 1
    chosen: bool = True
    held_by: str = ""
    held: str = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """A recording that cannot be played: not stored yet, lost, or deleted; why, and of a deleted one when and the
    SHA-256 of its sound and text, '' where there was none."""

    state: str
    why: str
    at: float
    sound: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    speaker: str
    start: float
    end: float
    text: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class ScoreItem:
    id: str
    title: str
    verdict: str
    deduction: float
    reason: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ScoreSection:
    id: str
    title: str
    items: tuple[ScoreItem, ...]
    deducted: float


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    pack: str
    version: str
    score: float
    veto: tuple[str, ...]
    sections: tuple[ScoreSection, ...]


@dataclass(frozen=True, slots=True)
class CallPage:
    """Everything known of one call. `transcript_state`: '' (no recording), pending, ready, no_model, failed.

    `heard`: the mean opinion score of the agents' part that sounded worst, None when no telephone measured it.
    """

    row: CallRow
    dialled: str
    menu: str
    menu_version: int
    language: str
    ended_at: float
    ended_by: str
    moments: tuple[Moment, ...]
    sound: Sound | None
    parts: tuple[Sound, ...]
    silent: tuple[Silent, ...]
    transcript_state: str
    transcript_note: str
    lines: tuple[Line, ...]
    score: ScoreSheet | None
    heard: float | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message left outside the hours; `sound` '' when there is no file; `promise`: the call back that it asks for."""

    id: str
    call: str
    left_at: float
    caller: str
    seconds: float
    deadline_at: float
    contact_by: str
    state: str
    sound: str
    promise: Callback | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """One choice in the menu in words; `keys` as pressed."""

    title: str
    keys: str


@dataclass(frozen=True, slots=True)
class FloorCall:
    """A call that is under way. `since_at`: since when it waits or is talked on; `listeners`: who helps with it."""

    id: str
    state: str
    caller: str
    tier: str
    queue: str
    agent: str
    agent_name: str
    since_at: float
    priority: int
    listeners: tuple[Listening, ...] = ()

    def listened_by(self, login: str) -> Listening | None:
        return next((each for each in self.listeners if each.by == login), None)
