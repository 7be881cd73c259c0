"""Campaigns over HTTP. Refusals are 409 with `{reason, problem}`."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from accounts.access import CurrentUser, Role, User, allow, clock, database, in_words
from accounts.intake import AS_SENT, UpTo
from accounts.masking import number_for
from acd.control_endpoints import told
from acd.models import Campaign, Prospect
from acd.outward import import_list
from acd.outward.campaigns import Campaigns, Wanted, standing
from acd.outward.dialling import Dialling
from acd.queues import FALLBACK, Queues
from core.errors import Refused
from core.problem import DENIALS
from core.texts import Line

LEADERS = (Role.SUPERVISOR, Role.ADMIN)
LARGEST = 20_000_000
"""Characters of a list."""
LOADING = [Depends(allow(*LEADERS)), Depends(UpTo(AS_SENT * LARGEST))]


class CampaignPatch(BaseModel):
    """`agents`: numbers of those who are shown its people; none: all agents."""

    name: Line = Field(min_length=1, max_length=80)
    queue: Line = Field(default=FALLBACK, max_length=40)
    agents: list[str] = Field(default=[], max_length=1000)


class CampaignIn(CampaignPatch):
    """Without `open` agents are shown nobody before it is opened."""

    open: bool = True


class CampaignOut(BaseModel):
    """`counts`: people on the list by state and, when done, by result; not `open` but `barred` are those who are never
    to be called, and `blocked` whom nobody may dial. `ended_at`: it is over."""

    id: str
    name: str
    queue: str
    open: bool
    agents: list[str] = []
    ended_at: float | None = None
    counts: dict[str, int] = {}


class OpenIn(BaseModel):
    open: bool


class ImportOut(BaseModel):
    """`skipped`: `known`, on the list already, and `barred`. `faults`: lines left out, and why."""

    added: int
    skipped: int
    known: int
    barred: int
    faults: list[tuple[int, str]]
    applied: bool


class ProspectOut(BaseModel):
    """What the agent sees before he calls."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    name: str
    facts: dict[str, str]
    state: str
    tries: int
    next_at: float
    call: str
    result: str


class CallOut(BaseModel):
    call: str


class ResultIn(BaseModel):
    """One of `results` in dialling.yaml."""

    result: Line = Field(max_length=24)


class BarIn(BaseModel):
    number: Line = Field(max_length=40)
    reason: Line = Field(default="", max_length=120)


def router(campaigns: Campaigns, queues: Queues, rules: Dialling) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["campaigns"], responses=DENIALS)
    _add_campaigns(routes, campaigns, queues, rules)
    _add_lists(routes, campaigns, rules)
    _add_work(routes, campaigns)
    return routes


