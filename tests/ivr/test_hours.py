"""Opening hours on ordinary days, public holidays, make-up working days and special days."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from core.errors import ConfigError
from core.settings import ROOT
from ivr import hours
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.reminder import DAY, remind
from ivr.rules import Rules
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = hours.load(ROOT / "config")


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02T08:59:59", False),  # Monday
        ("2026-03-02T09:00", True),
        ("2026-03-02T16:59:59", True),
        ("2026-03-02T17:00", False),
        ("2026-03-07T10:00", False),  # Saturday
        ("2026-02-17T10:00", False),  # Tuesday, Spring Festival
        ("2026-02-14T10:00", True),  # Saturday, make-up working day
        ("2030-05-01T10:00", True),  # a year whose holidays are not published: by the week
    ],
)
def test_business_hours_follow_the_chinese_calendar(moment: str, is_open: bool) -> None:
    assert SHIPPED.is_open("business", at(moment), ZONE) is is_open
    assert SHIPPED.is_open("always", at(moment), ZONE)


def test_special_day_of_the_schedule_goes_before_that_of_the_site_and_before_holidays() -> None:
    rules = Hours.model_validate(
        {
            "schedules": {
                "a": {"weekly": {"mon": ["09:00-12:00", "13:00-17:00"]}, "special_days": {"2026-03-02": "open"}},
                "b": {"weekly": {"mon": ["09:00-17:00"]}},
            },
            "special_days": {"2026-03-02": "closed", "2026-02-17": ["10:00-11:00"]},
        }
    )
    assert rules.is_open("a", at("2026-03-02T23:30"), ZONE)
    assert not rules.is_open("b", at("2026-03-02T10:00"), ZONE)
    assert rules.is_open("b", at("2026-02-17T10:30"), ZONE)
    assert not rules.is_open("a", at("2026-03-09T12:30"), ZONE)


def test_message_before_the_spring_festival_is_due_after_it() -> None:
    friday = at("2026-02-14T18:00")
    assert SHIPPED.next_working_day("business", friday, ZONE) == dt.date(2026, 2, 24)
    assert SHIPPED.deadline("business", friday, ZONE) == at("2026-02-24T17:00")


def test_schedule_that_never_opens_still_gives_a_deadline() -> None:
    rules = Hours.model_validate({"schedules": {"never": {"weekly": {}}}})
    assert rules.deadline("never", at("2026-03-02T10:00"), ZONE) == at("2026-03-04T00:00")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [("[9-17]", "write 09:00"), ("[17:00-09:00]", "open before it closes"), ("perhaps", "write closed, open")],
)
def test_unreadable_hours_are_reported_with_their_line(tmp_path: Path, wrong: str, problem: str) -> None:
    (tmp_path / "hours.yaml").write_text(f"schedules:\n  day:\n    weekly:\n      mon: open\n      tue: {wrong}\n")
    with pytest.raises(ConfigError, match=problem) as caught:
        hours.load(tmp_path)
    assert caught.value.line == 5


def test_a_calendar_that_ends_within_a_month_is_complained_of_by_those_who_follow_it() -> None:
    zone, end = ZoneInfo("Asia/Shanghai"), hours.CALENDAR_ENDS

    def complaint(rules: dict[str, Any], day: dt.date) -> str:
        midnight = dt.datetime.combine(day, dt.time(), zone).timestamp()
        return Hours.model_validate({"schedules": rules}).complaint(midnight, zone)

    china: dict[str, Any] = {"weekly": {"mon": "open"}}
    week: dict[str, Any] = {"weekly": {"mon": "open"}, "holidays": "none"}
    assert complaint({"cards": china}, end - dt.timedelta(days=31)) == ""
    assert f"from {end} on are not known: cards will" in complaint(
        {"cards": china, "all": week}, end - dt.timedelta(days=30)
    )
    assert complaint({"all": week}, end) == ""
    assert hours.chinese_day(end) == "plain"  # New Year's Day, and a holiday once the calendar is there
    assert hours.chinese_day(hours.CALENDAR_BEGINS) == "holiday"
    assert hours.chinese_day(hours.CALENDAR_BEGINS - dt.timedelta(days=1)) == "plain"
    assert hours.chinese_day(dt.date(end.year - 1, 10, 1)) == "holiday"


@virtual_time
async def test_running_centre_is_told_every_day_that_its_calendar_is_about_to_end() -> None:
    zone, began = ZoneInfo("Asia/Shanghai"), now()
    last = dt.datetime.combine(hours.CALENDAR_ENDS - dt.timedelta(days=32), dt.time(9), zone).timestamp()
    rules = Rules({}, Customers(customers={}), Hours.model_validate({"schedules": {"cards": {"weekly": {}}}}), zone)
    with capture_logs() as logs:
        task = asyncio.create_task(remind(lambda: rules, lambda: last + now() - began))
        await asyncio.sleep(3.5 * DAY)
        task.cancel()
    assert [each["why"].partition(":")[0] for each in logs] == [
        f"public holidays from {hours.CALENDAR_ENDS} on are not known"
    ] * 2
