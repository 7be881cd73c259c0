"""The agents of the demonstration: who is there, how the phone is answered, and what is said."""

from dataclasses import dataclass
from enum import StrEnum

from app.phones.agent import Behaviour

PROMPT = Behaviour(1.0)


class Manner(StrEnum):
    """How an agent serves. `GOOD` follows the service script; `RUDE` breaks it from the first word to the last."""

    GOOD = "good"
    RUDE = "rude"


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthetic voice: espeak-ng variant, words a minute, pitch 0-99."""

    variant: str
    speed: int = 210
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Actor:
    """One agent of `config/people.yaml`; `spoken` is the number as he says it; `after_call` is the state
    he asks for while he talks."""

    number: str
    spoken: str
    voice: Voice
    manner: Manner = Manner.GOOD
    behaviour: Behaviour = PROMPT
    after_call: str = ""


SLEEPER = Actor("8003", "八零零三", Voice("+f5"), behaviour=Behaviour(None))
"""Has left the desk without saying so: the phone rings and nobody answers."""

GRUMBLER = Actor("8002", "八零零二", Voice("+m1"), Manner.RUDE, Behaviour(1.5), "not-ready")

ACTORS = (
    SLEEPER,
    GRUMBLER,
    Actor("8001", "八零零一", Voice("+f2")),
    Actor("8004", "八零零四", Voice("+f1")),
    Actor("8006", "八零零六", Voice("+m3")),
)
