"""Shifts over HTTP: planned by supervisors, and how agents keep them."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException
from pydantic import BaseModel

from accounts.access import CurrentUser, Role, allow
from acd import shifts
from acd.adherence import DEFINITIONS
from acd.roster import Roster
from acd.rota import Rota
from core.clock import Clock
from core.database import Database
from core.errors import BadInput

PLANNERS = (Role.SUPERVISOR, Role.ADMIN)


class ShiftOut(BaseModel):
    start_at: float
    end_at: float


class KeptOut(BaseModel):
    """Seconds; `adherence` from 0 to 1, None before anything was planned."""

    agent: str
    shifts: list[ShiftOut]
    planned: float
    kept: float
    adherence: float | None
    late: float
    left_early: float
    outside: float


class DayOut(BaseModel):
    day: date
    definitions: dict[str, str]
    agents: list[KeptOut]


class PlannedOut(BaseModel):
    days: list[date]
    shifts: int


def router(db: Database, rota: Rota, roster: Roster, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/api/shifts", tags=["distributor"])

    @routes.put("", dependencies=[Depends(allow(*PLANNERS))])
    async def plan(
        text: Annotated[str, Body(media_type="text/csv", max_length=5_000_000)], user: CurrentUser
    ) -> PlannedOut:
        """A table `agent,date,start,end`; it replaces all shifts of the days that it names. 422 names the line."""
        agents = {card.number for card in await roster.everyone()}
        try:
            planned = shifts.read(text, rota.zone, agents)
        except BadInput as fault:
            raise HTTPException(422, str(fault)) from None
        async with db.transaction() as tx:
            await rota.replace(tx, planned, user.login)
        return PlannedOut(days=list(planned.days), shifts=len(planned.shifts))

    @routes.get("", dependencies=[Depends(allow(*PLANNERS, Role.QUALITY))])
    async def kept(day: date) -> DayOut:
        """The shifts that begin on a day (site's time zone), what agents did in them, and what each figure means."""
        since = datetime(day.year, day.month, day.day, tzinfo=rota.zone)
        until = since + timedelta(days=1)
        async with db.reading() as session:
            found = await rota.kept(session, since.timestamp(), until.timestamp(), clock())
        agents = [
            KeptOut(**asdict(each), shifts=[ShiftOut(start_at=one.start, end_at=one.end) for one in mine])
            for each, mine in found.items()
        ]
        return DayOut(day=day, definitions=DEFINITIONS, agents=agents)

    return routes
