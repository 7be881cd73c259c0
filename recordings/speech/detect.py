"""Which language is spoken, where nobody knows: the model that is surest of what it hears, if it is sure enough."""

from collections.abc import Sequence

from recordings.sound import Samples
from recordings.spans import Span, total
from recordings.speech.recognise import Recognizer, hear

UNKNOWN = "und"
"""The language tag of a call that no menu asked (ISO 639-2)."""
LISTENS = 20.0
"""Seconds of speech that each model is given, of both sides together."""
SURE = 0.75
"""Confidence for each second of speech: measured 0.56–0.59 of a model of the wrong language, 0.93–0.96 of the right."""

Side = tuple[Samples, Sequence[Span]]


def confidence(recognizer: Recognizer, sides: Sequence[Side]) -> float:
    """How sure a model is of the first LISTENS seconds of speech: 0 (understands nothing) to 1."""
    heard = seconds = 0.0
    for channel, speech in sides:
        sample = _first(speech, LISTENS / len(sides))
        seconds += total(sample)
        words = hear(recognizer, channel, sample)
        heard += sum((word.end - word.start) * (word.confidence or 0.0) for word in words)
    return heard / seconds if seconds else 0.0


def _first(speech: Sequence[Span], longest: float) -> list[Span]:
    found: list[Span] = []
    for span in speech:
        if total(found) >= longest:
            break
        found.append(span)
    return found
