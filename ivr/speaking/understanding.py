"""What a caller who speaks means: his words held against the phrases of a menu's options, by how they sound."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from core.pinyin import distance, syllable
from core.tokens import tokens

SURE = 0.9
"""Likeness (1 − weighted edits ÷ syllables) from which an option is taken without asking."""
LIKELY = 0.7
"""Likeness from which the caller is asked whether he meant it."""
APART = 0.1
"""A second option that is as like as this leaves the first unsure."""
TRUSTED = 0.5
"""Mean confidence of the recogniser below which nothing is sure."""
LATIN = "'"
"""Begins a Latin word among sounds: it is compared by its letters."""
NEGATIONS = frozenset({"bu", "mei", "bie", "'not", "'don't", "'no"})
YES = {
    "zh": ("是", "是的", "对", "对的", "好", "好的", "嗯", "没错", "确认"),
    "en": ("yes", "yeah", "right", "correct", "okay"),
}
NO = {"zh": ("不是", "不", "不对", "错了", "没有", "不要"), "en": ("no", "nope", "wrong")}


@dataclass(frozen=True, slots=True)
class Meant:
    """`option` is empty when nothing is like what was said; `sure`: no need to ask."""

    option: str
    likeness: float
    sure: bool


def understand(said: str, options: Mapping[str, Iterable[str]], confidence: float = 1.0) -> Meant:
    """The option one of whose phrases is most like a stretch of `said`; of two as like, that of the longer phrase."""
    heard = sounds(said)
    ranked = sorted(
        (max((_ranked(heard, sounds(phrase)) for phrase in phrases), default=(0.0, 0)), option)
        for option, phrases in options.items()
    )
    if not ranked or ranked[-1][0][0] < LIKELY:
        return Meant("", ranked[-1][0][0] if ranked else 0.0, sure=False)
    (likeness, length), option = ranked[-1]
    rival, rival_length = ranked[-2][0] if len(ranked) > 1 else (0.0, 0)
    alone = rival < likeness - APART or rival_length < length
    return Meant(option, likeness, sure=likeness >= SURE and alone and confidence >= TRUSTED)


def agrees(said: str, language: str) -> bool | None:
    """Whether the caller said yes or no, and nothing that could be more than that; None otherwise."""
    heard = sounds(said)
    if any(heard == sounds(word) for word in NO.get(language, ())):
        return False
    if not heard or heard[0] in NEGATIONS:
        return False if heard else None
    words = {sounds(word) for word in YES.get(language, ())}
    return True if heard in words or any(heard[: len(word)] == word for word in words if word) else None


def sounds(text: str) -> tuple[str, ...]:
    """Syllables of Chinese characters and digits, Latin words with LATIN before them."""
    return tuple(
        LATIN + token.text.lower() if token.text[0].isascii() and token.text[0].isalpha() else syllable(token.text)
        for token in tokens(text)
    )


def _ranked(heard: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[float, int]:
    return (likeness(heard, phrase), len(phrase)) if phrase else (0.0, 0)


def likeness(heard: Sequence[str], phrase: Sequence[str]) -> float:
    """Of `phrase` and the stretch of `heard` most like it, 0 to 1; 0 where a negation stands before that stretch.

    Sellers' search: the cheapest way to edit `phrase` into any stretch, by syllable distance.
    """
    costs: list[tuple[float, int]] = [(float(index), 0) for index in range(len(phrase) + 1)]
    best, begin = costs[-1]
    for at, sound in enumerate(heard, 1):
        above, costs[0] = costs[0], (0.0, at)
        for index, wanted in enumerate(phrase, 1):
            left, up = costs[index - 1], costs[index]
            step = min((above[0] + apart(wanted, sound), above[1]), (up[0] + 1, up[1]), (left[0] + 1, left[1]))
            above, costs[index] = costs[index], step
        if costs[-1][0] < best:
            best, begin = costs[-1]
    if any(word in NEGATIONS for word in heard[max(0, begin - 2) : begin]):
        return 0.0
    return max(0.0, 1 - best / len(phrase))


def apart(one: str, other: str) -> float:
    """0 the same, 1 nothing in common; a negation is like nothing but itself."""
    if one == other:
        return 0.0
    if one in NEGATIONS or other in NEGATIONS:
        return 1.0
    if one[0] == LATIN or other[0] == LATIN:
        return float(Levenshtein.normalized_distance(one, other))
    return distance(one, other)
