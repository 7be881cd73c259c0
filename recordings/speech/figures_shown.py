"""Spoken numbers as figures, for people who read a transcript: 一百零五元 → 105元. Pure; never what rules look at.

Only whole numbers with a place word (十百千万亿) before something that is counted are written so, and only where they
can mean nothing else: 一共, 千万不要, 两百三, 十分满意 and 几十元 stay as they are. So do decimals but for those of
per cent: 三点五万元 may be half a sentence about three o'clock.
"""

import re

_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_COUNTED = "元|块钱|块|美元|角|分钱|天|个月|个|年(?![化利])|个?小时|分钟|秒|期|次|笔|张|位|岁|号|公里|米|人"
_NUMBER = "[零〇一二两三四五六七八九十百千万亿]"
_SHARE = f"百分之(?P<share>{_NUMBER}+)(?:点(?P<decimals>{_NUMBER}+))?(?!{_NUMBER}|[点几多来])"
_COUNT = f"(?<!{_NUMBER})(?<![点几数])(?<!分之)(?P<number>{_NUMBER}+)"
_SPOKEN = re.compile(f"(?:{_SHARE}|{_COUNT})(?P<unit>(?:{_COUNTED})?)")


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
    if found["share"]:
        return _per_cent(found["share"], found["decimals"] or "", found["unit"]) or found[0]
    spoken, unit = found["number"], found["unit"]
    in_full = any(letter in "十百千万亿" for letter in spoken)
    value = value_of(spoken) if in_full and unit else None
    return found[0] if value is None else f"{value}{unit}"


def _per_cent(whole: str, decimals: str, unit: str) -> str:
    """'' for what is not surely one share: 百分之十五年 may be ten per cent for five years, 百分之零五 half of one."""
    value = None if len(whole) > 1 and whole[0] in "零〇" else value_of(whole)
    if value is None or (unit and len(whole + decimals) > 1) or not all(letter in _DIGITS for letter in decimals):
        return ""
    places = "".join(str(_DIGITS[letter]) for letter in decimals)
    return f"{value}{'.' if places else ''}{places}%{unit}"
