"""How values are written."""

from zoneinfo import ZoneInfo

import pytest

from accounts.masking import masked
from agentdesk.show import percent, points, span, written


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86****5678"),
        ("62341234", "623****1234"),
        ("8001234", "8****34"),
        ("95566", "***66"),
        ("", ""),
    ],
)
def test_the_middle_of_a_number_is_hidden(number: str, shown: str) -> None:
    assert masked(number) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(-3, "0:00"), (7.9, "0:07"), (750, "12:30"), (3725, "1:02:05")])
def test_spans_are_minutes_and_seconds_then_hours(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_shares_and_scores() -> None:
    assert (percent(None), percent(0.8049)) == ("–", "80%")
    assert (points(100.0), points(87.5), points(66.666)) == ("100", "87.5", "66.7")


@pytest.mark.parametrize("at", [1795769084000.0, 1e300, -1e300, float("inf"), float("nan")])
def test_a_time_that_no_calendar_holds_is_a_dash(at: float) -> None:
    assert written(at, ZoneInfo("Asia/Shanghai"), "%Y") == "–"
    assert span(at)


def test_times_are_of_the_zone() -> None:
    assert written(1795769084, ZoneInfo("Asia/Shanghai"), "%Y-%m-%d %H:%M") == "2026-11-27 16:44"
