"""What a caller who speaks means: his words held against the phrases of a menu's options, by how they sound."""

import re
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
NEGATIONS = frozenset({"不", "没", "别", "'not", "'don't", "'didn't", "'isn't", "'never", "'no", "'nope"})
"""As `sounds` gives them: as characters, since 补, 每 and others sound like them and deny nothing."""
_DENIES_NOTHING = re.compile(r"对不起|不好意思|没关系|没问题|没错|(\w)[不没]\1|(?<=\w)不[到了出见着]|别的|[特级识]别")
BRIDGES = frozenset({
    *["shi", "yao", "xiang", "lai", "qu", "ban", "li", "yong", "xu", "you", "gei", "shuo", "zuo", "tai"],
    *["'it", "'is", "'a", "'an", "'the", "'to", "'do", "'want", "'need", "'have", "'my", "'about", "'calling", "'for"],
})  # fmt: skip
"""Words between a negation and what it denies: 我不是要投诉, not the complaint."""
YES = {
    "zh": ("是", "对", "好", "嗯", "要", "行", "可以", "没错", "确认"),
    "en": ("yes", "yeah", "right", "correct", "okay", "ok", "sure"),
}
NO = {"zh": ("错",), "en": ("wrong",)}
FILLERS = {
    "zh": frozenset(["de", "le", "a", "ya", "o", "la", "jiu", "zhe", "ge", "wo", "xie", "qing"]),
    "en": frozenset(["'please", "'that's", "'that", "'it's", "'it", "'is", "'i", "'do", "'thanks", "'thank", "'you"]),
}
"""What may stand beside a yes and leaves it one: 对的，就是这个; that's right, thank you."""


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
        (max((_ranked(heard, sounds(phrase)) for phrase in phrases), default=(0.0, 0, False)), option)
        for option, phrases in options.items()
    )
    if not ranked or ranked[-1][0][0] < LIKELY:
        return Meant("", ranked[-1][0][0] if ranked else 0.0, sure=False)
    (likeness, length, denies), option = ranked[-1]
    rival, rival_length, _ = ranked[-2][0] if len(ranked) > 1 else (0.0, 0, False)
    alone = rival < likeness - APART or rival_length < length
    plain = denies or not _negated(heard)
    return Meant(option, likeness, sure=likeness >= SURE and alone and plain and confidence >= TRUSTED)


def agrees(said: str, language: str) -> bool | None:
    """Whether the caller said yes and nothing beside it, or denied anything; None otherwise."""
    heard = tuple(each for each in sounds(said) if each not in FILLERS.get(language, ()))
    if heard and _made_of(heard, [sounds(word) for word in YES.get(language, ())]):
        return True
    no = [sounds(word) for word in NO.get(language, ())]
    return False if _negated(heard) or (heard and _made_of(heard, no)) else None


def _made_of(heard: tuple[str, ...], words: Sequence[tuple[str, ...]]) -> bool:
    return not heard or any(heard[: len(word)] == word and _made_of(heard[len(word) :], words) for word in words)


def _negated(heard: Iterable[str]) -> bool:
    return not NEGATIONS.isdisjoint(heard)


def sounds(text: str) -> tuple[str, ...]:
    """Syllables of Chinese characters and digits, negations as they are written, Latin words with LATIN before them."""
    harmless = {place for found in _DENIES_NOTHING.finditer(text) for place in range(*found.span())}
    return tuple(
        LATIN + token.text.lower()
        if token.text[0].isascii() and token.text[0].isalpha()
        else token.text
        if token.text in NEGATIONS and token.at not in harmless
        else syllable(token.text)
        for token in tokens(text)
    )


def _ranked(heard: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[float, int, bool]:
    return (likeness(heard, phrase), len(phrase), _negated(phrase)) if phrase else (0.0, 0, False)


def likeness(heard: Sequence[str], phrase: Sequence[str]) -> float:
    """Of `phrase` and the stretch of `heard` most like it, 0 to 1; 0 where that stretch is denied.

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
    if _denied(heard[:begin]):
        return 0.0
    return max(0.0, 1 - best / len(phrase))


def _denied(before: Sequence[str]) -> bool:
    return next((each in NEGATIONS for each in reversed(before) if each not in BRIDGES), False)


def apart(one: str, other: str) -> float:
    """0 the same, 1 nothing in common; a negation is like nothing but itself."""
    if one == other:
        return 0.0
    if one in NEGATIONS or other in NEGATIONS:
        return 1.0
    if one[0] == LATIN or other[0] == LATIN:
        return float(Levenshtein.normalized_distance(one, other))
    return distance(one, other)
