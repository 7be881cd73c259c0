"""Rows of the form, one by one: what fails, what does not apply, what is left to a person."""

from dataclasses import replace
from typing import Any

import pytest

from qa.checks import Text
from qa.pack import Ruleset
from qa.scoring import score
from qa.verdict import Verdict
from recordings.transcript import Transcript
from tests.qa.calls import BYE, HELLO, call, item, judged

ASK = {"customer": "我的账单怎么查"}
TELL = {"agent": "您登录手机银行就可以查看请您试一下"}


def test_a_closing_is_not_judged_when_the_customer_hung_up_first(bank: Ruleset) -> None:
    assert judged(bank, "A1", HELLO, ASK, TELL, ended_by="customer").verdict is Verdict.PASS
    assert judged(bank, "A1", HELLO, ASK, TELL, ended_by="agent").verdict is Verdict.FAIL


def test_the_reason_of_a_missing_closing_is_said_in_both_languages(bank: Ruleset) -> None:
    reason = judged(bank, "A1", HELLO, ASK, TELL, ended_by="agent").reason
    assert reason.en == "no closing phrase in the last 12 s"
    assert reason.zh == "最后12秒内没有结束语"


def test_a_forbidden_phrase_is_the_agents_only(bank: Ruleset) -> None:
    assert judged(bank, "A2", HELLO, {"customer": "你到底管不管快点"}, BYE).verdict is Verdict.PASS
    assert judged(bank, "A2", HELLO, ASK, {"agent": "这个不归我管"}, BYE).verdict is Verdict.FAIL


def test_a_forbidden_phrase_shows_when_it_was_said_and_what_to_say_instead(bank: Ruleset) -> None:
    found = judged(bank, "A2", HELLO, ASK, {"agent": "这个不归我管"}, BYE)
    assert [one.text for one in found.evidence] == ["这个不归我管"]
    assert "我为您转接负责的同事" in found.reason.zh


def test_a_quoted_phrase_is_left_to_a_person(bank: Ruleset) -> None:
    found = judged(bank, "A2", HELLO, ASK, {"agent": "您刚才说同事回答不归我管是吗"}, BYE)
    assert found.verdict is Verdict.REVIEW
    assert found.deduction == 0


def test_low_confidence_never_deducts(bank: Ruleset) -> None:
    unsure = {"agent": {"text": "这个不归我管", "confidence": 0.2}}
    assert judged(bank, "A2", HELLO, ASK, unsure, BYE).verdict is Verdict.REVIEW


def test_hold_needs_consent_and_is_not_applicable_without_hold(bank: Ruleset) -> None:
    asked = {"agent": "麻烦您稍等我查一下"}
    assert judged(bank, "A4", HELLO, ASK, TELL, BYE).verdict is Verdict.NA
    assert judged(bank, "A4", HELLO, ASK, asked, {"hold": 30}, TELL, BYE).verdict is Verdict.PASS
    assert judged(bank, "A4", HELLO, ASK, {"agent": "哦账单"}, {"hold": 30}, TELL, BYE).verdict is Verdict.FAIL


def test_a_wish_that_is_restated_and_confirmed_is_no_consent_to_a_hold(bank: Ruleset) -> None:
    restated = {"agent": "您是想让我查一下账单对吗"}
    assert judged(bank, "A4", HELLO, ASK, restated, {"customer": "对"}, {"hold": 30}, TELL, BYE).verdict is Verdict.FAIL
    told = {"agent": "我帮您查一下账单"}
    assert judged(bank, "A4", HELLO, ASK, told, {"customer": "好"}, {"hold": 30}, TELL, BYE).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("ticket", "linked", "handled", "vetoed"),
    [
        ({"id": "T", "state": "open", "overdue": False}, "pass", "pass", "pass"),
        ({"id": "T", "state": "open", "overdue": True}, "pass", "fail", "fail"),
        (None, "fail", "na", "fail"),
    ],
)
def test_tickets_are_linked_in_time_and_handled(
    bank: Ruleset, ticket: Any, linked: str, handled: str, vetoed: str
) -> None:
    result = score(call(HELLO, ASK, TELL, BYE, ticket=ticket), bank)
    assert [item(result, row).verdict for row in ("A7", "E2", "F1")] == [linked, handled, vetoed]


