"""What we ask of the switch: frozen, checked when built, each carried out at most once."""

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

ALL_KEYS = "0123456789*#"


class _Checked:
    """Refuses line breaks in any text: AMI would read what follows as another header."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            for text in _texts(getattr(self, each.name)):
                if "\r" in text or "\n" in text:
                    raise ValueError(f"{type(self).__name__}.{each.name} holds a line break")


@dataclass(frozen=True, slots=True)
class Answer(_Checked):
    """`within`: seconds that what is under way there may still take: a message, begun by an engine of before."""

    leg: str
    within: float = 5.0


@dataclass(frozen=True, slots=True)
class Play(_Checked):
    """Play `sound` (an absolute path without suffix); any of `interrupted_by` stops it.

    `then`: by the key that stops it, the sound that will be played next, interrupted by every key. The switch may start
    it at once; whoever plays it next finds it begun, and one for which nobody asks ends.
    """

    leg: str
    sound: str
    interrupted_by: str = ALL_KEYS
    then: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StopPlaying(_Checked):
    """Ends the sound that `Play` is playing there; without one nothing may be started for 50 ms: it would end too."""

    leg: str


@dataclass(frozen=True, slots=True)
class Record(_Checked):
    """Record the caller to `path` (absolute, `.wav`) until a stop key, `silence` or `longest` seconds."""

    leg: str
    path: Path
    longest: int = 120
    silence: int = 5
    stopped_by: str = "#*"


@dataclass(frozen=True, slots=True)
class Wait(_Checked):
    """Let the caller hear waiting music, wherever he is; afterwards `CallerWaiting`."""

    leg: str


@dataclass(frozen=True, slots=True)
class Announce(_Checked):
    """Play `sounds` (absolute, without suffix) to a caller who hears the music, then the music again.

    A caller who is given to an agent meanwhile is joined with him at once.
    """

    leg: str
    sounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackToMenu(_Checked):
    """Take the caller out of the music into the hands of the menu again; afterwards `CallArrived`.

    `served`: an agent has done what he called for. Should the engine be gone he does not wait for another.
    """

    leg: str
    served: bool = False


@dataclass(frozen=True, slots=True)
class Ring(_Checked):
    """Ring `device` (or `outside(…)`) on a leg with our own id, and bridge it with `caller_leg` once answered."""

    leg: str
    device: str
    caller_leg: str
    shown_number: str
    shown_name: str
    seconds: int
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AskToAnswer(_Checked):
    """Ask the telephone that rings on this leg to answer; one that cannot rings on. LegGone where none rings."""

    leg: str


@dataclass(frozen=True, slots=True)
class Summon(_Checked):
    """Ring the phone of an agent who calls out, on a leg with our own id.

    He then hears ringing until he is joined with `caller_leg`, which `Reach` makes.
    """

    leg: str
    device: str
    caller_leg: str
    shown_number: str
    shown_name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Reach(_Checked):
    """Ring somebody outside on a leg with our own id; once he answers, the agent's leg is joined with him."""

    leg: str
    device: str
    agent_leg: str
    shown_number: str
    shown_name: str
    seconds: int
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hold(_Checked):
    """Part a caller and his agent: the caller hears music, the agent's leg nothing; afterwards `CallerHeld`.

    Only for an agent's leg made by `Ring`: for one of the switch's own queue it is a SwitchError.
    """

    leg: str
    agent_leg: str


@dataclass(frozen=True, slots=True)
class Rejoin(_Checked):
    """Bring a held caller and his agent, whose leg this is, together again; afterwards `LegJoined` of both."""

    leg: str


@dataclass(frozen=True, slots=True)
class Give(_Checked):
    """An agent's answered leg leaves whom it talks with and is joined with `caller_leg`; afterwards as with `Ring`.

    Then, in any case, `other_leg` is ended.
    """

    leg: str
    caller_leg: str
    other_leg: str


@dataclass(frozen=True, slots=True)
class Confer(_Checked):
    """Caller, his agent and a colleague whose leg was made by `Ring` all hear each other; who leaves, leaves alone."""

    leg: str
    agent_leg: str
    colleague_leg: str


@dataclass(frozen=True, slots=True)
class Mute(_Checked):
    """What is said at that leg is heard by nobody, or is heard again."""

    leg: str
    muted: bool


@dataclass(frozen=True, slots=True)
class SendKey(_Checked):
    """As if the key had been pressed at the telephone of that leg: whoever it talks with receives it."""

    leg: str
    key: str


@dataclass(frozen=True, slots=True)
class Confirm(_Checked):
    """Tell an agent who dialled a code whether it was done, by tones and words; then his leg is ended."""

    leg: str
    done: bool


class SpyMode(StrEnum):
    """`listen`: nobody hears the supervisor; `whisper`: the agent does; `barge`: agent and caller do."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(frozen=True, slots=True)
class Spy(_Checked):
    """Ring `device` on a leg with our own id, and let it hear what `spied_leg` hears and says; it ends with that."""

    leg: str
    device: str
    spied_leg: str
    mode: SpyMode
    shown_number: str
    shown_name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class ChangeSpy(_Checked):
    """The answered leg of a `Spy` goes on in another mode."""

    leg: str
    mode: SpyMode


@dataclass(frozen=True, slots=True)
class HangUp(_Checked):
    """End a leg; one that is already gone, or not yet there after `Ring`, is no error."""

    leg: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class StartRecording(_Checked):
    """Both directions of `leg` to `path` (absolute, `.raw`): 16-bit 8 kHz, left what he says, right what he hears."""

    leg: str
    path: Path


@dataclass(frozen=True, slots=True)
class StartListening(_Checked):
    """What `leg` says to `path` (absolute, SUFFIX): 16-bit at RATE, until `StopRecording`.

    Asterisk writes a file in blocks of 32 kB; only at a rate so far above the telephone's they come every 0.34 s.
    """

    RATE: ClassVar[int] = 48000
    SUFFIX: ClassVar[str] = "sln48"

    leg: str
    path: Path


@dataclass(frozen=True, slots=True)
class StopRecording(_Checked):
    leg: str


@dataclass(frozen=True, slots=True)
class MuteRecording(_Checked):
    """Write silence instead of sound, both directions, or sound again; the recording's time line stays whole."""

    leg: str
    muted: bool


@dataclass(frozen=True, slots=True)
class SetVariable(_Checked):
    leg: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SetFallback(_Checked):
    """These devices, and no others, take the calls that come while the engine is gone; doing it again is no error."""

    devices: tuple[str, ...]


LegCommand = (
    Answer | StopPlaying | Wait | Announce | BackToMenu | Ring | AskToAnswer | Summon | Reach | Hold | Rejoin | Give
    | Confer | Mute | SendKey | Confirm | Spy | ChangeSpy | HangUp | StartRecording | StartListening | StopRecording
    | MuteRecording | SetVariable
)  # fmt: skip
Command = LegCommand | SetFallback


def outside(number: str, trunk: str) -> str:
    """The device that stands for a number reached over a trunk."""
    return f"{number}@{trunk}"


class Played(StrEnum):
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a message ended: `stopped_by` is `key`, `silence`, `longest` or `hangup`."""

    stopped_by: str


def _texts(value: object) -> list[str]:
    match value:
        case str() | Path():
            return [str(value)]
        case tuple():
            return [text for part in value for text in _texts(part)]
        case _:
            return []
