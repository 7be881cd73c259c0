"""A question put to the reports: what is wanted, of which days, in which language, and when it is asked. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agentdesk.reports.choice import Choice
from agentdesk.reports.part import Part
from agentdesk.reports.period import Period, fitting, row_end


@dataclass(frozen=True, slots=True)
class Asked:
    choice: Choice
    period: Period
    language: str
    now: float

    @property
    def zone(self) -> ZoneInfo:
        return self.period.zone

    @property
    def step(self) -> str:
        return fitting(self.choice.step, self.period)

    def part(self, kind: str, what: str, **more: Any) -> Part:
        """Calls of the whole period, as far as the report is narrowed."""
        given = {name: getattr(self.choice, name) for name in ("queue", "team", "agent", "topic")}
        span = {"since": int(self.period.since), "until": int(self.period.until)}
        return Part(kind, what, **span | given | more)

    def of_row(self, part: Part, key: str, step: str) -> Part:
        """The part of it that the row beginning at `key` is; all of it for the total."""
        return replace(part, since=int(key), until=row_end(int(key), step, self.zone)) if key else part

    def moment(self, key: str, step: str) -> str:
        """A row's beginning, for people."""
        local = datetime.fromtimestamp(int(key), self.zone)
        if step == "day":
            return local.strftime("%Y-%m-%d")
        return local.strftime("%H:%M" if self.period.days == 1 else "%m-%d %H:%M")
