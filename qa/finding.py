"""What a detector hands back: a verdict with its reason and evidence; and what it may look at."""

from dataclasses import dataclass

from qa.match import Hit, find
from qa.pack import Ruleset
from qa.talk import Talk, Utterance
from qa.verdict import Verdict
from recordings.transcript import Speaker


@dataclass(frozen=True, slots=True)
class Reason:
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A moment of the call: seconds from connect, who, what was said. `sure` is False when it supports no deduction."""

    at: float
    speaker: str
    text: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """`share`: the part of the row's weight to deduct when the verdict is fail."""

    verdict: Verdict
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    share: float = 0.0


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
                self._hits[key] = find(self.talk.channel(speaker), self.rules.phrases[family])
            found += self._hits[key]
        return sorted(found, key=lambda hit: hit.at) if len(families) > 1 else found

    def is_only(self, said: Utterance, *families: str) -> bool:
        """Whether the utterance is nothing but these phrases."""
        covered = sum(
            min(hit.last, said.last) - max(hit.first, said.first)
            for hit in self.hits(said.speaker, *families)
            if hit.first < said.last and said.first < hit.last
        )
        return covered >= said.size

    def sure(self, said: Utterance) -> bool:
        """Whether the recogniser was confident enough for a deduction."""
        return said.confidence is None or said.confidence >= self.rules.pack.least_confidence


def shown(said: Utterance, *, sure: bool = True, at: float | None = None) -> Evidence:
    """An utterance as evidence."""
    return Evidence(round(said.start if at is None else at, 2), said.speaker.value, said.text, sure)


def proof(case: Case, hit: Hit) -> Evidence:
    """A phrase hit as evidence: unsure when the words around it or the recogniser make it so."""
    return shown(hit.said, sure=not hit.doubtful and case.sure(hit.said), at=hit.at)


def passed(zh: str, en: str, evidence: tuple[Evidence, ...] = ()) -> Finding:
    return Finding(Verdict.PASS, Reason(zh, en), evidence)


def not_applicable(zh: str, en: str) -> Finding:
    return Finding(Verdict.NA, Reason(zh, en))


def failed(zh: str, en: str, evidence: tuple[Evidence, ...], share: float = 1.0) -> Finding:
    """A deduction; only a review when there is evidence and none of it is sure."""
    unsure = bool(evidence) and not any(item.sure for item in evidence)
    if unsure:
        return Finding(
            Verdict.REVIEW, Reason(f"{zh}（把握不足，请人工判断）", f"{en} (unsure: a person decides)"), evidence
        )
    return Finding(Verdict.FAIL, Reason(zh, en), evidence, share)


def for_review(zh: str, en: str, evidence: tuple[Evidence, ...] = ()) -> Finding:
    return Finding(Verdict.REVIEW, Reason(zh, en), evidence)
