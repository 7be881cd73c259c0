"""From the sound of a call to its measures and its transcript."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from recordings import sound
from recordings.sound import AGENT, CUSTOMER, RATE, Source
from recordings.spans import Span, without
from recordings.speech import activity, measures
from recordings.speech.detect import SURE, UNKNOWN, Side, confidence
from recordings.speech.measures import Measures
from recordings.speech.recognise import Recognizer, hear
from recordings.speech.segments import in_order, segments
from recordings.transcript import CallEvent, CallFacts, Segment, Speaker, Transcript


class Recognizers(Protocol):
    """Where a language's recogniser comes from (`recordings.speech.languages.Engines`)."""

    def knows(self, language: str) -> bool: ...

    def languages(self) -> tuple[str, ...]: ...

    def of(self, language: str) -> Recognizer | None: ...


@dataclass(frozen=True, slots=True)
class Analysis:
    """`transcript` is None when no model knows the call's language; measures there are always."""

    measures: Measures
    transcript: Transcript | None
    model: str
    note: str


def transcribe(
    source: Source, facts: CallFacts, engines: Recognizers, *, events: Sequence[CallEvent] = (), offset: float = 0.0
) -> Analysis:
    """Measures and text of a two-channel sound file whose first sample is `offset` seconds after the connection.

    A call in no known language is heard by the model that is surest of it. Blocking and CPU-bound; safe in several
    threads. Raises sound.Unusable for a file that holds no call.
    """
    samples = sound.read(source)
    length = len(samples) / RATE
    customer = activity.active(samples[:, CUSTOMER])
    # What the customer hears on hold is music, not the agent.
    agent = without(activity.active(samples[:, AGENT]), _lasting("hold", events, offset), length)
    if facts.language == UNKNOWN:
        parts = [(samples[:, AGENT], measures.tidy(agent)), (samples[:, CUSTOMER], measures.tidy(customer))]
        facts = facts.model_copy(update={"language": _language(engines, parts)})
    transcript, spoken, model, note = None, None, "", f"no model for {facts.language}"
    recognizer = engines.of(facts.language)
    if recognizer is not None:
        sides = [
            segments(hear(recognizer, samples[:, channel], measures.tidy(speech)), speaker, offset=offset)
            for channel, speech, speaker in (
                (AGENT, agent, Speaker.AGENT),
                (CUSTOMER, customer, Speaker.CUSTOMER),
            )
        ]
        loud = [
            _with_loudness(side, samples[:, channel], offset)
            for channel, side in zip((AGENT, CUSTOMER), sides, strict=True)
        ]
        transcript = Transcript(call=facts, segments=in_order(*loud), events=tuple(events))
        spoken = tuple(sum(_characters(segment.text) for segment in side) for side in sides)
        model, note = recognizer.capabilities.name, recognizer.capabilities.note
    found = measures.measure(
        agent,
        customer,
        length,
        paused=_lasting("pause", events, offset),
        loudness=(activity.loudness(samples[:, AGENT], agent), activity.loudness(samples[:, CUSTOMER], customer)),
        characters=(spoken[0], spoken[1]) if spoken else (None, None),
    )
    return Analysis(found, transcript, model, note)


def _with_loudness(side: Sequence[Segment], channel: sound.Samples, offset: float) -> list[Segment]:
    spans = (Span(max(0.0, each.start - offset), max(0.0, each.end - offset)) for each in side)
    levels = (activity.loudness(channel, (span,)) for span in spans)
    return [
        each if level is None else each.model_copy(update={"loudness": round(level, 1)})
        for each, level in zip(side, levels, strict=True)
    ]


def _language(engines: Recognizers, sides: Sequence[Side]) -> str:
    """The language whose model is surest of these sides; UNKNOWN where none is sure."""
    sure = {UNKNOWN: SURE}
    for language in engines.languages():
        if (recognizer := engines.of(language)) is not None:
            sure[language] = confidence(recognizer, sides)
    return max(sure, key=lambda language: sure[language])


def _lasting(kind: str, events: Sequence[CallEvent], offset: float) -> tuple[Span, ...]:
    return tuple(
        Span(max(0.0, event.start - offset), max(0.0, event.end - offset))
        for event in events
        if event.type == kind and event.start is not None and event.end is not None
    )


def _characters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)
