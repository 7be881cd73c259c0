"""English: numbers up to a thousand trillion, yuan and fen, dates with ordinals, times with a.m. and p.m., digits."""

import datetime as dt
from decimal import Decimal

from ivr.reading.values import in_coins

SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
ORDINALS = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
]  # fmt: skip
CURRENCIES = {
    "CNY": ("yuan", 100, "fen"), "USD": ("dollar/dollars", 100, "cent/cents"), "EUR": ("euro/euros", 100, "cent/cents"),
    "GBP": ("pound/pounds", 100, "penny/pence"), "HKD": ("Hong Kong dollar/Hong Kong dollars", 100, "cent/cents"),
    "JPY": ("yen", 1, ""),
}  # fmt: skip
"""Its name for one and many, how many coins make it, and their name."""
LETTER = "X"
"""Where an identity number ends in it."""
UNITS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))


def number(value: Decimal) -> list[str]:
    """105 → one hundred and five; -2.5 → minus two point five."""
    sign = ["minus"] if value < 0 else []
    whole, _, fraction = format(abs(value).normalize(), "f").partition(".")
    return [*sign, *_whole(int(whole)), *(["point", *digits(fraction)] if fraction else [])]


def count(value: Decimal, unit: str) -> list[str]:
    """2 of `day/days` → two days; `unit` without a stroke never changes."""
    one, _, many = unit.partition("/")
    return [*number(value), one if abs(value) == 1 or not many else many]


def amount(value: Decimal, currency: str = "CNY") -> list[str]:
    """105.5 → one hundred and five yuan and fifty fen. Rounded to the smallest coin."""
    name, parts, coin = CURRENCIES[currency or "CNY"]
    whole = in_coins(value, parts)
    units, rest = divmod(whole, parts)
    sign = ["minus"] if value < 0 and whole else []
    said = count(Decimal(units), name) if units or not rest else []
    return [*sign, *said, *(["and"] if said and rest else []), *(count(Decimal(rest), coin) if rest else [])]


def date(value: dt.date) -> list[str]:
    """2026-03-02 → March second two thousand and twenty six; 1985-… → nineteen eighty five."""
    tens, ones = divmod(value.day, 10)
    day = [TENS[tens - 2], ORDINALS[ones - 1]] if value.day > 20 and ones else [ORDINALS[min(value.day, 20) - 1]]
    return [MONTHS[value.month - 1], *(["thirtieth"] if value.day == 30 else day), *_year(value.year)]


def time(hour: int, minute: int) -> list[str]:
    """14:30 → two thirty p m; 10:00 → ten o'clock a m; 9:05 → nine oh five a m; 12:00 → twelve noon."""
    if not minute and hour % 12 == 0:
        return ["twelve", "noon" if hour else "midnight"]
    clock = SMALL[hour % 12 or 12]
    past = ["o'clock"] if not minute else [*(["oh"] if minute < 10 else []), *_whole(minute)]
    return [clock, *past, "a m" if hour < 12 else "p m"]


def digits(text: str) -> list[str]:
    return [each if each == LETTER else SMALL[int(each)] for each in text]


def phone(number: str, extension: str) -> list[str]:
    """01012345678 with 8012 → zero one zero … extension eight zero one two."""
    return [*digits(number), *(["extension", *digits(extension)] if extension else [])]


def inventory(reading: str, measure: str = "") -> list[str]:
    """Every piece that a reading may need."""
    counting = ["minus", "point", "and", *SMALL, *TENS, "hundred", *(name for _, name in UNITS)]
    match reading:
        case "number":
            return counting
        case "count":
            return [*counting, *measure.split("/")]
        case "amount":
            name, _, coin = CURRENCIES[measure or "CNY"]
            return [*counting, *name.split("/"), *filter(None, coin.split("/"))]
        case "date":
            return [*MONTHS, *ORDINALS, "thirtieth", "oh", *counting]
        case "time":
            return [*SMALL, *TENS, "o'clock", "oh", "a m", "p m", "noon", "midnight"]
        case "phone":
            return [*SMALL[:10], "extension"]
        case _:
            return [*SMALL[:10], LETTER]


def _year(value: int) -> list[str]:
    """1985 → nineteen eighty five, 1905 → nineteen oh five, 1900 → nineteen hundred; others as a number."""
    century, year = divmod(value, 100)
    if value < 1000 or century % 10 == 0:
        return _whole(value)
    return [*_whole(century), *(["oh"] if 0 < year < 10 else []), *(_whole(year) if year else ["hundred"])]


def _whole(value: int) -> list[str]:
    for unit, name in UNITS:
        if value >= unit:
            high, low = divmod(value, unit)
            gap = ["and"] if 0 < low < 100 else []
            return [*_whole(high), name, *gap, *(_whole(low) if low else [])]
    if value >= 100:
        high, low = divmod(value, 100)
        return [SMALL[high], "hundred", *(["and", *_whole(low)] if low else [])]
    if value < 20:
        return [SMALL[value]]
    high, low = divmod(value, 10)
    return [TENS[high - 2], *([SMALL[low]] if low else [])]
