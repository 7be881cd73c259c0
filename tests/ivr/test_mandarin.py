"""Chinese numbers in words and characters as pinyin."""

import pytest

from ivr.mandarin import pinyin, say_number
from ivr.writing import in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (10, "十"), (15, "十五"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (1001, "一千零一"),
        (1010, "一千零一十"), (10000, "一万"), (10015, "一万零一十五"), (10500, "一万零五百"), (120000, "十二万"),
        (100000001, "一亿零一"), (123456789, "一亿两千三百四十五万六千七百八十九"),
    ],
)  # fmt: skip
def test_number_is_said_as_people_say_it(number: int, words: str) -> None:
    assert say_number(number) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("余额1,258.50元", "余额一千二百五十八元五角"),
        ("手续费0.05元，最低3.00元", "手续费五分，最低三元"),
        ("2个工作日内，2点半前，第2步", "两个工作日内，两点半前，第二步"),
        ("2月2日2时，按2", "二月二日二时，按二"),
        ("工作日9:00-17:30，周末24:00", "工作日九点到十七点半，周末二十四点"),
        ("3-5个工作日，12:05", "三到五个工作日，十二点零五分"),
        ("零下-5度", "零下负五度"),
        ("7×24小时", "七乘二十四小时"),
        ("客服400-820-8820或010-66594588", "客服四零零八二零八八二零或零一零六六五九四五八八"),
        ("关注95566，转账95566元", "关注九五五六六，转账九万五千五百六十六元"),
        ("限额１２０００００００元", "限额一亿两千万元"),
        ("利率3.5%", "利率百分之三点五"),
        ("2026年3月", "二零二六年三月"),
        ("工号8001", "工号八零零一"),
        ("请拨13800000001", "请拨一三八零零零零零零零一"),
        ("截至2026-03-02，2026/3/2起", "截至二零二六年三月二日，二零二六年三月二日起"),
        ("请拨110，110报警", "请拨一一零，一一零报警"),
        ("投诉请打12315，购票12306，12306元", "投诉请打一二三一五，购票一二三零六，一万两千三百零六元"),
        ("2套2封2辆，满110元", "两套两封两辆，满一百一十元"),
        ("20%-30%", "百分之二十到百分之三十"),
    ],
)
def test_numbers_in_sentences_are_said_by_their_meaning(text: str, said: str) -> None:
    assert in_words(text) == said


def test_pinyin_has_tones_and_plain_punctuation() -> None:
    assert pinyin("您好，请问有什么可以帮您？") == "nin2 hao3, qing3 wen4 you3 shen2 me5 ke3 yi3 bang1 nin2?"


def test_letters_are_named_one_by_one_and_not_left_out() -> None:
    assert pinyin("ATM取款") == "ei1 ti4 ai2 mu5 qu3 kuan3"
    assert pinyin("e卡") == "yi4 ka3"
