"""What a variable's text means before any language: a number, a date, a time of day, digits."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BIGGEST = Decimal(10**15)
MOST_DECIMALS = 20
"""What a computed fraction may have; nobody listens to more."""
_NUMBER = re.compile(r"[+-]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d*)(\.\d*)?([eE][+-]?\d+)?")
_EXTENSION = re.compile(r"(?P<number>.*\d)\s*(?:转|分机|ext\.?|x|#|,|;)\s*(?P<extension>\d{1,6})", re.IGNORECASE)
_LANDLINE = re.compile(r"(?P<number>0\d{2,3}-?\d{7,8})-(?P<extension>\d{1,6})")


def as_decimal(text: str) -> Decimal | None:
    """`1,234.50` → Decimal; None for anything that is no number below 10^15 with a few decimals.

    A comma stands before thousands only: in 12,34 it may be a decimal sign, and nobody is to hear a wrong sum.
    """
    if not _NUMBER.fullmatch(text.strip()):
        return None
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    *_, exponent = number.normalize().as_tuple()
    return number if abs(number) < BIGGEST and isinstance(exponent, int) and exponent >= -MOST_DECIMALS else None


def as_date(text: str) -> dt.date | None:
    """2026-03-02 or 20260302."""
    plain = text.strip()
    if not re.fullmatch(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}", plain):
        return None
    try:
        return dt.date.fromisoformat(plain)
    except ValueError:
        return None


def as_time(text: str) -> tuple[int, int] | None:
    """14:30 → (14, 30); 24:00, where a day ends, is midnight."""
    if text.strip() == "24:00":
        return 0, 0
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])", text.strip())
    return (int(found[1]), int(found[2])) if found else None


def as_digits(text: str) -> str | None:
    """Digits without what people write between them, perhaps an X at their end, as identity numbers have; else None."""
    given = text.strip().removeprefix("+")
    plain = "" if given.startswith("-") else re.sub(r"[\s()-]", "", given)
    return plain.upper() if re.fullmatch(r"[0-9]+[Xx]?", plain) else None


def as_phone(text: str) -> tuple[str, str] | None:
    """Its digits without China's country code, and its extension or '': 010-12345678-8012, 95566转1."""
    found = _EXTENSION.fullmatch(text.strip()) or _LANDLINE.fullmatch(text.strip())
    number, extension = (found["number"], found["extension"]) if found else (text, "")
    if not (as_digits(number) or "").isdigit():
        return None
    return plain_number(number), extension


def in_coins(value: Decimal, coins: int) -> int:
    """An amount in so many coins each, whatever its sign; half a coin is one."""
    return int((abs(value) * coins).to_integral_value(ROUND_HALF_UP))


def plain_number(number: str) -> str:
    """Digits only, without China's country code: +86 138-0000-0001 → 13800000001, +44 20 7946 0000 → 00442079460000."""
    digits = "00" * number.strip().startswith("+") + "".join(each for each in number if each.isdigit())
    return digits.removeprefix("0086")


def as_span(text: str) -> tuple[int, int] | None:
    """`22:00-06:00` → minutes of the day (1320, 360); 24:00 ends a day."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", text.strip())
    if not found:
        return None
    hours, minutes = (int(found[1]), int(found[3])), (int(found[2]), int(found[4]))
    first, last = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    fits = max(minutes) < 60 and first < 24 * 60 and last <= 24 * 60 and first != last
    return (first, last) if fits else None
