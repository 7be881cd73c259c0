"""Detectors of moments: what must follow an event or a topic, events that last too long, waiting without hold."""

from itertools import pairwise

from qa.case import Case, proof
from qa.checks import Follows, Lasts, Unheld
from qa.finding import Evidence, Finding, failed, for_review, not_applicable, passed, shown
from recordings.transcript import Speaker

ASKED = 20.0
"""Seconds before an event within which it must have been asked for."""


def follows(case: Case, check: Follows) -> Finding:
    moments = _moments(case, check)
    if not moments:
        return not_applicable(f"没有要求{check.what.zh}的时刻", f"no moment that asks for {check.what.en}")
    hits = case.hits(check.by, *check.families)
    missed = [
        (moment, evidence)
        for moment, evidence in moments
        if not any(moment <= hit.at <= moment + check.seconds or hit.said.start <= moment <= hit.at for hit in hits)
        and any(said.start >= moment for said in case.talk.channel(check.by).utterances)
    ]
    if not missed:
        return passed(f"有{check.what.zh}", f"{check.what.en} present")
    told = (f"{check.seconds:g}秒内没有{check.what.zh}", f"no {check.what.en} within {check.seconds:g} s")
    evidence = tuple(proved for _, proved in missed)
    if check.verdict == "review" or all(_asked(case, check, moment) for moment, _ in missed):
        return for_review(*told, evidence)
    return failed(*told, evidence, check.share)


def _asked(case: Case, check: Follows, moment: float) -> bool:
    """Whether the event that ended at `moment` was asked for just before it began."""
    begun = max((start for start, end in case.talk.spans(check.event) if end - 0.5 <= moment), default=moment)
    hits = case.hits(check.by, *check.asked) if check.asked else []
    return any(begun - ASKED <= hit.said.end and hit.at <= begun for hit in hits)


def _moments(case: Case, check: Follows) -> list[tuple[float, Evidence]]:
    found = [(hit.at, proof(case, hit)) for hit in case.hits(check.cue_by, *check.cue)] if check.cue else []
    for start, end in case.talk.spans(check.event):
        after = next((said for said in case.talk.channel(check.by).utterances if said.start >= end - 0.5), None)
        if end - start >= check.shortest and after is not None:
            found.append((end - 0.5, shown(after)))
    return found


def lasts(case: Case, check: Lasts) -> Finding:
    spans = case.talk.spans(check.event)
    if not spans:
        return not_applicable(f"没有{_NAMES.get(check.event, check.event)}", f"no {check.event}")
    long = [(start, end) for start, end in spans if end - start > check.seconds]
    if not long:
        return passed("时长在限度内", "no longer than allowed")
    worst = max(end - start for start, end in long)
    evidence = tuple(
        shown(said) for start, _ in long for said in case.talk.agent.utterances[::-1] if said.start <= start
    )
    told = (
        f"{_NAMES.get(check.event, check.event)}{worst:.0f}秒，超过{check.seconds:g}秒宜改为回电",
        f"{check.event} of {worst:.0f} s: beyond {check.seconds:g} s a call back is due",
    )
    excused = check.longest is None or worst <= check.longest or case.hits(Speaker.AGENT, *check.excused)
    return for_review(*told, evidence[: len(long)]) if excused else failed(*told, evidence[: len(long)], check.share)


_NAMES = {"hold": "保持", "mute": "静音"}


def unheld(case: Case, check: Unheld) -> Finding:
    """A customer who was asked to wait and hears nothing for long was not put on hold."""
    said = case.talk.said
    away = case.talk.spans("hold", "mute")
    evidence: list[Evidence] = []
    for one, following in pairwise(said):
        gap = following.start - max(each.end for each in said if each.start <= one.start)
        if gap <= check.seconds or any(one.end < until and since < following.start for since, until in away):
            continue
        before = [each for each in said if each.speaker is Speaker.AGENT and each.start <= one.start][-1:]
        if any(hit.said in before for hit in case.hits(Speaker.AGENT, *check.waits)):
            evidence += [shown(each) for each in before]
    if not evidence:
        return passed("没有让客户空等", "nobody waited off hold")
    return for_review("请客户等候时没有按保持或静音", "the customer waited without hold or mute", tuple(evidence))
