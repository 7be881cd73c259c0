"""Shifts over HTTP: planned by supervisors, and how agents keep them."""

from dataclasses import asdict
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, allow
from accounts.intake import AS_SENT, UpTo
from acd.models import ShiftChange
from acd.roster import Roster
from acd.rota import shifts
from acd.rota.adherence import DEFINITIONS
from acd.rota.planned import Rota, change_of
from acd.rota.shifts import Change, Shift, Span
from core.clock import Clock, day_begins
from core.database import Database, Transaction
from core.days import Day
from core.errors import BadInput, Refused
from core.numbers import Number
from core.problem import REFUSALS

PLANNERS = (Role.SUPERVISOR, Role.ADMIN)
LARGEST = 5_000_000
MOST = 20
Clock24 = Annotated[str, Field(pattern=r"^[0-9]{1,2}:[0-9]{2}$")]


class BreakOut(BaseModel):
    state: str
    start_at: float
    end_at: float


class ShiftOut(BaseModel):
    start_at: float
    end_at: float
    breaks: list[BreakOut] = []

    @classmethod
    def of(cls, shift: Shift) -> "ShiftOut":
        breaks = [BreakOut(state=each.state, start_at=each.start, end_at=each.end) for each in shift.breaks]
        return cls(start_at=shift.start, end_at=shift.end, breaks=breaks)


class PlannedShiftOut(ShiftOut):
    agent: str

    @classmethod
    def of(cls, shift: Shift) -> "PlannedShiftOut":
        return cls(agent=shift.agent, **ShiftOut.of(shift).model_dump())


class BreakIn(BaseModel):
    state: Literal["meal", "short-break"]
    start: Clock24
    end: Clock24


class ShiftIn(BaseModel):
    """Times of the site's zone, such as 09:00; an end that is not later is of the next day."""

    start: Clock24
    end: Clock24
    breaks: list[BreakIn] = []


class DayIn(BaseModel):
    """The shifts of one agent that begin on a day; none: he does not work."""

    shifts: list[ShiftIn] = Field(max_length=4)


class CopyIn(BaseModel):
    """The seven days from `week` on, again from `to` on, in place of what is planned there; `agents` null: all."""

    week: Day
    to: Day
    agents: list[str] | None = None


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
    """What a table did, or would do: `removed` and `planned` shifts; what stays is in neither. `digest` names it."""

    days: list[date]
    shifts: int
    applied: bool
    digest: str
    removed: list[PlannedShiftOut]
    planned: list[PlannedShiftOut]


class ChangeOut(BaseModel):
    """A change of shifts; `undone_by` a login, '' while it holds."""

    id: int
    at: float
    by: str
    removed: list[PlannedShiftOut]
    planned: list[PlannedShiftOut]
    undone_by: str

    @classmethod
    def of(cls, row: ShiftChange) -> "ChangeOut":
        change = change_of(row)
        return cls(id=row.id, at=row.at, by=row.by, removed=out(change.gone), planned=out(change.come),
                   undone_by=row.undone_by)  # fmt: skip


def out(some: tuple[Shift, ...]) -> list[PlannedShiftOut]:
    return [PlannedShiftOut.of(each) for each in some]


def digest_of(change: Change) -> str:
    return sha256(repr(change).encode()).hexdigest()


async def replaced(
    tx: Transaction, rota: Rota, roster: Roster, text: str, seen: str, by: str
) -> tuple[shifts.Plan, Change]:
    """Carry a table out; `seen` the digest of what was looked at, '' for any. Raises BadInput, Refused."""
    plan = await planned(rota, roster, text)
    if seen not in ("", digest_of(await rota.looked(tx.session, plan))):
        raise Refused("changed_since", "shifts have been changed since: look at the plan again")
    return plan, await rota.replace(tx, plan, by)


async def planned(rota: Rota, roster: Roster, text: str) -> shifts.Plan:
    return shifts.read(text, rota.zone, {card.number for card in await roster.everyone()})


async def put_day(
    tx: Transaction, rota: Rota, roster: Roster, agent: str, day: date, spans: list[Span], by: str
) -> None:
    """Raises BadInput for what is no shift, or nobody's; Refused: shifts_overlap."""
    try:
        if await roster.find(agent) is None:
            raise ValueError(f"there is no agent {agent}")
        wanted = [shifts.shift_of(agent, day, span, rota.zone) for span in spans]
    except ValueError as fault:
        raise BadInput(str(fault)) from None
    await rota.put(tx, agent, day, wanted, by)


