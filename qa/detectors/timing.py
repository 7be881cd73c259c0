"""Detectors of time: first word, interruptions, late answers, pace."""

from statistics import median

from qa.case import Case
from qa.checks import Adjusts, CutsIn, FirstWord, LateAnswer, Pace
from qa.finding import Evidence, Finding, failed, for_review, not_applicable, passed, shown, unheard
from qa.match import Hit
from qa.talk import Utterance
from recordings.transcript import Direction, Speaker


def first_word(case: Case, check: FirstWord) -> Finding:
    talk = case.talk
    if not talk.said:
        return unheard()
    if not talk.agent.utterances:
        return failed("客服一直没有说话", "the agent never spoke", (shown(talk.said[0]),), check.share)
    first = talk.agent.utterances[0]
    calls = [hit for hit in case.hits(Speaker.CUSTOMER, *check.calling) if hit.at < first.start]
    if len(calls) >= check.calls:
        evidence = tuple(shown(hit.said, at=hit.at) for hit in calls)
        return failed(
            f"客户喂了{len(calls)}声客服才应答", f"the customer called {len(calls)} times first", evidence, check.share
        )
    before = [said for said in talk.customer.utterances if said.start < first.start]
    if talk.call.direction is Direction.OUTBOUND and before:
        # Whoever is called speaks first: the agent answers him.
        waited = first.start - min(before[0].end, first.start)
    else:
        waited = first.start - _long_talk(before, first.start, check.seconds)
    if waited > check.seconds:
        return failed(
            f"接通{first.start:.1f}秒后才说话，限{check.seconds:g}秒",
            f"first word {first.start:.1f} s after connect, limit {check.seconds:g} s", (shown(first),), check.share,
        )  # fmt: skip
    return passed(f"接通{first.start:.1f}秒说话", f"first word at {first.start:.1f} s")


def _long_talk(said: list[Utterance], until: float, seconds: float) -> float:
    """How long the other side held the floor before `until`, in stretches longer than `seconds`: calling is none."""
    lengths = [min(one.end, until) - one.start for one in said if one.start < until]
    return sum(length for length in lengths if length > seconds)


def cuts_in(case: Case, check: CutsIn) -> Finding:
    if not case.talk.customer.utterances:
        return not_applicable("客户没有说话", "the customer did not speak")
    evidence: list[Evidence] = []
    longest = 0.0
    for said in case.talk.agent.utterances:
        for other in case.talk.customer.utterances:
            over = min(said.end, other.end) - said.start
            if said.start - other.start < check.after or over <= check.over:
                continue
            if said.size <= check.noise_size and case.is_only(said, *check.noises):
                continue
            longest = max(longest, over)
            evidence.append(shown(said, sure=case.sure(said)))
    if not evidence:
        return passed("没有打断客户", "no interruption")
    return failed(
        f"打断客户{len(evidence)}次，最长{longest:.1f}秒",
        f"spoke over the customer {len(evidence)} time(s), up to {longest:.1f} s", tuple(evidence), check.share,
    )  # fmt: skip


def late_answer(case: Case, check: LateAnswer) -> Finding:
    if not case.talk.customer.utterances or not case.talk.agent.utterances:
        return not_applicable("没有一问一答", "no question and answer")
    late: list[tuple[float, Utterance]] = []
    said = case.talk.said
    for place, asked in enumerate(said[:-1]):
        if asked.speaker is not Speaker.CUSTOMER or asked.start < case.talk.agent.utterances[0].start:
            continue
        following = said[place + 1]
        gap = _silence(case, asked.end, following.start)
        if gap > check.seconds and _waited_for(case, check, asked, following, said[:place]):
            late.append((gap, asked))
    if not late:
        return passed("回应及时", "answers in time")
    worst = max(gap for gap, _ in late)
    return failed(
        f"客户说完后客服{worst:.1f}秒没有回应，限{check.seconds:g}秒",
        f"no answer for {worst:.1f} s after the customer stopped, limit {check.seconds:g} s",
        tuple(shown(asked, sure=case.sure(asked)) for _, asked in late), check.share,
    )  # fmt: skip


def _silence(case: Case, start: float, end: float) -> float:
    """Seconds between the two without the time on hold or muted and without anybody's speech."""
    away = sum(max(0.0, min(end, until) - max(start, since)) for since, until in case.talk.spans("hold", "mute"))
    talking = any(said.start < start and said.end > start + 0.1 for said in case.talk.agent.utterances)
    return 0.0 if talking else end - start - away