@pytest.mark.parametrize(
    ("first", "second", "verdicts"),
    [
        ({"state": "open"}, {"state": "open"}, ["pass", "pass", "pass"]),
        ({"state": "open"}, {"state": "open", "overdue": True}, ["pass", "fail", "fail"]),
        ({"state": "open", "overdue": True}, {"state": "open"}, ["pass", "fail", "fail"]),
        ({"state": "rejected"}, {"state": "open"}, ["pass", "pass", "pass"]),
        ({"state": "open"}, {"state": "rejected"}, ["pass", "pass", "pass"]),
        ({"state": "rejected"}, {"state": "invalid"}, ["pass", "fail", "pass"]),
    ],
)
def test_of_several_tickets_one_that_does_its_duty_is_enough_and_one_that_is_late_counts(
    bank: Ruleset, first: dict[str, Any], second: dict[str, Any], verdicts: list[str]
) -> None:
    said = call(HELLO, ASK, TELL, BYE, ticket={"id": "T1"} | first, more_tickets=[{"id": "T2"} | second])
    result = score(said, bank)
    assert [item(result, row).verdict for row in ("A7", "E2", "F1")] == verdicts


@pytest.mark.parametrize("one_first", [True, False])
def test_a_complaint_filed_beside_something_else_was_filed_as_one_and_is_for_a_person(
    bank: Ruleset, *, one_first: bool
) -> None:
    both = [{"id": "T1", "state": "open", "category": each} for each in ("complaint", "enquiry")]
    first, second = both if one_first else reversed(both)
    said = call(HELLO, ASK, TELL, BYE, call_type="complaint", ticket=first, more_tickets=[second])
    result = score(said, bank)
    assert [item(result, row).verdict for row in ("E3", "F6")] == ["pass", "review"]


def test_nothing_known_about_tickets_is_no_missing_ticket(bank: Ruleset) -> None:
    whole = call(HELLO, ASK, TELL, BYE).model_dump(mode="json")
    del whole["call"]["ticket"]
    result = score(Transcript.model_validate(whole), bank)
    assert [item(result, row).verdict for row in ("A7", "E2", "F1")] == ["na", "na", "na"]


def test_speaking_over_the_customer_is_an_interruption_a_short_yes_is_not(bank: Ruleset) -> None:
    long = {"customer": "我昨天在你们网点办了一张卡然后回来以后发现手机上面绑定不了"}
    assert judged(bank, "B1", HELLO, long, {"agent_cuts_in": "您先听我说升级一下"}, BYE).verdict is Verdict.FAIL
    assert judged(bank, "B1", HELLO, long, {"agent_cuts_in": "嗯好的"}, TELL, BYE).verdict is Verdict.PASS


def test_silence_after_a_question_is_late_but_not_on_hold(bank: Ruleset) -> None:
    assert judged(bank, "B2", HELLO, ASK, {"pause": 6}, TELL, BYE).verdict is Verdict.FAIL
    assert judged(bank, "B2", HELLO, ASK, {"hold": 20}, TELL, BYE).verdict is Verdict.PASS
    assert judged(bank, "B2", HELLO, ASK, {"pause": 4}, TELL, BYE).verdict is Verdict.PASS


def test_silence_the_customer_was_asked_to_wait_for_is_not_late(bank: Ruleset) -> None:
    wait, yes = {"agent": "请您稍等我查一下"}, {"customer": "好的"}
    assert judged(bank, "B2", HELLO, ASK, wait, yes, {"pause": 9}, TELL, BYE).verdict is Verdict.PASS


