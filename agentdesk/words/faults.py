"""Faults and refusals in the reader's language: sentences are recognised, what stands in them is kept."""

import re
from collections.abc import Callable
from functools import cache

from agentdesk.words.files import FILES
from agentdesk.words.menu_faults import MENUS
from agentdesk.words.pack_faults import QUALITY
from agentdesk.words.people_faults import PEOPLE
from agentdesk.words.shifts import SENTENCES as SHIFTS
from agentdesk.words.sound import SOUNDS

SENTENCES = (*FILES, *SHIFTS, *MENUS, *QUALITY, *SOUNDS, *PEOPLE)
"""English; a sentence comes before another that takes in more."""


def fault_words(text: str, translate: Callable[[str], str]) -> str:
    """Faults, one a line, in the language of `translate`, sentence by sentence: they are joined by colons.

    Places (file, line, field) and what is not known here stay as they are.
    """
    return "\n".join(_line(each, translate) for each in text.split("\n"))


def _line(text: str, translate: Callable[[str], str]) -> str:
    pieces, told, at = text.split(": "), [], 0
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            found = _sentence(": ".join(pieces[at:end]), translate)
            if found is not None:
                break
        else:
            found, end = pieces[at], at + 1
        told.append(found)
        at = end
    return ": ".join(told)


def _sentence(text: str, translate: Callable[[str], str]) -> str | None:
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(text):
            return translate(sentence) % found.groupdict() if found.groupdict() else translate(sentence)
    return None


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """What stands in a sentence holds no colon that joins two, unless it is quoted."""
    parts = re.split(r"%\((\w)\)s", sentence)
    value = r"(?P<{}>'.*?'|\".*?\"|(?:(?!: ).)+?)"
    return re.compile("".join(value.format(part) if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
