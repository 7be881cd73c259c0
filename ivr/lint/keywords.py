"""Which keys the words of an option name, in Chinese and English; words that a voice cannot say."""

import re
from collections.abc import Mapping

from ivr.menus import is_silent

_CHINESE = re.compile(
    r"(?:请)?按(?:下|数字)?\s*([零〇一二三四五六七八九0-9*#]|星号|米字|井号)(?![一-十0-9]|次|下|至|到|或)"
)
_ENGLISH = re.compile(
    r"\bpress(?:ing)?\s+(?:the\s+)?(zero|one|two|three|four|five|six|seven|eight|nine|star|hash|pound|[0-9*#])(?![a-z0-9])",
    re.IGNORECASE,
)
_DIGITS = ("零〇", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMES = {each: str(at) for at, said in enumerate(_DIGITS) for each in said}
_NAMES |= {each: str(at) for at, each in enumerate(_WORDS)}
_NAMES |= {"星号": "*", "米字": "*", "井号": "#", "star": "*", "hash": "#", "pound": "#"}
_LATIN = re.compile("[A-Za-z]{3,}")
MOST_SPELT = 5
"""Letters of an abbreviation such as ATM: more in capitals are a word."""
WRITTEN_ALIKE = ("zh", "yue", "ja")
"""Languages written in Chinese characters."""
_CHARACTER = re.compile("[\u4e00-\u9fff]")
_SAYABLE = re.compile("[\u4e00-\u9fff0-9]")


def keys_named(text: str) -> list[str]:
    """请按二 → 2; press the star key → *."""
    found = [*_CHINESE.findall(text), *_ENGLISH.findall(text)]
    return [_NAMES.get(each.lower(), each) for each in found]


def unspeakable(words: Mapping[str, str]) -> str:
    """The Chinese words of a prompt in which there is no Chinese, '' where there is."""
    text = words.get("zh", "")
    return text if not is_silent(text) and not _SAYABLE.search(text) else ""


def untranslated(words: Mapping[str, str]) -> tuple[str, str]:
    """The first language, with its words, in which there is Chinese though it is not written so; '' for none."""
    found = (each for each in words.items() if each[0] not in WRITTEN_ALIKE and _CHARACTER.search(each[1]))
    return next(found, ("", ""))


def spelt(words: Mapping[str, str]) -> str:
    """The first Latin word in the Chinese of a prompt, whose letters the voice names one by one; '' for none."""
    found: list[str] = _LATIN.findall(words.get("zh", ""))
    return next((each for each in found if not (each.isupper() and len(each) <= MOST_SPELT)), "")
