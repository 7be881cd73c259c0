"""Whether the customer is angry: by words, and by a voice well above its own usual level."""

from statistics import median

from qa.case import Case
from qa.finding import Evidence, shown
from qa.pack import Anger
from qa.talk import Utterance
from recordings.transcript import Speaker

MEASURED = 3
"""So many lines must have a level before one of them can stand out."""


def anger(case: Case, rule: Anger) -> tuple[Evidence, ...]:
    """The lines that show it, by time; none when the customer is calm."""
    hits = case.hits(Speaker.CUSTOMER, *rule.families)
    words = {hit.said.start: hit.said for hit in hits if case.sure(hit.said)}
    loud = {said.start: said for said in _loud(case.talk.customer.utterances, rule.louder)}
    if not words or len(words) + len(loud) < rule.signs:
        return ()
    lines = words | loud
    return tuple(shown(lines[start]) for start in sorted(lines))


def _loud(said: list[Utterance], louder: float) -> list[Utterance]:
    levels = [(one.loudness, one) for one in said if one.loudness is not None]
    if len(levels) < MEASURED:
        return []
    usual = median(level for level, _ in levels)
    return [one for level, one in levels if level >= usual + louder]
