"""Which digit a character is in numbers said digit by digit, and which it sounds like when it was misheard."""

from core.pinyin import syllable

WRITTEN = dict(zip("0123456789零〇一二三四五六七八九幺两", "01234567890012345678912", strict=True))
"""Digits by the characters that mean them."""

ENGLISH = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
"""Digits by the English words that mean them, in small letters."""

_SAID = {
    "ling": "0", "dong": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7",
    "guai": "7", "ba": "8", "jiu": "9",
}  # fmt: skip


def sounds_like(char: str) -> str | None:
    """The digit that one character sounds like: 吧 → 8; None for any other."""
    return _SAID.get(syllable(char)) if len(char) == 1 else None
