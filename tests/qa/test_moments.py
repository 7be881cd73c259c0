"""Duties after a moment, long and unannounced waiting, levels of the voice, names, what the ticket says."""

from typing import Any

import pytest

from qa.case import Case
from qa.checks import Duty, Follows, Text
from qa.detectors import duties, moments
from qa.pack import Ruleset
from qa.scoring import score
from qa.talk import Talk
from qa.verdict import Verdict
from recordings.transcript import Speaker, Transcript
from tests.qa.calls import BYE, HELLO, call, item, judged

ASK = {"customer": "帮我看看退款到了没有"}
WAIT = {"agent": "请您稍等我帮您查一下可以吗"}
YES = {"customer": "好的"}
THANKS = {"agent": "感谢您的耐心等待退款已经到账了"}
BARE = {"agent": "退款已经到您账户了"}


def _with_levels(talk: Transcript, **levels: list[float]) -> Transcript:
    """The call with a level for each line of a side, in their order."""
    left = {speaker: iter(values) for speaker, values in levels.items()}
    heard = tuple(
        one.model_copy(update={"loudness": next(left[one.speaker.value], None)}) if one.speaker.value in left else one
        for one in talk.segments
    )
    return talk.model_copy(update={"segments": heard})


def test_hold_without_thanks_afterwards_is_shown_to_a_person(bank: Ruleset) -> None:
    thanked = judged(bank, "D4", HELLO, ASK, WAIT, YES, {"hold": 30}, THANKS, BYE)
    silent = judged(bank, "D4", HELLO, ASK, WAIT, YES, {"hold": 30}, BARE, BYE)
    assert (thanked.verdict, silent.verdict) == (Verdict.PASS, Verdict.REVIEW)
    assert silent.evidence[0].text == BARE["agent"]


def test_hold_of_more_than_a_minute_is_shown_with_its_length(bank: Ruleset) -> None:
    found = judged(bank, "D4", HELLO, ASK, WAIT, YES, {"hold": 75}, THANKS, BYE)
    assert found.verdict is Verdict.REVIEW
    assert "75" in found.reason.zh


def test_waiting_long_off_hold_is_shown_and_on_mute_it_is_not(bank: Ruleset) -> None:
    off = judged(bank, "A6", HELLO, ASK, WAIT, YES, {"pause": 25}, THANKS, BYE)
    muted = judged(bank, "A6", HELLO, ASK, WAIT, YES, {"mute": 25}, THANKS, BYE)
    short = judged(bank, "A6", HELLO, ASK, WAIT, YES, {"pause": 12}, THANKS, BYE)
    assert [one.verdict for one in (off, muted, short)] == [Verdict.REVIEW, Verdict.PASS, Verdict.PASS]


def test_one_consent_serves_one_hold(bank: Ruleset) -> None:
    again = {"customer": "那另外一笔呢"}
    lines = (HELLO, ASK, WAIT, YES, {"hold": 8}, THANKS, again, {"agent": "另外一笔啊"}, {"hold": 8}, THANKS, BYE)
    assert judged(bank, "A4", *lines).verdict is Verdict.FAIL


def test_a_cue_asks_for_its_answer_within_the_time(bank: Ruleset) -> None:
    what = Text(zh="核实", en="verification")
    fields: dict[str, Any] = {"what": what, "families": ("verify",), "cue": ("lost_card",), "seconds": 10}
    check = Follows(check="follows", **fields)
    soon = call(HELLO, {"customer": "我要挂失"}, {"agent": "请您报一下身份证后四位"}, BYE)
    late = call(HELLO, {"customer": "我要挂失"}, {"pause": 20}, {"agent": "请您报一下身份证后四位"}, BYE)
    verdicts = [moments.follows(Case(Talk(talk), bank), check).verdict for talk in (soon, late)]
    assert verdicts == [Verdict.PASS, Verdict.FAIL]


