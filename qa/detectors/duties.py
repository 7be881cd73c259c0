"""Detector of the duties that a topic brings: what must be told once it has come up."""

from qa.case import Case, proof
from qa.checks import Duties, Duty
from qa.finding import Evidence, Finding, failed, for_review, not_applicable, passed
from qa.match import Hit
from recordings.transcript import CallType, Speaker


def duties(case: Case, check: Duties) -> Finding:
    if any(event.type == "transfer" for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    campaign = case.talk.call.call_type is CallType.CAMPAIGN
    met: list[Duty] = []
    missed: list[tuple[Duty, Evidence]] = []
    doubted: list[tuple[Duty, Evidence]] = []
    for duty in check.duties:
        topic = _topic(case, check, duty)
        alone = topic is not None and _of_the_agent(case, check, topic)
        if topic is None or (alone and check.postponed and case.hits(Speaker.AGENT, *check.postponed)):
            continue
        taken = topic is not None and any(hit.at > topic.at for hit in case.hits(Speaker.CUSTOMER, *check.accepts))
        if any(_in_time(hit, topic, duty) for hit in case.hits(Speaker.AGENT, *duty.notice)):
            met.append(duty)
        else:
            due = duty.verdict == "fail" and (not alone or taken or duty.sold or campaign)
            (missed if due else doubted).append((duty, proof(case, topic)))
    if missed:
        return failed(_topics(missed, "zh"), _topics(missed, "en"), tuple(item for _, item in missed), check.share)
    if doubted:
        return for_review(_topics(doubted, "zh"), _topics(doubted, "en"), tuple(item for _, item in doubted))
    if not met:
        return not_applicable("没有涉及须说明费用或注意事项的业务", "no topic that needs a notice")
    return passed("已说明费用和注意事项", "fees and cautions stated")


def _topic(case: Case, check: Duties, duty: Duty) -> Hit | None:
    """Its first mention: the customer's, where it is his matter at all."""
    named = [hit for by in Speaker for hit in case.hits(by, *duty.said)]
    his = [hit for hit in named if duty.by is None or (duty.by is Speaker.AGENT) is _of_the_agent(case, check, hit)]
    due = [hit for hit in his if not case.beside(hit, *check.done) or case.beside(hit, *check.wanted)]
    return min(due, key=lambda hit: (_of_the_agent(case, check, hit), hit.at), default=None)


def _of_the_agent(case: Case, check: Duties, hit: Hit) -> bool:
    """Whether the agent says it of himself: what he restates is the customer's."""
    return hit.said.speaker is Speaker.AGENT and not case.beside(hit, *check.restates)


def _in_time(notice: Hit, topic: Hit, duty: Duty) -> bool:
    return duty.within is None or abs(notice.at - topic.at) <= duty.within


def _topics(missing: list[tuple[Duty, Evidence]], language: str) -> str:
    names = [getattr(duty.topic, language) for duty, _ in missing]
    if language == "zh":
        return f"谈到{'、'.join(names)}，没有说明须告知的费用或注意事项"
    return f"talked about {', '.join(names)} without stating the fee or caution due"
