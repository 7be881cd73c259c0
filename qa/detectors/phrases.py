"""Detectors of what is said: forbidden phrases, phrases due at a moment, consent before an event."""

from qa.case import Case, places, proof
from qa.checks import AskedBefore, MustSay, Says
from qa.finding import Finding, failed, for_review, not_applicable, passed, shown, unheard
from qa.match import Hit
from qa.talk import Utterance
from recordings.transcript import EndedBy, Speaker

TAKES_LEAVE = 4
"""Of the last so many utterances a leave-taking counts: 没有了 earlier tells of other things."""


def says(case: Case, check: Says) -> Finding:
    if not case.talk.said:
        return unheard()
    hits = case.hits(check.by, *check.families)
    if check.off_hold:
        away = case.talk.spans("hold", "mute")
        hits = [hit for hit in hits if not any(start <= hit.at <= end for start, end in away)]
    hits = places(case, hits)
    if not hits:
        return passed("没有发现", "nothing found")
    evidence = tuple(proof(case, hit) for hit in hits)
    sure = [hit for hit, item in zip(hits, evidence, strict=True) if item.sure]
    named = sure or hits
    zh, en = _named(case, named, "zh"), _named(case, named, "en")
    against = () if sure else next((hit.against for hit in named if hit.against), ())
    if against:
        zh += f"；前后的“{'、'.join(against)}”更像得体的话"
        en += f"; the words around it ({', '.join(against)}) read as good manners"
    if check.verdict == "review" or len({hit.said.start for hit in named}) < check.lines:
        return for_review(f"需人工判断：{zh}", f"to be judged: {en}", evidence)
    share = min(1.0, check.each * len(sure)) * check.share
    return failed(f"客服说了{zh}" if check.by is Speaker.AGENT else f"客户说了{zh}", f"said {en}", evidence, share)


def _named(case: Case, hits: list[Hit], language: str) -> str:
    """「words」(family; better: …) for each family, the first words of each."""
    parts: list[str] = []
    seen: set[str] = set()
    for hit in hits:
        if hit.family in seen:
            continue
        seen.add(hit.family)
        family = case.rules.pack.families[hit.family]
        title = getattr(family.title, language) if family.title else ""
        better = getattr(family.instead, language) if family.instead else ""
        if language == "zh":
            parts.append(
                f"“{hit.text}”" + (f"（{title}" if title else "（") + (f"，宜说：{better}）" if better else "）")
            )
        else:
            parts.append(f'"{hit.text}" ({title}' + (f"; better: {better})" if better else ")"))
    return ("；" if language == "zh" else "; ").join(part.replace("（）", "").replace(" ()", "") for part in parts)


def must_say(case: Case, check: MustSay) -> Finding:
    talk, channel = case.talk, case.talk.channel(check.by)
    near = _near_moment(channel.utterances, check, talk.end)
    hits = [hit for hit in case.hits(check.by, *check.families) if hit.said in near]
    if hits:
        return passed(f"有{check.what.zh}", f"{check.what.en} present", (proof(case, hits[-1]),))
    if not talk.said:
        return unheard()
    if talk.call.ended_by in check.unless_ended_by and not _had_the_chance(case, check, near):
        return not_applicable(
            f"{_ENDED_ZH[talk.call.ended_by]}，不判{check.what.zh}",
            f"ended by the {talk.call.ended_by.value}: {check.what.en} not judged",
        )
    if any(event.type in check.unless_event for event in talk.events):
        return not_applicable(f"通话已转出，不判{check.what.zh}", f"call handed over: {check.what.en} not judged")
    if any(case.hits(check.by, family) for family in check.unless_said):
        return not_applicable(f"通话没法照常进行，不判{check.what.zh}", f"no usual talk: {check.what.en} not judged")
    shy = tuple(shown(said) for said in (near[-1:] or channel.utterances[-1:]))
    # Whoever spoke again after half a closing had the chance to close.
    half = channel.utterances[-1:] if check.at == "end" else near
    weak = [hit for hit in case.hits(check.by, *check.weak) if hit.said in half] if check.weak else []
    place = ("开头" if check.at == "start" else "最后", "first" if check.at == "start" else "last")
    if weak:
        return for_review(f"{check.what.zh}不完整", f"{check.what.en} incomplete", (proof(case, weak[-1]),))
    doubt = tuple(shown(said, sure=case.sure(said)) for said in near) or shy
    return failed(
        f"{place[0]}{check.seconds:g}秒内没有{check.what.zh}",
        f"no {check.what.en} in the {place[1]} {check.seconds:g} s", doubt[-2:] if check.at == "end" else doubt[:2],
        check.share,
    )  # fmt: skip


