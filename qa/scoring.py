"""The score of a call: every row of a pack judged, weights shared out, vetoes applied."""

from dataclasses import dataclass
from typing import Any

from qa.anger import anger
from qa.case import Case
from qa.checks import Check
from qa.detectors import DETECTORS
from qa.finding import Evidence, Finding, Reason, not_applicable
from qa.formula import Ruling, add_up
from qa.manner import Wording, wordings
from qa.pack import Row, Ruleset
from qa.talk import Talk
from qa.verdict import Verdict
from recordings.transcript import Transcript

_WORST_FIRST = (Verdict.FAIL, Verdict.REVIEW, Verdict.MANUAL, Verdict.PASS, Verdict.NA)


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the form. `deduction` in points of 100; `share` the part of the weight that a failure costs."""

    id: str
    verdict: Verdict
    deduction: float
    reason: Reason
    evidence: tuple[Evidence, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Score:
    """`score` 0..100; the deductions add up to 100 − score. `veto`: the rows that made it 0.

    `anger`: the customer's lines that show it; `wording`: the agent's that a person should hear; no part of the score.
    """

    pack: str
    version: str
    language: str
    score: float
    veto: tuple[str, ...]
    items: tuple[Item, ...]
    anger: tuple[Evidence, ...] = ()
    wording: tuple[Wording, ...] = ()


def score(transcript: Transcript, rules: Ruleset) -> Score:
    """Judge a call. The weight of rows that do not apply is shared out among the others."""
    case = Case(Talk(transcript), rules)
    pack = rules.pack
    judged = {row: _judge(case, item) for row, item in pack.items.items()}
    weights = {row: item.weight for row, item in pack.items.items()}
    rulings = {row: Ruling(finding.verdict, finding.share) for row, finding in judged.items()}
    total = add_up(rulings, weights, pack.veto_section)
    items = tuple(
        Item(row, finding.verdict, total.deductions[row], finding.reason, finding.evidence, finding.share)
        for row, finding in judged.items()
    )
    angry = anger(case, pack.anger) if pack.anger else ()
    return Score(pack.pack, rules.version, pack.language, total.score, total.veto, items, angry, wordings(case))


def _judge(case: Case, row: Row) -> Finding:
    """The row's checks together: the worst verdict rules, its reasons and evidence are joined."""
    findings = [_run(case, check) for check in row.checks]
    worst = next(verdict for verdict in _WORST_FIRST if any(found.verdict is verdict for found in findings))
    chosen = [found for found in findings if found.verdict is worst]
    reason = Reason(
        "；".join(_once(found.reason.zh for found in chosen)), "; ".join(_once(found.reason.en for found in chosen))
    )
    evidence = tuple(sorted((item for found in chosen for item in found.evidence), key=lambda item: item.at))
    return Finding(worst, reason, evidence, min(1.0, sum(found.share for found in chosen)))


def _run(case: Case, check: Check) -> Finding:
    call = case.talk.call
    if check.call_types and call.call_type not in check.call_types:
        return not_applicable("本类通话不适用", "not for this type of call")
    if check.directions and call.direction not in check.directions:
        return not_applicable("本方向通话不适用", "not for this direction")
    return DETECTORS[check.check](case, check)


def _once(texts: Any) -> list[str]:
    return list(dict.fromkeys(texts))


def told(evidence: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [{"at": one.at, "speaker": one.speaker, "text": one.text} for one in evidence]


def document(result: Score, file: str, language: str = "") -> dict[str, Any]:
    """The score in the exchange format; `language` (zh or en) of the reasons, the pack's own by default."""
    tongue = language or result.language
    return {
        "file": file,
        "pack": result.pack,
        "pack_version": result.version,
        "score": result.score,
        "veto": list(result.veto),
        "items": [
            {
                "id": item.id,
                "verdict": item.verdict.value,
                "deduction": item.deduction,
                "reason": item.reason.en if tongue == "en" else item.reason.zh,
                "evidence": told(item.evidence),
            }
            for item in result.items
        ],
    }
