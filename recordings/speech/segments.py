"""Words to readable segments: split at pauses, joined as the script wants it, in the order of time. Pure."""

from collections.abc import Iterable, Sequence

from recordings.transcript import Segment, Speaker, Word

PAUSE = 0.7
"""Seconds of silence between two words that begin a new segment."""


def segments(words: Iterable[Word], speaker: Speaker, *, offset: float = 0.0) -> list[Segment]:
    """The words of one side, in order, as segments; `offset` is added to every time. Times to the millisecond."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start - groups[-1][-1].end < PAUSE:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [_segment(group, speaker, offset) for group in groups]


def join(texts: Sequence[str]) -> str:
    """Words as text: blanks only between words of letters and digits, none beside Han characters."""
    text = ""
    for part in texts:
        apart = bool(text) and bool(part) and text[-1].isascii() and part[0].isascii()
        text += f" {part}" if apart else part
    return text


def in_order(*sides: list[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted((segment for side in sides for segment in side), key=lambda found: (found.start, found.end)))


def _segment(words: list[Word], speaker: Speaker, offset: float) -> Segment:
    known = [word.confidence for word in words if word.confidence is not None]
    timed = tuple(
        word.model_copy(update={"start": round(word.start + offset, 3), "end": round(word.end + offset, 3)})
        for word in words
    )
    return Segment(
        speaker=speaker,
        start=timed[0].start,
        end=timed[-1].end,
        text=join([word.text for word in words]),
        confidence=round(sum(known) / len(known), 3) if known else None,
        words=timed,
    )
