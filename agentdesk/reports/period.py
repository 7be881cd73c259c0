"""Periods by name or by days, and the rows a period falls into, in the site's time zone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

PeriodName = Literal["today", "yesterday", "this-week", "last-week", "this-month", "last-month", "days"]
PERIODS: tuple[PeriodName, ...] = get_args(PeriodName)
StepName = Literal["15", "30", "60", "day"]
STEPS: dict[str, int] = {"15": 900, "30": 1800, "60": 3600, "day": 86400}
"""Step → seconds; a day may have others where clocks are changed."""
FINE_DAYS, MOST_DAYS = 7, 400
"""Longer periods are shown by day; and how long one may be."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, `first` to `last`."""

    name: str
    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> float:
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> float:
        return _midnight(self.last + DAY, self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def period_of(name: str, now: float, zone: ZoneInfo, first: date | None = None, last: date | None = None) -> Period:
    """A name that is none of PERIODS is today; `first` and `last` are for `days`, one of them alone is one day.

    Weeks begin on Monday. A period of more than MOST_DAYS keeps its last days.
    """
    today = datetime.fromtimestamp(now, zone).date()
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    month_before = (month - DAY).replace(day=1)
    named = {
        "yesterday": (today - DAY, today - DAY),
        "this-week": (monday, monday + 6 * DAY),
        "last-week": (monday - 7 * DAY, monday - DAY),
        "this-month": (month, (month + 31 * DAY).replace(day=1) - DAY),
        "last-month": (month_before, month - DAY),
    }
    if name == "days" and (first or last):
        begin, end = sorted((first or last or today, last or first or today))
        return Period(name, max(begin, end - (MOST_DAYS - 1) * DAY), end, zone)
    return Period(name, *named[name], zone) if name in named else Period("today", today, today, zone)


def fitting(step: str, period: Period) -> str:
    """The step asked for where it gives a number of rows that people can read."""
    return step if step in STEPS and period.days <= FINE_DAYS else "day"


def row_of(at: float, step: str, zone: ZoneInfo) -> int:
    """When the row that `at` belongs to begins."""
    local = datetime.fromtimestamp(at, zone)
    if step == "day":
        return int(_midnight(local.date(), zone))
    offset = local.utcoffset() or timedelta()
    return int(at) - (int(at) + int(offset.total_seconds())) % STEPS[step]


def row_end(begin: int, step: str, zone: ZoneInfo) -> int:
    if step == "day":
        return int(_midnight(datetime.fromtimestamp(begin, zone).date() + DAY, zone))
    return begin + STEPS[step]


def rows_between(first: int, last: int, step: str, zone: ZoneInfo) -> Iterator[int]:
    """Beginnings of all rows from one to another."""
    while first <= last:
        yield first
        first = row_end(first, step, zone)


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, datetime.min.time(), zone).timestamp()
