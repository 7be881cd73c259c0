"""Spoken numbers are written as figures where they can mean nothing else, and words stay words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.mandarin import say_number
from recordings.speech.figures_shown import figures, value_of


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("一百零五元", "105元"), ("您的账单是三千二百块钱", "您的账单是3200块钱"), ("分十二期", "分12期"),
        ("额度五万元", "额度50000元"), ("二十天内", "20天内"), ("十个月", "10个月"), ("一亿零三百万元", "103000000元"),
        ("利率百分之五", "利率5%"), ("百分之十八", "18%"), ("一万零三百笔", "10300笔"),
        ("一共多少", "一共多少"), ("千万不要", "千万不要"), ("十分满意", "十分满意"), ("两百三十", "两百三十"),
        ("两百三元", "两百三元"), ("一个人", "一个人"), ("三三两两", "三三两两"), ("万元户", "万元户"),
        ("幺三八零零", "幺三八零零"), ("百百元", "百百元"), ("***元", "***元"),
    ],
)  # fmt: skip
def test_only_what_is_surely_a_number_is_written_as_one(said: str, shown: str) -> None:
    assert figures(said) == shown


@given(st.integers(min_value=1, max_value=99_999_999))
def test_every_number_that_the_menu_can_say_is_read_back(number: int) -> None:
    assert value_of(say_number(number)) == number
