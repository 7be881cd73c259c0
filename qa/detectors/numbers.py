"""Detector of numbers repeated back: what the agent repeats must be what the customer said."""

from rapidfuzz.distance import Levenshtein

from qa.case import Case
from qa.checks import DigitsRepeated
from qa.digits import Number, numbers
from qa.finding import Evidence, Finding, failed, not_applicable, passed, shown

_SAME_NUMBER = 0.5
"""Two runs at least so similar are the same number, perhaps with slips."""


def digits_repeated(case: Case, check: DigitsRepeated) -> Finding:
    given = numbers(case.talk.customer, check.digits)
    if not given:
        return not_applicable("客户没有报号码", "the customer gave no number")
    back = numbers(case.talk.agent, check.digits - 1)
    wrong: list[Evidence] = []
    repeated = False
    for number in given:
        tries = [
            other
            for other in back
            if 0 <= other.said.start - number.said.start <= check.within
            and (_meant(number.digits, other.digits) or _beside(number, other, given, back))
        ]
        repeated = repeated or bool(tries)
        if tries and not any(_same(one.digits, other.digits) for other in tries for one in _given_as(number, given)):
            wrong += [
                shown(number.said),
                shown(tries[-1].said, sure=case.sure(tries[-1].said) and case.sure(number.said)),
            ]
    if wrong and all(item.sure for item in wrong):
        return failed(
            "复述的号码与客户说的不一致", "the number repeated is not what the customer said", tuple(wrong), check.share
        )
    if wrong:
        return failed("复述的号码可能不一致", "the number repeated may differ", tuple(_unsure(wrong)), check.share)
    if not repeated:
        return not_applicable("客服没有复述号码", "no number was repeated")
    return passed("复述的号码一致", "numbers repeated correctly")


def _given_as(number: Number, given: list[Number]) -> list[Number]:
    """The number and its later corrections by the customer; who corrects himself says the number twice over."""
    size = len(number.digits)
    return [
        one
        for one in given
        if one.said.start >= number.said.start
        and (_meant(number.digits, one.digits) or _meant(number.digits, one.digits[-size:]))
    ]


def _meant(said: str, repeated: str) -> bool:
    near = abs(len(said) - len(repeated)) <= max(1, len(said) // 4)
    return repeated in said or (near and Levenshtein.normalized_similarity(said, repeated) >= _SAME_NUMBER)


def _beside(number: Number, other: Number, given: list[Number], back: list[Number]) -> bool:
    """Whether `other` is like nothing that was given, and stands beside what was given beside the number."""
    if len(other.digits) != len(number.digits) or any(_meant(one.digits, other.digits) for one in given):
        return False
    together = [one for one in given if one is not number and one.said == number.said]
    repeated = [one.digits for one in back if one.said == other.said]
    return any(_same(one.digits, digits) for one in together for digits in repeated)


def _same(said: str, repeated: str) -> bool:
    return repeated in said or said in repeated


def _unsure(items: list[Evidence]) -> list[Evidence]:
    return [Evidence(item.at, item.speaker, item.text, False) for item in items]
