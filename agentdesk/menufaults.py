"""Faults of a menu's file in the reader's language: the sentence is recognised, what stands in it is kept."""

import re
from collections.abc import Callable
from functools import cache

from agentdesk.menusentences import SENTENCES


def fault_words(text: str, translate: Callable[[str], str]) -> str:
    """The sentence in the language of `translate`; one that is not known here stays as it is."""
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(text):
            return translate(sentence) % found.groupdict() if found.groupdict() else translate(sentence)
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w)\)s", sentence)
    return re.compile("".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
