"""What the site's time tells a menu: date, time, hour and weekday of a call as variables."""

import datetime as dt

from ivr.customers import Facts

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def moment_facts(moment: dt.datetime) -> Facts:
    """The variables that the site's time gives a call: 2026-03-02, 14:30, 14, mon."""
    weekday = WEEKDAYS[moment.weekday()]
    return (
        ("date", moment.date().isoformat()), ("time", moment.strftime("%H:%M")),
        ("hour", str(moment.hour)), ("weekday", weekday),
    )  # fmt: skip
