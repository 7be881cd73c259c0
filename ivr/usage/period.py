"""From when to when calls are counted: a day of the site, or the last days."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.errors import BadInput

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that arrived from `since` on and before `until`; `day` is empty when it is no single day."""

    since: float
    until: float
    day: str = ""


def day_of(text: str, zone: ZoneInfo) -> Period:
    """A day such as 2026-03-02, from midnight to midnight; raises BadInput."""
    try:
        day = dt.date.fromisoformat(text)
        begin, end = (dt.datetime.combine(each, dt.time(), zone) for each in (day, day + dt.timedelta(days=1)))
        return Period(begin.timestamp(), end.timestamp(), day.isoformat())
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no day", "write for example 2026-03-02") from None


def today(now: float, zone: ZoneInfo) -> Period:
    return day_of(dt.datetime.fromtimestamp(now, zone).date().isoformat(), zone)


def last_days(days: float, now: float) -> Period:
    return Period(now - days * DAY, now + DAY)
