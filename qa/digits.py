"""Numbers spoken digit by digit, found in tokens with Chinese or Arabic numerals and homophones of numerals."""

from dataclasses import dataclass

from core.numerals import WRITTEN, sounds_like
from core.tokens import TURN
from qa.talk import Channel, Utterance

NUMERALS = frozenset(WRITTEN) | frozenset("十百千万亿")
"""What numbers are written with."""

_SHARE = 0.6
"""The part of a run that must be written as numerals; the rest may be homophones of numerals."""

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
        if run is not None and run[1] - run[0] >= least:
            first, last = run
            digits = "".join(_digit(channel.written, token) or "" for token in range(first, last))
            found.append(Number(digits, first, last, channel.utterance_of(first)))
        place = max(end, place + 1)
    return found


def _digit(written: list[str], place: int) -> str | None:
    token = written[place]
    if token in WRITTEN:
        after = written[place + 1] if place + 1 < len(written) else TURN
        return None if token == "一" and after in _NOT_AFTER_ONE else WRITTEN[token]
    return sounds_like(token)


def _trimmed(written: list[str], first: int, last: int) -> tuple[int, int] | None:
    """Homophones at the edges fall away unless the run is mostly numerals and the neighbour is one."""
    while first < last and written[first] not in WRITTEN:
        first += 1
    while first < last and written[last - 1] not in WRITTEN:
        last -= 1
    sure = sum(written[token] in WRITTEN for token in range(first, last))
    return (first, last) if first < last and sure >= _SHARE * (last - first) else None
