"""Numbers told in English words as the figures they mean: three thousand five hundred → 3500. Pure."""

from collections.abc import Iterator, Sequence

from core.numerals import ENGLISH

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = (
    {word: int(digit) for word, digit in ENGLISH.items()}
    | {word: value for value, word in enumerate(_TEENS.split(), 10)}
    | {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
)
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ALSO_ELSE = frozenset(("one", "o", "oh"))
"""Alone these say something else as well: the right one."""


def in_figures(written: Sequence[str]) -> list[str]:
    """These tokens with each run of number words as one text of figures; all others as they are."""
    found: list[str] = []
    run: list[str] = []
    for place, token in enumerate(written):
        word = token.lower()
        if word in _SMALL or word in _SCALES:
            run.append(word)
        elif not (word == "and" and run and run[-1] in _SCALES and _counts(written[place + 1 : place + 2])):
            found += (*_run(run), token)
            run = []
    return [*found, *_run(run)]


def _counts(tokens: Sequence[str]) -> bool:
    return any(token.lower() in _SMALL for token in tokens)


def _run(words: list[str]) -> list[str]:
    if not words or (len(words) == 1 and words[0] in _ALSO_ELSE):
        return words
    return ["".join(str(value) for value in _values(words))]


def _values(words: list[str]) -> Iterator[int]:
    """The numbers the words make up: one where they go on (forty two), several where they begin anew (four two)."""
    total, current, room = 0, 0, -1
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if scale > 100:
                total, current = total + max(1, current) * scale, 0
            else:
                current = max(1, current) * scale
            room = scale
            continue
        value = _SMALL[word]
        if room >= 0 and not 0 < value < room:
            yield total + current
            total, current = 0, 0
        current += value
        room = 10 if value >= 20 else 0
    yield total + current
