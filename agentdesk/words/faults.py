"""Faults and refusals in the reader's language: sentences are recognised, what stands in them is kept."""

import re
from collections.abc import Callable
from functools import cache

from agentdesk.words.callwork import CALLS
from agentdesk.words.codes import WORDS
from agentdesk.words.files import FILES
from agentdesk.words.menu_deeds import MENU_DEEDS
from agentdesk.words.menu_faults import MENUS
from agentdesk.words.pack_faults import QUALITY
from agentdesk.words.people_faults import PEOPLE
from agentdesk.words.requests import REQUESTS
from agentdesk.words.shapes import SHAPES
from agentdesk.words.shifts import SENTENCES as SHIFTS
from agentdesk.words.sound import SOUNDS

SENTENCES = (*FILES, *SHAPES, *SHIFTS, *MENUS, *MENU_DEEDS, *QUALITY, *SOUNDS, *CALLS, *REQUESTS, *PEOPLE)
"""English; a sentence comes before another that takes in more."""

LONGEST, PIECES, JOINED = 2000, 40, 6
"""Of a fault: characters, pieces between colons, and so many of them in one sentence with what is quoted there."""
CODED = {"s": "", "t": "", "u": "", "c": "callback-"}
"""What is put into sentences by these names is a code; with this before it, it has its word in `WORDS`."""


def fault_words(text: str, translate: Callable[[str], str]) -> str:
    """Faults, one a line, in the language of `translate`, sentence by sentence: they are joined by colons.

    Places (file, line, field) and what is not known here stay as they are.
    """
    return "\n".join(_line(each, translate) for each in text.split("\n"))


def _line(text: str, translate: Callable[[str], str]) -> str:
    pieces, told, at = text.split(": "), [], 0
    if len(text) > LONGEST or len(pieces) > PIECES:  # nothing of ours: strangers may have written it to keep us busy
        return text
    while at < len(pieces):
        for end in range(min(len(pieces), at + JOINED), at, -1):
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
            said = translate(sentence)
            if not found.groupdict():
                return said
            worded = said != sentence  # English readers get codes as the API has them
            return said % {
                key: _word(key, code, translate) if worded else code for key, code in found.groupdict().items()
            }
    return None


def _word(key: str, code: str, translate: Callable[[str], str]) -> str:
    """What stands in a sentence: the states of `CODED` have words, all else is kept."""
    word = CODED[key] + code if key in CODED else ""
    word = "accepted-ticket" if key in "tu" and code == "accepted" else word
    return translate(WORDS[word]) if word in WORDS else code


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """What stands in a sentence holds no colon that joins two, unless it is quoted."""
    parts = re.split(r"%\((\w)\)s", sentence)
    value = r"(?P<{}>'.*?'|\".*?\"|(?:(?!: ).)+?)"
    return re.compile("".join(value.format(part) if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
