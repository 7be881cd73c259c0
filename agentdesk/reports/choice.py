"""What a report is asked for, read leniently from the address bar."""

from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from core.days import day_of


@dataclass(frozen=True, slots=True)
class Choice:
    """'' where everything is wanted; `since` and `until` are days for the period `days`; `version` 0: the newest;
    `topic`: a wrap-up code, or all below a topic."""

    period: str = "today"
    since: str = ""
    until: str = ""
    step: str = "30"
    queue: str = ""
    team: str = ""
    agent: str = ""
    menu: str = ""
    version: int = 0
    topic: str = ""

    @property
    def query(self) -> str:
        """For an address, without what is as if nothing was asked."""
        plain = Choice()
        return urlencode({each.name: getattr(self, each.name) for each in fields(self)
                          if getattr(self, each.name) != getattr(plain, each.name)})  # fmt: skip

    def other(self, **changed: str) -> str:
        """The query of the same with something changed."""
        return replace(self, **changed).query  # type: ignore[arg-type]  # only texts are changed by pages

    def days(self) -> tuple[date | None, date | None]:
        return day_of(self.since), day_of(self.until)
