"""Detectors of the script: duties that a topic brings, ordered steps, verification."""

from qa.checks import Duties, Duty, Step, Steps, Verified
from qa.finding import Case, Evidence, Finding, failed, for_review, not_applicable, passed, proof, shown
from qa.match import Hit
from recordings.transcript import Speaker


def duties(case: Case, check: Duties) -> Finding:
    if any(event.type == "transfer" for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    met: list[Duty] = []
    missed: list[tuple[Duty, Evidence]] = []
    doubted: list[tuple[Duty, Evidence]] = []
    for duty in check.duties:
        topic = _topic(case, duty)
        if topic is None:
            continue
        if any(_in_time(hit, topic, duty) for hit in case.hits(Speaker.AGENT, *duty.notice)):
            met.append(duty)
        else:
            (missed if duty.verdict == "fail" else doubted).append((duty, proof(case, topic)))
    if missed:
        return failed(_topics(missed, "zh"), _topics(missed, "en"), tuple(item for _, item in missed), check.share)
    if doubted:
        return for_review(_topics(doubted, "zh"), _topics(doubted, "en"), tuple(item for _, item in doubted))
    if not met:
        return not_applicable("没有涉及须说明费用或注意事项的业务", "no topic that needs a notice")
    return passed("已说明费用和注意事项", "fees and cautions stated")


def _topic(case: Case, duty: Duty) -> Hit | None:
    found = [*case.hits(Speaker.CUSTOMER, *duty.said), *case.hits(Speaker.AGENT, *duty.said)]
    return min(found, key=lambda hit: hit.at, default=None)


def _in_time(notice: Hit, topic: Hit, duty: Duty) -> bool:
    return duty.within is None or abs(notice.at - topic.at) <= duty.within


def _topics(missing: list[tuple[Duty, Evidence]], language: str) -> str:
    names = [getattr(duty.topic, language) for duty, _ in missing]
    if language == "zh":
        return f"谈到{'、'.join(names)}，没有说明须告知的费用或注意事项"
    return f"talked about {', '.join(names)} without stating the fee or caution due"


def steps(case: Case, check: Steps) -> Finding:
    if check.identity and not case.talk.call.identity_required:
        return not_applicable("本类通话没有规定步骤", "no prescribed steps for this call")
    if not case.talk.agent.utterances:
        return not_applicable("客服没有说话", "the agent did not speak")
    if any(event.type in check.unless_event for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    firsts = {step.name: next(iter(case.hits(Speaker.AGENT, *step.families)), None) for step in check.steps}
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


def _too_early(step: Step, firsts: dict[str, Hit | None]) -> tuple[Hit, str] | None:
    """The step's first hit and the step it should have waited for; steps that never came are not waited for."""
    hit = firsts[step.name]
    if hit is None:
        return None
    for before in step.after:
        other = firsts.get(before)
        if other is not None and other.at > hit.at:
            return hit, before
    return None


def verified(case: Case, check: Verified) -> Finding:
    if not case.talk.call.identity_required:
        return not_applicable("不需要核实身份", "no identification required")
    if any(event.type == "transfer" for event in case.talk.events):
        return not_applicable("通话已转出", "the call was handed over")
    hits = case.hits(Speaker.AGENT, *check.families)
    if hits:
        return passed("核实了客户身份", "identity verified", (proof(case, hits[0]),))
    if check.declines and case.hits(Speaker.AGENT, *check.declines):
        return not_applicable("没有向他人提供账户信息", "no account data given to somebody else")
    evidence = tuple(shown(said, sure=case.sure(said)) for said in case.talk.agent.utterances[1:2])
    return failed("没有核实客户身份", "the customer's identity was not verified", evidence, check.share)
