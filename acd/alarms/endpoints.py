"""Alarms over HTTP: those that last, those of a day, and who has seen them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from accounts.access import CurrentUser, Role, allow, clock, database
from acd.alarms import watch as alarm_watch
from core.clock import day_begins
from core.days import Day
from core.problem import REFUSALS

WATCHES = [Depends(allow(Role.SUPERVISOR, Role.ADMIN))]


class AlarmOut(BaseModel):
    """`kind`: wait, service-level, saturation, break-overrun, angry-caller, menu-fault,
    ticket-due, ticket-overdue, callback-due, callback-overdue.

    `about`: a queue, an agent's number, a call, a fault of a menu, a ticket or a call back; '' for the whole floor.
    `value`: the worst figure, in seconds, as a share, or in calls. Times are seconds since the epoch.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    about: str
    value: float
    raised_at: float
    ended_at: float | None
    seen_by: str
    seen_at: float | None


def router(zone: ZoneInfo) -> APIRouter:
    routes = APIRouter(prefix="/api/alarms", tags=["floor"], responses=REFUSALS)

    @routes.get("", dependencies=WATCHES)
    async def alarms(request: Request, day: Day | None = None) -> list[AlarmOut]:
        """Those that last, or with `day` (in the site's zone) all that were raised on it; the newest first."""
        async with database(request).reading() as session:
            if day is None:
                found = await alarm_watch.open_alarms(session)
            else:
                begin, end = day_begins(day, zone), day_begins(day + timedelta(days=1), zone)
                found = await alarm_watch.history(session, begin, end)
        return [AlarmOut.model_validate(each) for each in found]

    @routes.post("/{alarm}/seen", dependencies=WATCHES)
    async def seen(alarm: str, request: Request, user: CurrentUser) -> AlarmOut:
        """You look after it: it makes no more sound for anybody."""
        async with database(request).transaction() as tx:
            return AlarmOut.model_validate(await alarm_watch.see(tx, alarm, user.login, clock(request)()))

    return routes