def test_a_customer_who_asks_for_a_moment_himself_is_not_kept_waiting(bank: Ruleset) -> None:
    for said in ("我找找啊身份证呢", "你等下我换个地方"):
        assert judged(bank, "B2", HELLO, ASK, TELL, {"customer": said}, {"pause": 8}, TELL, BYE).verdict is Verdict.PASS


def test_the_first_word_has_three_seconds(bank: Ruleset) -> None:
    assert judged(bank, "B5", HELLO, BYE, first=3.0).verdict is Verdict.PASS
    assert judged(bank, "B5", HELLO, BYE, first=3.1).verdict is Verdict.FAIL


def test_three_calls_of_the_customer_come_before_the_agent(bank: Ruleset) -> None:
    assert judged(bank, "B5", {"customer": "喂喂喂"}, HELLO, BYE, first=0.2).verdict is Verdict.FAIL


def test_a_topic_brings_its_duty(bank: Ruleset) -> None:
    want = {"customer": "我想办账单分期"}
    told = {"agent": "可以的每期手续费率是百分之零点六"}
    assert judged(bank, "D2", HELLO, ASK, TELL, BYE).verdict is Verdict.NA
    assert judged(bank, "D2", HELLO, want, TELL, BYE).verdict is Verdict.FAIL
    assert judged(bank, "D2", HELLO, want, told, BYE).verdict is Verdict.PASS


def test_a_topic_that_only_the_agent_names_is_due_where_he_offers_it_and_does_not_put_it_off(bank: Ruleset) -> None:
    offer = {"agent": "我给您办个账单分期"}
    later = {"agent": "那今天晚上七点以后再打给您"}
    campaign: dict[str, Any] = {"direction": "outbound", "call_type": "campaign"}
    assert judged(bank, "D2", HELLO, offer, BYE, **campaign).verdict is Verdict.FAIL
    assert judged(bank, "D2", HELLO, offer, {"customer": "我在开车"}, later, BYE, **campaign).verdict is Verdict.NA
    assert judged(bank, "D2", HELLO, ASK, offer, BYE).verdict is Verdict.REVIEW
    assert judged(bank, "D2", HELLO, ASK, {"agent": "您可以买这款理财"}, BYE).verdict is Verdict.FAIL
    assert judged(bank, "D2", HELLO, {"customer": "我想办账单分期"}, later, BYE).verdict is Verdict.FAIL


def test_a_topic_that_the_agent_restates_is_the_customers(bank: Ruleset) -> None:
    named, restated = {"agent": "您可以提前还款"}, {"agent": "您是想提前还款对吗"}
    assert judged(bank, "D2", HELLO, ASK, named, BYE).verdict is Verdict.REVIEW
    assert judged(bank, "D2", HELLO, ASK, restated, {"customer": "对"}, TELL, BYE).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("我前天跨行转了五千块怎么还没到", Verdict.NA),
        ("我上个月办的分期都还清了", Verdict.NA),
        ("我前天转了一笔今天还想跨行转五千", Verdict.FAIL),
        ("我想跨行转五千块", Verdict.FAIL),
    ],
)
def test_business_done_already_brings_no_duty_unless_more_is_wanted(bank: Ruleset, said: str, verdict: Verdict) -> None:
    assert judged(bank, "D2", HELLO, {"customer": said}, {"agent": "好的请您看一下短信"}, BYE).verdict is verdict


def test_figures_the_customer_has_told_are_no_account_data(bank: Ruleset) -> None:
    verify, told = {"agent": "请您报一下身份证后四位核实身份"}, {"customer": "卡里扣了三十六块"}
    need: dict[str, Any] = {"identity_required": True}
    restated, new = {"agent": "您是说卡里扣了三十六块对吧"}, {"agent": "卡里扣了五十二块"}
    assert judged(bank, "D4", HELLO, told, restated, verify, BYE, **need).verdict is Verdict.PASS
    assert judged(bank, "D4", HELLO, told, new, verify, BYE, **need).verdict is Verdict.FAIL
    early = {"agent": "卡里扣了三十六块"}
    assert judged(bank, "D4", HELLO, early, told, verify, BYE, **need).verdict is Verdict.FAIL


