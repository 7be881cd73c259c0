"""The agent's desk over HTTP: one page for a whole shift, its live parts, and a ticket in one step."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import notices
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from acd import repository as calls
from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.models import Call
from acd.queues import FALLBACK
from acd.wrapup import coding
from agentdesk.desk import PLACES, Desk
from agentdesk.reading import outgoing, ownday
from agentdesk.reading.contact import own_caller
from agentdesk.reading.deskviews import Contact, RunningRecording
from agentdesk.reading.handover import handover_of
from agentdesk.reading.own_shift import own_shift
from agentdesk.sought import sought
from agentdesk.words.refusals import REFUSALS
from agentdesk.words.titles import title
from core.clock import midnight
from core.errors import NotFound
from core.texts import Text
from knowledge.article import Article
from knowledge.suggest import Situation
from recordings import repository as recordings
from tickets import service as tickets
from tickets.life import Category
from tickets.models import Ticket
from tickets.repository import ticket_of_call

AGENTS = [Depends(allow(*PLACES["/desk"]))]


def router(desk: Desk, soft_phone: bool) -> APIRouter:
    """`soft_phone`: whether browsers can be telephones here."""
    routes = APIRouter(include_in_schema=False)

    async def read(request: Request, user: User, names: Iterable[str]) -> dict[str, Any]:
        """What these parts show, all of the same moment."""
        language, now = desk.language(request, user), clock(request)()

        async def look(session: AsyncSession) -> dict[str, Any]:
            parts, values = _Parts(desk, session, user, language, now), dict[str, Any]()
            for name in names:
                values |= await PARTS[name](parts)
            return values

        return await database(request).read(look)

    @routes.get("/desk", dependencies=AGENTS)
    async def page(request: Request, user: CurrentUser) -> HTMLResponse:
        values = {"refusals": REFUSALS} | await read(request, user, PARTS)
        return await desk.show(request, "desk.html", soft_phone=soft_phone, **values)

    @routes.get("/desk/parts", dependencies=AGENTS)
    async def some(
        request: Request, user: CurrentUser, part: Annotated[list[str], Query(max_length=40)]
    ) -> HTMLResponse:
        """Several parts one after the other: what happens on a call changes most of them at once."""
        names = [name for name in PARTS if name in part]
        values = await read(request, user, names)
        return HTMLResponse("".join([await desk.render(request, f"_{name}.html", **values) for name in names]))

    @routes.get("/desk/{part}", dependencies=AGENTS)
    async def one(part: str, request: Request, user: CurrentUser) -> HTMLResponse:
        if part not in PARTS:
            raise NotFound("there is no such part")
        return await desk.show(request, f"_{part}.html", **await read(request, user, [part]))

    @routes.post("/desk/calls/{call}/ticket", dependencies=AGENTS)
    async def open_ticket(
        call: str, request: Request, user: CurrentUser,
        category: Annotated[Category, Form()], summary: Annotated[Text, Form(max_length=4000)] = "",
        solved: Annotated[str, Form()] = "",
    ) -> HTMLResponse:  # fmt: skip
        async with database(request).reading() as session:
            customer = await own_caller(session, call, user.number, clock(request)())
        opened = await _open(request, user, call, customer, category, summary, bool(solved))
        return await desk.show(request, "_ticket.html", **await read(request, user, ["ticket"]) | {"opened": opened})

    return routes


async def _open(
    request: Request, user: User, call: str, customer: str, category: Category, summary: str, solved: bool
) -> Ticket:
    now = clock(request)()
    async with database(request).transaction() as tx:
        return await tickets.open_ticket(tx, call, customer, category, summary.strip(), user.login, now, solved=solved)


class _Parts:
    """What each part of the page shows to an agent."""

    def __init__(self, desk: Desk, session: AsyncSession, user: User, language: str, now: float) -> None:
        self._desk = desk
        self._session = session
        self._user = user
        self._language = language
        self._now = now
        self._read: Contact | None = None
        self._known = False
        self._topic = {"topic": f"agent-{user.number}"}

    async def me(self) -> dict[str, Any]:
        pauses = self._desk.rota.pauses if self._desk.rota else Breaks()
        return {"me": await ownday.me(self._session, self._user.number, pauses, self._now)}

    async def own(self) -> dict[str, Any]:
        since = midnight(self._now, self._desk.site.zone)
        return {"own": await ownday.own_day(self._session, self._user, since, self._now)}

    async def contact(self) -> dict[str, Any]:
        return self._topic | {"contact": await self._contact()}

    async def recording(self) -> dict[str, Any]:
        """The recording of the call the agent talks on, None without a talk; it may not have begun this moment."""
        contact, found = await self._contact(), None
        if contact is not None and contact.phase == AgentState.TALKING:
            row = await recordings.open_recording(self._session, contact.call)
            pauses = await recordings.pauses_of(self._session, row.id) if row else ()
            until = max((pause.until_at for pause in pauses if pause.ended_at is None), default=0.0)
            found = RunningRecording(contact.call, until)
        return self._topic | {"recording": found}

    async def ticket(self) -> dict[str, Any]:
        more: dict[str, Any] = {"categories": [each.value for each in Category], "opened": None}
        contact = await self._contact()
        if contact is not None:
            more["opened"] = await ticket_of_call(self._session, contact.call)
        return self._topic | {"contact": contact} | more

    async def summary(self) -> dict[str, Any]:
        """The codes of the conversation that goes on or was the last, and of which others they are missing."""
        reader, number = self._desk.summaries, self._user.number
        talk = await coding.latest_talk(self._session, number) if reader.rules.codes else None
        form = await reader.form(self._session, talk, self._user, self._language) if talk else None
        unsaid = await reader.open_talks(self._session, self._user, self._language, self._now)
        uncoded = [each for each in unsaid if talk is None or each.call != talk.call]
        shown = {"coded": bool(reader.rules.codes), "summary": form, "summary_talk": talk, "uncoded": uncoded}
        return self._topic | shown

    async def knowledge(self) -> dict[str, Any]:
        """The articles that fit the call, before anybody has searched."""
        contact, found = await self._contact(), list[Article]()
        if contact is not None:
            call = await self._session.get_one(Call, contact.call)
            said = (await coding.of_calls(self._session, self._desk.summaries.rules, [call.id])).get(call.id, ())
            queue = self._desk.contacts.queues.queues.get(call.queue)
            situation = Situation(
                call.queue, queue.skills if queue else (), [each.get("step", "") for each in call.path],
                [code for each in said for code in each.codes],
            )  # fmt: skip
            day = datetime.fromtimestamp(self._now, self._desk.site.zone).date()
            found = self._desk.library.shelf.suggested(situation, day, self._language)
        return self._topic | {"contact": contact, "suggested": found}

    async def targets(self) -> dict[str, Any]:
        """Where a caller may be given."""
        found = await ownday.colleagues(self._session, self._user.number, self._desk.skill_words)
        contact = await self._contact()
        steps = await self._desk.contacts.steps(self._session, contact.call, self._language) if contact else {}
        queues = self._desk.board.titles(self._language)
        return {"colleagues": found, "queues": queues, "steps": steps, "sought": sought}

    async def handover(self) -> dict[str, Any]:
        """Who is being asked about the call the agent talks on, and whether he is muted; None without a talk."""
        contact, found = await self._contact(), None
        if contact is not None and contact.phase == AgentState.TALKING:
            names = await people.names(self._session)
            muting = await calls.muting(self._session, contact.call, self._user.number)
            found = handover_of(self._desk.under_way, contact.call, names, muting)
        return self._topic | {"handover": found}

    async def dial(self) -> dict[str, Any]:
        queues = self._desk.board.titles(self._language)
        attempt = self._desk.under_way.attempt(self._user.number)
        failed = None if attempt else await outgoing.failed_call(self._session, self._user, self._now)
        return self._topic | {"attempt": attempt, "failed": failed, "queues": queues, "own_queue": FALLBACK}

    async def callbacks(self) -> dict[str, Any]:
        titles = self._desk.board.titles(self._language)
        rules, zone = self._desk.contacts.queues, self._desk.site.zone
        found = await outgoing.callbacks(self._session, self._user, rules, titles, self._now, zone)
        return self._topic | {"callbacks": found}

    async def promises(self) -> dict[str, Any]:
        """The times offered are of the moment in which somebody is asked for one."""
        return {"promises": outgoing.promises(self._now, self._desk.site.zone)}

    async def campaign(self) -> dict[str, Any]:
        prospect = await outgoing.prospect_of(self._session, self._user.number)
        campaigns = await outgoing.campaigns(self._session, self._desk.dialling, self._user.number, self._now)
        results = {code: title(rule.name, self._language) for code, rule in self._desk.dialling.results.items()}
        return self._topic | {"prospect": prospect, "campaigns": campaigns, "results": results}

    async def shift(self) -> dict[str, Any]:
        return await own_shift(self._session, self._desk.rota, self._user, self._now)

    async def notices(self) -> dict[str, Any]:
        unread = await notices.unread(self._session, self._user.number, self._now)
        return {"notices": unread, "persons": await people.persons(self._session) if unread else {}}

    async def script(self) -> dict[str, Any]:
        contact, book = await self._contact(), self._desk.scripts
        number = self._user.number
        view = book.view(contact.call_type, contact.language, self._language, number) if contact else None
        return self._topic | {"contact": contact, "script": view}

    async def _contact(self) -> Contact | None:
        """Most parts are about it: read once."""
        if not self._known:
            number, asked = self._user.number, self._desk.under_way.asked(self._user.number)
            self._read = await self._desk.contacts.read(self._session, number, self._language, self._now, asked)
            self._known = True
        return self._read


PARTS: Mapping[str, Callable[[_Parts], Awaitable[dict[str, Any]]]] = {
    "me": _Parts.me, "own": _Parts.own, "contact": _Parts.contact, "summary": _Parts.summary,
    "ticket": _Parts.ticket, "script": _Parts.script, "knowledge": _Parts.knowledge,
    "recording": _Parts.recording, "targets": _Parts.targets, "handover": _Parts.handover, "dial": _Parts.dial,
    "callbacks": _Parts.callbacks, "promises": _Parts.promises, "campaign": _Parts.campaign, "notices": _Parts.notices,
    "shift": _Parts.shift,
}  # fmt: skip
