"""Time and identity: where seconds and new ids come from, and when days begin."""

import secrets
import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], float]
"""Returns seconds since the epoch; tests pass their own."""

system_clock: Clock = time.time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now: float) -> str:
    """A 22-character id: sorts by time (10 characters of milliseconds), then 60 random bits."""
    number = (int(now * 1000) << 60) | secrets.randbits(60)
    digits = []
    for _ in range(22):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def made_at(known: str) -> float | None:
    """When `new_id` made this id, to the millisecond; None for what it has not made."""
    if len(known) != 22 or not set(known) <= set(_ALPHABET):
        return None
    number = 0
    for digit in known[:10]:
        number = number * 32 + _ALPHABET.index(digit)
    return number / 1000


def day_begins(day: date, zone: ZoneInfo) -> float:
    """When a day begins in `zone`."""
    return datetime.combine(day, datetime.min.time(), zone).timestamp()


def midnight(now: float, zone: ZoneInfo) -> float:
    """When the day of `now` began in `zone`."""
    return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
