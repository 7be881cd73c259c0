"""The list of call backs over HTTP. Refusals are 409 with `{reason, problem}`."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from accounts.access import CurrentUser, Role, User, allow, clock, database
from accounts.masking import number_for
from acd import repository
from acd.control_endpoints import told
from acd.models import Callback
from acd.outward.callback_list import Callbacks
from acd.outward.dialling import Dialling
from acd.queues import FALLBACK, Queues
from acd.spoken import LanguageOf
from core.ahead import DAYS, is_ahead
from core.numbers import Moment
from core.problem import DENIALS
from core.texts import Line

WORKERS = (Role.AGENT, Role.SUPERVISOR)
SOON = 3600.0
"""Seconds within which somebody is called for whom no time was named."""


class CallbackIn(BaseModel):
    """`promised_at`: by when, in seconds since the epoch, and hardly earlier; an hour from now if not given.

    `language`: one of the site's; if not given his own by the customer table, else that of the call on which you talk,
    else of his last call, else the queue's.
    """

    number: Line = Field(min_length=3, max_length=40)
    queue: Line = Field(default=FALLBACK, max_length=40)
    language: Line = Field(default="", max_length=8)
    priority: int = Field(default=0, ge=-200, le=200)
    promised_at: Moment | None = None


class CallbackOut(BaseModel):
    """`queued_at` is his place in the queue; `next_at`: not before. `state`: open, taken, done, given_up.

    `skills` are needed besides the language and those of the queue. `agent` promised it, tried it last, or took it over
    from a colleague; empty where nobody has.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    queue: str
    language: str
    skills: dict[str, int]
    priority: int
    asked_on: str
    queued_at: float
    promised_at: float
    state: str
    tries: int
    next_at: float
    result: str
    agent: str
    call: str


class TakenOut(BaseModel):
    """The call that is being made."""

    call: str


def router(
    callbacks: Callbacks, queues: Queues, rules: Dialling, spoken: Callable[[], tuple[str, ...]],
    language_of: LanguageOf,
) -> APIRouter:  # fmt: skip
    routes = APIRouter(prefix="/api/callbacks", tags=["call backs"], responses=DENIALS)

    @routes.get("", dependencies=[Depends(allow(*WORKERS))])
    async def list_callbacks(
        request: Request, user: CurrentUser,
        state: Annotated[Literal["open", "taken", "done", "given_up", ""], Query(description="empty: all")] = "open",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[CallbackOut]:  # fmt: skip
        """The most urgent first."""
        query = select(Callback).order_by(*repository.most_urgent_first(clock(request)())).limit(limit)
        async with database(request).reading() as session:
            rows = list(await session.scalars(query.where(Callback.state == state) if state else query))
        return [_out(row, user) for row in rows]

    @routes.post("", status_code=201, dependencies=[Depends(allow(*WORKERS))])
    async def promise(wanted: CallbackIn, request: Request, user: CurrentUser) -> CallbackOut:
        """Of the customer in front of you, if you talk: not called before that is over. 409: not_a_number,
        unknown_queue. 422 for a time that is over, or too far ahead."""
        now, promised_at = clock(request)(), wanted.promised_at
        if promised_at is not None and not is_ahead(promised_at, now):
            raise HTTPException(422, f"a time from now on and within {DAYS} days is needed")
        if wanted.queue not in queues.queues:
            raise HTTPException(409, {"reason": "unknown_queue", "problem": f"there is no queue {wanted.queue!r}"})
        with told():
            number = rules.plain(wanted.number)
            async with database(request).reading() as session:
                asked_on = await repository.talks_on(session, user.number)
                last = await repository.language_with(session, number, asked_on)
            language = wanted.language or language_of(number, wanted.queue, last)
            if language not in spoken():
                raise HTTPException(422, f"there is no language {language!r}")
            row = _row(wanted, number, language, asked_on, user, now)
            await callbacks.promise(row)
        return _out(row, user)

    @routes.post("/next", status_code=202, dependencies=[Depends(allow(Role.AGENT))])
    async def take_next(user: CurrentUser) -> TakenOut:
        """Call the most urgent one that is due; 404 when none is. 409: as `POST /api/me/dial`."""
        with told():
            return TakenOut(call=await callbacks.take_next(_number(user), user.login))

    @routes.post("/{callback}/take", status_code=202, dependencies=[Depends(allow(Role.AGENT))])
    async def take(callback: str, user: CurrentUser) -> TakenOut:
        """Call this one. 409: not_open, and as `POST /api/me/dial`."""
        with told():
            return TakenOut(call=await callbacks.take(callback, _number(user), user.login))

    @routes.post("/{callback}/drop", status_code=204, dependencies=[Depends(allow(Role.SUPERVISOR))])
    async def drop(callback: str, user: CurrentUser) -> None:
        """Off the list, without a call. 409: not_open."""
        with told():
            await callbacks.settle(callback, "given_up", user.login)

    return routes


def _row(wanted: CallbackIn, number: str, language: str, asked_on: str, user: User, now: float) -> Callback:
    promised_at = wanted.promised_at
    since = max(now, promised_at - repository.LEAD) if promised_at else now  # until then nobody waits
    return Callback(
        number=number, queue=wanted.queue, language=language, tries=0,
        priority=wanted.priority, queued_at=since, promised_at=promised_at or now + SOON, next_at=since,
        state="open", source="", asked_on=asked_on, result="", agent=_keeper(user), call="",
    )  # fmt: skip


def _keeper(user: User) -> str:
    """An agent sees to what he has promised; nobody yet to what a supervisor has."""
    return user.number if user.role is Role.AGENT else ""


def _number(user: User) -> str:
    if not user.number:
        raise HTTPException(422, "you have no telephone: an agent's number is needed")
    return user.number


def _out(row: Callback, user: User) -> CallbackOut:
    return CallbackOut.model_validate(row).model_copy(update={"number": number_for(user, row.number)})
