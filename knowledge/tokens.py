"""What a text is found by: Latin words and figures, single and paired Chinese characters, the sound of words. Pure."""

import re
from collections.abc import Iterator

from core.pinyin import readings

_RUNS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<!s)s$")
LONGEST_SOUND = 8
"""Characters of a run whose sound is a word of its own."""


def indexed(text: str) -> Iterator[str]:
    """Every token of a text."""
    for run in _runs(text):
        if run.isascii():
            yield stem(run)
        else:
            yield from run
            yield from pairs(run)


def asked(query: str) -> tuple[str, ...]:
    """The tokens of a question, each once; a run of one character stands for itself."""
    found = [token for run in _runs(query) for token in ([stem(run)] if run.isascii() else pairs(run) or [run])]
    return tuple(dict.fromkeys(found))


def sounds(text: str) -> Iterator[str]:
    """挂失 → guashi and gs, shi and s, by either reading: whoever types may begin with any character."""
    for run in _runs(text):
        for which in (0, -1) if not run.isascii() and len(run) <= LONGEST_SOUND else ():
            spoken = [readings(char)[which] for char in run]
            for at in range(len(spoken)):
                yield "".join(spoken[at:])
                yield "".join(each[:1] for each in spoken[at:])


def stem(word: str) -> str:
    return _PLURAL.sub("", word)


def pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _runs(text: str) -> list[str]:
    return _RUNS.findall(text.lower())
