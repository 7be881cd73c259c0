"""Card, identity and telephone numbers in what was said: found, masked in the text, and located in time. Pure.

Digits are looked for as recognised speech writes them (幺三八…, 〇, 1, １, one three), on one speaker's side, over the
borders of words and segments, with a few other characters or English words (嗯, a misheard digit) in between.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recordings.spans import Span, joined
from recordings.transcript import Segment, Speaker, Transcript, document

MASK = "*"
LONGEST_GAP = 3
"""Characters between two digits of one number: "嗯", "然后", a digit misheard."""
LONGEST_PAUSE = 10.0
"""Seconds between two digits of one number: the other side repeats, or looks something up."""
LONG = 13
"""So many digits in a row are a secret even when no check digit agrees: some may be misheard. No card is shorter."""
PADDING = 0.3
"""Seconds around a number in the sound: word times are not exact."""

_DIGITS = {
    **{str(value): value for value in range(10)},
    **{chr(ord("０") + value): value for value in range(10)},
    **{letter: value for value, letter in enumerate("零一二三四五六七八九")},
    "〇": 0, "○": 0, "幺": 1, "两": 2, "oh": 0,
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TENTHS = frozenset("xXｘＸ叉")
"""The last place of an identity number may be an X."""
_UNIT = re.compile(r"[A-Za-z]+|.", re.DOTALL)
"""What counts as one character: an English word, or one of any other script."""
_NO_BREAK = frozenset(" -,，、。.嗯呃额啊哦") | {"uh", "um", "and"}
"""Between digits these say nothing; one other character may be a misheard digit."""
_BREAK = frozenset("十百千万亿块元毛角分点年月日号天个笔次")
"""Between digits these show that an amount, a date or a count is said, not a number digit by digit."""
_MOBILE = re.compile(r"(?:0?086|86|0)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")
_BIRTH = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CARD_LENGTHS = range(19, 12, -1)


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
class _Letter:
    """A character of the talk, or an English word: where it stands and when it was said."""

    text: str
    segment: int
    at: int
    word: int
    within: int
    start: float
    end: float

    @property
    def digit(self) -> str:
        """'' for what is no digit."""
        known = _DIGITS.get(self.text.lower())
        return str(known) if known is not None else "X" if self.text in _TENTHS else ""


def redact(transcript: Transcript) -> tuple[Transcript, tuple[Secret, ...]]:
    """The transcript with every digit of such numbers as `*` (lengths stay), and the numbers in the order of time."""
    secrets: list[Secret] = []
    hidden: list[_Letter] = []
    for speaker in Speaker:
        for kind, letters in _found(_letters(transcript.segments, speaker)):
            secrets.append(Secret(kind, speaker, letters[0].start, letters[-1].end))
            hidden += [letter for letter in letters if letter.digit]
    segments = list(transcript.segments)
    for index in {letter.segment for letter in hidden}:
        segments[index] = _masked(segments[index], [letter for letter in hidden if letter.segment == index])
    clean = transcript.model_copy(update={"segments": tuple(segments)})
    return clean, tuple(sorted(secrets, key=lambda secret: (secret.start, secret.end)))


def masked(text: str) -> str:
    """One stretch of text with such numbers masked."""
    letters = [_Letter(unit[0], 0, unit.start(), -1, 0, 0.0, 0.0) for unit in _UNIT.finditer(text)]
    hidden = {letter.at for _, found in _found(letters) for letter in found if letter.digit}
    return "".join(MASK * len(letter.text) if letter.at in hidden else letter.text for letter in letters)


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


def _letters(segments: Sequence[Segment], speaker: Speaker) -> list[_Letter]:
    found: list[_Letter] = []
    for index, segment in enumerate(segments):
        if segment.speaker is not speaker:
            continue
        at = 0
        parts = [(word.text, word.start, word.end) for word in segment.words]
        for word, (text, start, end) in enumerate(parts or [(segment.text, segment.start, segment.end)]):
            at = max(at, segment.text.find(text, at))
            step = (end - start) / max(1, len(text))
            found += [
                _Letter(
                    unit[0],
                    index,
                    at + unit.start(),
                    word if parts else -1,
                    unit.start(),
                    start + unit.start() * step,
                    start + unit.end() * step,
                )
                for unit in _UNIT.finditer(text)
            ]
            at += len(text)
    return found


def _found(letters: Sequence[_Letter]) -> list[tuple[Kind, list[_Letter]]]:
    """The numbers in one side's talk, each with its letters from first to last digit."""
    found: list[tuple[Kind, list[_Letter]]] = []
    for run in _runs(letters):
        digits = [place for place in run if letters[place].digit]
        text = "".join(letters[place].digit for place in digits)
        rows = _rows(letters, digits)
        for kind, first, last in _numbers(text, rows):
            found.append((kind, list(letters[digits[first] : digits[last - 1] + 1])))
    return found


def _runs(letters: Sequence[_Letter]) -> list[range]:
    """Stretches that begin and end with a digit and hold no wide gap."""
    runs: list[range] = []
    for place, letter in enumerate(letters):
        if not letter.digit:
            continue
        between = letters[runs[-1].stop : place] if runs else ()
        gap = sum(not each.text.isspace() for each in between)
        near = runs and gap <= LONGEST_GAP and not any(each.text in _BREAK for each in between)
        if near and letter.start - letters[runs[-1].stop - 1].end <= LONGEST_PAUSE:
            runs[-1] = range(runs[-1].start, place + 1)
        else:
            runs.append(range(place, place + 1))
    return runs


def _rows(letters: Sequence[_Letter], digits: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches of `digits` (as positions in it) with next to nothing between them."""
    rows: list[tuple[int, int]] = []
    for number, place in enumerate(digits):
        between = letters[digits[number - 1] + 1 : place] if number else ()
        if rows and sum(letter.text not in _NO_BREAK for letter in between) <= 1:
            rows[-1] = (rows[-1][0], number + 1)
        else:
            rows.append((number, number + 1))
    return rows


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
        for match in pattern.finditer(text):
            add(Kind.PHONE, *match.span())
    return found


def _masked(segment: Segment, hidden: Sequence[_Letter]) -> Segment:
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