def test_account_data_before_the_verification_is_the_wrong_order(bank: Ruleset) -> None:
    verify, tell = {"agent": "请您报一下身份证后四位核实身份"}, {"agent": "您的余额是三千元"}
    need = {"identity_required": True}
    assert judged(bank, "D4", HELLO, tell, verify, BYE, **need).verdict is Verdict.FAIL
    assert judged(bank, "D4", HELLO, verify, tell, BYE, **need).verdict is Verdict.PASS
    assert judged(bank, "E1", HELLO, tell, BYE, **need).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("repeated", "verdict"),
    [
        ("一三八零零二三五五七九对吗", Verdict.PASS),
        ("13800235579对吗", Verdict.PASS),
        ("尾号五五七九对吗", Verdict.PASS),
        ("一三八零零二三五五九七对吗", Verdict.FAIL),
        ("一三巴零零而三五五七九对吗", Verdict.PASS),
        ("好的记下来了", Verdict.NA),
    ],
)
def test_digits_are_repeated_back(bank: Ruleset, repeated: str, verdict: Verdict) -> None:
    given = {"customer": "我的电话是幺三八零零二三五五七九"}
    assert judged(bank, "E1", HELLO, given, {"agent": repeated}, BYE).verdict is verdict


def test_second_of_two_numbers_is_repeated_wrongly_however_unlike_it_sounds(bank: Ruleset) -> None:
    given = {"customer": "身份证七零一四，手机尾号五九二二"}
    for repeated, verdict in (("五九二二", Verdict.PASS), ("五二九九", Verdict.FAIL)):
        back = {"agent": f"身份证七零一四，手机尾号{repeated}，都对上了"}
        assert judged(bank, "E1", HELLO, given, back, BYE).verdict is verdict


@pytest.mark.parametrize(
    "said", ["您是用预留号码打来的，我这边一下就看到了", "请问弟弟叫什么名字", "对，户名是谭志斌先生"]
)
def test_telling_of_what_proves_identity_is_no_verification(bank: Ruleset, said: str) -> None:
    lines = (
        HELLO,
        {"customer": "我想看下卡里还剩多少钱"},
        {"agent": said},
        {"customer": "嗯"},
        {"agent": "您的余额是三千元"},
        BYE,
    )
    assert judged(bank, "E1", *lines, identity_required=True).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "said",
    [
        "想告您尽管告去，我们行里天天有人告", "打呗，号码要不要我念给您听", "我们这个手机银行就是个垃圾",
        "我自己的钱一分都不敢放在这家行", "我自己的工资我都转到别家去", "坑的都是您这样的老实人",
    ],
)  # fmt: skip
def test_words_that_damage_the_bank_are_a_veto(bank: Ruleset, said: str) -> None:
    assert judged(bank, "F3", HELLO, {"customer": "那怎么办"}, {"agent": said}, BYE).verdict is Verdict.FAIL


def test_offer_to_take_a_complaint_is_no_dare(bank: Ruleset) -> None:
    said = {"agent": "您尽管投诉，我们会认真核实处理的"}
    assert judged(bank, "F3", HELLO, {"customer": "我要投诉你们柜员"}, said, BYE).verdict is Verdict.PASS


def test_who_corrects_himself_is_repeated_by_his_last_words(bank: Ruleset) -> None:
    given = {"customer": "八零一三哦不八零三一八零三一"}
    assert judged(bank, "E1", HELLO, given, {"agent": "八零三一没问题"}, BYE).verdict is Verdict.PASS
    assert judged(bank, "E1", HELLO, given, {"agent": "八零五一没问题"}, BYE).verdict is Verdict.FAIL


def test_hanging_up_on_the_customer_is_a_veto(bank: Ruleset) -> None:
    result = score(call(HELLO, {"customer": "我的钱为什么少了你们给我"}, ended_by="agent"), bank)
    assert "F2" in result.veto
    assert result.score == 0


