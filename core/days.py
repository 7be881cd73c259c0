"""Days that people may ask for: far enough from the ends of the calendar that others are reckoned from them."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator

FIRST, LAST = date(1971, 1, 1), date(2999, 12, 31)


def day_of(text: str) -> date | None:
    """Of an ISO date; None where it is none, or no such day."""
    try:
        return within(date.fromisoformat(text))
    except ValueError:
        return None


def within(day: date) -> date:
    """Raises ValueError for one before FIRST or after LAST."""
    if not FIRST <= day <= LAST:
        raise ValueError(f"a day from {FIRST} to {LAST} is needed")
    return day


Day = Annotated[date, AfterValidator(within)]
"""In an address or a body; others are refused as what is no date is."""