def test_a_duty_with_a_window_is_not_met_minutes_later(bank: Ruleset) -> None:
    duty = {"topic": {"zh": "分期", "en": "instalments"}, "said": ["instalment_wanted"], "notice": ["fee_notice"]}
    talk = Case(Talk(call(HELLO, {"customer": "我想办分期"}, {"pause": 100}, {"agent": "手续费五十元"}, BYE)), bank)
    check = next(one for one in bank.pack.items["D2"].checks if one.check == "duties")
    for within, verdict in ((None, Verdict.PASS), (60, Verdict.FAIL)):
        only = check.model_copy(update={"duties": (Duty.model_validate({**duty, "within": within}),)})
        assert duties.duties(talk, only).verdict is verdict


@pytest.mark.parametrize(("levels", "verdict"), [([-30, -29, -24], "pass"), ([-30, -29, -30], "fail"), ([], "review")])
def test_asked_to_speak_up_the_level_decides_where_it_was_measured(
    bank: Ruleset, levels: list[float], verdict: str
) -> None:
    talk = call(HELLO, ASK, TELL, {"customer": "你大声点我听不见"}, BARE)
    assert item(score(_with_levels(talk, agent=levels), bank), "C3").verdict == verdict


TELL = {"agent": "退款一般三天之内到账请您留意短信"}


def test_a_voice_far_above_its_own_usual_level_is_shown_as_perhaps_impatient(bank: Ruleset) -> None:
    talk = call(HELLO, ASK, TELL, ASK, TELL, ASK, TELL, ASK, TELL, BYE)
    assert item(score(_with_levels(talk, agent=[-30, -30, -29, -18, -17, -30]), bank), "B3").verdict is Verdict.REVIEW
    assert item(score(talk, bank), "B3").verdict is Verdict.PASS


def test_another_name_than_the_customer_gave_is_shown(bank: Ruleset) -> None:
    mine = {"customer": "我姓李"}
    assert judged(bank, "D6", HELLO, mine, {"agent": "好的王女士请讲"}, BYE).verdict is Verdict.REVIEW
    assert judged(bank, "D6", HELLO, mine, {"agent": "好的黎女士请讲"}, BYE).verdict is Verdict.NA


def test_a_story_told_before_the_greeting_is_no_late_greeting(bank: Ruleset) -> None:
    story = {"customer": "你好我刚才手机被人偷了里面绑了你们的卡我现在很着急"}
    assert judged(bank, "B5", story, HELLO, BYE).verdict is Verdict.PASS
    assert judged(bank, "B5", {"customer": "你好"}, {"pause": 4}, HELLO, BYE).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("call_type", "category", "sent", "escalated"),
    [
        ("complaint", "complaint", "pass", "review"),
        ("complaint", None, "pass", "review"),
        ("complaint", "enquiry", "review", "pass"),
        ("enquiry", "complaint", "pass", "review"),
        ("enquiry", None, "pass", "pass"),
    ],
)
def test_the_tickets_category_tells_of_wrong_groups_and_of_complaints(
    bank: Ruleset, call_type: str, category: str | None, sent: str, escalated: str
) -> None:
    ticket = {"id": "T", "state": "open", "overdue": False, "category": category}
    result = score(call(HELLO, ASK, BARE, BYE, call_type=call_type, ticket=ticket), bank)
    assert (item(result, "E3").verdict, item(result, "F6").verdict) == (sent, escalated)


def test_a_customer_is_angry_by_words_twice_or_once_and_loud(bank: Ruleset) -> None:
    once = call(HELLO, ASK, BARE, {"customer": "你们太过分了"}, BARE, ASK, BARE, BYE)
    assert score(once, bank).anger == ()
    twice = call(HELLO, {"customer": "气死我了"}, BARE, {"customer": "你们太过分了"}, BARE, BYE)
    assert [one.text for one in score(twice, bank).anger] == ["气死我了", "你们太过分了"]
    shouted = score(_with_levels(once, customer=[-30, -15, -30]), bank)
    assert [one.text for one in shouted.anger] == ["你们太过分了"]
    both = score(_with_levels(once, customer=[-15, -30, -30]), bank)
    assert [one.speaker for one in both.anger] == [Speaker.CUSTOMER, Speaker.CUSTOMER]