def test_ending_after_the_closing_or_the_customers_goodbye_is_no_veto(bank: Ruleset) -> None:
    assert judged(bank, "F2", HELLO, BYE, {"customer": "再见"}, ended_by="agent").verdict is Verdict.PASS
    assert judged(bank, "F2", HELLO, {"customer": "好再见"}, ended_by="agent").verdict is Verdict.REVIEW


def test_weights_of_rows_that_do_not_apply_are_shared_out(bank: Ruleset) -> None:
    result = score(call(HELLO, ASK, {"agent": "这个不归我管"}, BYE), bank)
    weights = {row: one.weight for row, one in bank.pack.items.items()}
    applying = sum(weights[one.id] for one in result.items if one.verdict is not Verdict.NA)
    assert item(result, "B4").deduction == pytest.approx(weights["B4"] * 100 / applying, abs=0.01)
    assert sum(one.deduction for one in result.items) == pytest.approx(100 - result.score, abs=0.01)


def test_every_row_is_there_once_and_manual_rows_wait_for_a_person(bank: Ruleset) -> None:
    result = score(call(HELLO, ASK, TELL, BYE), bank)
    assert [one.id for one in result.items] == list(bank.pack.items)
    manual = {one.id for one in result.items if one.verdict is Verdict.MANUAL}
    assert manual == {"C2", "D1", "D3", "D5", "F4", "F5", "F7"}


def test_a_call_without_any_words_is_left_to_a_person(bank: Ruleset) -> None:
    whole = call(HELLO).model_dump(mode="json")
    whole["segments"] = []
    result = score(Transcript.model_validate(whole), bank)
    heard = [one for one in result.items if one.verdict is Verdict.PASS]
    assert {one.id for one in heard} <= {"A7", "E2", "F1", "F2"}, "facts alone are judged"
    assert [item(result, row).verdict for row in ("A1", "A2", "B3", "B5", "F3")] == ["review"] * 5
    assert result.veto == ()


def test_an_agent_who_goes_on_after_the_leave_taking_had_the_chance_to_close(bank: Ruleset) -> None:
    leaves = {"customer": "没有别的了谢谢再见"}
    assert judged(bank, "A1", HELLO, ASK, TELL, leaves, {"agent": "嗯"}).verdict is Verdict.FAIL
    assert judged(bank, "A1", HELLO, ASK, TELL, leaves, BYE).verdict is Verdict.PASS


def test_many_short_lines_without_a_courtesy_word_are_judged_too(bank: Ruleset) -> None:
    curt = [
        line for text in ("什么事", "姓什么", "在查", "两三天", "催了", "还有吗") for line in (ASK, {"agent": text})
    ]
    assert judged(bank, "A3", *curt).verdict is Verdict.FAIL
    assert judged(bank, "A3", *curt[:6]).verdict is Verdict.NA


def test_nothing_is_due_to_a_caller_who_only_abuses(bank: Ruleset) -> None:
    abuse = {"customer": "你们全家都是骗子滚"}
    warned = {"agent": "先生如果还是这样的言语我只能先结束这通电话"}
    asked = {"agent": "您先别急请问发生什么事了您跟我讲讲我来想办法"}
    facts: dict[str, Any] = {"call_type": "complaint", "ended_by": "agent"}
    assert judged(bank, "D4", HELLO, abuse, asked, abuse, warned, abuse, **facts).verdict is Verdict.NA
    assert judged(bank, "D4", HELLO, abuse, asked, abuse, BYE, **facts).verdict is Verdict.FAIL


def test_who_is_called_speaks_first_and_is_answered_in_time(bank: Ruleset) -> None:
    busy = {"customer": "喂谁呀我正开着车呢你说吧"}
    called: dict[str, Any] = {"direction": "outbound", "call_type": "campaign"}
    assert judged(bank, "B5", busy, {"pause": 1}, HELLO, **called).verdict is Verdict.PASS
    assert judged(bank, "B5", busy, {"pause": 4}, HELLO, **called).verdict is Verdict.FAIL


