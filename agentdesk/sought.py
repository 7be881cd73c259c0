"""What a line of a list is found by: its words, how they sound and their first letters. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from core.pinyin import readings


def sought(words: Iterable[str]) -> str:
    """Small letters: `银行卡挂失 yinhangkaguashi yhkgs report of loss …`."""
    return " ".join(dict.fromkeys(each.lower() for text in words for each in (text, *_spoken(text))))


@lru_cache(2000)
def _spoken(words: str) -> tuple[str, ...]:
    """Sounds and first letters; 行 is xing or hang, and either is typed."""
    found: list[str] = []
    for which in (0, -1) if not words.isascii() else ():
        sounds = [readings(char)[which] for char in words]
        found += ["".join(sounds), "".join(each[:1] for each in sounds)]
    return tuple(found)
