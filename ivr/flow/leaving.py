"""What steps that hand the call over have in common: a way back until the caller is gone."""

from typing import TypeVar

from ivr.flow.kind import Kind
from ivr.flow.talk import Talk
from ivr.schema import Queue, Transfer

S = TypeVar("S", Queue, Transfer)


class LeavingKind(Kind[S]):
    """Who pressed a wrong key may go back while he is told where he is going."""

    def key(self, talk: Talk, step: S, key: str) -> str | None:
        if talk.flow.keys.get(key) == "back":  # type: ignore[call-overload]  # a stray key has no action
            talk.leave_trail(key)
            return talk.back()
        talk.keep(key)
        return None
