"""Turns of an agent that read as an offence though no phrase says so: for a person to hear, never a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa.case import Case
from qa.pack import Ruleset
from recordings.transcript import Speaker

SHORTEST = 4
"""Turns of fewer tokens say too little to be read."""

MOST = 3
"""Turns named of one call, those that weigh most."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A turn at `at` seconds from connect; `words` made it weigh so much."""

    at: float
    text: str
    words: tuple[str, ...]
    weight: float


def wordings(case: Case) -> tuple[Wording, ...]:
    """The heaviest first; none without weights, or where the recogniser was not sure of what it heard."""
    return tuple(sorted(_heavy(case), key=lambda each: -each.weight)[:MOST])


def offending(rules: Ruleset) -> dict[str, list[str]]:
    """Families of words that fail a row, by row."""
    found: dict[str, list[str]] = {}
    for row, item in rules.pack.items.items():
        for check in item.checks:
            if check.check == "says" and check.verdict == "fail":
                found.setdefault(row, []).extend(check.families)
    return found


def _heavy(case: Case) -> Iterator[Wording]:
    weights = case.rules.manner
    if weights is None or weights.hear is None:
        return
    families = {name for names in offending(case.rules).values() for name in names}
    told = {hit.said.start for hit in case.hits(Speaker.AGENT, *families)}
    channel = case.talk.agent
    for said in channel.utterances:
        if said.size >= SHORTEST and said.start not in told and case.sure(said):
            weight, words = weights.of(channel.sound[said.first : said.last])
            if weight >= weights.hear:
                yield Wording(round(said.start, 2), said.text, words, round(weight, 2))
