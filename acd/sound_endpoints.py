"""How well a call was heard: agents' telephones tell it at the end, supervisors and the quality office read it."""

from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from accounts.access import CurrentUser, Role, allow
from acd.models import Offer, SoundQuality
from core.clock import Clock, system_clock
from core.database import Database
from core.problem import REFUSALS

READERS = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
LONGEST = 24 * 3600.0


class SoundIn(BaseModel):
    """Means over `seconds`: milliseconds, per cent, and the mean opinion score estimated by the E-model."""

    source: Literal["browser"]
    seconds: float = Field(ge=0, le=LONGEST)
    jitter_ms: float = Field(ge=0, le=60_000)
    loss_in: float = Field(ge=0, le=100)
    loss_out: float = Field(ge=0, le=100)
    rtt_ms: float = Field(ge=0, le=60_000)
    mos: float = Field(ge=1, le=4.6)
    mos_worst: float = Field(ge=1, le=4.6)


class SoundOut(SoundIn):
    model_config = ConfigDict(from_attributes=True)

    agent: str
    at: float


def router(db: Database, clock: Clock = system_clock) -> APIRouter:
    routes = APIRouter(prefix="/api/calls/{call}/sound-quality", tags=["call control"], responses=REFUSALS)

    @routes.post("", status_code=204, dependencies=[Depends(allow(Role.AGENT))])
    async def tell(call: str, measured: SoundIn, user: CurrentUser) -> None:
        """An agent's own part of a call; 403 for somebody else's."""
        taken = select(Offer.id).where(Offer.call == call, Offer.agent == user.number, Offer.result == "accepted")
        async with db.transaction() as tx:
            if await tx.session.scalar(taken.limit(1)) is None:
                raise HTTPException(403, "this was not your call")
            tx.session.add(SoundQuality(call=call, agent=user.number, at=clock(), **measured.model_dump()))

    @routes.get("", dependencies=[Depends(allow(*READERS))])
    async def read(call: str) -> list[SoundOut]:
        """One entry for each agent's part that a browser measured."""
        query = select(SoundQuality).where(SoundQuality.call == call).order_by(SoundQuality.at)
        async with db.reading() as session:
            return [SoundOut.model_validate(each) for each in await session.scalars(query)]

    return routes