def _waited_for(case: Case, check: LateAnswer, asked: Utterance, following: Utterance, before: list[Utterance]) -> bool:
    if any(hit.said is asked for hit in case.hits(Speaker.CUSTOMER, *check.pauses)):
        return False
    question = any(hit.said is asked for hit in case.hits(Speaker.CUSTOMER, *check.questions))
    if following.speaker is Speaker.CUSTOMER:
        calling = any(hit.said is following for hit in case.hits(Speaker.CUSTOMER, *check.calling))
        return question or calling
    if question:
        return True
    if any(hit.said is following for hit in case.hits(Speaker.AGENT, *check.lost)):
        return False
    told = before[-1] if before and before[-1].speaker is Speaker.AGENT else None
    if told and any(hit.said is told for hit in case.hits(Speaker.AGENT, *check.waits)):
        return False
    return not case.is_only(asked, *check.acknowledges)


def pace(case: Case, check: Pace) -> Finding:
    long = [said for said in case.talk.agent.utterances if said.size >= check.from_size]
    raised = _raised(long, check)
    if len(raised) >= check.utterances:
        return for_review(
            f"音量突然升高{len(raised)}次，可能不耐烦",
            f"much louder than usual {len(raised)} times, perhaps impatient",
            tuple(shown(said) for said in raised),
        )
    speeds = [(_speed(said), said) for said in long]
    if len(speeds) < 3:
        return passed("语速没有异常", "nothing unusual in the pace")
    usual = median(speed for speed, _ in speeds)
    fast = [said for speed, said in speeds if speed > check.limit and speed > check.times * usual]
    if len(fast) < check.utterances:
        return passed("语速没有异常", "nothing unusual in the pace")
    return for_review(
        f"语速突然加快{len(fast)}次，可能不耐烦", f"much faster than usual {len(fast)} times, perhaps impatient",
        tuple(shown(said) for said in fast),
    )  # fmt: skip


def _raised(long: list[Utterance], check: Pace) -> list[Utterance]:
    """Utterances far above the speaker's own median level; none where too few were measured."""
    levels = [(said.loudness, said) for said in long if said.loudness is not None]
    if len(levels) < 3:
        return []
    usual = median(level for level, _ in levels)
    return [said for level, said in levels if level > usual + check.louder]


def adjusts(case: Case, check: Adjusts) -> Finding:
    slow = case.hits(Speaker.CUSTOMER, *check.slow_down)
    loud = case.hits(Speaker.CUSTOMER, *check.speak_up)
    if not slow:
        if loud:
            return _louder(case, check, loud)
        return not_applicable("客户没有要求调整语速音量", "the customer asked for no change")
    asked = slow[0]
    voice = [said for said in case.talk.agent.utterances if said.size >= 4 and said.end > said.start]
    before = [said for said in voice if said.start < asked.said.start][-check.utterances :]
    after = [said for said in voice if said.start > asked.said.start][: check.utterances]
    if not before or not after:
        return for_review("前后语音不足，无法比较语速", "too little speech to compare the pace", (shown(asked.said),))
    was, became = _mean_speed(before), _mean_speed(after)
    evidence = (shown(asked.said, at=asked.at, sure=case.sure(asked.said)), *(shown(said) for said in after[:1]))
    note = (
        f"语速由每秒{was:.1f}字变为{became:.1f}字",
        f"pace {was:.1f} before, {became:.1f} characters a second after",
    )
    if became > check.slower * was:
        return failed(f"客户要求放慢后{note[0]}", f"asked to slow down: {note[1]}", evidence, check.share)
    return passed(note[0], note[1], evidence)


def _louder(case: Case, check: Adjusts, asked: list[Hit]) -> Finding:
    evidence = tuple(shown(hit.said, at=hit.at, sure=case.sure(hit.said)) for hit in asked)
    levels = [(said.start, said.loudness) for said in case.talk.agent.utterances if said.loudness is not None]
    before = [level for start, level in levels if start < asked[0].said.start][-check.utterances :]
    after = [level for start, level in levels if start > asked[0].said.start][: check.utterances]
    if not before or not after:
        return for_review("客户要求大声，请听录音判断", "asked to speak up: listen and judge", evidence)
    rise = median(after) - median(before)
    note = (f"音量变化{rise:+.1f}分贝", f"level changed by {rise:+.1f} dB")
    if rise < check.louder:
        return failed(f"客户要求大声后{note[0]}", f"asked to speak up: {note[1]}", evidence, check.share)
    return passed(*note, evidence)


def _speed(said: Utterance) -> float:
    """Tokens a second."""
    return said.size / max(0.1, said.end - said.start)


def _mean_speed(many: list[Utterance]) -> float:
    return sum(said.size for said in many) / max(0.1, sum(said.end - said.start for said in many))