def test_hold_neither_asked_nor_thanked_for_fails(bank: Ruleset) -> None:
    curt = {"agent": "我看看啊"}
    found = judged(bank, "D4", HELLO, ASK, curt, {"hold": 30}, BARE, BYE)
    assert found.verdict is Verdict.FAIL


def test_hold_far_beyond_the_limit_fails_unless_a_call_back_is_promised(bank: Ruleset) -> None:
    promised = {"agent": "感谢您的耐心等待结果出来我给您回电话"}
    silent = judged(bank, "D4", HELLO, ASK, WAIT, YES, {"hold": 100}, THANKS, BYE)
    polite = judged(bank, "D4", HELLO, ASK, WAIT, YES, {"hold": 100}, promised, BYE)
    assert (silent.verdict, polite.verdict) == (Verdict.FAIL, Verdict.REVIEW)


def test_who_answers_must_be_asked_at_the_beginning_of_an_outbound_call(bank: Ruleset) -> None:
    opening = {"agent": "您好我是银行信用卡中心的小白您现在方便吗"}
    pitch = [{"agent": "我们这个月有个加油返现的活动给您介绍一下"}, {"customer": "哦你说"}] * 8
    asked = {"agent": "请问是王女士本人吗"}
    early = judged(bank, "D4", opening, asked, *pitch, BYE, direction="outbound")
    late = judged(bank, "D4", opening, *pitch, asked, BYE, direction="outbound")
    assert (early.verdict, late.verdict) == (Verdict.PASS, Verdict.FAIL)


def test_customer_who_asks_for_somebody_else_is_shown_to_a_person_unless_declined(bank: Ruleset) -> None:
    mother = {"customer": "我替我妈查一下她的卡里还有多少钱"}
    told = judged(bank, "D6", HELLO, mother, {"agent": "请报一下身份证后四位"}, BYE, identity_required=True)
    declined = {"agent": "这个需要您母亲本人来电查询请您谅解"}
    refused = judged(bank, "D6", HELLO, mother, declined, BYE, identity_required=True)
    assert (told.verdict, refused.verdict) == (Verdict.REVIEW, Verdict.PASS)


def test_whoever_speaks_again_after_half_a_closing_had_the_chance_to_close(bank: Ruleset) -> None:
    half, nothing = {"agent": "请问还有其他需要吗"}, {"customer": "没有了"}
    left = judged(bank, "A1", HELLO, ASK, BARE, half, ended_by="agent")
    spoke = judged(bank, "A1", HELLO, ASK, BARE, half, nothing, {"agent": "嗯"}, ended_by="agent")
    assert (left.verdict, spoke.verdict) == (Verdict.REVIEW, Verdict.FAIL)


def test_putting_off_once_is_shown_and_twice_is_evasive(bank: Ruleset) -> None:
    once, again = {"agent": "我马上要下班了"}, {"agent": "其他的明天再说吧"}
    single = judged(bank, "B4", HELLO, ASK, once, YES, BYE)
    double = judged(bank, "B4", HELLO, ASK, once, YES, again, YES, BYE)
    assert (single.verdict, double.verdict) == (Verdict.REVIEW, Verdict.FAIL)


def test_help_that_is_refused_does_not_soften_what_stands_beside_it(bank: Ruleset) -> None:
    offered = judged(bank, "A2", HELLO, ASK, {"agent": "这个不归我管我给您转过去"}, BYE)
    refused = judged(bank, "A2", HELLO, ASK, {"agent": "这个不归我管没法给您办"}, BYE)
    assert (offered.verdict, refused.verdict) == (Verdict.REVIEW, Verdict.FAIL)