def router(db: Database, rota: Rota, roster: Roster, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/api/shifts", tags=["distributor"], responses=REFUSALS)
    _plan(routes, db, rota, roster)
    _changes(routes, db, rota)

    @routes.get("", dependencies=[Depends(allow(*PLANNERS, Role.QUALITY))])
    async def kept(day: Day) -> DayOut:
        """The shifts that begin on a day (site's time zone), what agents did in them, and what each figure means."""
        since, until = (day_begins(each, rota.zone) for each in (day, day + timedelta(days=1)))
        async with db.reading() as session:
            found = await rota.kept(session, since, until, clock())
        agents = [KeptOut(**asdict(each.adherence), shifts=[ShiftOut.of(one) for one in each.shifts]) for each in found]
        return DayOut(day=day, definitions=DEFINITIONS, agents=agents)

    return routes


def _plan(routes: APIRouter, db: Database, rota: Rota, roster: Roster) -> None:
    @routes.put("", dependencies=[Depends(allow(*PLANNERS)), Depends(UpTo(AS_SENT * LARGEST))])
    async def plan(
        text: Annotated[str, Body(media_type="text/csv", max_length=LARGEST)], user: CurrentUser, apply: bool = True,
        seen: Annotated[str, Query(max_length=80)] = "",
    ) -> PlannedOut:  # fmt: skip
        """A table `agent,date,start,end,breaks`; it replaces all shifts of the days that it names. 422 names the line.

        Without `apply`: what it would do. 409 changed_since when `seen` is the digest of something else.
        """
        try:
            if apply:
                async with db.transaction() as tx:
                    read, change = await replaced(tx, rota, roster, text, seen, user.login)
            else:
                read = await planned(rota, roster, text)
                async with db.reading() as session:
                    change = await rota.looked(session, read)
        except BadInput as fault:
            raise HTTPException(422, str(fault)) from None
        return PlannedOut(
            days=list(read.days), shifts=len(read.shifts), applied=apply, digest=digest_of(change),
            removed=out(change.gone), planned=out(change.come),
        )  # fmt: skip

    @routes.post("/copy", dependencies=[Depends(allow(*PLANNERS))])
    async def copy(wanted: CopyIn, user: CurrentUser) -> list[PlannedShiftOut]:
        """A week again, at the same times of day; answers with what came. 409: nothing_planned, shifts_overlap.

        400 where the clock is put forward over one of them.
        """
        async with db.transaction() as tx:
            return out((await rota.copy(tx, wanted.week, wanted.to, wanted.agents, user.login)).come)

    @routes.put("/{day}/{agent}", dependencies=[Depends(allow(*PLANNERS))], status_code=204)
    async def put(day: Day, agent: str, wanted: DayIn, user: CurrentUser) -> None:
        """Add, change or remove the shifts of one agent on a day. 409 shifts_overlap with another day's."""
        try:
            spans = [
                Span(shifts.time_of(each.start), shifts.time_of(each.end), "", tuple(
                    Span(shifts.time_of(one.start), shifts.time_of(one.end), one.state) for one in each.breaks
                )) for each in wanted.shifts
            ]  # fmt: skip
        except ValueError as fault:
            raise BadInput(str(fault)) from None
        async with db.transaction() as tx:
            await put_day(tx, rota, roster, agent, day, spans, user.login)


def _changes(routes: APIRouter, db: Database, rota: Rota) -> None:
    @routes.get("/changes", dependencies=[Depends(allow(*PLANNERS))])
    async def changes() -> list[ChangeOut]:
        """The newest first."""
        async with db.reading() as session:
            return [ChangeOut.of(row) for row in await rota.changes(session, MOST)]

    @routes.post("/changes/{number}/undo", dependencies=[Depends(allow(*PLANNERS))], status_code=204)
    async def undo(number: Number, user: CurrentUser) -> None:
        """409: undone_before, changed_since, shifts_overlap."""
        async with db.transaction() as tx:
            await rota.undo(tx, number, user.login)
