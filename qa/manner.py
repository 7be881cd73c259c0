"""Turns of an agent that read as an offence though no phrase says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa.case import Case
from qa.checks import Reads
from qa.match import Hit
from qa.pack import Ruleset
from qa.talk import Turn, Utterance
from qa.weigh import Weights
from recordings.transcript import Speaker

MOST = 3
"""Turns named of one call, those that weigh most."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A turn at `at` seconds from connect for a person to hear; `words` made it weigh so much."""

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


def read_so(case: Case, check: Reads) -> list[Turn]:
    """The turns that read as an offence against the check's row, and that no phrase has explained."""
    weights, literal = case.rules.manner, case.talk.literal
    if weights is None or check.row not in weights.rows:
        return []
    known = {hit.said for hit in case.hits(Speaker.AGENT, *check.unread)}
    known |= {hit.said for hit in _told(case) if not hit.doubtful}
    return [
        turn
        for turn, _ in case.weighed
        if known.isdisjoint(turn.said)
        and weights.against(check.row, literal(turn.said), literal(turn.answer)) >= check.least
    ]


def _told(case: Case) -> list[Hit]:
    """Hits of phrases that fail a row."""
    families = {name for names in offending(case.rules).values() for name in names}
    return case.hits(Speaker.AGENT, *families)


def heaviest(case: Case, weights: Weights, turn: Turn) -> Utterance:
    """The part of a turn that reads most like an offence."""
    return max(turn.said, key=lambda said: weights.offends.of(case.talk.literal((said,))))


def _heavy(case: Case) -> Iterator[Wording]:
    weights = case.rules.manner
    if weights is None:
        return
    told = {hit.said for hit in _told(case)}
    checks = [check for item in case.rules.pack.items.values() for check in item.checks if isinstance(check, Reads)]
    told |= {said for check in checks for turn in read_so(case, check) for said in turn.said}
    for turn, weight in case.weighed:
        if weight >= weights.hear and told.isdisjoint(turn.said) and all(case.sure(said) for said in turn.said):
            said = heaviest(case, weights, turn)
            words = weights.offends.words(case.talk.literal(turn.said))
            yield Wording(round(said.start, 2), said.text, words, round(weight, 2))
