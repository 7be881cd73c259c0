"""Detector of offences in words of their own: turns that weigh like one, together with the customer's answer."""

from qa.case import Case
from qa.checks import Reads
from qa.finding import Evidence, Finding, failed, for_review, not_applicable, passed, shown, unheard
from qa.manner import heaviest, read_so


def reads(case: Case, check: Reads) -> Finding:
    weights = case.rules.manner
    if weights is None:
        return not_applicable("规则包没有措辞权重", "the pack weighs no wordings")
    if not case.talk.said:
        return unheard()
    turns = read_so(case, check)
    if not turns:
        return passed("没有发现", "nothing found")
    evidence: list[Evidence] = []
    for turn in turns:
        said = heaviest(case, weights, turn)
        evidence.append(shown(said, sure=case.sure(said)))
        if turn.answer and weights.answers.of(case.talk.literal(turn.answer)) > 0:
            evidence.append(shown(turn.answer[0], sure=False))
    words = weights.rows[check.row].words(case.talk.literal(turns[0].said))
    zh = f"措辞像冒犯客户的话，尤其是“{'、'.join(words)}”"
    en = f"worded like an offence, most of all by {', '.join(words)}"
    if check.verdict == "review":
        return for_review(f"需人工判断：{zh}", f"to be judged: {en}", tuple(evidence))
    return failed(zh, en, tuple(evidence), check.share)
