"""What a detector may look at: one call against one pack."""

from functools import cached_property

from qa.checks import Check, Text
from qa.finding import Evidence, shown
from qa.match import Hit, find
from qa.pack import Ruleset
from qa.talk import Talk, Turn, Utterance
from recordings.transcript import Speaker

SHORTEST = 4


class Case:
    """One call against one pack: the talk, and phrase hits looked up once each."""

    def __init__(self, talk: Talk, rules: Ruleset) -> None:
        self.talk = talk
        self.rules = rules
        self._hits: dict[tuple[Speaker, str], list[Hit]] = {}

    def hits(self, speaker: Speaker, *families: str) -> list[Hit]:
        """Hits of these families in one side's speech, in the order of time."""
        found: list[Hit] = []
        for family in families:
            key = (speaker, family)
            if key not in self._hits:
                # Packs that were published before may name families that they have not (`qa.pack.LATELY`).
                phrases = self.rules.phrases.get(family)
                self._hits[key] = find(self.talk.channel(speaker), phrases) if phrases else []
            found += self._hits[key]
        return sorted(found, key=lambda hit: hit.at) if len(families) > 1 else found

    @cached_property
    def weighed(self) -> tuple[tuple[Turn, float], ...]:
        """The agent's turns and what each weighs by the pack's `manner`; none without it.

        Turns of fewer than SHORTEST tokens say too little to be read.
        """
        weights, talk = self.rules.manner, self.talk
        if weights is None:
            return ()
        return tuple(
            (turn, weights.of(talk.literal(turn.said), talk.literal(turn.answer)))
            for turn in talk.turns
            if sum(said.size for said in turn.said) >= SHORTEST
        )

    def is_only(self, said: Utterance, *families: str) -> bool:
        """Whether the utterance is nothing but these phrases."""
        covered = sum(
            min(hit.last, said.last) - max(hit.first, said.first)
            for hit in self.hits(said.speaker, *families)
            if hit.first < said.last and said.first < hit.last
        )
        return covered >= said.size

    def beside(self, hit: Hit, *families: str) -> bool:
        """Whether one of the families stands in the utterance of the hit."""
        return any(other.said is hit.said for other in self.hits(hit.said.speaker, *families))

    def sure(self, said: Utterance) -> bool:
        """Whether the recogniser was confident enough for a deduction."""
        return said.confidence is None or said.confidence >= self.rules.pack.least_confidence

    def title_of(self, check: Check) -> Text:
        """Of the row that the check belongs to."""
        return next(row.title for row in self.rules.pack.items.values() if any(one is check for one in row.checks))


def proof(case: Case, hit: Hit) -> Evidence:
    """A phrase hit as evidence: unsure when the words around it or the recogniser make it so."""
    return shown(hit.said, sure=not hit.doubtful and case.sure(hit.said), at=hit.at)


def places(case: Case, hits: list[Hit]) -> list[Hit]:
    """Of hits of several families that overlap, one for each place; a sure one where there is one."""
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (not proof(case, hit).sure, hit.last, hit.first)):
        if not any(hit.first < other.last and other.first < hit.last for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.at)