_ENDED_ZH = {EndedBy.AGENT: "客服先挂机", EndedBy.CUSTOMER: "客户先挂机", EndedBy.SYSTEM: "线路中断"}


def _near_moment(utterances: list[Utterance], check: MustSay, end: float) -> list[Utterance]:
    if check.at == "start":
        return [
            said for place, said in enumerate(utterances) if said.start <= check.seconds or place < check.utterances
        ]
    late = len(utterances) - check.utterances
    # "Thank you for calling" in the first line greets.
    return [
        said for place, said in enumerate(utterances) if place and (said.end >= end - check.seconds or place >= late)
    ]


def _had_the_chance(case: Case, check: MustSay, near: list[Utterance]) -> bool:
    if any(hit.said in near for hit in case.hits(check.by, *check.closes)):
        return True
    other = Speaker.CUSTOMER if check.by is Speaker.AGENT else Speaker.AGENT
    last = max((said.start for said in case.talk.channel(check.by).utterances), default=0.0)
    late = case.talk.channel(other).utterances[-TAKES_LEAVE:]
    return any(hit.said.end <= last and hit.said in late for hit in case.hits(other, *check.chance))


def asked_before(case: Case, check: AskedBefore) -> Finding:
    events = [event for event in case.talk.events if event.type == check.event]
    zh = {"hold": "保持", "transfer": "转接"}.get(check.event, check.event)
    if not events:
        return not_applicable(f"没有{zh}", f"no {check.event}")
    moments = [event.start if event.at is None else event.at for event in events]
    ends = [event.end if event.at is None else event.at for event in events]
    bad = [
        moment
        for place, moment in enumerate(moments)
        if moment is not None and not _consent(case, check, moment, (ends[place - 1] or 0.0) if place else 0.0)
    ]
    if not bad:
        return passed(f"{zh}前征求了客户意见", f"the customer was asked before the {check.event}")
    evidence = []
    for moment in bad:
        before = [said for said in case.talk.agent.utterances if said.start <= moment]
        if before:
            evidence.append(shown(before[-1], sure=case.sure(before[-1])))
    return failed(
        f"第{bad[0]:.0f}秒{zh}前没有征求客户意见", f"{check.event} at {bad[0]:.0f} s without asking first",
        tuple(evidence), check.share,
    )  # fmt: skip


def _consent(case: Case, check: AskedBefore, moment: float, since: float) -> bool:
    """Whether consent stands before `moment`; what was said before `since`, the last such event, served that one."""

    def recent(speaker: Speaker, families: tuple[str, ...], seconds: float) -> list[Hit]:
        hits = case.hits(speaker, *families) if families else []
        return [hit for hit in hits if since <= hit.at <= moment + 0.3 and hit.said.end >= moment - seconds]

    if recent(Speaker.AGENT, check.asks, check.seconds):
        return True
    if recent(Speaker.CUSTOMER, check.requests, check.request_seconds):
        return True
    mentions, tails = (recent(Speaker.AGENT, each, check.seconds) for each in (check.mentions, check.courtesy))
    asked, polite = ([hit for hit in each if not case.beside(hit, *check.restates)] for each in (mentions, tails))
    if asked and any(hit.said.start >= asked[0].said.start for hit in polite):
        return True
    agreed = recent(Speaker.CUSTOMER, check.agrees, check.seconds)
    return any(hit.at >= one.at for one in (*asked, *polite) for hit in agreed)
