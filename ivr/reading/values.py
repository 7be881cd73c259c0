"""What a variable's text means before any language: a number, a date, a time of day, digits."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

BIGGEST = Decimal(10**12)


def as_decimal(text: str) -> Decimal | None:
    """`1,234.50` → Decimal; None for anything that is no finite number below 10^12."""
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < BIGGEST else None


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
    """14:30 → (14, 30)."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])", text.strip())
    return (int(found[1]), int(found[2])) if found else None


def as_digits(text: str) -> str | None:
    """Digits without what people write between them; None when there are none or other characters."""
    plain = re.sub(r"[\s()+-]", "", text)
    return plain if plain.isascii() and plain.isdigit() else None
