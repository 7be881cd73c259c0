"""What the call list is asked for, read leniently from the address bar, and who may see which numbers."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

OUTCOMES = ("answered", "abandoned", "message", "self_service", "transferred", "not_reached", "failed")
"""They call customers back; the others see 138****1234."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters of the call list, '' where everything is wanted; `since` and `until` are days such as 2026-03-02."""

    since: str = ""
    until: str = ""
    queue: str = ""
    agent: str = ""
    outcome: str = ""
    number: str = ""
    page: int = 1

    def link(self, page: int) -> str:
        """The address of another page of the same list."""
        wanted = {name: getattr(self, name) for name in ("since", "until", "queue", "agent", "outcome", "number")}
        return "/calls?" + urlencode({name: value for name, value in wanted.items() if value} | {"page": page})


def sound_days(asked: Asked) -> Asked:
    """Without days that are none: somebody typed in the address bar."""
    return replace(asked, since=_day_or_nothing(asked.since), until=_day_or_nothing(asked.until))


def begin_of(day: str, zone: ZoneInfo) -> float:
    """When a day begins in `zone`."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), zone).timestamp()


def end_of(day: str, zone: ZoneInfo) -> float:
    return begin_of((date.fromisoformat(day) + timedelta(days=1)).isoformat(), zone)


def _day_or_nothing(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
