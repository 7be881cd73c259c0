"""Mandarin: numbers up to a trillion, yuan with jiao and fen, dates, times with 点 and 半, telephone digits with 幺."""

import datetime as dt
from decimal import Decimal

from ivr.mandarin import DIGITS, say_number

CURRENCIES = {"USD": "美元", "EUR": "欧元", "GBP": "英镑", "HKD": "港元", "JPY": "日元"}
UNITS = ((10**8, "亿"), (10**4, "万"))
PERIODS = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def number(value: Decimal) -> list[str]:
    """105 → 一百 零 五; -2.5 → 负 二 点 五."""
    sign = ["负"] if value < 0 else []
    whole, _, fraction = format(abs(value).normalize(), "f").partition(".")
    return [*sign, *_whole(int(whole)), *(["点", *(DIGITS[int(each)] for each in fraction)] if fraction else [])]


def count(value: Decimal, unit: str) -> list[str]:
    """2 of 笔 → 两 笔; 12 → 十二 笔; 102 → 一百 零 二 笔."""
    return [*(["两"] if value == 2 else number(value)), unit]


def amount(value: Decimal, currency: str = "CNY") -> list[str]:
    """105 → 一百 零 五 元; 2 → 两 元; 12.05 → 十二 元 零 五 分; 12.5 dollars → 十二 点 五 美元. Rounded to 0.01."""
    fen = int((abs(value) * 100).to_integral_value())
    sign = ["负"] if value < 0 and fen else []
    if currency not in ("", "CNY"):
        return [*sign, *count(Decimal(fen) / 100, CURRENCIES[currency])]
    yuan, rest = divmod(fen, 100)
    jiao, fen = divmod(rest, 10)
    said: list[str] = []
    if yuan or not rest:
        said += [*(["两"] if yuan == 2 else _whole(yuan)), "元"]
    if jiao:
        said += ["两" if jiao == 2 else DIGITS[jiao], "角"]
    if fen:
        said += [*(["零"] if yuan and not jiao else []), DIGITS[fen], "分"]
    return sign + said


def date(value: dt.date) -> list[str]:
    """2026-03-02 → 二 零 二 六 年 三月 二 日."""
    year = [DIGITS[int(each)] for each in f"{value.year:04}"]
    return [*year, "年", say_number(value.month) + "月", *_tens(value.day), "日"]


def time(hour: int, minute: int) -> list[str]:
    """14:30 → 下午 两点 半; 10:00 → 上午 十点 整; 9:05 → 上午 九点 零 五 分."""
    period = next(name for until, name in PERIODS if hour < until)
    twelve = hour - 12 if hour > 12 else hour
    clock = ("两" if twelve == 2 else say_number(twelve)) + "点"
    return [period, clock, *({0: ["整"], 30: ["半"]}.get(minute) or _minutes(minute))]


def digits(text: str) -> list[str]:
    return ["幺" if each == "1" else DIGITS[int(each)] for each in text]


def inventory(reading: str, measure: str = "") -> list[str]:
    """Every piece that a reading may need."""
    tens = [*DIGITS, "一十", *(say_number(each) for each in range(10, 100, 10))]
    hundreds = [DIGITS[each] + unit for unit in "百千" for each in range(1, 10)] + ["两千"]
    counting = ["负", "点", "零", "两", *tens, *hundreds, "万", "亿"]
    match reading:
        case "number":
            return counting
        case "count":
            return [*counting, measure]
        case "amount":
            return [*counting, *(["元", "角", "分"] if measure in ("", "CNY") else [CURRENCIES[measure]])]
        case "date":
            return [*tens, "年", *(say_number(each) + "月" for each in range(1, 13)), "日"]
        case "time":
            clocks = [*(say_number(each) + "点" for each in range(13) if each != 2), "两点"]
            return [*(name for _, name in PERIODS), *clocks, "整", "半", *tens, "分"]
        case _:
            return [*DIGITS, "幺"]


def _minutes(minute: int) -> list[str]:
    return [*(["零"] if minute < 10 else []), *_tens(minute), "分"]


def _tens(value: int) -> list[str]:
    """23 → 二十 三, 10 → 十."""
    tens, ones = divmod(value, 10)
    return [*([say_number(tens * 10)] if tens else []), *([DIGITS[ones]] if ones or not tens else [])]


def _whole(value: int) -> list[str]:
    for unit, name in UNITS:
        if value >= unit:
            high, low = divmod(value, unit)
            before = ["两"] if high == 2 else _whole(high)
            if not low:
                return [*before, name]
            gap = ["零"] if low < unit // 10 else []
            return [*before, name, *gap, *_below(low, first=False)]
    return _below(value, first=True)


def _below(value: int, *, first: bool) -> list[str]:
    """Under ten thousand, or more after a bigger unit (`first` False: ten keeps its 一)."""
    if value >= 10**4:
        return _whole(value)
    said: list[str] = []
    thousands, rest = divmod(value, 1000)
    if thousands:
        said.append("两千" if thousands == 2 else DIGITS[thousands] + "千")
    hundred, low = divmod(rest, 100)
    if hundred:
        said.append(DIGITS[hundred] + "百")
    if not low:
        return said or ["零"]
    if said and ((low < 10) or (thousands and not hundred)):
        said.append("零")
    alone = first and not said
    teen = 10 <= low < 20 and not alone
    return [*said, *(["一十", *_tens(low)[1:]] if teen else _tens(low))]
