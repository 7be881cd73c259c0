"""Mandarin: whole numbers as people say them, and Chinese text as pinyin with tone numbers."""

import re

from pypinyin import Style, lazy_pinyin

DIGITS = "零一二三四五六七八九"
_UNITS = ((10**8, "亿"), (10**4, "万"))
_MARKS = (("，,、；;：:", ","), ("？?", "?"), ("。．.！!\n", "."))
_SPLIT = re.compile(r"([，,、；;：:。．.？?！!\n]+)")
_CHARACTERS = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]")
LETTERS = {
    "a": "ei1", "b": "bi4", "c": "xi1", "d": "di4", "e": "yi4", "f": "ai2 fu5", "g": "ji4", "h": "ei1 qi5", "i": "ai4",
    "j": "jei4", "k": "kei4", "l": "ai2 lou5", "m": "ai2 mu5", "n": "en1", "o": "ou1", "p": "pi4", "q": "kiu1",
    "r": "a4", "s": "ai2 si5", "t": "ti4", "u": "you1", "v": "wei1", "w": "da2 bu5 liu5", "x": "ai2 ke5 si5",
    "y": "wai4", "z": "zei4",
}  # fmt: skip
"""About as Chinese speakers name them: ATM, VIP, U盾."""


def say_number(number: int) -> str:
    """105 → 一百零五; whole numbers from zero up."""
    return "".join(whole(number))


def whole(number: int) -> list[str]:
    """2012 → 两千 零 一十 二; whole numbers from zero up, in pieces."""
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            before = ["两"] if high == 2 else whole(high)
            gap = ["零"] if 0 < low < unit // 10 else []
            return [*before, name, *gap, *(_below(low, first=False) if low else [])]
    return _below(number, first=True)


def tens(number: int) -> list[str]:
    """23 → 二十 三, 10 → 十; below a hundred."""
    high, ones = divmod(number, 10)
    name = [("" if high == 1 else DIGITS[high]) + "十"] if high else []
    return [*name, *([DIGITS[ones]] if ones or not high else [])]


def spell(digits: str) -> str:
    return "".join(DIGITS[int(each)] for each in digits)


def pinyin(text: str) -> str:
    """Syllables with tone numbers (neutral is 5) and plain punctuation: 您好，请问 → nin2 hao3, qing3 wen4.

    Letters are named one by one. What is neither a Chinese character, a letter nor punctuation is left out: numbers go
    through `ivr.writing.in_words` first.
    """
    syllables: list[str] = []
    for part in _SPLIT.split(text):
        mark = next((plain for marks, plain in _MARKS if part and part[0] in marks), "")
        if mark and syllables:
            syllables[-1] += mark
        elif not mark:
            for said in _CHARACTERS.findall(part):
                named = LETTERS.get(said.lower())
                syllables += named.split() if named else lazy_pinyin(
                    said, style=Style.TONE3, neutral_tone_with_five=True
                )  # fmt: skip
    return " ".join(syllables)


def _below(number: int, *, first: bool) -> list[str]:
    """Under ten thousand, or more after a bigger unit (`first` False: ten keeps its 一)."""
    if number >= 10**4:
        return whole(number)
    said: list[str] = []
    thousands, rest = divmod(number, 1000)
    if thousands:
        said.append("两千" if thousands == 2 else DIGITS[thousands] + "千")
    hundred, low = divmod(rest, 100)
    if hundred:
        said.append(DIGITS[hundred] + "百")
    if not low:
        return said or ["零"]
    if said and ((low < 10) or (thousands and not hundred)):
        said.append("零")
    teen = 10 <= low < 20 and not (first and not said)
    return [*said, *(["一十", *tens(low)[1:]] if teen else tens(low))]
