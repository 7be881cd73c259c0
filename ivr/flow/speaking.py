"""Steps that only speak: play (words of the file) and say (words with variables read aloud)."""

from typing import TypeVar

from ivr.fault import FaultKind
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.graph import next_questions
from ivr.menus import Spoken
from ivr.schema import Asking, Play, Say, Value

S = TypeVar("S", Play, Say)


class SpeakingKind(Kind[S]):
    """The keys that work everywhere are heard at once while we speak, others are kept for the next question.

    What cannot be interrupted yields to the person's key only. Within a number that is typed ahead no key means that.
    """

    def key(self, talk: Talk, step: S, key: str) -> str | None:
        heard = step.barge_in or talk.flow.keys.get(key) == "person"  # type: ignore[call-overload]  # a stray key
        if heard and not (talk.typed and _digits_follow(talk)):
            target = talk.everywhere(key)
            if target is not None:
                talk.leave_trail(key)
                return target
        talk.keep(key)
        return None


class PlayKind(SpeakingKind[Play]):
    def enter(self, talk: Talk, step: Play) -> str | None:
        talk.phase = Phase.SPEAKING
        words = talk.prompt("prompt", prompt=step.prompt)
        talk.say(words, barge_in=step.barge_in, every=step.in_every_language)
        return None

    def sound_ended(self, talk: Talk, step: Play) -> str | None:
        return step.next


class SayKind(SpeakingKind[Say]):
    def enter(self, talk: Talk, step: Say) -> str | None:
        pieces: list[Spoken] = []
        for index, part in enumerate(step.parts):
            if not isinstance(part, Value):
                pieces.append(talk.words("parts", str(index), prompt=part))
                continue
            read = talk.read(part)
            if read is None:
                if step.missing is None:
                    talk.broken(FaultKind.VALUE, _unread(talk, part))
                return step.missing
            pieces += read
        talk.phase = Phase.SPEAKING
        talk.utter(pieces, barge_in=step.barge_in)
        return None

    def sound_ended(self, talk: Talk, step: Say) -> str | None:
        return step.next


def _digits_follow(talk: Talk) -> bool:
    return any(isinstance(talk.flow.steps[each], Asking) for each in next_questions(talk.flow, talk.step))


def _unread(talk: Talk, part: Value) -> str:
    if part.value in talk.claimed and part.value not in talk.variables:
        return f"{part.value!r} is of a number that was only typed: it counts after a verify step"
    return f"{part.value!r} holds nothing that can be read as {part.reading}"
