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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("手续费百分之零点五", "手续费0.5%"), ("年利率百分之三点六五", "年利率3.65%"), ("百分之二十五点六", "25.6%"),
        ("百分之两点零五", "2.05%"), ("百分之五到百分之十点五", "5%到10.5%"), ("百分之五年化", "5%年化"),
        ("百分之十二年化", "12%年化"), ("百分之九十九点九的客户", "99.9%的客户"),
    ],
)  # fmt: skip
def test_a_share_with_decimals_is_one_number(said: str, shown: str) -> None:
    assert figures(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "百分之十几", "百分之二十多", "百分之三十来", "百分之五点几", "百分之几十", "百分之百", "百分之一点都没退",
        "百分之二十点", "百分之三点二十", "百分之零点六十二期", "百分之零点五五年", "百分之十五年", "百分之零五",
        "千分之五", "千分之五十元", "万分之五", "万分之十五天", "万分之零点五",
        "一点五万元", "三点五亿元", "三点五个百分点", "二点五倍", "两个半", "十点半", "十点十分钟", "三点二十个人",
        "几十元", "好几十万元", "数十次", "十几万元", "三十多万元", "十来天", "十多个月",
    ],
)  # fmt: skip
def test_what_is_half_a_number_or_none_for_sure_stays_as_it_was_said(said: str) -> None:
    assert figures(said) == said


@given(st.integers(min_value=1, max_value=99_999_999))
def test_every_number_that_the_menu_can_say_is_read_back(number: int) -> None:
    assert value_of(say_number(number)) == number
