"""Steps that only speak: play (words of the file) and say (words with variables read aloud)."""

from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.menus import Spoken
from ivr.schema import Play, Say, Value


def to_person_on(talk: Talk, key: str) -> str | None:
    """The person's key is heard at once even while we speak; others are kept."""
    if talk.flow.keys.get(key) == "person":  # type: ignore[call-overload]  # a stray key has no action
        talk.leave_trail(key)
        return talk.person()
    talk.typed.append(key)
    return None


class PlayKind(Kind[Play]):
    def enter(self, talk: Talk, step: Play) -> str | None:
        talk.phase = Phase.SPEAKING
        words = talk.prompt("prompt", prompt=step.prompt)
        talk.say(words, barge_in=step.barge_in, every=step.in_every_language)
        return None

    def key(self, talk: Talk, step: Play, key: str) -> str | None:
        return to_person_on(talk, key)

    def sound_ended(self, talk: Talk, step: Play, missing: bool) -> str | None:
        return step.next


class SayKind(Kind[Say]):
    def enter(self, talk: Talk, step: Say) -> str | None:
        pieces: list[Spoken] = []
        for index, part in enumerate(step.parts):
            if isinstance(part, Value):
                read = talk.read(part)
                if read is None:
                    return step.missing or talk.person()
                pieces += read
            else:
                pieces.append(talk.words("parts", str(index), prompt=part))
        talk.phase = Phase.SPEAKING
        talk.utter(pieces, barge_in=step.barge_in)
        return None

    def key(self, talk: Talk, step: Say, key: str) -> str | None:
        return to_person_on(talk, key)

    def sound_ended(self, talk: Talk, step: Say, missing: bool) -> str | None:
        return (step.missing or talk.person()) if missing else step.next
