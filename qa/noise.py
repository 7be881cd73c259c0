"""Recognition errors made on purpose: characters replaced by others of the same sound."""

from functools import cache
from random import Random

from core.pinyin import syllable

_FIRST, _LAST = 0xB0A1, 0xF7FE  # GB 2312: the characters of everyday writing


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


def disturb(text: str, rate: float, random: Random) -> str:
    """`text` with each Chinese character replaced at `rate` by a random one of the same toneless syllable."""
    if rate <= 0:
        return text
    return "".join(
        random.choice(_homophones().get(syllable(char), [char]))
        if "一" <= char <= "鿿" and random.random() < rate
        else char
        for char in text
    )
