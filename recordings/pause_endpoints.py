"""The recording of a running call over HTTP: paused and resumed by the agent on it, and by supervisors."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, User, allow
from core.errors import NotFound
from core.problem import REFUSALS
from core.texts import Line
from pbx.switch import LinkLost, SwitchError
from recordings.pauses import Pauses

MAY = (Role.AGENT, Role.SUPERVISOR)
AgentOn = Callable[[str], Awaitable[str]]
"""The number of the agent who talks on a call now, '' when nobody does."""


class Wish(BaseModel):
    """`reason` is needed for a pause and written to the audit trail: "card number"."""

    paused: bool
    reason: Annotated[Line, Field(max_length=400)] = ""


class PauseOut(BaseModel):
    """Times are seconds since the epoch; `ended_at` None while it lasts."""

    started_at: float
    ended_at: float | None
    by: str
    reason: str


class Running(BaseModel):
    """`until_at`: when the pause ends by itself, None when nothing is paused."""

    paused: bool
    until_at: float | None
    pauses: list[PauseOut]


def router(pauses: Pauses, agent_on: AgentOn) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["recordings"], responses=REFUSALS)

    @routes.get("/calls/{call}/recording", dependencies=[Depends(allow(*MAY))])
    async def running(call: str, user: CurrentUser) -> Running:
        """404 for a call that is not being recorded now, and for an agent who is not on it."""
        await _demand_on(agent_on, call, user)
        return await _running(pauses, call)

    @routes.put("/calls/{call}/recording", dependencies=[Depends(allow(*MAY))])
    async def pause_or_resume(call: str, wish: Wish, user: CurrentUser) -> Running:
        """A pause ends by itself after two minutes; asking again makes it longer. 503 while the switch is away."""
        await _demand_on(agent_on, call, user)
        if wish.paused and not wish.reason.strip():
            raise HTTPException(422, "a reason is needed for a pause")
        try:
            if wish.paused:
                await pauses.pause(call, user.login, wish.reason)
            else:
                await pauses.resume(call, user.login)
        except NotFound as fault:
            raise HTTPException(404, str(fault)) from None
        except LinkLost as fault:
            raise HTTPException(503, str(fault)) from None
        except SwitchError as fault:
            raise HTTPException(409, str(fault)) from None
        return await _running(pauses, call)

    return routes


async def _demand_on(agent_on: AgentOn, call: str, user: User) -> None:
    if user.role is Role.AGENT and (not user.number or await agent_on(call) != user.number):
        raise HTTPException(404, "this call is not being recorded")


async def _running(pauses: Pauses, call: str) -> Running:
    try:
        found = await pauses.of(call)
    except NotFound as fault:
        raise HTTPException(404, str(fault)) from None
    open_one = next((pause for pause in found if pause.ended_at is None), None)
    return Running(
        paused=open_one is not None,
        until_at=open_one.until_at if open_one else None,
        pauses=[PauseOut.model_validate(pause, from_attributes=True) for pause in found],
    )
