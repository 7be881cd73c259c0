"""What a kind of step may do: how it begins, and what it makes of sounds, keys, silence and answers."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from ivr.effects import Heard, Input
from ivr.flow.talk import Talk
from ivr.schema import Step

S = TypeVar("S", bound=Step)


class Kind(ABC, Generic[S]):
    """Every method returns the next step's name, or None while the step goes on (or the call is over)."""

    @abstractmethod
    def enter(self, talk: Talk, step: S) -> str | None:
        """The step begins."""

    def key(self, talk: Talk, step: S, key: str) -> str | None:
        """A key nobody waits for is kept for the next question."""
        talk.keep(key)
        return None

    def heard(self, talk: Talk, step: S, said: Heard) -> str | None:
        """The caller has said something."""
        return None

    def sound_ended(self, talk: Talk, step: S) -> str | None:
        """All was said, or a key cut it."""
        return None

    def mute(self, talk: Talk, step: S) -> str | None:
        """What should have been said cannot be heard, which is reported already."""
        talk.trouble()
        return None

    def after_trouble(self, talk: Talk, step: S) -> str | None:
        """The caller has been told that something is broken here."""
        return talk.person()

    def silence(self, talk: Talk, step: S) -> str | None:
        return None

    def answered(self, talk: Talk, step: S, answer: Input) -> str | None:
        """What the world answered to this step's own effect."""
        return None
