"""Queues, agents and calls over HTTP."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts.access import CurrentUser, Role, User, allow, clock, database
from accounts.masking import number_for
from acd import control_endpoints, door, repository
from acd.agent_state import WISHES, AgentState
from acd.answering import Answering
from acd.call import CallState
from acd.control_endpoints import StepsOf, told
from acd.dispatcher import Dispatcher
from acd.figures import DEFINITIONS
from acd.models import AgentRow, Call
from acd.outward import outbound_endpoints
from acd.queues import Queues
from acd.repository import CallFilter
from acd.roster import AgentCard, Roster
from core.clock import day_begins
from core.days import Day
from core.errors import NotFound, Refused
from core.numbers import Moment
from core.problem import DENIALS
from core.texts import Line

WATCHERS = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)


class QueueOut(BaseModel):
    """A queue today (site's time zone). service_level: answered within `threshold` seconds ÷ offered, abandoned
    callers counted as offered, callers still within the threshold not counted yet; null when nobody counts. `open`:
    no supervisor has closed it."""

    model_config = ConfigDict(from_attributes=True)

    queue: str
    name: dict[str, str] = {}
    open: bool = True
    waiting: int
    longest_wait: float
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    failed: int
    answered_in_time: int
    threshold: int
    service_level: float | None
    mean_answer_wait: float | None


class OpenIn(BaseModel):
    open: bool


class AgentOut(BaseModel):
    """`wish` is the state that `wish_by` asked for during a contact: it begins after the wrap-up."""

    number: str
    name: str
    skills: dict[str, int]
    state: AgentState
    reason: str = ""
    since_at: float | None = None
    until_at: float | None = None
    wish: str = ""
    wish_by: str = ""
    signed_in_at: float | None = None
    shift_start_at: float | None = Field(default=None, description="of the present shift, or the next one")
    shift_end_at: float | None = None
    adherence: float | None = Field(default=None, description="of the shifts that began today, up to now")


class StateIn(BaseModel):
    """One of signed-out, ready, short-break, meal, training, outbound, supervisor-help, not-ready."""

    state: AgentState
    reason: Line = Field(default="", max_length=120)


class WrapUpIn(BaseModel):
    seconds: float = Field(gt=0, le=3600)


By = Literal["queue", "agent", "skill", "interval"]


class FiguresOut(BaseModel):
    """`rows` by queue, agent, skill, or beginning of the half hour in seconds after midnight; seconds and shares."""

    day: date
    by: By
    definitions: dict[str, str]
    rows: dict[str, dict[str, Any]]


class CallOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    caller: str
    dialled: str
    menu: str
    menu_version: int
    tier: str
    customer: str
    language: str
    arrived_at: float
    state: str
    queue: str
    skills: dict[str, int]
    priority: int
    queued_at: float | None
    agent: str
    connected_at: float | None
    talk_ended_at: float | None
    ended_at: float | None
    ended_by: str
    outcome: str
    direction: str
    purpose: str
    path: list[dict[str, Any]]


class CallPage(BaseModel):
    calls: list[CallOut]
    total: int
    page: int


class EventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    at: float
    kind: str
    agent: str
    data: dict[str, Any]


class OfferOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    agent: str
    device: str
    waited: float
    offered_at: float
    result: str
    ended_at: float | None


class CallStoryOut(BaseModel):
    call: CallOut
    events: list[EventOut]
    offers: list[OfferOut]


def router(
    dispatcher: Dispatcher, queues: Queues, roster: Roster, zone: ZoneInfo, steps_of: StepsOf = lambda _number: ()
) -> APIRouter:
    """`zone` says when today began, `steps_of` which steps a dialled number's menu has."""
    routes = APIRouter(prefix="/api", tags=["distributor"], responses=DENIALS)

    @routes.get("/queues", dependencies=[Depends(allow(*Role))])
    async def list_queues(request: Request) -> list[QueueOut]:
        now, said = clock(request)(), queues.queues
        async with database(request).reading() as session:
            figures = await repository.queue_figures(session, said, day_start(now, zone), now)
            closed = await repository.closed_queues(session)
        return [
            QueueOut.model_validate(each).model_copy(
                update={"name": said[each.queue].name, "open": each.queue not in closed}
            )
            for each in figures
        ]

    @routes.put("/queues/{queue}/open", status_code=204, dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def put_open(queue: str, wanted: OpenIn, request: Request, user: CurrentUser) -> None:
        """Whether callers may join. Who waits already stays; the menu goes on at its step for those refused."""
        if queue not in queues.queues:
            raise HTTPException(404, f"there is no queue {queue!r}")
        async with database(request).transaction() as tx:
            await door.set_open(tx, queue, user.login, clock(request)(), is_open=wanted.open)

    @routes.get("/agents", dependencies=[Depends(allow(*Role))])
    async def list_agents(request: Request) -> list[AgentOut]:
        cards, now, rota = await roster.everyone(), clock(request)(), dispatcher.agents.rota
        async with database(request).reading() as session:
            rows = await repository.agents(session)
            shifts = await rota.current(session, now) if rota else {}
            kept = await rota.kept(session, day_start(now, zone), now, now) if rota else []
        shares = {each.adherence.agent: each.adherence.adherence for each in kept}
        found = []
        for card in cards:
            shift = shifts.get(card.number)
            agent = _agent(card, rows.get(card.number))
            agent.adherence = shares.get(card.number)
            if shift:
                agent.shift_start_at, agent.shift_end_at = shift.start, shift.end
            found.append(agent)
        return found

    _add_states(routes, dispatcher, roster)
    _add_figures(routes, queues, zone)
    _add_calls(routes)
    both = APIRouter()
    both.include_router(routes)
    control, consults, supervision = dispatcher.control, dispatcher.consults, dispatcher.supervision
    answering = Answering(control, consults, supervision, dispatcher.outbound.making)
    both.include_router(control_endpoints.router(control, consults, supervision, answering, roster, steps_of))
    both.include_router(outbound_endpoints.router(dispatcher.outbound, queues))
    return both


def _add_states(routes: APIRouter, dispatcher: Dispatcher, roster: Roster) -> None:
    @routes.put("/agents/{number}/state", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN))])
    async def put_state(number: str, wanted: StateIn, request: Request, user: CurrentUser) -> AgentOut:
        """An agent's own state, or a supervisor's decision. 409 with a reason when the rules forbid it now.

        After a contact that goes on the agent's own break begins only if callers and colleagues allow it then; if not
        he is ready, with the reason.
        """
        if user.role is Role.AGENT and user.number != number:
            raise HTTPException(403, "agents may change their own state only")
        try:
            await dispatcher.set_state(number, wanted.state, wanted.reason, user.login)
        except NotFound as fault:
            raise HTTPException(404, str(fault)) from None
        except Refused as fault:
            detail = {"reason": fault.reason, "problem": fault.problem, "states": sorted(WISHES)}
            raise HTTPException(409, detail) from None
        card = await roster.find(number)
        if card is None:
            raise HTTPException(404, f"there is no agent {number}")
        async with database(request).reading() as session:
            return _agent(card, (await repository.agents(session)).get(number))

    @routes.put("/agents/{number}/wrap-up", dependencies=[Depends(allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN))])
    async def put_wrap_up(number: str, wanted: WrapUpIn, user: CurrentUser) -> None:
        """Lengthen the present wrap-up. 409 with a reason when the queue does not allow it."""
        if user.role is Role.AGENT and user.number != number:
            raise HTTPException(403, "agents may lengthen their own wrap-up only")
        try:
            await dispatcher.agents.extend_wrap_up(number, wanted.seconds, user.login)
        except Refused as fault:
            raise HTTPException(409, {"reason": fault.reason, "problem": fault.problem}) from None