def test_a_fee_that_was_asked_for_must_be_told(bank: Ruleset) -> None:
    asks = {"customer": "提额度要钱吗"}
    assert judged(bank, "D2", HELLO, asks, {"agent": "先提了再说嘛"}, BYE).verdict is Verdict.FAIL
    assert judged(bank, "D2", HELLO, asks, {"agent": "提额度是免费的"}, BYE).verdict is Verdict.PASS


def test_account_data_without_any_verification_breaks_the_order(bank: Ruleset) -> None:
    tell = {"agent": "您的余额是三千元"}
    assert judged(bank, "D4", HELLO, ASK, tell, BYE, identity_required=True).verdict is Verdict.FAIL


def test_a_closing_asks_for_more_or_invites_the_survey_unless_the_talk_could_not_go_its_way(bank: Ruleset) -> None:
    wish, told, done = {"customer": "年费什么时候收"}, {"agent": "办卡满一年收"}, {"customer": "好没别的了"}
    bare, thanks = {"agent": "好的再见"}, {"agent": "感谢您的来电再见"}
    closings = {
        "还有别的想了解的吗再见": Verdict.PASS, "稍后请您给我打个分谢谢再见": Verdict.PASS,
        "很抱歉一直听不到您的声音我先结束这通电话再见": Verdict.NA, "好的再见": Verdict.FAIL,
    }  # fmt: skip
    for text, verdict in closings.items():
        assert (text, judged(bank, "D4", HELLO, wish, told, done, {"agent": text}).verdict) == (text, verdict)
    assert judged(bank, "D4", HELLO, wish, told, {"customer": "哎"}).verdict is Verdict.NA
    out: dict[str, Any] = {"direction": "outbound", "call_type": "callback"}
    named = {"agent": "您好我是安心银行客服小李请问是王先生本人吗您现在方便接电话吗"}
    assert judged(bank, "D4", named, done, bare, **out).verdict is Verdict.FAIL
    assert judged(bank, "D4", named, done, thanks, **out).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("customer", "agent", "verdict"),
    [("那到底哪天能修好", "先这么着吧", Verdict.FAIL), ("好没有了", "那就先这样", Verdict.PASS),
     ("那到底哪天能修好", "先这么着吧感谢来电再见", Verdict.PASS)],
)  # fmt: skip
def test_breaking_off_upon_a_question_is_hanging_up(bank: Ruleset, customer: str, agent: str, verdict: Verdict) -> None:
    lines = (HELLO, ASK, TELL, {"customer": customer}, {"agent": agent})
    assert judged(bank, "F2", *lines, ended_by="agent").verdict is verdict


def test_cutting_the_customer_short_and_ringing_off_is_hanging_up(bank: Ruleset) -> None:
    plea = {"customer": "那这三天我上哪儿请假去你给想想别的办法比如我让我媳妇从她那张卡往里"}
    for words, verdict in (
        ("这个就是柜台才能解我们这边真的没有什么可以给您想的了", Verdict.FAIL),
        ("好的感谢您的来电再见", Verdict.PASS),
    ):
        lines = (HELLO, ASK, TELL, plea, {"agent_cuts_in": words})
        assert judged(bank, "F2", *lines, ended_by="agent").verdict is verdict
        assert judged(bank, "F2", *lines, ended_by="customer").verdict is Verdict.PASS


def test_asking_for_digits_or_confirming_a_fact_is_no_asking_for_a_hold(bank: Ruleset) -> None:
    digits = {"agent": "请您说一下身份证后四位我核对一下"}
    lines = (HELLO, digits, {"customer": "九零六三"}, {"agent": "您是昨天下午转的对吗"}, {"customer": "对就那笔"})
    assert judged(bank, "A4", *lines, {"hold": 30}, TELL, BYE).verdict is Verdict.FAIL
    assert judged(bank, "A4", *lines, {"agent": "您稍等一下"}, {"hold": 30}, TELL, BYE).verdict is Verdict.PASS


