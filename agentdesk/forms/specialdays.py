"""A single day on which people answer at other hours: entered with a few clicks on the page of the opening hours."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError

from accounts.access import CurrentUser, allow, clock
from accounts.published_models import Published
from accounts.settings import SettingsOffice
from accounts.settings_endpoints import VersionOut
from agentdesk.desk import PLACES, Desk
from agentdesk.forms.settings import Short, SpecialDays, told
from core.errors import BadInput, NotFound, Refused
from core.problem import REFUSALS
from core.texts import Line
from ivr import specialdays
from ivr.specialdays import Entered, SpecialDay

RIGHTS = [Depends(allow(*PLACES["/settings"]))]
NAME, FILE = "hours", "hours.yaml"


class EnteredOut(BaseModel):
    """`schedule` is '' for a day that holds for all which do not name it themselves; `hours` as in hours.yaml."""

    schedule: str
    day: dt.date
    hours: str

    @classmethod
    def of(cls, entered: Entered) -> "EnteredOut":
        return cls(schedule=entered.schedule, day=entered.day, hours=entered.hours)


class DayIn(BaseModel):
    day: SpecialDay
    reason: Line = Field(max_length=400)


def router(desk: Desk, office: SettingsOffice) -> APIRouter:
    """Below `/settings/hours` and `/api/settings/hours`."""
    routes = APIRouter(tags=["settings"], responses=REFUSALS)
    _pages(routes, desk, office)
    _programs(routes, desk, office)
    return routes


def _pages(routes: APIRouter, desk: Desk, office: SettingsOffice) -> None:
    async def done(request: Request, reason: str, by: str, change: Callable[[str], str]) -> Response:
        try:
            await _publish(office, change, reason, by)
        except Refused as refused:
            return await told(desk, request, FILE, refusal=refused.reason)
        except BadInput as fault:
            return await told(desk, request, FILE, fault=fault)
        return Response(status_code=204, headers={"HX-Redirect": "/settings/hours"})

    @routes.post("/settings/hours/special-days", dependencies=RIGHTS, include_in_schema=False)
    async def enter(
        request: Request, user: CurrentUser, day: Short = "", kind: Short = "", begins: Short = "", ends: Short = "",
        schedules: Annotated[tuple[str, ...], Form()] = (), reason: Short = "",
    ) -> Response:  # fmt: skip
        said = {"day": day, "kind": kind, "begins": begins, "ends": ends, "schedules": schedules}
        try:
            wanted = SpecialDay.model_validate(said)
        except ValidationError:
            return await told(desk, request, FILE, refusal="special_day")
        return await done(request, reason, user.login, lambda text: specialdays.entered(text, wanted))

    @routes.post("/settings/hours/special-days/remove", dependencies=RIGHTS, include_in_schema=False)
    async def remove(
        request: Request, user: CurrentUser, day: Annotated[dt.date, Form()], schedule: Short = "", reason: Short = ""
    ) -> Response:
        return await done(request, reason, user.login, lambda text: specialdays.removed(text, schedule, day))


def _programs(routes: APIRouter, desk: Desk, office: SettingsOffice) -> None:
    @routes.get("/api/settings/hours/special-days", dependencies=RIGHTS)
    async def days(request: Request) -> list[EnteredOut]:
        """From today on."""
        found = SpecialDays.of(await office.text(NAME), desk, clock(request)())
        return [EnteredOut.of(each) for each in found.days]

    @routes.post("/api/settings/hours/special-days", dependencies=RIGHTS)
    async def enter_day(wanted: DayIn, user: CurrentUser) -> VersionOut:
        """A new version of the opening hours, which counts at once; 404 for a schedule that there is not."""
        change = wanted.day
        return VersionOut.of(
            await _publish(office, lambda text: specialdays.entered(text, change), wanted.reason, user.login)
        )

    @routes.delete("/api/settings/hours/special-days/{day}", dependencies=RIGHTS)
    async def remove_day(
        day: dt.date, user: CurrentUser, reason: Annotated[str, Query(max_length=400)], schedule: str = ""
    ) -> VersionOut:
        """404 when it is not there; `schedule` '' for one that holds for all."""
        return VersionOut.of(
            await _publish(office, lambda text: specialdays.removed(text, schedule, day), reason, user.login)
        )


async def _publish(office: SettingsOffice, change: Callable[[str], str], reason: str, by: str) -> Published:
    standing = await office.standing(NAME)
    if standing.live is None:
        raise NotFound("this site has no opening hours")
    return await office.publish(NAME, change(standing.text), reason.strip(), by, standing.number)
