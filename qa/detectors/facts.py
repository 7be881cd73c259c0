"""Detectors of what is known about the call: ticket, who ended it, recogniser confidence, identity, by hand."""

from qa import names as names_of
from qa.case import Case, proof
from qa.checks import ClearVoice, HungUp, Identity, Manual, TicketCheck
from qa.finding import Evidence, Finding, Reason, failed, for_review, not_applicable, passed, shown
from qa.verdict import Verdict
from recordings.transcript import CallType, Direction, EndedBy, Speaker, Ticket

CUT = 0.5
"""An agent who begins so many seconds before the customer's end has cut in."""


def ticket(case: Case, check: TicketCheck) -> Finding:
    call = case.talk.call
    if "ticket" not in call.model_fields_set:
        return not_applicable("没有工单信息", "nothing known about a ticket")
    linked = call.tickets
    if not linked:
        if check.need not in ("linked", "in_time"):
            return not_applicable("没有工单", "no ticket")
        return failed("通话没有关联工单", "the call has no ticket", (), check.share)
    if check.need in ("same_matter", "no_complaint"):
        return _matter(case, check, linked)
    first = linked[0]
    if check.need == "linked":
        return passed(f"已关联工单{first.id}", f"linked to ticket {first.id}")
    if late := next((each for each in linked if each.overdue), None):
        return failed(f"工单{late.id}已超时", f"ticket {late.id} is past its deadline", (), check.share)
    if check.need == "handled" and all(each.state.lower() in check.bad for each in linked):
        return failed(f"工单{first.id}状态为{first.state}", f"ticket {first.id} is {first.state}", (), check.share)
    return passed(f"工单{first.id}在时限内", f"ticket {first.id} in time")


def _matter(case: Case, check: TicketCheck, linked: tuple[Ticket, ...]) -> Finding:
    called = case.talk.call.call_type
    if check.need == "no_complaint":
        complaint = next((each for each in linked if (each.category or called) is CallType.COMPLAINT), None)
        if complaint:
            return for_review(f"关联了投诉工单{complaint.id}", f"linked to the complaint ticket {complaint.id}")
        return passed("没有关联投诉工单", "not linked to a complaint ticket")
    filed = [each.category for each in linked if each.category]
    if not filed:
        return not_applicable("不知道工单类别", "the ticket's category is not known")
    if called is CallType.COMPLAINT and called not in filed:
        return for_review(f"投诉来电登记为{filed[0]}", f"a complaint was filed as {filed[0]}")
    return passed("工单类别与来电相符", "the ticket's category fits the call")


def hung_up(case: Case, check: HungUp) -> Finding:
    talk = case.talk
    if talk.call.ended_by is not EndedBy.AGENT:
        return passed("不是客服挂断", "not ended by the agent's side")
    if not talk.said:
        return for_review("客服挂断，没有转写出任何话", "ended by the agent, no speech was transcribed")
    if any(event.type == "transfer" for event in talk.events):
        return passed("通话已转接", "the call was transferred")
    last = max(talk.said, key=lambda said: said.end)
    late = max(said.end for said in talk.said) - check.seconds
    tail = tuple(shown(said, sure=case.sure(said)) for said in talk.said[-2:])
    greeting = talk.agent.utterances[0] if talk.agent.utterances else None
    hits = case.hits(Speaker.AGENT, *check.closings)
    closed = [hit for hit in hits if hit.said.end >= late and hit.said is not greeting]
    heard = max(talk.customer.utterances, key=lambda said: said.end, default=None)
    protested = any(hit.said is heard for hit in case.hits(Speaker.CUSTOMER, *check.protests))
    if last.speaker is Speaker.AGENT:
        if heard and last.start < heard.end - CUT and not closed:
            return failed("打断客户后挂断", "cut the customer short and hung up", tail, check.share)
        rude = (*check.dismissals, *(check.breaks_off if protested else ()))
        gone = [hit for hit in case.hits(Speaker.AGENT, *rude) if hit.said is last]
        if gone and not closed:
            return failed(
                "客服撂下话就挂断", "dismissed the customer and hung up", (proof(case, gone[-1]),), check.share
            )
        return passed("客户说完后客服挂断", "the agent had the last word")
    if closed:
        if protested:
            return for_review("客户还有话说，客服已挂断", "the customer had more to say", tail)
        return passed("挂断前有结束语", "closing phrase before the end")
    goodbye = [hit for hit in case.hits(Speaker.CUSTOMER, *check.farewells) if hit.said is last]
    if goodbye and not protested:
        return for_review("客户道别后客服直接挂断", "hung up after the customer's goodbye without a closing", tail)
    return failed(
        "客户话音刚落客服就挂断，没有结束语", "hung up on the customer without a closing phrase", tail, check.share
    )


def clear_voice(case: Case, check: ClearVoice) -> Finding:
    known = [(said.confidence, said) for said in case.talk.agent.utterances if said.confidence is not None]
    size = sum(said.size for _, said in known)
    if not size:
        return not_applicable("没有识别置信度", "no recogniser confidence")
    mean = sum(confidence * said.size for confidence, said in known) / size
    if mean >= check.least:
        return passed(f"平均置信度{mean:.2f}", f"mean confidence {mean:.2f}")
    worst = sorted(known, key=lambda pair: pair[0])[:3]
    evidence: tuple[Evidence, ...] = tuple(shown(said, sure=False) for _, said in worst)
    return for_review(f"平均置信度{mean:.2f}，可能吐字不清", f"mean confidence {mean:.2f}, perhaps unclear", evidence)


def identity(case: Case, check: Identity) -> Finding:
    doubts = case.hits(Speaker.CUSTOMER, *check.doubts)
    if case.talk.call.direction is Direction.OUTBOUND:
        doubts = doubts + case.hits(Speaker.CUSTOMER, *check.called_wrongly)
    if case.talk.call.identity_required and not case.hits(Speaker.AGENT, *check.declines):
        doubts = doubts + case.hits(Speaker.CUSTOMER, *check.behalf)
    if doubts:
        evidence = tuple(proof(case, hit) for hit in doubts)
        return for_review("客户身份可能认错", "the customer may have been taken for somebody else", evidence)
    other = _other_name(case, check)
    if other:
        return for_review("客服的称呼与客户自报姓氏不同", "called by another name than the one given", other)
    if not case.talk.call.identity_required:
        return not_applicable("不需要核实身份", "no identification required")
    return passed("没有发现认错客户", "nothing speaks against the identification")


def _other_name(case: Case, check: Identity) -> tuple[Evidence, ...]:
    """The agent's lines that use a name which the customer did not give; none where no name was given."""
    surnames = case.rules.pack.words.get(check.surnames, [])
    names = [(name, said) for said in case.talk.customer.utterances for name in names_of.given(said.text, surnames)]
    if not names:
        return ()
    since = min(said.start for _, said in names)
    return tuple(
        shown(said)
        for said in case.talk.agent.utterances
        if said.start > since
        for called in names_of.addressed(said.text, surnames)
        if not any(names_of.alike(called, name) for name, _ in names)
    )


def manual(case: Case, check: Manual) -> Finding:
    del case, check
    return Finding(Verdict.MANUAL, Reason("由质检员评定", "a person decides"))
