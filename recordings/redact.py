"""Card, identity and telephone numbers in what was said: found, masked in the text, and located in time. Pure.

Digits are looked for as recognised speech writes them (幺三八…, 〇, 1, １, 双零, one three), on one speaker's side,
over the borders of words and segments, with a few other characters or English words (嗯, a misheard digit) in between.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recordings.digits import UNIT, Figure, Letter, beside, rows, runs
from recordings.spans import Span, joined
from recordings.transcript import Segment, Speaker, Transcript, document

MASK = "*"
LONG = 13
"""So many digits in a row are a secret even when no check digit agrees: some may be misheard. No card is shorter."""
PADDING = 0.3
"""Seconds around a number in the sound: word times are not exact."""

_MOBILE = re.compile(r"(?:0?086|86|0)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")
_SERVICE = re.compile(r"1400\d{7}")
"""请您要四零零…: a public number of ten digits after a word, for no telephone begins so."""
_BIRTH = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CARD_LENGTHS = range(19, 12, -1)
_USUAL_LENGTHS = frozenset({16, 18, 19})
"""Of cards and identity numbers here: what is no check digit's proof that a word at the edge is a digit."""


class Kind(StrEnum):
    CARD = "card"
    IDENTITY = "identity"
    PHONE = "phone"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Secret:
    """One number; `start` and `end` are seconds of call time."""

    kind: Kind
    speaker: Speaker
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Number:
    """From letter `begin` to `end` (exclusive); `hidden` are the places of the letters that tell it."""

    kind: Kind
    begin: int
    end: int
    hidden: tuple[int, ...]


def redact(transcript: Transcript) -> tuple[Transcript, tuple[Secret, ...]]:
    """The transcript with every digit of such numbers as `*` (lengths stay), and the numbers in the order of time."""
    secrets: list[Secret] = []
    hidden: list[Letter] = []
    for speaker in Speaker:
        letters = _letters(transcript.segments, speaker)
        for number in _found(letters):
            secrets.append(Secret(number.kind, speaker, letters[number.begin].start, letters[number.end - 1].end))
            hidden += [letters[place] for place in number.hidden]
    segments = list(transcript.segments)
    for index in {letter.segment for letter in hidden}:
        segments[index] = _masked(segments[index], [letter for letter in hidden if letter.segment == index])
    clean = transcript.model_copy(update={"segments": tuple(segments)})
    return clean, tuple(sorted(secrets, key=lambda secret: (secret.start, secret.end)))


def masked(text: str) -> str:
    """One stretch of text with such numbers masked."""
    letters = [Letter(unit[0], 0, unit.start(), -1, 0, 0.0, 0.0) for unit in UNIT.finditer(text)]
    hidden = {place for number in _found(letters) for place in number.hidden}
    return "".join(MASK * len(each.text) if place in hidden else each.text for place, each in enumerate(letters))


def masked_document(content: dict[str, Any]) -> dict[str, Any]:
    """A transcript in the exchange format, masked."""
    return document(redact(Transcript.model_validate(content))[0])


def text_of(transcript: Transcript) -> str:
    """All that was said, masked, a segment a line: what may be searched."""
    return "\n".join(segment.text for segment in redact(transcript)[0].segments)


def silences(secrets: Iterable[Secret], offset: float, seconds: float) -> tuple[Span, ...]:
    """Where a sound file of `seconds`, whose first sample is at call time `offset`, must be silent."""
    wide = (
        Span(max(0.0, secret.start - offset - PADDING), min(seconds, secret.end - offset + PADDING))
        for secret in secrets
    )
    return joined(span for span in wide if span.seconds > 0)


def is_card(digits: str) -> bool:
    """Luhn's check over 13 to 19 digits that begin like a bank card's (ISO/IEC 7812-1)."""
    if not (len(digits) in _CARD_LENGTHS and digits.isdecimal() and digits[0] in "3456"):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_identity(digits: str) -> bool:
    """A resident identity number: region, birthday, check digit by ISO 7064 MOD 11-2 (GB 11643)."""
    if not _BIRTH.fullmatch(digits):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17]


def _letters(segments: Sequence[Segment], speaker: Speaker) -> list[Letter]:
    found: list[Letter] = []
    for index, segment in enumerate(segments):
        if segment.speaker is not speaker:
            continue
        at = 0
        parts = [(word.text, word.start, word.end) for word in segment.words]
        for word, (text, start, end) in enumerate(parts or [(segment.text, segment.start, segment.end)]):
            at = max(at, segment.text.find(text, at))
            step = (end - start) / max(1, len(text))
            found += [
                Letter(
                    unit[0],
                    index,
                    at + unit.start(),
                    word if parts else -1,
                    unit.start(),
                    start + unit.start() * step,
                    start + unit.end() * step,
                )
                for unit in UNIT.finditer(text)
            ]
            at += len(text)
    return found


