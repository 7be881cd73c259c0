"""What people do to calls that are under way, over HTTP. Refusals are 409 with `{reason, problem}`."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field, model_validator

from accounts.access import CurrentUser, Role, User, allow
from acd.answering import Answering
from acd.consults import Consults
from acd.control import Control
from acd.roster import Roster
from acd.supervision import Listening, Supervision
from core.errors import NotFound, Refused
from core.problem import DENIALS
from core.texts import Line
from pbx.commands import SpyMode
from pbx.switch import SwitchError

AT_CALLS = (Role.AGENT, Role.SUPERVISOR)


StepsOf = Callable[[str], Container[str]]
"""The steps of the menu that answers a dialled number."""


class TransferIn(BaseModel):
    """`queue`: wait there (with `agent`: only if he does not answer; then '' is the call's own queue). `step`: of the
    menu, alone."""

    queue: Line = Field(default="", max_length=40)
    agent: Line = Field(default="", max_length=16)
    step: Line = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _somewhere(self) -> "TransferIn":
        if bool(self.step) == bool(self.queue or self.agent):
            raise ValueError("name a queue, an agent, or else a step of the menu")
        return self


class MuteIn(BaseModel):
    """`phone`: the agent's own telephone has done it already; of nobody else."""

    muted: bool
    phone: bool = False


class KeysIn(BaseModel):
    keys: str = Field(pattern=r"^[0-9*#]{1,32}$")


class PickIn(BaseModel):
    """`agent`: who shall take the call; an agent may leave it out and takes it himself."""

    agent: Line = Field(default="", max_length=16)


class PriorityIn(BaseModel):
    """Higher is served sooner; queues and tiers use 0 to 100."""

    priority: int = Field(ge=-200, le=200)


class SupervisionIn(BaseModel):
    """`phone`: your own number, or that of an agent who is not at work; '' is your own."""

    mode: SpyMode
    phone: Line = Field(default="", max_length=16)


class ListeningOut(BaseModel):
    call: str
    agent: str
    by: str
    phone: str
    mode: SpyMode
    answered: bool


class ConsultIn(BaseModel):
    agent: Line = Field(min_length=1, max_length=16)


def router(
    control: Control, consults: Consults, supervision: Supervision, answering: Answering, roster: Roster,
    steps_of: StepsOf,
) -> APIRouter:  # fmt: skip
    """Agents act on the call they are in; supervisors on every call."""
    routes = APIRouter(prefix="/api/calls/{call}", tags=["call control"], responses=DENIALS)
    _add_answer(routes, answering)
    _add_talk(routes, control, consults, roster, steps_of)
    _add_voice(routes, control)
    _add_consult(routes, control, consults, roster)
    _add_queue(routes, control, roster)
    _add_supervision(routes, supervision, roster)
    return routes


def _add_answer(routes: APIRouter, answering: Answering) -> None:
    @routes.post("/answer", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def answer(call: str, user: CurrentUser) -> None:
        """Ask your telephone that rings for this call to answer; who supervises may ask another's. Doing it again is no
        error while it rings. The telephone was asked: whether it answered is seen by the call. 409: not_ringing."""
        with told():
            others = user.role is not Role.AGENT
            if not others and user.number not in {each.number for each in answering.telephones(call)}:
                raise HTTPException(403, "this is not your call")
            await answering.answer(call, user.number, user.login, others=others)


def _add_talk(routes: APIRouter, control: Control, consults: Consults, roster: Roster, steps_of: StepsOf) -> None:
    @routes.post("/hold", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def hold(call: str, user: CurrentUser) -> None:
        """The caller hears music, the agent nothing. 409: not_talking, already_held, conference."""
        with told():
            _demand_own(control, call, user)
            await consults.hold(call, user.login)

    @routes.post("/resume", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def resume(call: str, user: CurrentUser) -> None:
        """Both hear each other again; a consult is over. 409: not_talking, not_held."""
        with told():
            _demand_own(control, call, user)
            await consults.resume(call, user.login)

    @routes.post("/hangup", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def hang_up(call: str, user: CurrentUser) -> None:
        """End the conversation; the agent wraps up. 409: not_talking."""
        with told():
            _demand_own(control, call, user)
            await control.hang_up(call, user.login, own=control.agent_on(call) == user.number)

    @routes.post("/transfer", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def transfer(call: str, wanted: TransferIn, user: CurrentUser) -> None:
        """Give the caller away; he keeps what he has waited. 409: not_talking, unknown_queue, same_agent,
        unknown_agent, agent_not_free, unknown_step."""
        with told():
            _demand_own(control, call, user)
            if wanted.step:
                if wanted.step not in steps_of(control.dialled(call)):
                    raise Refused("unknown_step", f"the menu has no step {wanted.step!r}")
                await control.transfer_to_menu(call, wanted.step, user.login)
                return
            await _demand_known(roster, wanted.agent)
            _demand_own(control, call, user)  # meanwhile somebody else may have the caller
            await control.transfer(call, user.login, queue=wanted.queue, agent=wanted.agent)

    @routes.post("/reclaim", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def reclaim(call: str, user: CurrentUser) -> None:
        """The agent's telephone lost the call: it alone is rung, and the caller waits for it. 409: not_talking."""
        with told():
            _demand_own(control, call, user)
            await control.reclaim(call, user.login)


def _add_voice(routes: APIRouter, control: Control) -> None:
    @routes.put("/mute", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def mute(call: str, wanted: MuteIn, user: CurrentUser) -> None:
        """Whether the caller hears the agent's microphone; doing it again is no error. 409: not_talking."""
        with told():
            _demand_own(control, call, user)
            phone = wanted.phone and control.agent_on(call) == user.number
            await control.mute(call, user.login, muted=wanted.muted, phone=phone)

    @routes.post("/keys", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def send_keys(call: str, wanted: KeysIn, user: CurrentUser) -> None:
        """Press keys for the agent, as at another centre's menu. 409: not_talking, on_hold."""
        with told():
            _demand_own(control, call, user)
            await control.send_keys(call, wanted.keys)


def _add_consult(routes: APIRouter, control: Control, consults: Consults, roster: Roster) -> None:
    @routes.post("/consult", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def consult(call: str, wanted: ConsultIn, user: CurrentUser) -> None:
        """Ask a free colleague; the caller hears music. 409: not_talking, consulting, same_agent, unknown_agent,
        agent_not_free."""
        with told():
            _demand_own(control, call, user)
            await _demand_known(roster, wanted.agent)
            await consults.start(call, wanted.agent, user.login)

    @routes.delete("/consult", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def stop_consult(call: str, user: CurrentUser) -> None:
        """The colleague is out; the caller stays on hold until `resume`. 404 when nobody is asked."""
        with told():
            _demand_own(control, call, user)
            await consults.stop(call)

    @routes.post("/consult/join", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def join_consult(call: str, user: CurrentUser) -> None:
        """Caller, agent and colleague talk together. 409: not_answered, conference, not_talking."""
        with told():
            _demand_own(control, call, user)
            await consults.join(call, user.login)

    @routes.post("/consult/complete", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def complete_consult(call: str, user: CurrentUser) -> None:
        """Leave the caller to the colleague: they talk at once, the asker wraps up. 409: not_answered, not_talking."""
        with told():
            _demand_own(control, call, user)
            await consults.complete(call, user.login)


def _add_queue(routes: APIRouter, control: Control, roster: Roster) -> None:
    @routes.post("/pick", status_code=204, dependencies=[Depends(allow(*AT_CALLS))])
    async def pick(call: str, wanted: PickIn, user: CurrentUser) -> None:
        """Ring an agent for this waiting call now; agents for themselves only. 409: not_waiting, unknown_agent,
        agent_not_free."""
        agent = wanted.agent or user.number
        if user.role is Role.AGENT and agent != user.number:
            raise HTTPException(403, "agents may pick calls for themselves only")
        if not agent:
            raise HTTPException(422, "name the agent who shall take the call")
        with told():
            await _demand_known(roster, agent)
            await control.pick(call, agent, user.login)

    @routes.post("/priority", status_code=204, dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def set_priority(call: str, wanted: PriorityIn, user: CurrentUser) -> None:
        """409: not_waiting."""
        with told():
            await control.set_priority(call, wanted.priority, user.login)


def _add_supervision(routes: APIRouter, supervision: Supervision, roster: Roster) -> None:
    @routes.get("/supervision", dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def list_supervision(call: str) -> list[ListeningOut]:
        return [_out(each) for each in supervision.of(call)]

    @routes.post("/supervision", dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def supervise(call: str, wanted: SupervisionIn, user: CurrentUser) -> ListeningOut:
        """Ring your telephone and listen, whisper or barge; again with another mode changes it. 409: not_talking,
        ringing, listening_elsewhere, phone_at_work, line_taken."""
        phone = wanted.phone or user.number
        if not phone or (phone != user.number and await roster.find(phone) is None):
            raise HTTPException(422, "phone must be your own number or an agent's")
        with told():
            return _out(await supervision.start(call, wanted.mode, phone, user.login))

    @routes.post("/supervision/take-over", status_code=204, dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def take_over(call: str, user: CurrentUser) -> None:
        """Who listens talks with the caller himself; the agent wraps up. 409: ringing, not_talking, agent_not_free."""
        with told():
            await supervision.take_over(call, user.login)

    @routes.delete("/supervision", status_code=204, dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def stop_supervision(call: str, user: CurrentUser) -> None:
        with told():
            await supervision.stop(call, user.login)


def _demand_own(control: Control, call: str, user: User) -> None:
    if user.role is Role.AGENT and control.agent_on(call) != user.number:
        raise HTTPException(403, "this is not your call")


async def _demand_known(roster: Roster, agent: str) -> None:
    """'' names nobody."""
    if agent and await roster.find(agent) is None:
        raise Refused("unknown_agent", f"there is no agent {agent}")


@contextmanager
def told() -> Iterator[None]:
    """Our errors as HTTP ones: 404, 409 with the reason, 503."""
    try:
        yield
    except NotFound as fault:
        raise HTTPException(404, str(fault)) from None
    except Refused as fault:
        raise HTTPException(409, {"reason": fault.reason, "problem": fault.problem}) from None
    except SwitchError as fault:
        raise HTTPException(503, {"reason": "switch", "problem": fault.problem}) from None


def _out(each: Listening) -> ListeningOut:
    return ListeningOut(
        call=each.call, agent=each.agent, by=each.by, phone=each.phone, mode=each.mode, answered=each.answered
    )
