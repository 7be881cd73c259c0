"""Variables read aloud in Chinese and English, from prepared pieces only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.reading import inventory, pieces


@pytest.mark.parametrize(
    ("text", "kind", "chinese", "english"),
    [
        ("105", "amount", "一百零五元", "one hundred and five yuan"),
        ("2", "amount", "两元", "two yuan"),
        ("2.05", "amount", "两元零五分", "two yuan and five fen"),
        ("12.5", "amount", "十二元五角", "twelve yuan and fifty fen"),
        ("-0.001", "amount", "零元", "zero yuan"),
        ("0.35", "amount", "三角五分", "thirty five fen"),
        ("20010.30", "amount", "两万零一十元三角", "twenty thousand and ten yuan and thirty fen"),
        ("110000", "amount", "十一万元", "one hundred and ten thousand yuan"),
        ("1,010", "number", "一千零一十", "one thousand and ten"),
        ("-2.5", "number", "负二点五", "minus two point five"),
        ("2200", "number", "两千二百", "two thousand two hundred"),
        ("14:30", "time", "下午两点半", "two thirty p m"),
        ("10:00", "time", "上午十点整", "ten o'clock a m"),
        ("9:05", "time", "上午九点零五分", "nine oh five a m"),
        ("0:45", "time", "凌晨零点四十五分", "twelve forty five a m"),
        ("2026-03-02", "date", "二零二六年三月二日", "March second two thousand and twenty six"),
        ("1000000000000", "amount", "一万亿元", "one trillion yuan"),
        ("1.005", "amount", "一元零一分", "one yuan and one fen"),
        ("0:00", "time", "凌晨零点整", "twelve midnight"),
        ("12:00", "time", "中午十二点整", "twelve noon"),
        ("24:00", "time", "凌晨零点整", "twelve midnight"),
        ("1985-10-30", "date", "一九八五年十月三十日", "October thirtieth nineteen eighty five"),
        ("1905-02-20", "date", "一九零五年二月二十日", "February twentieth nineteen oh five"),
        ("2024-02-29", "date", "二零二四年二月二十九日", "February twenty ninth two thousand and twenty four"),
        (
            "+86 138 0000 0001",
            "phone",
            "幺三八零零零零零零零幺",
            "one three eight zero zero zero zero zero zero zero one",
        ),
        (
            "008613800000001",
            "phone",
            "幺三八零零零零零零零幺",
            "one three eight zero zero zero zero zero zero zero one",
        ),
        ("95566转1", "phone", "九五五六六转幺", "nine five five six six extension one"),
        (
            "0571-8800123-80",
            "phone",
            "零五七幺八八零零幺二三转八零",
            "zero five seven one eight eight zero zero one two three extension eight zero",
        ),
        ("1,234.50", "amount", "一千二百三十四元五角", "one thousand two hundred and thirty four yuan and fifty fen"),
        ("1e3", "number", "一千", "one thousand"),
        (".5", "number", "零点五", "zero point five"),
        ("0.30000000000000004", "amount", "三角", "thirty fen"),
        ("0e-400", "number", "零", "zero"),
        ("6222-0100", "digits", "六二二二零幺零零", "six two two two zero one zero zero"),
        ("+8610", "digits", "八六幺零", "eight six one zero"),
        ("11x", "digits", "幺幺艾克斯", "one one X"),
        ("138-0000 0001", "phone", "幺三八零零零零零零零幺", "one three eight zero zero zero zero zero zero zero one"),
    ],
)
def test_value_is_said_with_its_measure_words(text: str, kind: str, chinese: str, english: str) -> None:
    assert "".join(pieces(text, kind, "zh") or ()) == chinese
    assert " ".join(pieces(text, kind, "en") or ()) == english


@pytest.mark.parametrize(
    ("text", "kind", "measures", "chinese", "english"),
    [
        ("2", "count", ("笔", "transaction/transactions"), "两笔", "two transactions"),
        ("2", "count", ("天", "day/days"), "两天", "two days"),
        ("-2", "count", ("笔", "item/items"), "负两笔", "minus two items"),
        ("-1", "count", ("笔", "item/items"), "负一笔", "minus one item"),
        ("2.5", "amount", ("JPY", "JPY"), "三日元", "three yen"),
        ("3", "count", ("次", "time/times"), "三次", "three times"),
        ("1", "count", ("天", "day/days"), "一天", "one day"),
        ("12", "count", ("位", "people"), "十二位", "twelve people"),
        ("102", "count", ("笔", "item/items"), "一百零二笔", "one hundred and two items"),
        ("2", "amount", ("USD", "USD"), "两美元", "two dollars"),
        ("1", "amount", ("USD", "USD"), "一美元", "one dollar"),
        ("12.5", "amount", ("EUR", "EUR"), "十二点五欧元", "twelve euros and fifty cents"),
        ("0.01", "amount", ("GBP", "GBP"), "零点零一英镑", "one penny"),
        ("-3000", "amount", ("JPY", "JPY"), "负三千日元", "minus three thousand yen"),
        ("20", "amount", ("HKD", "HKD"), "二十港元", "twenty Hong Kong dollars"),
    ],
)
def test_count_and_foreign_money_are_said_with_theirs_from_prepared_pieces(
    text: str, kind: str, measures: tuple[str, str], chinese: str, english: str
) -> None:
    for language, measure, gap, said in zip(("zh", "en"), measures, ("", " "), (chinese, english), strict=True):
        found = pieces(text, kind, language, measure) or ()
        assert gap.join(found) == said
        assert set(found) <= set(inventory(kind, language, measure))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "amount"), ("abc", "number"), ("NaN", "number"), ("1e30", "amount"), ("2026-02-30", "date"),
     ("24:30", "time"), ("", "phone"), ("12a", "digits"), ("12,34", "amount"), ("1.234,50", "amount"),
     ("1,5", "amount"), ("1_0", "number"), ("1,234,5", "amount"), (",123", "amount"), (".", "number"), ("e5", "number"),
     ("1e-400", "number"), ("1e99999999999999999999", "number"), ("Infinity", "number"), ("-1", "digits"),
     ("X", "digits"), ("1X1", "digits"), ("1380000000X", "phone")],
)  # fmt: skip
def test_nonsense_is_no_value(text: str, kind: str) -> None:
    assert pieces(text, kind, "zh") is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_identity_number_that_ends_in_x_is_read_back_from_prepared_pieces(language: str) -> None:
    assert set(pieces("11010519491231002X", "digits", language) or ["?"]) <= set(inventory("digits", language))


@settings(max_examples=300)
@given(st.decimals(-(10**11), 10**11, places=2), st.sampled_from(["number", "amount"]), st.sampled_from(["zh", "en"]))
def test_every_number_is_made_of_prepared_pieces(value: object, kind: str, language: str) -> None:
    said = pieces(str(value), kind, language)
    assert said
    assert set(said) <= set(inventory(kind, language))


@given(st.dates(), st.times(), st.sampled_from(["zh", "en"]))
def test_every_day_and_time_is_made_of_prepared_pieces(day: object, time: object, language: str) -> None:
    assert set(pieces(str(day), "date", language) or ["?"]) <= set(inventory("date", language))
    assert set(pieces(str(time)[:5], "time", language) or ["?"]) <= set(inventory("time", language))
