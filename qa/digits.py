"""Numbers spoken digit by digit, found in tokens with Chinese or Arabic numerals, homophones, English words."""

from dataclasses import dataclass

from core.numerals import ENGLISH, WRITTEN, sounds_like
from core.tokens import TURN
from qa.talk import Channel, Utterance

NUMERALS = frozenset(WRITTEN) | frozenset("十百千万亿")
"""What numbers are written with."""

_SHARE = 0.6
"""The part of a run that must be written as numerals; the rest may be homophones of numerals."""

_MORE = {"double": 1, "triple": 2}
"""How many times more the digit behind is meant."""

_NOT_AFTER_ONE = frozenset("下个些共样起定直般会遍次种点边位")


@dataclass(frozen=True, slots=True)
class Number:
    """`digits` as said, tokens `first`..`last` (exclusive)."""

    digits: str
    first: int
    last: int
    said: Utterance


def numbers(channel: Channel, least: int) -> list[Number]:
    """Runs of at least `least` digits; a run ends at a turn's end."""
    found: list[Number] = []
    place = 0
    while place < len(channel.written):
        end = place
        while end < len(channel.written) and _digit(channel.written, end) is not None:
            end += 1
        run = _trimmed(channel.written, place, end)
        if run is not None:
            digits = "".join(_digit(channel.written, token) or "" for token in range(*run))
            if len(digits) >= least:
                found.append(Number(digits, *run, channel.utterance_of(run[0])))
        place = max(end, place + 1)
    return found


def _digit(written: list[str], place: int) -> str | None:
    """What the token says of a number: a digit, or for double and triple the digit behind as often as it adds."""
    token = written[place]
    if token in WRITTEN:
        after = written[place + 1] if place + 1 < len(written) else TURN
        return None if token == "一" and after in _NOT_AFTER_ONE else WRITTEN[token]
    word = token.lower()
    if word in _MORE:
        behind = written[place + 1].lower() if place + 1 < len(written) else TURN
        digit = WRITTEN.get(behind) or ENGLISH.get(behind)
        return digit and digit * _MORE[word]
    return ENGLISH.get(word) or sounds_like(token)


def _trimmed(written: list[str], first: int, last: int) -> tuple[int, int] | None:
    """Homophones at the edges fall away unless the run is mostly numerals and the neighbour is one."""
    while first < last and not _is_sure(written[first]):
        first += 1
    while first < last and not _is_sure(written[last - 1]):
        last -= 1
    sure = sum(_is_sure(written[token]) for token in range(first, last))
    return (first, last) if first < last and sure >= _SHARE * (last - first) else None


def _is_sure(token: str) -> bool:
    return token in WRITTEN or token.lower() in ENGLISH or token.lower() in _MORE