def _found(letters: Sequence[Letter]) -> list[_Number]:
    """The numbers in one side's talk. Those that are there only with misheard digits come after the others: a word
    between two digits may as well be just that. Last come rows that are numbers only with the word at their edge."""
    found: list[_Number] = []
    for run in runs(letters):
        for reading in ([figure for figure in run if not figure.misheard], run):
            owners = [place for place, figure in enumerate(reading) for _ in figure.digits]
            text = "".join(figure.digits for figure in reading)
            for kind, first, last in _numbers(text, rows(letters, reading)):
                begin, end = reading[owners[first]].first, reading[owners[last - 1]].last
                if not any(other.begin <= begin and end <= other.end for other in found):
                    found.append(_Number(kind, begin, end, _told(letters, run, begin, end)))
            for first, last in rows(letters, reading):
                edges = reading[owners[first]], reading[owners[last - 1]]
                for kind, begin, end in _wider(letters, text[first:last], *edges):
                    found = [other for other in found if not (begin <= other.begin and other.end <= end)]
                    found.append(
                        _Number(kind, begin, end, tuple(sorted({begin, *_told(letters, run, begin, end), end - 1})))
                    )
    return found


def _told(letters: Sequence[Letter], run: Sequence[Figure], begin: int, end: int) -> tuple[int, ...]:
    places = (at for each in run if begin <= each.first < end for at in range(each.first, each.last))
    return tuple(place for place in places if not letters[place].text.isspace())


def _wider(letters: Sequence[Letter], row: str, first: Figure, last: Figure) -> list[tuple[Kind, int, int]]:
    """The numbers that a row of digits is with a misheard first or last one: only where it then has the length of such
    a number, for the word at its edge may as well be just that."""
    if _MOBILE.fullmatch(row) or is_identity(row) or (is_card(row) and len(row) in _USUAL_LENGTHS):
        return []
    wider = [(before + row + after, begin, end) for before, begin, after, end in beside(letters, first, last)]
    return [(kind, begin, end) for digits, begin, end in wider if (kind := _kind(digits))]


def _kind(digits: str) -> Kind | None:
    """What kind of number these digits are as a whole."""
    if _SERVICE.fullmatch(digits):
        return None
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return Kind.PHONE
    if is_identity(digits):
        return Kind.IDENTITY
    if is_card(digits):
        return Kind.CARD
    return Kind.LONG if len(digits) in _USUAL_LENGTHS else None


def _numbers(text: str, rows: Sequence[tuple[int, int]]) -> list[tuple[Kind, int, int]]:
    """Kind, first and last (exclusive) of the numbers among a run's digits; the surest kinds first, no overlaps."""
    found: list[tuple[Kind, int, int]] = []

    def add(kind: Kind, first: int, last: int) -> None:
        if all(last <= other_first or first >= other_last for _, other_first, other_last in found):
            found.append((kind, first, last))

    for first in range(len(text) - 17):
        if is_identity(text[first : first + 18]):
            add(Kind.IDENTITY, first, first + 18)
    for first, last in rows:
        if last - first >= LONG and not any(a < last and first < b for _, a, b in found):
            add(Kind.CARD if is_card(text[first:last]) else Kind.LONG, first, last)
    for length in _CARD_LENGTHS:
        for first in range(len(text) - length + 1):
            if is_card(text[first : first + length]):
                add(Kind.CARD, first, first + length)
    for pattern in (_MOBILE, _LANDLINE):
        # Rows first: in 尾号一六，手机一三八… the telephone number is the row, not what follows the first 1.
        for first, last in (*rows, (0, len(text))):
            for match in pattern.finditer(text, first, last):
                add(Kind.PHONE, *match.span())
    return found


def _masked(segment: Segment, hidden: Sequence[Letter]) -> Segment:
    text, words = list(segment.text), [list(word.text) for word in segment.words]
    for letter in hidden:
        size = len(letter.text)
        text[letter.at : letter.at + size] = MASK * size
        if letter.word >= 0:
            words[letter.word][letter.within : letter.within + size] = MASK * size
    clean = tuple(
        word.model_copy(update={"text": "".join(masked)}) for word, masked in zip(segment.words, words, strict=True)
    )
    return segment.model_copy(update={"text": "".join(text), "words": clean})
