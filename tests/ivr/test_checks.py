"""Check digits, dates and numbers, and what may be shown of them."""

import pytest

from ivr.checks import CHECKS, masked
from ivr.secret import HIDDEN, Secret


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        ("luhn", "6222021234567894", "6222021234567895"),
        ("identity", "11010519491231002X", "110105194912310021"),
        ("identity", "11010519491231002*", "11010519491331002X"),
        ("date", "20240229", "20230229"),
        ("phone", "13800000001", "12800000001"),
        ("phone", "01088886666", "00888866661"),
    ],
)
def test_check_knows_right_from_wrong(check: str, right: str, wrong: str) -> None:
    assert CHECKS[check](right)
    assert not CHECKS[check](wrong)
    assert not CHECKS[check]("")


def test_only_the_last_four_places_are_shown() -> None:
    assert masked("6222021234567894") == "••••7894"
    assert masked("12345678") == "••••"
    assert f"{Secret('246810')!r} {Secret('246810')}" == f"{HIDDEN} {HIDDEN}"
