"""Numbers spoken digit by digit, found in tokens with Chinese or Arabic numerals and homophones of numerals."""

from dataclasses import dataclass

from core.pinyin import syllable
from core.tokens import TURN
from qa.talk import Channel, Utterance

_SAID = {
    "ling": "0", "dong": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7",
    "guai": "7", "ba": "8", "jiu": "9",
}  # fmt: skip
_WRITTEN = dict(zip("0123456789零〇一二三四五六七八九幺两", "01234567890012345678912", strict=True))
NUMERALS = frozenset(_WRITTEN) | frozenset("十百千万亿")
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
    if token in _WRITTEN:
        after = written[place + 1] if place + 1 < len(written) else TURN
        return None if token == "一" and after in _NOT_AFTER_ONE else _WRITTEN[token]
    return _SAID.get(syllable(token)) if len(token) == 1 and token != TURN and token != "是" else None


def _trimmed(written: list[str], first: int, last: int) -> tuple[int, int] | None:
    """Homophones at the edges fall away unless the run is mostly numerals and the neighbour is one."""
    while first < last and written[first] not in _WRITTEN:
        first += 1
    while first < last and written[last - 1] not in _WRITTEN:
        last -= 1
    sure = sum(written[token] in _WRITTEN for token in range(first, last))
    return (first, last) if first < last and sure >= _SHARE * (last - first) else None
