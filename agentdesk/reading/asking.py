"""What the call list is asked for, read leniently from the address bar, and who may see which numbers."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from core.clock import day_begins
from core.days import day_of

OUTCOMES = ("answered", "abandoned", "message", "self_service", "transferred", "not_reached", "failed")
RARER = ("longer", "shorter", "below", "mark", "language", "tier", "ticket", "ended_by", "speech", "words", "code")
MARKS = ("veto", "scored", "unscored")
TICKETS = ("open", "late", "closed", "any", "none")
ENDERS = ("customer", "agent", "system")
NOT_CODED = "-"
SPEECH = ("ready", "pending", "no_model", "failed")


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters of the call list, '' where everything is wanted; `since` and `until` are days such as 2026-03-02.

    `longer` and `shorter` bound the talk in seconds, `below` the score; `mark` is veto, scored or unscored; `ticket` is
    open, late, closed, any or none; `speech` a state of the transcript; `words` are all to be in what was said; `code`
    is a wrap-up code or topic, or NOT_CODED; `part` is a count of a report (`agentdesk.reports.part`).
    """

    since: str = ""
    until: str = ""
    queue: str = ""
    agent: str = ""
    outcome: str = ""
    number: str = ""
    page: int = 1
    longer: str = ""
    shorter: str = ""
    below: str = ""
    mark: str = ""
    language: str = ""
    tier: str = ""
    ticket: str = ""
    ended_by: str = ""
    speech: str = ""
    words: str = ""
    part: str = ""
    code: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether one of the rarer filters is in use, so that the page shows them."""
        return any(getattr(self, name) for name in RARER)

    @property
    def by_score(self) -> bool:
        """Whether it shows something of a call's score that it is found."""
        return bool(self.below or self.mark)

    def link(self, page: int) -> str:
        """The address of another page of the same list."""
        wanted = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "page"}
        return "/calls?" + urlencode({name: value for name, value in wanted.items() if value} | {"page": page})


def sound_days(asked: Asked) -> Asked:
    """Without days and figures that are none: somebody typed in the address bar."""
    return replace(
        asked,
        since=sound_day(asked.since),
        until=sound_day(asked.until),
        longer=_figure_or_nothing(asked.longer),
        shorter=_figure_or_nothing(asked.shorter),
        below=_figure_or_nothing(asked.below),
    )


def begin_of(day: str, zone: ZoneInfo) -> float:
    """When a day begins in `zone`."""
    return day_begins(date.fromisoformat(day), zone)


def end_of(day: str, zone: ZoneInfo) -> float:
    return day_begins(date.fromisoformat(day) + timedelta(days=1), zone)


def _figure_or_nothing(text: str) -> str:
    return text if text.isascii() and text.isdecimal() else ""


def sound_day(text: str) -> str:
    """An ISO date, or nothing where it is none that can be reckoned with."""
    found = day_of(text)
    return found.isoformat() if found else ""
