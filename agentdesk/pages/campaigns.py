"""The pages of campaigns: which there are, one with its progress, agents and list, and who is never to be called."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.intake import AS_SENT, UpTo
from accounts.masking import SEES_NUMBERS, number_for
from acd.models import Campaign
from acd.outward import import_list
from acd.outward.campaign_endpoints import CampaignPatch, wanted_of
from acd.outward.campaigns import Campaigns
from acd.queues import FALLBACK, Queues
from agentdesk.desk import LOOK, PLACES, Desk, is_fragment
from agentdesk.pages.tablefile import LINE_ENDS, table_in
from agentdesk.reading import campaigns as campaign_view
from agentdesk.sheets.sheet import Cell, Sheet, as_csv
from agentdesk.words.refusals import REFUSALS
from agentdesk.words.titles import title, titles_in
from core.errors import BadInput, NotFound, Refused
from core.texts import Line

RIGHTS = [Depends(allow(*PLACES["/campaigns"]))]
LARGEST = 8_000_000
"""Bytes of a list."""
LOADING = [*RIGHTS, Depends(UpTo(AS_SENT * LARGEST))]
SAMPLE = 5
Text = Annotated[str, Form(max_length=LINE_ENDS * LARGEST)]
Name = Annotated[Line, Form(min_length=1, max_length=80)]


def router(desk: Desk, campaigns: Campaigns, queues: Queues) -> APIRouter:
    """`/campaigns` and below."""
    routes = APIRouter(include_in_schema=False)
    pages = _Pages(desk, campaigns, queues)
    _look(routes, pages)
    _change(routes, pages)
    _load(routes, pages)
    return routes


@dataclass(frozen=True, slots=True)
class _Pages:
    desk: Desk
    campaigns: Campaigns
    queues: Queues

    async def list(self, request: Request, user: User, number: str) -> HTMLResponse:
        language = self.desk.language(request, user)
        async with database(request).reading() as session:
            found = await campaign_view.overview(session, self.desk.dialling, clock(request)())
            total, barred = await campaign_view.barred(session, number if user.role in SEES_NUMBERS else "")
            persons = await people.persons(session)
        shown = [(each, number_for(user, each.number)) for each in barred]
        return await self.desk.show(
            request, "_barred.html" if is_fragment(request) else "campaigns.html", found=found, barred=shown,
            queues=titles_in(language, self.queues), own_queue=FALLBACK, total=total, number=number,
            open_numbers=user.role in SEES_NUMBERS, refusals=REFUSALS, persons=persons,
        )  # fmt: skip

    async def one(self, request: Request, user: User, campaign: str, fault: str = "", **values: Any) -> HTMLResponse:
        language, now = self.desk.language(request, user), clock(request)()
        async with database(request).reading() as session:
            row = await session.get(Campaign, campaign)
            if row is None:
                raise NotFound(f"there is no campaign {campaign}")
            progress = await campaign_view.progress(session, self.desk.dialling, row, now)
            settled = await campaign_view.settled(session, campaign, user)
            agents = await people.agents(session)
        known = self.desk.dialling.results
        codes = [*known, *(code for code in progress.results if code not in known)]
        results = {code: title(known[code].name, language) if code in known else code for code in codes}
        given: dict[str, Any] = {"looked": None, "faults": (), "text": "", "added": None, "sample": (), **values}
        return await self.desk.show(
            request, "_campaign_progress.html" if is_fragment(request) else "campaign.html", 409 if fault else 200,
            row=row, progress=progress, settled=settled, agents=agents, results=results, fault=fault, now=now,
            names={each.number: each.name for each in agents}, queues=titles_in(language, self.queues),
            refusals=REFUSALS, **given,
        )  # fmt: skip

    async def looked(self, request: Request, user: User, campaign: str, text: str) -> HTMLResponse:
        """What a list would do."""
        try:
            read = import_list.read(text, self.desk.dialling.plain)
        except BadInput as fault:
            return await self.one(request, user, campaign, str(fault))
        async with database(request).reading() as session:
            looked = await self.campaigns.look(session, campaign, read.rows)
        sample = [(number_for(user, each.number), each) for each in looked.fresh[:SAMPLE]]
        return await self.one(request, user, campaign, looked=looked, faults=read.faults, text=text, sample=sample)


def _look(routes: APIRouter, pages: _Pages) -> None:
    @routes.get("/campaigns", dependencies=RIGHTS)
    async def overview(request: Request, user: CurrentUser, number: str = "") -> HTMLResponse:
        return await pages.list(request, user, number.strip())

    @routes.get("/campaigns/{campaign}", dependencies=RIGHTS)
    async def one(campaign: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await pages.one(request, user, campaign)

    @routes.get("/campaigns/{campaign}/list.csv", dependencies=RIGHTS)
    async def export(campaign: str, request: Request, user: CurrentUser) -> Response:
        """Everybody on the list with what came of it."""
        async with database(request).transaction() as tx:
            rows = await campaign_view.everybody(tx.session, pages.desk.dialling, campaign)
            await audit.note(tx, user.login, "campaign_exported", f"campaign:{campaign}", f"{len(rows)}")
        facts = list(dict.fromkeys(name for row, _ in rows for name in row.facts))
        head = ("number", "name", "state", "result", "tries", "agent", "call", *facts)
        cells: list[list[Cell]] = [
            [number_for(user, row.number), row.name, state, row.result, row.tries, row.agent, row.call,
             *(row.facts.get(each, "") for each in facts)]
            for row, state in rows
        ]  # fmt: skip
        named = {"Content-Disposition": f'attachment; filename="campaign-{campaign}.csv"'}
        content = as_csv(Sheet("campaign", head, head, cells))
        return Response(content, media_type="text/csv; charset=utf-8", headers=named)


def _change(routes: APIRouter, pages: _Pages) -> None:
    @routes.post("/campaigns", dependencies=RIGHTS)
    async def create(user: CurrentUser, name: Name, queue: Annotated[str, Form(max_length=40)]) -> Response:
        """Agents are shown nobody before it is started."""
        wanted = wanted_of(CampaignPatch(name=name, queue=queue), pages.queues)
        made = await pages.campaigns.create(wanted, user.login, is_open=False)
        return RedirectResponse(f"/campaigns/{made}", 303)

    @routes.post("/campaigns/{campaign}", dependencies=RIGHTS)
    async def change(
        campaign: str, request: Request, user: CurrentUser, name: Name, queue: Annotated[str, Form(max_length=40)],
        agents: Annotated[list[str], Form()] = [],  # noqa: B006 — a form without one of them has none
    ) -> Response:  # fmt: skip
        try:
            wanted = wanted_of(CampaignPatch(name=name, queue=queue, agents=agents), pages.queues)
            await pages.campaigns.change(campaign, wanted, user.login)
        except Refused as fault:
            return await pages.one(request, user, campaign, REFUSALS.get(fault.reason, fault.reason))
        return RedirectResponse(f"/campaigns/{campaign}", 303)


def _load(routes: APIRouter, pages: _Pages) -> None:
    @routes.post("/campaigns/{campaign}/list", dependencies=LOADING)
    async def look(
        campaign: str, request: Request, user: CurrentUser, file: Annotated[UploadFile, File()]
    ) -> HTMLResponse:
        """What the file would add; nothing is changed."""
        try:
            text = await table_in(file, LARGEST)
        except BadInput as fault:
            return await pages.one(request, user, campaign, str(fault))
        return await pages.looked(request, user, campaign, text)

    @routes.post("/campaigns/{campaign}/list/apply", dependencies=LOADING)
    async def apply(campaign: str, request: Request, user: CurrentUser, text: Text = "", do: Text = "") -> HTMLResponse:
        """Lines at fault, numbers that are on the list already, and barred ones are left out.

        `do`: `look` for what the list would do once more.
        """
        if do == LOOK:
            return await pages.looked(request, user, campaign, text)
        try:
            read = import_list.read(text, pages.desk.dialling.plain)
            looked = await pages.campaigns.add(campaign, read.rows, user.login)
        except Refused as fault:
            return await pages.one(request, user, campaign, REFUSALS.get(fault.reason, fault.reason))
        return await pages.one(request, user, campaign, added=len(looked.fresh))
