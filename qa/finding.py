"""What a detector hands back: a verdict with its reason and evidence."""

from dataclasses import dataclass

from qa.talk import Utterance
from qa.verdict import Verdict


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


def shown(said: Utterance, *, sure: bool = True, at: float | None = None) -> Evidence:
    """An utterance as evidence."""
    return Evidence(round(said.start if at is None else at, 2), said.speaker.value, said.text, sure)


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


def unheard() -> Finding:
    """Of a call without text nothing can be told by its words, neither bad nor good."""
    return for_review("没有转写出任何话", "no speech was transcribed")
