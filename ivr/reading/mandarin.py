"""Mandarin: numbers up to a thousand trillion, yuan with jiao and fen, dates, times with 点 and 半, digits with 幺."""

import datetime as dt
from decimal import Decimal

from ivr.mandarin import DIGITS, say_number, tens, whole
from ivr.reading.values import in_coins

CURRENCIES = {"USD": "美元", "EUR": "欧元", "GBP": "英镑", "HKD": "港元", "JPY": "日元"}
COINS = {"JPY": 1}
"""How many coins make one, where it is not a hundred."""
LETTER = "艾克斯"
"""X, where an identity number ends in it."""
PERIODS = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def number(value: Decimal) -> list[str]:
    """105 → 一百 零 五; -2.5 → 负 二 点 五."""
    sign = ["负"] if value < 0 else []
    before, _, fraction = format(abs(value).normalize(), "f").partition(".")
    return [*sign, *whole(int(before)), *(["点", *(DIGITS[int(each)] for each in fraction)] if fraction else [])]


def count(value: Decimal, unit: str) -> list[str]:
    """2 of 笔 → 两 笔; 12 → 十二 笔; 102 → 一百 零 二 笔."""
    sign = ["负"] if value == -2 else []
    return [*([*sign, "两"] if abs(value) == 2 else number(value)), unit]


def amount(value: Decimal, currency: str = "CNY") -> list[str]:
    """105 → 一百 零 五 元; 2 → 两 元; 12.05 → 十二 元 零 五 分; 12.5 dollars → 十二 点 五 美元. Rounded to the coin."""
    coins = COINS.get(currency, 100)
    fen = in_coins(value, coins)
    sign = ["负"] if value < 0 and fen else []
    if currency not in ("", "CNY"):
        return [*sign, *count(Decimal(fen) / coins, CURRENCIES[currency])]
    yuan, rest = divmod(fen, 100)
    jiao, fen = divmod(rest, 10)
    said: list[str] = []
    if yuan or not rest:
        said += [*(["两"] if yuan == 2 else whole(yuan)), "元"]
    if jiao:
        said += ["两" if jiao == 2 else DIGITS[jiao], "角"]
    if fen:
        said += [*(["零"] if yuan and not jiao else []), DIGITS[fen], "分"]
    return sign + said


def date(value: dt.date) -> list[str]:
    """2026-03-02 → 二 零 二 六 年 三月 二 日."""
    year = [DIGITS[int(each)] for each in f"{value.year:04}"]
    return [*year, "年", say_number(value.month) + "月", *tens(value.day), "日"]


def time(hour: int, minute: int) -> list[str]:
    """14:30 → 下午 两点 半; 10:00 → 上午 十点 整; 9:05 → 上午 九点 零 五 分."""
    period = next(name for until, name in PERIODS if hour < until)
    twelve = hour - 12 if hour > 12 else hour
    clock = ("两" if twelve == 2 else say_number(twelve)) + "点"
    return [period, clock, *({0: ["整"], 30: ["半"]}.get(minute) or _minutes(minute))]


def digits(text: str) -> list[str]:
    apart = {"1": "幺", "X": LETTER}
    return [apart.get(each) or DIGITS[int(each)] for each in text]


def phone(number: str, extension: str) -> list[str]:
    """01012345678 with 8012 → 零 幺 零 … 转 八 零 幺 二."""
    return [*digits(number), *(["转", *digits(extension)] if extension else [])]


def inventory(reading: str, measure: str = "") -> list[str]:
    """Every piece that a reading may need."""
    small = [*DIGITS, "一十", *(say_number(each) for each in range(10, 100, 10))]
    hundreds = [DIGITS[each] + unit for unit in "百千" for each in range(1, 10)] + ["两千"]
    counting = ["负", "点", "零", "两", *small, *hundreds, "万", "亿"]
    match reading:
        case "number":
            return counting
        case "count":
            return [*counting, measure]
        case "amount":
            return [*counting, *(["元", "角", "分"] if measure in ("", "CNY") else [CURRENCIES[measure]])]
        case "date":
            return [*small, "年", *(say_number(each) + "月" for each in range(1, 13)), "日"]
        case "time":
            clocks = [*(say_number(each) + "点" for each in range(13) if each != 2), "两点"]
            return [*(name for _, name in PERIODS), *clocks, "整", "半", *small, "分"]
        case "phone":
            return [*DIGITS, "幺", "转"]
        case _:
            return [*DIGITS, "幺", LETTER]


def _minutes(minute: int) -> list[str]:
    return [*(["零"] if minute < 10 else []), *tens(minute), "分"]
