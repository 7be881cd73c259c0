"""Campaigns over HTTP. Refusals are 409 with `{reason, problem}`."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from accounts.access import CurrentUser, Role, User, allow, database
from accounts.masking import number_for
from acd import import_list
from acd.campaigns import Campaigns
from acd.control_endpoints import told
from acd.dialling import Dialling
from acd.models import Campaign, Prospect
from acd.queues import FALLBACK, Queues

LEADERS = (Role.SUPERVISOR, Role.ADMIN)


class CampaignIn(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    queue: str = Field(default=FALLBACK, max_length=40)


class CampaignOut(BaseModel):
    """`counts`: people on the list by state and, when done, by result."""

    id: str
    name: str
    queue: str
    open: bool
    counts: dict[str, int] = {}


class OpenIn(BaseModel):
    open: bool


class ImportOut(BaseModel):
    """`skipped`: on the list already, or barred. `faults`: lines left out, and why."""

    added: int
    skipped: int
    faults: list[tuple[int, str]]


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

    result: str = Field(max_length=24)


class BarIn(BaseModel):
    number: str = Field(max_length=40)
    reason: str = Field(default="", max_length=120)


def router(campaigns: Campaigns, queues: Queues, rules: Dialling) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["campaigns"])
    _add_lists(routes, campaigns, queues, rules)
    _add_work(routes, campaigns)
    return routes


def _add_lists(routes: APIRouter, campaigns: Campaigns, queues: Queues, rules: Dialling) -> None:
    @routes.get("/campaigns", dependencies=[Depends(allow(Role.AGENT, *LEADERS))])
    async def list_campaigns(request: Request) -> list[CampaignOut]:
        async with database(request).reading() as session:
            rows = list(await session.scalars(select(Campaign).order_by(Campaign.created_at.desc())))
            query = select(Prospect.campaign, Prospect.state, Prospect.result, func.count())
            counted = list(await session.execute(query.group_by(Prospect.campaign, Prospect.state, Prospect.result)))
        made = {row.id: CampaignOut(id=row.id, name=row.name, queue=row.queue, open=row.open) for row in rows}
        for campaign, state, result, count in counted:
            counts, code = made[campaign].counts, result if state == "done" else state
            counts[code] = counts.get(code, 0) + count
        return list(made.values())

    @routes.post("/campaigns", status_code=201, dependencies=[Depends(allow(*LEADERS))])
    async def create(wanted: CampaignIn, user: CurrentUser) -> CampaignOut:
        if wanted.queue not in queues.queues:
            raise HTTPException(409, {"reason": "unknown_queue", "problem": f"there is no queue {wanted.queue!r}"})
        made = await campaigns.create(wanted.name, wanted.queue, user.login)
        return CampaignOut(id=made, name=wanted.name, queue=wanted.queue, open=True)

    @routes.put("/campaigns/{campaign}", status_code=204, dependencies=[Depends(allow(*LEADERS))])
    async def set_open(campaign: str, wanted: OpenIn, user: CurrentUser) -> None:
        """A closed campaign shows agents nobody."""
        with told():
            await campaigns.set_open(campaign, wanted.open, user.login)

    @routes.post("/campaigns/{campaign}/list", dependencies=[Depends(allow(*LEADERS))])
    async def add(
        campaign: str, text: Annotated[str, Body(media_type="text/csv", max_length=20_000_000)], user: CurrentUser
    ) -> ImportOut:
        """CSV with a column `number`, and `name`; further columns are shown to the agent."""
        read = import_list.read(text, rules.plain)
        with told():
            added = await campaigns.add(campaign, read.rows, user.login)
        return ImportOut(added=added, skipped=len(read.rows) - added, faults=list(read.faults))

    @routes.post("/do-not-call", status_code=204, dependencies=[Depends(allow(Role.AGENT, *LEADERS))])
    async def bar(wanted: BarIn, user: CurrentUser) -> None:
        """No campaign calls this number from now on. 409: not_a_number."""
        with told():
            await campaigns.bar(wanted.number, user.login, wanted.reason)


def _add_work(routes: APIRouter, campaigns: Campaigns) -> None:
    @routes.post("/campaigns/{campaign}/next", dependencies=[Depends(allow(Role.AGENT))])
    async def show_next(campaign: str, user: CurrentUser) -> ProspectOut:
        """Who is next, for you alone, until you say how it went. 404 when nobody is due. 409: closed."""
        with told():
            return _out(await campaigns.show_next(campaign, _number(user)), user)

    @routes.post("/prospects/{prospect}/dial", status_code=202, dependencies=[Depends(allow(Role.AGENT))])
    async def dial(prospect: str, user: CurrentUser) -> CallOut:
        """409: not_yours, barred, and as `POST /api/me/dial`."""
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
