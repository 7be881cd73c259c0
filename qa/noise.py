"""Recognition errors made on purpose: wrong characters of the same or a near sound, lost and added ones."""

from collections.abc import Mapping
from functools import cache
from random import Random

from core.pinyin import split, syllable

_FIRST, _LAST = 0xB0A1, 0xF7FE  # GB 2312: the characters of everyday writing
_NEAR_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))
_NEAR_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
_ADDED = tuple("嗯啊的了是呃那一个")

Errors = Mapping[str, float]
"""The part of each kind in all errors: `same` syllable, `near` syllable, `lost` and `added` characters."""

ERRORS: dict[str, Errors] = {
    "homophones": {"same": 1.0},
    "mixed": {"same": 0.5, "near": 0.25, "lost": 0.15, "added": 0.1},
}


@cache
def _homophones() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for number in range(_FIRST, _LAST + 1):
        try:
            char = number.to_bytes(2, "big").decode("gb2312")
        except UnicodeDecodeError:
            continue
        groups.setdefault(syllable(char), []).append(char)
    return groups


@cache
def near(sound: str) -> tuple[str, ...]:
    """Syllables that are taken for this one: zh/z, ch/c, sh/s, n/l, f/h, -ng/-n; those that exist."""
    initial, final = split(sound)
    others = [(one if initial == other else other) + final for one, other in _NEAR_INITIALS if initial in (one, other)]
    for long, short in _NEAR_FINALS:
        if final.endswith(long):
            others.append(initial + final.removesuffix(long) + short)
        elif final.endswith(short):
            others.append(initial + final.removesuffix(short) + long)
    return tuple(other for other in others if other in _homophones())


def disturb(text: str, rate: float, random: Random, errors: Errors = ERRORS["homophones"]) -> str:
    """`text` with an error of one of these kinds at `rate` of its Chinese characters."""
    if rate <= 0:
        return text
    kinds, parts = list(errors), list(errors.values())
    heard = []
    for char in text:
        if not "一" <= char <= "鿿" or random.random() >= rate:
            heard.append(char)
            continue
        match random.choices(kinds, parts)[0]:
            case "lost":
                continue
            case "added":
                heard.append(char + random.choice(_ADDED))
            case "near" if near(syllable(char)):
                heard.append(random.choice(_homophones()[random.choice(near(syllable(char)))]))
            case _:
                heard.append(random.choice(_homophones().get(syllable(char), [char])))
    return "".join(heard)
