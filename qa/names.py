"""Family names in talk: the one a customer gives, the one an agent calls the customer by."""

import re
from collections.abc import Iterable

from core.pinyin import blurred, syllable

_DOUBLE = "欧阳|诸葛|司马|上官|司徒|夏侯|皇甫|尉迟|公孙|慕容|令狐|东方|端木|独孤|南宫|长孙"
_GIVEN = "(?:(?:我|免贵|敝|本人|鄙)姓|我(?:的名字)?叫|我是姓)"
_TITLE = "(?:先生|女士|小姐|太太|大姐|大哥|老师|总(?![部行是共计额体算结])|阿姨|叔叔)"


def _named(before: str, after: str, surnames: Iterable[str], text: str) -> list[str]:
    one = "|".join([_DOUBLE, *surnames])
    return re.findall(f"{before}({one}){after}", re.sub(r"\s", "", text))


def given(text: str, surnames: Iterable[str]) -> list[str]:
    """Names in "我姓王", "免贵姓王", "我叫王强"."""
    return _named(_GIVEN, "", surnames, text)


def addressed(text: str, surnames: Iterable[str]) -> list[str]:
    """Names in "王先生", "王女士您好"."""
    return _named("", _TITLE, surnames, text)


def alike(one: str, other: str) -> bool:
    """Whether the names may be heard as the same: a recogniser writes one for the other."""
    return [_heard(char) for char in one] == [_heard(char) for char in other]


def _heard(char: str) -> str:
    """黄 and 王 sound alike to many, as does every hu- and w-."""
    return re.sub("^hu(?=[aeo])", "w", blurred(syllable(char)))
