"""Whether memory grows over a day is judged by what comes after its warm hours."""

from dataclasses import replace

import pytest

from app.bench.day import MEASURES, Hour, judge

QUIET = Hour(
    calls=60, rss_mb=300.0, objects=35_000, blocks=2_000_000, used_mb=70.0, idle_mb=15.0, asterisk_mb=100.0,
    heap_mb=5.0, nodes=900, listeners=80, documents=2,
)  # fmt: skip


def test_a_day_that_takes_memory_only_at_its_beginning_has_not_grown() -> None:
    result = judge([replace(QUIET, rss_mb=200.0), QUIET, QUIET, replace(QUIET, nodes=930), QUIET], 0, [])
    assert (result.passed, result.slope["rss_mb"]) == (True, 0.0)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_that_rises_hour_by_hour_is_named(measure: str) -> None:
    hours = [replace(QUIET, **{measure: getattr(QUIET, measure) * (1 + 0.04 * hour)}) for hour in range(6)]
    assert judge(hours, 0, []).grown == [measure]


def test_a_day_on_which_something_failed_is_not_passed() -> None:
    assert not judge([QUIET] * 4, 1, []).passed
