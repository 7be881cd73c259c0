"""What a caller's story is made of: how he comes through the menu and what is said."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.demo.cast import Manner, Voice
from app.demo.expected import Expected

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