@pytest.mark.parametrize("said", ["跟账单一起下个月十八号还", "别的银行是打不出来的"])
def test_words_that_only_sound_like_an_offence_are_none(bank: Ruleset, said: str) -> None:
    assert judged(bank, "A2", HELLO, ASK, {"agent": said}, BYE).verdict is Verdict.PASS


@pytest.mark.parametrize("said", ["我的积分下个月还有八千分到期这个怎么换", "你们老打电话叫我办分期我说了不办"])
def test_what_the_customer_does_not_want_fails_no_duty(bank: Ruleset, said: str) -> None:
    assert judged(bank, "D2", HELLO, {"customer": said}, TELL, BYE).verdict is not Verdict.FAIL


@pytest.mark.parametrize("told", ["理解过年花销大", "一般是账单的百分之十"])
def test_figures_that_are_no_price_are_no_notice_of_one(bank: Ruleset, told: str) -> None:
    wish = {"customer": "我想把账单办个分期"}
    assert judged(bank, "D2", HELLO, wish, {"agent": told}, BYE).verdict is Verdict.FAIL


def test_a_goodbye_quoted_in_protest_is_none(bank: Ruleset) -> None:
    protest = {"customer": "什么叫先这样我还没说完"}
    assert (
        judged(bank, "F2", HELLO, ASK, {"agent": "管事的也是这个话"}, protest, ended_by="agent").verdict is Verdict.FAIL
    )


def test_a_wish_in_the_customer_s_own_words_counts_as_the_agent_restates_it(bank: Ruleset) -> None:
    wish, yes = {"customer": "那份两全的里头的钱我想都凑给女儿买房"}, {"customer": "对"}
    restated = {"agent": "您是想把这份保险退掉对吗"}
    silent, told = {"agent": "带上保单和身份证去网点就可以"}, {"agent": "现在退保只能拿回现金价值会有损失"}
    assert judged(bank, "D2", HELLO, wish, restated, yes, silent, BYE).verdict is Verdict.FAIL
    assert judged(bank, "D2", HELLO, wish, restated, yes, told, BYE).verdict is Verdict.PASS


def test_one_phrase_that_two_families_hear_is_one_offence(bank: Ruleset) -> None:
    once = judged(bank, "A2", HELLO, ASK, {"agent": "您怎么不早说"}, BYE)
    assert (once.verdict, len(once.evidence), once.share) == (Verdict.FAIL, 1, 0.5)
    assert once.reason.zh.count("“") == 1
    twice = judged(
        bank, "A2", HELLO, ASK, {"agent": "您怎么不早说"}, {"customer": "啊"}, {"agent": "这个不归我管"}, BYE
    )
    assert (len(twice.evidence), twice.share) == (2, 1.0)


def test_a_rate_is_told_in_the_words_of_its_row(bank: Ruleset) -> None:
    items = dict(bank.pack.items)
    items["A3"] = items["A3"].model_copy(update={"title": Text(zh="敬语", en="polite words")})
    rules = replace(bank, pack=bank.pack.model_copy(update={"items": items}))
    said = judged(rules, "A3", *({"agent": "账单在手机银行里看就行了"}, {"customer": "哦"}) * 5)
    assert said.reason.zh.startswith("敬语只有0次")
    assert said.reason.en.startswith("polite words only 0 times")


def test_a_transfer_that_was_logged_twice_is_one(bank: Ruleset) -> None:
    ready = {"agent": "房贷由贷款专席解答，我现在为您转接，可以吗"}
    told = call(HELLO, ASK, ready, {"customer": "嗯可以"}, {"transfer": "loans"})
    twice = told.model_copy(update={"events": told.events * 2})
    assert [item(score(each, bank), "A4").verdict for each in (told, twice)] == [Verdict.PASS, Verdict.PASS]
