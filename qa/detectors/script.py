"""Detectors of the script: ordered steps, verification."""

from itertools import takewhile

from qa.amounts import in_figures
from qa.case import Case, proof
from qa.checks import Step, Steps, Verified
from qa.digits import NUMERALS
from qa.finding import Finding, failed, not_applicable, passed, shown
from qa.match import Hit
from recordings.transcript import Speaker


def steps(case: Case, check: Steps) -> Finding:
    if check.identity and not case.talk.call.identity_required:
        return not_applicable("本类通话没有规定步骤", "no prescribed steps for this call")
    if not case.talk.agent.utterances:
        return not_applicable("客服没有说话", "the agent did not speak")
    if any(event.type in check.unless_event for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    if check.unless_said and case.hits(Speaker.AGENT, *check.unless_said):
        return not_applicable("客户辱骂，通话被结束", "ended because of abuse")
    firsts = {step.name: _first(case, step) for step in check.steps}
    missing = [step for step in check.steps if step.required and firsts[step.name] is None]
    if missing and case.talk.agent.size >= check.from_size:
        opening = tuple(shown(said, sure=case.sure(said)) for said in case.talk.agent.utterances[:1])
        zh, en = "、".join(step.what.zh for step in missing), ", ".join(step.what.en for step in missing)
        return failed(f"没有按流程：缺{zh}", f"script not followed: no {en}", opening, check.share)
    for step in check.steps:
        early = _too_early(step, firsts)
        if early is not None:
            hit, before = early
            other = next(one for one in check.steps if one.name == before)
            return failed(
                f"次序不对：{step.what.zh}先于{other.what.zh}",
                f"wrong order: {step.what.en} before {other.what.en}", (proof(case, hit),), check.share,
            )  # fmt: skip
    return passed("按流程进行", "script followed")


def _first(case: Case, step: Step) -> Hit | None:
    until = None if step.seconds is None else case.talk.agent.utterances[0].start + step.seconds
    for hit in case.hits(Speaker.AGENT, *step.families):
        if (until is None or hit.at <= until) and (not step.new_figures or _tells_figures(case, hit)):
            return hit
    return None


def _tells_figures(case: Case, hit: Hit) -> bool:
    """Whether the agent's words hold a number that the customer has not said before them."""
    agent, customer = case.talk.agent, case.talk.customer
    rest = in_figures(agent.written[hit.last : agent.turn_of(hit.first, hit.last)[1]])
    behind = takewhile(_is_figure, rest)
    heard = "".join(
        token
        for said in customer.utterances
        if said.start < hit.at
        for token in in_figures(customer.written[said.first : said.last])
    )
    words = (*in_figures(agent.written[hit.first : hit.last]), *behind)
    told = "".join(token if _is_figure(token) else " " for token in words).split()
    return any(number not in heard for number in told)


def _is_figure(token: str) -> bool:
    return NUMERALS.issuperset(token)


def _too_early(step: Step, firsts: dict[str, Hit | None]) -> tuple[Hit, str] | None:
    """The step's first hit and the step it should have waited for."""
    hit = firsts[step.name]
    if hit is None:
        return None
    for before in step.after:
        if before not in firsts:
            continue  # packs that were published before may name steps that they have not
        other = firsts[before]
        if other is None or other.at > hit.at:
            return hit, before
    return None


def verified(case: Case, check: Verified) -> Finding:
    if not case.talk.call.identity_required:
        return not_applicable("不需要核实身份", "no identification required")
    if any(event.type == "transfer" for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    hits = case.hits(Speaker.AGENT, *check.families)
    told = next((hit for hit in case.hits(Speaker.AGENT, *check.before) if _tells_figures(case, hit)), None)
    if hits and told and told.at < hits[0].at:
        return failed(
            "先告知账户信息，后核实客户身份", "account data were told before identity was verified",
            (proof(case, told), proof(case, hits[0])), check.share,
        )  # fmt: skip
    if hits:
        return passed("核实了客户身份", "identity verified", (proof(case, hits[0]),))
    if check.declines and not told and case.hits(Speaker.AGENT, *check.declines):
        return not_applicable("没有向他人提供账户信息", "no account data given to somebody else")
    evidence = tuple(shown(said, sure=case.sure(said)) for said in case.talk.agent.utterances[1:2])
    return failed("没有核实客户身份", "the customer's identity was not verified", evidence, check.share)
