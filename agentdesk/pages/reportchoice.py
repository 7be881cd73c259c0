"""What a report is asked for in an address: read leniently for pages, to the letter for programs."""

from typing import Annotated

from fastapi import Depends, HTTPException, Query
from pydantic import BeforeValidator

from agentdesk.reports.choice import Choice
from agentdesk.reports.period import PERIODS, PeriodName, StepName
from core.days import Day
from core.numbers import Number

DayText = Annotated[str, Query(max_length=10)]
Name = Annotated[str, Query(max_length=64)]
Agent = Annotated[str, Query(max_length=16)]
AskedDay = Annotated[Day | None, BeforeValidator(lambda given: given or None)]
Topic = Annotated[str, Query(max_length=40)]


def roughly(
    period: Annotated[str, Query(max_length=12, description=", ".join(PERIODS))] = "today",
    since: DayText = "", until: DayText = "", step: Annotated[str, Query(max_length=3)] = "30", queue: Name = "",
    team: Name = "", agent: Agent = "", menu: Name = "", version: Number = 0, topic: Topic = "",
) -> Choice:  # fmt: skip
    """What cannot be is as if nothing was asked: somebody sees what he gets."""
    return Choice(period, since, until, step, queue, team, agent, menu, version, topic)


def exactly(
    period: Annotated[PeriodName | None, Query(description="without one: `days` where a day is given, else `today`")]
    = None,
    since: AskedDay = None, until: AskedDay = None, step: StepName = "30", queue: Name = "",
    team: Name = "", agent: Agent = "", menu: Name = "", version: Number = 0, topic: Topic = "",
) -> Choice:  # fmt: skip
    """Raises HTTPException for days that the period has no use for, or lacks."""
    dated = bool(since or until)
    name = period or ("days" if dated else "today")
    if dated and name != "days":
        raise HTTPException(422, "since and until go with the period days")
    if name == "days" and not dated:
        raise HTTPException(422, "the period days needs since or until")
    first, last = (str(each or "") for each in (since, until))
    return Choice(name, first, last, step, queue, team, agent, menu, version, topic)


Roughly = Annotated[Choice, Depends(roughly)]
Exactly = Annotated[Choice, Depends(exactly)]
