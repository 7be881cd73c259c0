"""Spoken numbers as figures, for people who read a transcript: 一百零五元 → 105元. Pure; never what rules look at.

Only whole numbers with a place word (十百千万亿) before something that is counted are written so, and only where they
can mean nothing else: 一共, 千万不要, 两百三 and 十分满意 stay as they are.
"""

import re

_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_COUNTED = "元|块钱|块|美元|角|分钱|天|个月|个|年|个?小时|分钟|秒|期|次|笔|张|位|岁|号|公里|米|人"
_NUMBER = "[零〇一二两三四五六七八九十百千万亿]"
_SPOKEN = re.compile(f"(?P<share>百分之)?(?<!{_NUMBER})(?P<number>{_NUMBER}+)(?P<unit>(?:{_COUNTED})?)")


def figures(text: str) -> str:
    """The same text with such numbers as figures, and 百分之五 as 5%."""
    return _SPOKEN.sub(_written, text)


def value_of(spoken: str) -> int | None:
    """一万零三百 → 10300; None for what is no whole number said in full."""
    total = section = 0
    digit: int | None = None
    place, myriad, bridged = 10**4, 10**12, False
    for at, letter in enumerate(spoken):
        if letter in _DIGITS and _DIGITS[letter] == 0:
            if digit is not None:
                return None
            bridged = True
        elif letter in _DIGITS:
            if digit is not None:
                return None
            digit = _DIGITS[letter]
        elif letter in _PLACES:
            leading_ten = letter == "十" and digit is None and (at == 0 or spoken[at - 1] in "零〇")
            if _PLACES[letter] >= place or (digit is None and not leading_ten):
                return None
            section += (digit or 1) * _PLACES[letter]
            digit, place, bridged = None, _PLACES[letter], False
        else:
            size = 10**8 if letter == "亿" else 10**4
            section += digit or 0
            if size >= myriad or not section:
                return None
            total += section * size
            section, digit, place, myriad, bridged = 0, None, 10**4, size, False
    if digit is not None and place != 10 and not bridged and (total or section):
        return None  # 两百三: two hundred and three, or and thirty?
    return total + section + (digit or 0)


def _written(found: re.Match[str]) -> str:
    spoken, unit = found["number"], found["unit"]
    in_full = any(letter in "十百千万亿" for letter in spoken)
    value = value_of(spoken) if found["share"] or (in_full and unit) else None
    if value is None:
        return found[0]
    return f"{value}%{unit}" if found["share"] else f"{value}{unit}"