def _add_figures(routes: APIRouter, queues: Queues, zone: ZoneInfo) -> None:
    @routes.get("/figures", dependencies=[Depends(allow(*WATCHERS))])
    async def get_figures(request: Request, day: Day, by: By = "queue") -> FiguresOut:
        """The measures of a day (site's time zone), and what each means."""
        (since, until), now = (day_begins(each, zone) for each in (day, day + timedelta(days=1))), clock(request)()
        async with database(request).reading() as session:
            rows = await repository.day_figures(session, queues.queues, by, since, until, now)
        return FiguresOut(day=day, by=by, definitions=DEFINITIONS, rows=rows)


def _add_calls(routes: APIRouter) -> None:
    @routes.get("/calls", dependencies=[Depends(allow(*WATCHERS))])
    async def list_calls(
        request: Request,
        user: CurrentUser,
        queue: str = "",
        agent: str = "",
        caller: str = "",
        state: CallState | Literal[""] = "",
        outcome: str = "",
        since: Moment | None = None,
        until: Moment | None = None,
        page: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        size: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> CallPage:
        """Newest first. `since` and `until` bound the arrival, in seconds since the epoch.

        `caller` is a whole number; those who do not call back see numbers masked.
        """
        wanted = CallFilter(queue, agent, caller, state, outcome, since, until)
        async with database(request).reading() as session:
            found, total = await repository.calls(session, wanted, page, size)
        return CallPage(calls=[_call(each, user) for each in found], total=total, page=page)

    @routes.get("/calls/{call}", dependencies=[Depends(allow(*Role))])
    async def get_call(call: str, request: Request, user: CurrentUser) -> CallStoryOut:
        """A call with all that happened and why; agents see the calls they had, or that ring at them now."""
        with told():
            async with database(request).reading() as session:
                story = await repository.story_for(session, call, user)
        return CallStoryOut(
            call=_call(story.call, user),
            events=[EventOut.model_validate(each) for each in story.events],
            offers=[OfferOut.model_validate(each) for each in story.offers],
        )


def day_start(now: float, zone: ZoneInfo) -> float:
    """Midnight of today, in seconds since the epoch."""
    return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _agent(card: AgentCard, row: AgentRow | None) -> AgentOut:
    if row is None:
        return AgentOut(number=card.number, name=card.name, skills=dict(card.skills), state=AgentState.SIGNED_OUT)
    return AgentOut(
        number=card.number, name=card.name, skills=dict(card.skills), state=AgentState(row.state), reason=row.reason,
        since_at=row.since_at, until_at=row.until_at, wish=row.wish, wish_by=row.wish_by if row.wish else "",
        signed_in_at=row.signed_in_at,
    )  # fmt: skip


def _call(call: Call, user: User) -> CallOut:
    return CallOut.model_validate(call).model_copy(update={"caller": number_for(user, call.caller)})
