"""What a caller's story is made of: how he comes through the menu, what is said, and what must come of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.demo.cast import Manner, Voice

ANY_VOICE = Voice("+m2")


class Speaker(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance, after so many seconds of silence; an agent may put the customer on `hold` for some of them.

    In an agent's text `{number}` is his own number as spoken.
    """

    speaker: Speaker
    text: str
    after: float = 0.0
    hold: float = 0.0


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What both say, in turn. The agent of the given manner then hangs up, or waits for the customer to."""

    turns: tuple[Turn, ...]
    agent_hangs_up: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Press `keys` when `after` seconds have passed since the key before, or since the answer."""

    after: float
    keys: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message spoken after the tone, `after` seconds behind the last key, ended with #, then `contact` is pressed."""

    text: str
    after: float
    contact: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the scoring form that must come out as `fails` and those that must not: `passes`, which holds for na."""

    fails: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the centre must have recorded.

    `outcome` as in `acd.events.CallEnded`; `offers`: results of the offers in their order; `heard`: words that must
    stand in the transcript; `speech` is the transcript's state, '' when there must be none; `score` and `rows` by
    the manner of the agent who took the call.
    """

    outcome: str
    queue: str = ""
    keys: str = ""
    offers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    speech: str = ""
    score: dict[Manner, tuple[float, float]] = field(default_factory=dict)
    rows: dict[Manner, Rows] = field(default_factory=dict)
    overtakes: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One caller. `starts` seconds after `cue` (see `app.demo.play.Cue`); `leaves`: when he gives up, if he does."""

    name: str
    number: str
    title: dict[str, str]
    keys: tuple[Key, ...]
    expected: Expected
    starts: float = 0.0
    cue: str = "start"
    language: str = "zh"
    voice: Voice = ANY_VOICE
    dialogue: dict[Manner, Dialogue] = field(default_factory=dict)
    message: Message | None = None
    leaves_after: float | None = None
    leaves_when_ringing: float | None = None
