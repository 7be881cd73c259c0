"""Faults of running menus over HTTP: what stands open, what was, and who has seen to it."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from accounts.access import CurrentUser, allow
from core.problem import REFUSALS
from ivr.fault import REMEDIES, FaultKind
from ivr.menu_models import MenuFault
from ivr.published.deeds import MenuOffice
from ivr.published.endpoints import READERS, TRIERS


class FaultOut(BaseModel):
    """`step` '' is the whole menu, `line` that of its file (0: none). `times` it was met, by `calls`, last by `call`.

    `kind`: prompt, value, lookup, circle, return, queue, transfer, message, hearing, stopped, version. `remedy`: what
    to do. Times are seconds since the epoch; `seen_by` has acknowledged it, '' before; `over` says why nobody had to.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    menu: str
    version: int
    step: str
    line: int
    kind: FaultKind
    problem: str
    remedy: str = ""
    first_at: float
    last_at: float
    times: int
    calls: int
    call: str
    seen_by: str
    seen_at: float | None
    over: str

    @classmethod
    def of(cls, row: MenuFault) -> Self:
        found = cls.model_validate(row)
        return found.model_copy(update={"remedy": REMEDIES[found.kind]})


def faults_router(office: MenuOffice) -> APIRouter:
    routes = APIRouter(prefix="/api/menu-faults", tags=["menus"], responses=REFUSALS)

    @routes.get("", dependencies=[Depends(allow(*READERS))])
    async def faults(
        menu: Annotated[str, Query(max_length=64, description="empty: of all menus")] = "",
        seen: Annotated[bool, Query(description="the acknowledged ones too, the newest first")] = False,
    ) -> list[FaultOut]:
        """Those nobody has acknowledged, the most callers first."""
        return [FaultOut.of(each) for each in await office.faults(menu, seen=seen)]

    @routes.post("/{fault}/acknowledged", dependencies=[Depends(allow(*TRIERS))])
    async def acknowledged(fault: str, user: CurrentUser) -> FaultOut:
        """You have seen to it: the alarm ends; should it come back, it is reported anew."""
        return FaultOut.of(await office.acknowledge(fault, user.login))

    return routes
