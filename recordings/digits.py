"""Numbers said digit by digit: letters of recognised speech read as digits, repeated and misheard ones too. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.numerals import ENGLISH, WRITTEN, sounds_like

LONGEST_GAP = 3
"""Characters between two digits of one number: "嗯", "然后", a digit misheard."""
LONGEST_PAUSE = 10.0
"""Seconds between two digits of one number: the other side repeats, or looks something up."""
UNIT = re.compile(r"[A-Za-z]+|.", re.DOTALL)
"""What counts as one character: an English word, or one of any other script."""

_MISHEARD = {"o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "ate": "8"}
_DIGITS = {
    **WRITTEN,
    **{chr(ord("０") + value): str(value) for value in range(10)},
    **{word: digit for word, digit in ENGLISH.items() if word not in _MISHEARD},
    "○": "0", **dict.fromkeys("xXｘＸ叉", "X"),
}  # fmt: skip
"""The last place of an identity number may be an X."""
_TIMES = {"双": 2, "俩": 2, "仨": 3, "double": 2, "triple": 3}
_SO_MANY = {"两": 2, "2": 2, "三": 3, "3": 3, "四": 4, "4": 4}
"""Before 个: 三个八, but not 三个八百."""
_NO_BREAK = frozenset(" -,，、。.嗯呃额啊哦") | {"uh", "um", "and"}
"""Between digits these say nothing; one other character may be a misheard digit."""
_BREAK = frozenset("十百千万亿块元毛角分点年月日号天个笔次")
"""Between digits these show that an amount, a date or a count is said, not a number digit by digit."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A character of the talk, or an English word: where it stands and when it was said."""

    text: str
    segment: int
    at: int
    word: int
    within: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What letters `first` to `last` (exclusive) say: a digit, or one several times; `misheard`: sounds like one."""

    digits: str
    first: int
    last: int
    misheard: bool = False


def runs(letters: Sequence[Letter]) -> list[list[Figure]]:
    """Stretches that begin and end with a digit and hold no wide gap; a gap of nothing but characters that sound like
    digits is taken for misheard ones."""
    found: list[list[Figure]] = []
    for figure in _figures(letters):
        if found and (between := _near(letters, found[-1][-1].last, figure.first)) is not None:
            found[-1] += between
        else:
            found.append([])
        found[-1].append(figure)
    return found


def rows(letters: Sequence[Letter], figures: Sequence[Figure]) -> list[tuple[int, int]]:
    """Stretches of the digits of `figures` (as positions among them) with next to nothing between them."""
    found: list[tuple[int, int]] = []
    at = 0
    for place, figure in enumerate(figures):
        between = letters[figures[place - 1].last : figure.first] if place else ()
        odd = sum(letter.text not in _NO_BREAK for letter in between)
        first = found.pop()[0] if found and odd <= 1 else at
        at += len(figure.digits)
        found.append((first, at))
    return found


def beside(letters: Sequence[Letter], first: Figure, last: Figure) -> list[tuple[str, int, str, int]]:
    """The ways to read more digits right before and after a stretch, from letters that only sound like them: what is
    said before and where the stretch then begins, what is said after and where it then ends."""
    before, begin = _edge(letters, first.first, -1)
    after, end = _edge(letters, last.last - 1, 1)
    both = [(before, begin, after, end)] if before and after else []
    left = [(before, begin, "", last.last)] if before else []
    return [*left, *([("", first.first, after, end)] if after else []), *both]


def _edge(letters: Sequence[Letter], place: int, step: int) -> tuple[str, int]:
    """The digit that the letter next to `place` sounds like, '' for none, and where the stretch is then cut."""
    at = place + step
    while 0 <= at < len(letters) and letters[at].text.isspace():
        at += step
    if not 0 <= at < len(letters):
        return "", 0
    one, other = sorted((letters[place], letters[at]), key=lambda letter: letter.start)
    said = letters[at].text.lower()
    digit = _MISHEARD.get(said) or sounds_like(said)
    if not digit or other.start - one.end > LONGEST_PAUSE:
        return "", 0
    return digit, at + (step > 0)


def _figures(letters: Sequence[Letter]) -> Iterator[Figure]:
    said = [(place, letter.text.lower()) for place, letter in enumerate(letters) if not letter.text.isspace()]
    at = 0
    while at < len(said):
        times, size = _repeated([text for _, text in said[at : at + 4]])
        digit = _DIGITS.get(said[at + size - 1][1])
        if digit is not None:
            yield Figure(digit * times, said[at][0], said[at + size - 1][0] + 1)
        at += size if digit is not None else 1


def _repeated(said: Sequence[str]) -> tuple[int, int]:
    """How often the digit is said with which these words end, and how many of them say so: 双零, 两个零, double oh."""
    size, known = (3, _SO_MANY) if said[1:2] == ["个"] else (2, _TIMES)
    amount = _BREAK.intersection(said[size : size + 1])
    if said[0] in known and _DIGITS.keys() & said[size - 1 : size] and not amount:
        return known[said[0]], size
    return 1, 1


def _near(letters: Sequence[Letter], first: int, last: int) -> list[Figure] | None:
    """None where too much lies between two digits for one number, else the misheard ones between them."""
    places = [place for place in range(first, last) if not letters[place].text.isspace()]
    if len(places) > LONGEST_GAP or any(letters[place].text in _BREAK for place in places):
        return None
    if letters[last].start - letters[first - 1].end > LONGEST_PAUSE:
        return None
    said = {place: letters[place].text.lower() for place in places if letters[place].text.lower() not in _NO_BREAK}
    heard = {place: _MISHEARD.get(text) or sounds_like(text) for place, text in said.items()}
    meant = [Figure(digit, place, place + 1, misheard=True) for place, digit in heard.items() if digit]
    return meant if len(meant) == len(said) else []