def _add_campaigns(routes: APIRouter, campaigns: Campaigns, queues: Queues, rules: Dialling) -> None:
    @routes.get("/campaigns", dependencies=[Depends(allow(Role.AGENT, *LEADERS))])
    async def list_campaigns(request: Request, user: CurrentUser) -> list[CampaignOut]:
        """Agents see those that are theirs."""
        async with database(request).reading() as session:
            rows = list(await session.scalars(select(Campaign).order_by(Campaign.created_at.desc())))
            found = await standing(session, rules, clock(request)())
        mine = [row for row in rows if user.role is not Role.AGENT or user.number in (row.agents or [user.number])]
        return [
            CampaignOut(id=row.id, name=row.name, queue=row.queue, open=row.open, agents=row.agents,
                        ended_at=row.ended_at, counts=found[row.id].counts)
            for row in mine
        ]  # fmt: skip

    @routes.post("/campaigns", status_code=201, dependencies=[Depends(allow(*LEADERS))])
    async def create(wanted: CampaignIn, user: CurrentUser) -> CampaignOut:
        with told():
            made = await campaigns.create(wanted_of(wanted, queues), user.login, is_open=wanted.open)
        return CampaignOut(id=made, name=wanted.name, queue=wanted.queue, open=wanted.open, agents=wanted.agents)

    @routes.patch("/campaigns/{campaign}", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def change(campaign: str, wanted: CampaignPatch, user: CurrentUser) -> None:
        """409: ended, unknown_queue."""
        with told():
            await campaigns.change(campaign, wanted_of(wanted, queues), user.login)

    @routes.put("/campaigns/{campaign}", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def set_open(campaign: str, wanted: OpenIn, user: CurrentUser) -> None:
        """A closed campaign shows agents nobody, and nobody whom it has shown is called. 409: ended."""
        with told():
            await campaigns.set_open(campaign, wanted.open, user.login)

    @routes.post("/campaigns/{campaign}/end", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def end(campaign: str, user: CurrentUser) -> None:
        """For good; list and results stay. 409: ended."""
        with told():
            await campaigns.end(campaign, user.login)

    @routes.post("/campaigns/{campaign}/release", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def release(campaign: str, user: CurrentUser) -> None:
        """Others may be shown whom agents who have signed out were shown and have not settled."""
        with told():
            await campaigns.release(campaign, user.login)


def _add_lists(routes: APIRouter, campaigns: Campaigns, rules: Dialling) -> None:
    @routes.post(
        "/campaigns/{campaign}/list", dependencies=[Depends(allow(*LEADERS)), Depends(UpTo(AS_SENT * LARGEST))]
    )
    async def add(
        campaign: str, text: Annotated[str, Body(media_type="text/csv", max_length=LARGEST)], user: CurrentUser,
        request: Request, apply: bool = True,
    ) -> ImportOut:  # fmt: skip
        """CSV with a column `number`, and `name`; further columns are shown to the agent. Without `apply`: what it
        would do. 409: ended."""
        read = import_list.read(text, rules.plain)
        with told():
            if apply:
                looked = await campaigns.add(campaign, read.rows, user.login)
            else:
                async with database(request).reading() as session:
                    looked = await campaigns.look(session, campaign, read.rows)
        barred = len(looked.barred)
        return ImportOut(
            added=len(looked.fresh), skipped=looked.known + barred, known=looked.known, barred=barred,
            faults=[(line, await in_words(request, problem)) for line, problem in read.faults], applied=apply,
        )  # fmt: skip

    @routes.post("/do-not-call", status_code=204, dependencies=[Depends(allow(Role.AGENT, *LEADERS))])
    async def bar(wanted: BarIn, user: CurrentUser) -> None:
        """No campaign calls this number from now on. 409: not_a_number."""
        with told():
            await campaigns.bar(wanted.number, user.login, wanted.reason)

    @routes.delete("/do-not-call/{number}", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def allow_again(number: str, user: CurrentUser, reason: str = "") -> None:
        """Campaigns may call this number again."""
        with told():
            await campaigns.allow(number, user.login, reason)


def wanted_of(said: CampaignPatch, queues: Queues) -> Wanted:
    """Raises Refused: unknown_queue."""
    if said.queue not in queues.queues:
        raise Refused("unknown_queue", f"there is no queue {said.queue!r}")
    return Wanted(said.name.strip(), said.queue, said.agents)


def _add_work(routes: APIRouter, campaigns: Campaigns) -> None:
    @routes.post("/campaigns/{campaign}/next", dependencies=[Depends(allow(Role.AGENT))])
    async def show_next(campaign: str, user: CurrentUser) -> ProspectOut:
        """Who is next, for you alone, until you say how it went. 404 when nobody is due. 409: closed, not_assigned."""
        with told():
            return _out(await campaigns.show_next(campaign, _number(user)), user)

    @routes.post("/prospects/{prospect}/dial", status_code=202, dependencies=[Depends(allow(Role.AGENT))])
    async def dial(prospect: str, user: CurrentUser) -> CallOut:
        """409: not_yours, barred, closed, not_assigned, and as `POST /api/me/dial`."""
        with told():
            return CallOut(call=await campaigns.call(prospect, _number(user), user.login))

    @routes.post("/prospects/{prospect}/result", dependencies=[Depends(allow(Role.AGENT))])
    async def settle(prospect: str, wanted: ResultIn, user: CurrentUser) -> ProspectOut:
        """409: not_yours, unknown_result."""
        with told():
            return _out(await campaigns.settle(prospect, _number(user), wanted.result, user.login), user)


def _number(user: User) -> str:
    if not user.number:
        raise HTTPException(422, "you have no telephone: an agent's number is needed")
    return user.number


def _out(row: Prospect, user: User) -> ProspectOut:
    return ProspectOut.model_validate(row).model_copy(update={"number": number_for(user, row.number)})
