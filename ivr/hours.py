"""When people answer: weekly hours, Chinese public holidays with their make-up working days, special days."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import chinese_calendar
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core import yamlfile
from core.rulebook import Rulebook

DAY_MINUTES = 24 * 60
SEARCH_DAYS = 366
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CALENDAR_BEGINS = dt.date(min(chinese_calendar.holidays).year, 1, 1)
CALENDAR_ENDS = dt.date(max(chinese_calendar.holidays).year + 1, 1, 1)
"""From this day on the State Council's calendar is not in the installed chinesecalendar, published or not."""
AHEAD = dt.timedelta(days=30)
Span = tuple[int, int]
"""Opening and closing minute of the day; closing is not included."""


def minute(text: str) -> int:
    """Of the day, from 09:00; raises ValueError."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError(f"{text!r} is no time of day, write 09:00")
    return int(hours) * 60 + int(minutes)


def _span(text: object) -> object:
    if not isinstance(text, str):
        return text
    opens, dash, closes = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is no time span, write 09:00-17:00")
    span = (minute(opens), minute(closes))
    if not 0 <= span[0] < span[1] <= DAY_MINUTES:
        raise ValueError(f"{text!r} must open before it closes, within 00:00-24:00")
    return span


def _spans(value: object) -> object:
    match value:
        case "closed":
            return ()
        case "open":
            return ((0, DAY_MINUTES),)
        case list():
            return tuple(_span(each) for each in value)
        case _:
            raise ValueError("write closed, open, or a list of spans such as [09:00-12:00, 13:00-17:00]")


def spans_words(spans: tuple[Span, ...]) -> str:
    """As it is written in the file."""
    if spans == ((0, DAY_MINUTES),):
        return "open"
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans) or "closed"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


DayHours = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class Schedule(BaseModel):
    """One line's hours. On a holiday `on_holidays` counts; on a make-up working day the hours of `make_up_as`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekly: dict[Weekday, DayHours]
    holidays: Literal["china", "none"] = "china"
    on_holidays: DayHours = ()
    make_up_as: Weekday = "mon"
    special_days: dict[dt.date, DayHours] = Field(default_factory=dict)


class Hours(Rulebook):
    """All schedules of the site; `special_days` here hold for every schedule that does not name the day itself."""

    schedules: dict[str, Schedule] = Field(min_length=1)
    special_days: dict[dt.date, DayHours] = Field(default_factory=dict)

    def spans_on(self, schedule: str, day: dt.date) -> tuple[Span, ...]:
        """The opening spans of `day`; a special day goes before holidays, holidays before the week."""
        chosen = self.schedules[schedule]
        for special in (chosen.special_days, self.special_days):
            if day in special:
                return special[day]
        usual = WEEKDAYS[day.weekday()]
        if chosen.holidays == "china":
            kind = chinese_day(day)
            if kind == "holiday":
                return chosen.on_holidays
            if kind == "make-up":
                return chosen.weekly.get(chosen.make_up_as, ())
        return chosen.weekly.get(usual, ())

    def is_open(self, schedule: str, now: float, zone: ZoneInfo) -> bool:
        local = dt.datetime.fromtimestamp(now, zone)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.spans_on(schedule, local.date()))

    def complaint(self, now: float, zone: ZoneInfo) -> str:
        """A line when the calendar of public holidays is over in a month, or already; '' when nobody follows it."""
        followers = [name for name, schedule in self.schedules.items() if schedule.holidays == "china"]
        if not followers or dt.datetime.fromtimestamp(now, zone).date() + AHEAD < CALENDAR_ENDS:
            return ""
        return (
            f"public holidays from {CALENDAR_ENDS} on are not known: {', '.join(sorted(followers))} will keep "
            "weekly hours then. Enter them under special_days in hours.yaml, or install a newer chinesecalendar"
        )

    def next_working_day(self, schedule: str, now: float, zone: ZoneInfo) -> dt.date:
        """The first day after today with any opening hours; tomorrow when there is none within a year."""
        today = dt.datetime.fromtimestamp(now, zone).date()
        for ahead in range(1, SEARCH_DAYS):
            day = today + dt.timedelta(days=ahead)
            if self.spans_on(schedule, day):
                return day
        return today + dt.timedelta(days=1)

    def deadline(self, schedule: str, now: float, zone: ZoneInfo) -> float:
        """When the next working day's hours end, in seconds since the epoch: by then a message is answered."""
        day = self.next_working_day(schedule, now, zone)
        spans = self.spans_on(schedule, day) or ((0, DAY_MINUTES),)
        closes = max(span[1] for span in spans)
        return (dt.datetime.combine(day, dt.time(), zone) + dt.timedelta(minutes=closes)).timestamp()


def chinese_day(day: dt.date) -> Literal["holiday", "make-up", "plain"]:
    """What the State Council's calendar makes of a day.

    Plain outside the years that the installed chinesecalendar holds: weekly hours count then, and a public holiday is
    taken for a working day. `Hours.complaint` tells people before that happens.
    """
    if not CALENDAR_BEGINS <= day < CALENDAR_ENDS:
        return "plain"
    at_work = chinese_calendar.is_workday(day)
    named = chinese_calendar.get_holiday_detail(day)[1]
    weekend = day.weekday() >= 5
    if at_work:
        return "make-up" if weekend else "plain"
    return "plain" if weekend and named is None else "holiday"


def read(text: str) -> Hours:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("hours.yaml"), Hours)


def load(config_dir: Path) -> Hours:
    return yamlfile.load(config_dir / "hours.yaml", Hours)
