"""What the desk shows of an agent, his day and the contact he is in, as plain values for its templates."""

from dataclasses import dataclass

from agentdesk.reading.views import CallRow, PathStep


@dataclass(frozen=True, slots=True)
class TicketLine:
    """`opened_by` and `keeper` are logins."""

    id: str
    category: str
    state: str
    summary: str
    due_at: float
    overdue: bool
    opened_by: str
    keeper: str


@dataclass(frozen=True, slots=True)
class ContactLine:
    """An earlier call from the same number; `codes` in words and `note` are what agents said of it."""

    id: str
    began_at: float
    queue: str
    agent: str
    outcome: str
    codes: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What an earlier agent of the same call has written of it so far; `codes` in words."""

    agent: str
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Contact:
    """The call an agent has to do with. `phase`: asked (by the colleague `asker`, whose call it is), ringing, talking,
    wrap-up or last (over); `waited` in seconds.

    `queue` is its title, `queue_name` its name in the configuration; `customer`: whom the caller proved to be, or ''.
    """

    call: str
    outbound: bool
    phase: str
    caller: str
    customer: str
    tier: str
    queue: str
    queue_name: str
    call_type: str
    language: str
    dialled: str
    began_at: float
    waited: float
    path: tuple[PathStep, ...]
    history: tuple[ContactLine, ...]
    tickets: tuple[TicketLine, ...]
    said: tuple[Said, ...] = ()
    asker: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a caller may be given to; only who is `free` can be rung. `skills`, the best first; `find` as of
    `sought`."""

    number: str
    name: str
    state: str
    skills: tuple[str, ...] = ()
    find: str = ""

    @property
    def free(self) -> bool:
        return self.state == "ready"


@dataclass(frozen=True, slots=True)
class StateChoice:
    """A state the agent may ask for, and its key."""

    state: str
    key: str


@dataclass(frozen=True, slots=True)
class Me:
    """An agent's own state; `until_at` None, or when a wrap-up or a break is over, named by `until_words`.

    `refused`: why a break that he wished for did not begin after his last contact.
    """

    number: str
    at: float
    state: str
    since_at: float
    until_at: float | None
    until_words: str
    reason: str
    refused: str
    wish: str
    choices: tuple[StateChoice, ...]


@dataclass(frozen=True, slots=True)
class OwnDay:
    """An agent's figures since midnight, of talks that he gave away too. `topics`: what the part listens to.

    `answered`: calls he talked on; `mean_talk`: of talks that are over.
    """

    answered: int
    mean_talk: float | None
    missed: int
    mean_score: float | None
    latest: tuple[CallRow, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScriptStep:
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    title: str
    instead: str


@dataclass(frozen=True, slots=True)
class ScriptView:
    call_type: str
    steps: tuple[ScriptStep, ...]
    forbidden: tuple[Forbidden, ...]
    pack: str
    version: str


@dataclass(frozen=True, slots=True)
class RunningRecording:
    """The recording of a call that goes on; `until_at`: when its pause ends by itself, 0 when it is not paused."""

    call: str
    until_at: float
