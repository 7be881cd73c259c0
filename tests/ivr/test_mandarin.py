"""Chinese numbers in words and characters as pinyin."""

import pytest

from ivr.mandarin import numbers_in_words, pinyin, say_number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (10, "十"), (15, "十五"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (1001, "一千零一"),
        (1010, "一千零一十"), (10000, "一万"), (10015, "一万零一十五"), (10500, "一万零五百"), (120000, "十二万"),
        (100000001, "一亿零一"), (123456789, "一亿二千三百四十五万六千七百八十九"),
    ],
)  # fmt: skip
def test_number_is_said_as_people_say_it(number: int, words: str) -> None:
    assert say_number(number) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("余额1,258.50元", "余额一千二百五十八点五零元"),
        ("利率3.5%", "利率百分之三点五"),
        ("2026年3月", "二零二六年三月"),
        ("工号8001", "工号八零零一"),
        ("请拨13800000001", "请拨一三八零零零零零零零一"),
    ],
)
def test_numbers_in_sentences_are_said_by_their_meaning(text: str, said: str) -> None:
    assert numbers_in_words(text) == said


def test_pinyin_has_tones_and_plain_punctuation() -> None:
    assert pinyin("您好，请问有什么可以帮您？") == "nin2 hao3, qing3 wen4 you3 shen2 me5 ke3 yi3 bang1 nin2?"
