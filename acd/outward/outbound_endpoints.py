"""Calls that agents make, over HTTP. Refusals are 409 with `{reason, problem}`."""

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field, model_validator

from accounts.access import CurrentUser, Role, User, allow, database
from acd import repository
from acd.control_endpoints import told
from acd.outward.outbound import Outbound
from acd.queues import Queues
from core.problem import DENIALS
from core.texts import Line


class DialIn(BaseModel):
    """`number` as anybody writes it, or the customer of `call`. `queue`: on whose behalf; it says what he sees."""

    number: Line = Field(default="", max_length=40)
    call: Line = Field(default="", max_length=22)
    queue: Line = Field(default="", max_length=40)

    @model_validator(mode="after")
    def _somebody(self) -> "DialIn":
        if bool(self.number) == bool(self.call):
            raise ValueError("give a number, or a call whose customer is meant")
        return self


class DialOut(BaseModel):
    """The call that is being made; `answered`: the agent has picked up his own telephone."""

    call: str
    number: str
    shown: str
    answered: bool


def router(outbound: Outbound, queues: Queues) -> APIRouter:
    routes = APIRouter(prefix="/api/me/dial", tags=["calls out"], responses=DENIALS)

    @routes.post("", status_code=202, dependencies=[Depends(allow(Role.AGENT))])
    async def dial(wanted: DialIn, request: Request, user: CurrentUser) -> DialOut:
        """Rings your telephone, then the customer's. 409: no_outside_line, not_a_number, number_blocked, not_permitted,
        dialling, line_taken, not_free, phone_unreachable, link_down, unknown_queue. 404 for a call you may not see."""
        number, language = await _customer_of(request, wanted.call, user) if wanted.call else (wanted.number, "")
        if wanted.queue and wanted.queue not in queues.queues:
            raise HTTPException(409, {"reason": "unknown_queue", "problem": f"there is no queue {wanted.queue!r}"})
        with told():
            await outbound.dial(_number(user), number, user.login, queue=wanted.queue, language=language)
        return _out(outbound, user)

    @routes.get("", dependencies=[Depends(allow(Role.AGENT))])
    async def show(user: CurrentUser) -> DialOut:
        """404 when nobody is being rung: the customer has answered, or it is over."""
        return _out(outbound, user)

    @routes.delete("", status_code=204, dependencies=[Depends(allow(Role.AGENT))])
    async def stop(user: CurrentUser) -> None:
        with told():
            await outbound.stop(_number(user))

    return routes


async def _customer_of(request: Request, call: str, user: User) -> tuple[str, str]:
    """His number, and the language that he was spoken to in."""
    with told():
        async with database(request).reading() as session:
            of = (await repository.story_for(session, call, user)).call
    return of.caller, of.language


def _number(user: User) -> str:
    if not user.number:
        raise HTTPException(422, "you have no telephone: an agent's number is needed")
    return user.number


def _out(outbound: Outbound, user: User) -> DialOut:
    attempt = outbound.of(_number(user))
    if attempt is None:
        raise HTTPException(404, "no call is being made")
    call = attempt.call
    return DialOut(call=call.id, number=call.caller, shown=call.dialled, answered=attempt.answered)
