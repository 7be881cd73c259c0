"""Whether what a caller typed can be right: card numbers, identity cards, dates, telephone numbers; and its mask."""

import datetime as dt
from collections.abc import Callable, Mapping

from ivr.reading.values import as_date

IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
SHOWN = 4


def luhn(digits: str) -> bool:
    """Card numbers, ISO/IEC 7812-1 annex B."""
    if not digits.isdigit() or len(digits) < 2:
        return False
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def identity(text: str) -> bool:
    """Mainland identity cards, GB 11643: 17 digits with a date of birth and a check character (star stands for X)."""
    if len(text) != 18 or not text[:17].isdigit() or as_date(text[6:14]) is None:
        return False
    rest = sum(weight * int(each) for weight, each in zip(IDENTITY_WEIGHTS, text, strict=False)) % 11
    return text[17].upper().replace("*", "X") == IDENTITY_CHECKS[rest]


def date(text: str) -> bool:
    """YYYYMMDD, a day that exists."""
    return len(text) == 8 and as_date(text) is not None


def phone(text: str) -> bool:
    """A mobile number (1, then 3–9, 11 digits) or a landline with its area code (0…, 10–12 digits)."""
    mobile = len(text) == 11 and text[0] == "1" and text[1] in "3456789"
    return text.isdigit() and (mobile or (text.startswith("0") and text[1:2] != "0" and 10 <= len(text) <= 12))


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "none": lambda text: True, "luhn": luhn, "identity": identity, "date": date, "phone": phone,
}  # fmt: skip


def masked(text: str) -> str:
    """What may be shown of a card, identity or account number: its last four places, of short ones nothing."""
    return "•" * 4 + (text[-SHOWN:] if len(text) > 2 * SHOWN else "")


def age_on(birth_year: str, day: dt.date) -> str:
    """Whole years by the year of birth; empty when it is not known."""
    return str(day.year - int(birth_year)) if birth_year.isdigit() and int(birth_year) else ""
