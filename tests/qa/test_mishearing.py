"""Pack zh-bank: words that only sound or look like what a row asks for, and what must be heard beside them."""

import pytest

from qa.pack import Ruleset
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, judged

ASK = {"customer": "我的账单怎么查"}
TELL = {"agent": "您登录手机银行就可以查看请您试一下"}


def test_a_line_that_is_lost_is_no_late_answer_but_a_question_is(bank: Ruleset) -> None:
    lost = {"agent": "您的声音断了您还听得到我吗"}
    broken, asked = {"customer": "我昨天在网点办了一张新卡"}, {"customer": "那要多少钱呢"}
    assert judged(bank, "B2", HELLO, broken, {"pause": 6}, lost, BYE).verdict is Verdict.PASS
    assert judged(bank, "B2", HELLO, broken, {"pause": 6}, TELL, BYE).verdict is Verdict.FAIL
    assert judged(bank, "B2", HELLO, asked, {"pause": 6}, lost, BYE).verdict is Verdict.FAIL


def test_nothing_left_in_mid_call_takes_no_leave(bank: Ruleset) -> None:
    said = {"customer": "信号有时候就没有了"}
    rest = [line for _ in range(4) for line in (ASK, TELL)]
    assert judged(bank, "A1", HELLO, said, *rest, ASK, ended_by="customer").verdict is Verdict.PASS
    leaves = {"customer": "没有别的了谢谢再见"}
    assert judged(bank, "A1", HELLO, *rest, leaves, TELL, ended_by="customer").verdict is Verdict.FAIL


def test_account_data_told_on_a_name_alone_break_the_script_too(bank: Ruleset) -> None:
    name, tells = {"agent": "请问您叫什么"}, {"agent": "有三百一十二块六"}
    proof = {"agent": "请问女士您贵姓麻烦您报一下身份证后四位"}
    call = (HELLO, {"customer": "我卡里头还有钱没有"})
    for row in ("E1", "D4"):
        told = judged(bank, row, *call, name, {"customer": "赵长河"}, tells, BYE, identity_required=True)
        assert told.verdict is Verdict.FAIL
    asked = judged(bank, "E1", *call, proof, {"customer": "姓赵一九零四"}, tells, BYE, identity_required=True)
    assert asked.verdict is Verdict.PASS


def test_what_was_told_to_another_is_not_made_good_by_declining_the_next(bank: Ruleset) -> None:
    told, declines = {"agent": "卡里还有五千三百元"}, {"agent": "退订要机主本人来电办理"}
    assert judged(bank, "E1", HELLO, declines, BYE, identity_required=True).verdict is Verdict.NA
    assert judged(bank, "E1", HELLO, told, declines, BYE, identity_required=True).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("row", "wish", "sounds_alike", "notice"),
    [
        ("D2", "我的卡丢了帮我挂失", "不客气您慢走", "补卡要收十元工本费"),
        ("D2", "我想贷上五万块钱怎么贷", "刷一下脸就行", "年利率百分之四"),
        ("D2", "宽带移一趟多少钱", "师傅到了现场会跟您说", "移机收一百元"),
    ],
)
def test_a_notice_is_heard_in_its_words_only(
    bank: Ruleset, row: str, wish: str, sounds_alike: str, notice: str
) -> None:
    talk = (HELLO, {"customer": wish})
    assert judged(bank, row, *talk, {"agent": sounds_alike}, BYE).verdict is Verdict.FAIL
    assert judged(bank, row, *talk, {"agent": notice}, BYE).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "said",
    ["大点的支行应该都能开", "你这还用什么手机银行", "都好几分钟了", "信用户是村委会和支行一起打分的"],
)
def test_a_bank_or_minutes_invite_to_no_survey(bank: Ruleset, said: str) -> None:
    assert judged(bank, "D4", HELLO, ASK, TELL, {"agent": said}, ended_by="agent").verdict is Verdict.FAIL
    invited = {"agent": "稍后请给我的服务打个分"}
    assert judged(bank, "D4", HELLO, ASK, TELL, {"agent": said}, invited, ended_by="agent").verdict is Verdict.PASS


def test_eight_at_your_service_asks_no_leave(bank: Ruleset) -> None:
    eight = {"agent": "您好八号为您服务请问有什么可以帮您"}
    wants = {"customer": "好的我的退款到账没有"}
    assert judged(bank, "A4", eight, wants, {"hold": 30}, TELL, BYE).verdict is Verdict.FAIL


@pytest.mark.parametrize("said", ["感谢您的来电请您稍后评价", "谢谢退款九号到的"])
def test_thanks_beside_a_word_like_waiting_are_no_thanks_for_it(bank: Ruleset, said: str) -> None:
    waits = ({"agent": "请您稍等我查一下"}, {"customer": "好的"}, {"hold": 30})
    more = {"agent": "请问您还有其他需要吗"}
    assert judged(bank, "D4", HELLO, ASK, *waits, {"agent": said}, more, BYE).verdict is Verdict.REVIEW
    thanks = {"agent": "感谢您的耐心等待"}
    assert judged(bank, "D4", HELLO, ASK, *waits, thanks, {"agent": said}, more, BYE).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "said", ["我给您提到五万吧", "您是他爱人那跟您说也一样", "光报名字我没法认定身份", "这个号登记的机主是哪位呀"]
)
def test_kind_words_of_an_unkind_sound_offend_nobody(bank: Ruleset, said: str) -> None:
    for row in ("A2", "B4"):
        assert judged(bank, row, HELLO, ASK, {"agent": said}, BYE).verdict is not Verdict.FAIL
