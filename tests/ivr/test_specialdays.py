"""Single days with other hours, entered into the text of hours.yaml."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.errors import NotFound
from core.settings import ROOT
from ivr import hours, specialdays
from ivr.specialdays import Entered, SpecialDay

TEXT = (ROOT / "config" / "hours.yaml").read_text(encoding="utf-8")
FRIDAY = dt.date(2026, 11, 27)
BOTH = ("personal", "business")


def test_an_outage_closes_two_hours_of_one_day_and_leaves_the_rest_as_usual() -> None:
    outage = SpecialDay(day=FRIDAY, kind="closed-between", begins="10:00", ends="12:00", schedules=BOTH)
    text = specialdays.entered(TEXT, outage)
    table = hours.read(text)
    assert specialdays.listed(table, FRIDAY) == [
        Entered("business", FRIDAY, "09:00-10:00, 12:00-17:00"),
        Entered("personal", FRIDAY, "06:00-10:00, 12:00-24:00"),
    ]
    eleven = dt.datetime(2026, 11, 27, 11, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert [table.is_open(each, eleven, ZoneInfo("Asia/Shanghai")) for each in (*BOTH, "always")] == [
        False,
        False,
        True,
    ]
    assert specialdays.listed(table, FRIDAY + dt.timedelta(days=1)) == []
    kept = [line for line in TEXT.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in kept if line.partition("#")[2] not in text] == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"kind": "closed"}, "closed"),
        ({"kind": "open"}, "open"),
        ({"kind": "open-between", "begins": "08:00", "ends": "20:00"}, "08:00-20:00"),
        ({"kind": "closed-between", "begins": "00:00", "ends": "24:00"}, "closed"),
        ({"kind": "closed-between", "begins": "18:00", "ends": "19:00"}, "09:00-17:00"),
    ],
)
def test_a_day_is_closed_open_or_both(wanted: dict[str, str], told: str) -> None:
    day = SpecialDay.model_validate({"day": "2026-11-27", "schedules": ["business"], **wanted})
    assert [each.hours for each in specialdays.listed(hours.read(specialdays.entered(TEXT, day)), FRIDAY)] == [told]


def test_a_day_is_taken_out_again_wherever_it_stands() -> None:
    text = TEXT.replace("special_days: {}             # for every", "special_days: {2026-11-27: closed} # for every")
    text = specialdays.entered(text, SpecialDay(day=FRIDAY, kind="open", schedules=("business",)))
    text = specialdays.removed(specialdays.removed(text, "business", FRIDAY), "", FRIDAY)
    assert hours.read(text) == hours.read(TEXT)
    with pytest.raises(NotFound):
        specialdays.removed(text, "business", FRIDAY)


def test_what_is_no_day_is_refused() -> None:
    for wrong in ({"begins": "12:00", "ends": "10:00"}, {"begins": "10:00"}, {"begins": "9", "ends": "10:00"}):
        with pytest.raises(ValidationError):
            SpecialDay.model_validate(
                {"day": "2026-11-27", "kind": "closed-between", "schedules": ["business"], **wrong}
            )
    with pytest.raises(NotFound):
        specialdays.entered(TEXT, SpecialDay(day=FRIDAY, kind="closed", schedules=("nights",)))
