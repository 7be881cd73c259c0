"""Which report goes to whom and when, from `config/reports.yaml`; and what becomes of each sending. Pure."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agentdesk.reports.choice import Choice
from core import yamlfile
from core.rulebook import Rulebook

FILE = "reports.yaml"
LATE = 86400.0
"""Seconds after its time at which a report is no longer sent."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=120)]


class State(StrEnum):
    """`unsure`: it was handed over and nobody knows whether it went, so it is not sent again."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIODS = {Every.DAY: "yesterday", Every.WEEK: "last-week", Every.MONTH: "last-month"}
"""What a report that goes out tells of: the day, week or month before."""


class MailPlan(BaseModel):
    """One report that goes out: every day, on Mondays, or on the first of the month, `at` a time of the site."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    report: Literal["intervals", "queues", "agents", "menus", "quality", "codes", "callers"]
    every: Every
    at: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    to: tuple[Address, ...] = Field(min_length=1)
    language: str = "zh"
    step: Literal["15", "30", "60", "day"] = "30"
    queue: str = ""
    team: str = ""
    agent: str = ""
    menu: str = ""

    @property
    def choice(self) -> Choice:
        return Choice(PERIODS[self.every], step=self.step, queue=self.queue, team=self.team, agent=self.agent,
                      menu=self.menu)  # fmt: skip

    def due(self, now: float, zone: ZoneInfo) -> float:
        """When it was to go out last, `now` included."""
        local = datetime.fromtimestamp(now, zone)
        day, moment = local.date(), time.fromisoformat(self.at)
        if datetime.combine(day, moment, zone).timestamp() > now:
            day -= timedelta(days=1)
        if self.every is Every.WEEK:
            day -= timedelta(days=day.weekday())
        elif self.every is Every.MONTH:
            day = day.replace(day=1)
        return datetime.combine(day, moment, zone).timestamp()


class MailPlans(Rulebook):
    mails: tuple[MailPlan, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "MailPlans":
        names = [each.name for each in self.mails]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two mails are called {twice[0]}")
        return self


def load(directory: Path, queues: Collection[str], languages: Collection[str]) -> MailPlans:
    """No mails where there is no file; raises ConfigError with file and line."""
    path = directory / FILE
    return _checked(yamlfile.read(path), path, queues, languages) if path.exists() else MailPlans()


def read(text: str, queues: Collection[str], languages: Collection[str]) -> MailPlans:
    """What a text says; raises ConfigError with the line."""
    return _checked(text, Path(FILE), queues, languages)


def _checked(text: str, path: Path, queues: Collection[str], languages: Collection[str]) -> MailPlans:
    found = yamlfile.loads(text, path, MailPlans)
    mails = tuple(enumerate(found.mails))
    asked = ((("mails", place, "queue"), each.queue) for place, each in mails)
    spoken = ((("mails", place, "language"), each.language) for place, each in mails)
    yamlfile.demand_known("queue", asked, queues, text, path)
    yamlfile.demand_known("language", spoken, languages, text, path)
    return found


def pause_after(tries: int) -> float:
    """Seconds until a failed sending is tried again."""
    return min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)
