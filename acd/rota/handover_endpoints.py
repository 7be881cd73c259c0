"""An agent's own shift over HTTP: when he works, what he has open, and handing it to a colleague."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts import personnel
from accounts.access import CurrentUser, Role, allow, clock, database
from acd.models import ShiftHandover
from acd.rota import handovers
from acd.rota.endpoints import ShiftOut
from acd.rota.planned import Rota
from core.clock import midnight
from core.problem import REFUSALS
from core.texts import Line, Text

AGENTS = [Depends(allow(Role.AGENT))]


class HandoverOut(BaseModel):
    """`tickets` and `callbacks` are ids; the giver keeps them until `confirmed_at`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: float
    giver: str
    taker: str
    note: str
    tickets: list[str]
    callbacks: list[str]
    confirmed_at: float | None


class AwaitedOut(HandoverOut):
    """`seconds`: for how long it waits to be confirmed by the `taker`."""

    seconds: float


class OwnShiftOut(BaseModel):
    """`shifts`: of now and of the next seven days. `tickets`, `callbacks`: ids of what one has to see to."""

    shifts: list[ShiftOut]
    tickets: list[str]
    callbacks: list[str]
    for_me: list[HandoverOut]
    from_me: list[HandoverOut]


class HandoverIn(BaseModel):
    """`to`: a colleague's number."""

    to: Line = Field(max_length=16)
    note: Text = Field(default="", max_length=1000)


def router(rota: Rota) -> APIRouter:
    both = APIRouter(tags=["distributor"], responses=REFUSALS)
    both.include_router(_own(rota))

    @both.get("/api/handovers", dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))])
    async def awaited(
        request: Request, user: CurrentUser, team: Annotated[str | None, Query(max_length=64)] = None
    ) -> list[AwaitedOut]:
        """What is not confirmed yet, the oldest first: of your own team, of another `team`, or of all for ''."""
        now = clock(request)()
        async with database(request).reading() as session:
            chosen = await personnel.own_team(session, user.login) if team is None else team
            found = await handovers.unconfirmed(session, chosen)
        return [AwaitedOut(**_out(row).model_dump(), seconds=now - row.at) for row in found]

    return both


def _own(rota: Rota) -> APIRouter:
    routes = APIRouter(prefix="/api/me", responses=REFUSALS)

    @routes.get("/shift", dependencies=AGENTS)
    async def own(request: Request, user: CurrentUser) -> OwnShiftOut:
        now = clock(request)()
        async with database(request).reading() as session:
            shifts = await rota.of_agent(session, user.number, now)
            items = await handovers.open_items(session, user)
            given = await handovers.given_by(session, user.number, midnight(now, rota.zone))
            return OwnShiftOut(
                shifts=[ShiftOut.of(each) for each in shifts], tickets=[each.id for each in items.tickets],
                callbacks=[each.id for each in items.callbacks],
                for_me=[_out(row) for row in await handovers.waiting_for(session, user.number)],
                from_me=[_out(row) for row in given],
            )  # fmt: skip

    @routes.post("/handovers", dependencies=AGENTS, status_code=201)
    async def give(wanted: HandoverIn, request: Request, user: CurrentUser) -> HandoverOut:
        """All that you have open, to a colleague who is to confirm it, and to nobody else who has not confirmed it yet.

        409: handover_self, handover_nothing.
        """
        async with database(request).transaction() as tx:
            return _out(await handovers.give(tx, user, wanted.to, wanted.note, clock(request)()))

    @routes.post("/handovers/{handover}/confirm", dependencies=AGENTS, status_code=204)
    async def confirm(handover: str, request: Request, user: CurrentUser) -> None:
        """You have it from now on. 409: handover_confirmed."""
        async with database(request).transaction() as tx:
            await handovers.confirm(tx, user, handover, clock(request)())

    @routes.delete("/handovers/{handover}", dependencies=AGENTS, status_code=204)
    async def take_back(handover: str, request: Request, user: CurrentUser) -> None:
        """Not handed over after all, before it is confirmed. 409: handover_confirmed."""
        async with database(request).transaction() as tx:
            await handovers.take_back(tx, user, handover)

    return routes


def _out(row: ShiftHandover) -> HandoverOut:
    return HandoverOut.model_validate(row)
