"""Detector of offences in words of their own: the customer protests, and the turn before reads as an offence.

Neither alone fails a row: an angry customer protests against polite words too, and innocent words may weigh as much.
"""

from itertools import dropwhile, takewhile

from qa.case import Case
from qa.checks import Protested
from qa.finding import Evidence, Finding, failed, for_review, not_applicable, passed, shown
from qa.manner import SHORTEST
from qa.talk import Utterance
from qa.weigh import Weights
from recordings.transcript import Speaker

EVEN = 0.0
"""Log-odds from which a turn reads as an offence rather than as none; below it a protest is for a person."""


def protested(case: Case, check: Protested) -> Finding:
    weights = case.rules.manner
    if weights is None:
        return not_applicable("规则包没有措辞权重", "the pack weighs no wordings")
    evidence: list[Evidence] = []
    words: list[str] = []
    for hit in case.hits(Speaker.CUSTOMER, *check.families):
        weight, said = _heaviest(case, check, weights, hit.said)
        if said is not None and weight >= check.least:
            sure = weight >= EVEN and case.sure(said) and case.sure(hit.said) and not hit.doubtful
            evidence += [shown(said, sure=sure), shown(hit.said, at=hit.at, sure=sure)]
            words.append(hit.text)
    if not evidence:
        return passed("没有发现", "nothing found")
    zh, en = f"客户听后当即不满：“{words[0]}”", f'the customer protested at once: "{words[0]}"'
    if check.verdict == "review":
        return for_review(f"需人工判断：{zh}", f"to be judged: {en}", tuple(evidence))
    return failed(zh, en, tuple(evidence), check.share)


def _heaviest(case: Case, check: Protested, weights: Weights, protest: Utterance) -> tuple[float, Utterance | None]:
    """Of the agent's turn right before the protest, the utterance that reads most like an offence."""
    back = (said for said in reversed(case.talk.said) if said.start < protest.start)
    own = dropwhile(lambda said: said.speaker is Speaker.CUSTOMER, back)
    turn = takewhile(lambda said: said.speaker is Speaker.AGENT, own)
    repeated = {hit.said.start for hit in case.hits(Speaker.AGENT, *check.repeats)}
    sound = case.talk.agent.sound
    weighed = (
        (weights.of(sound[said.first : said.last])[0], said)
        for said in turn
        if said.size >= SHORTEST and said.start not in repeated
    )
    return max(weighed, key=lambda each: each[0], default=(0.0, None))
