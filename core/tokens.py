"""Text as tokens: one Chinese character, one digit or one Latin word each; every token has three code characters."""

import re
from dataclasses import dataclass
from functools import cache

from core.pinyin import blurred, syllable

TURN = "\n"
"""Stands between two turns in a channel's strings; no pattern matches it."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]|[㐀-鿿]", re.IGNORECASE)
_PLAIN = {ord("’"): "'"} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
"""Full-width letters, digits and marks mean what the plain ones do: one for one, so places in the text stay."""

_BEFORE_CHILD = tuple("女婴幼少孤")
_AFTER_CHILD = tuple("子童女")
_FIRST_CODE = 0xF0000
_codes: dict[str, str] = {}


def code(key: str) -> str:
    """One private character that stands for `key`, the same as long as the process lives."""
    found = _codes.get(key)
    if found is None:
        found = _codes[key] = chr(_FIRST_CODE + len(_codes))
    return found


@dataclass(frozen=True, slots=True)
class Token:
    """`literal` is what was written, `sound` how it is said, `blur` how it may be heard: one code character each."""

    text: str
    at: int
    literal: str
    sound: str
    blur: str


@cache
def _codes_of(text: str) -> tuple[str, str, str]:
    if len(text) > 1 or (text.isascii() and text.isalpha()):
        word = code(text)
        return word, word, word
    sound = syllable(text)
    return code("=" + text), code(sound), code("~" + blurred(sound))


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, without punctuation, blanks and the 儿 that only colours a word's end."""
    return [
        Token(found.group(), found.start(), *_codes_of(found.group().lower()))
        for found in _TOKEN.finditer(text.translate(_PLAIN))
        if not _only_colours(text, found.start())
    ]


def uncoloured(text: str) -> str:
    """The text without the 儿 that tokens leave out."""
    return "".join(each for place, each in enumerate(text) if not _only_colours(text, place))


def _only_colours(text: str, place: int) -> bool:
    return text[place] == "儿" and not _is_child(text, place)


def _is_child(text: str, place: int) -> bool:
    return text[place - 1 : place] in _BEFORE_CHILD or text[place + 1 : place + 2] in _AFTER_CHILD
