"""The agent's desk over HTTP: one page for a whole shift, its live parts, and a ticket in one step."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from accounts import audit, notices
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.queues import FALLBACK
from agentdesk import outgoing, ownday
from agentdesk.contact import own_caller
from agentdesk.desk import PLACES, Desk
from agentdesk.handover import handover_of
from agentdesk.refusals import REFUSALS
from agentdesk.shiftdesk import own_shift
from agentdesk.titles import title
from agentdesk.views import RunningRecording
from core.clock import midnight
from core.errors import NotFound
from recordings import repository as recordings
from tickets import service as tickets
from tickets.life import Category, State
from tickets.models import Ticket

AGENTS = [Depends(allow(*PLACES["/desk"]))]


def router(desk: Desk, soft_phone: bool) -> APIRouter:
    """`soft_phone`: whether browsers can be telephones here."""
    routes = APIRouter(include_in_schema=False)
    parts: dict[str, Callable[[Request, User], Awaitable[dict[str, Any]]]] = {
        "me": _Parts(desk).me, "own": _Parts(desk).own, "contact": _Parts(desk).contact,
        "ticket": _Parts(desk).ticket, "script": _Parts(desk).script, "recording": _Parts(desk).recording,
        "targets": _Parts(desk).targets, "handover": _Parts(desk).handover, "dial": _Parts(desk).dial,
        "callbacks": _Parts(desk).callbacks, "campaign": _Parts(desk).campaign,
        "notices": _Parts(desk).notices, "shift": _Parts(desk).shift,
    }  # fmt: skip

    @routes.get("/desk", dependencies=AGENTS)
    async def page(request: Request, user: CurrentUser) -> HTMLResponse:
        values: dict[str, Any] = {"refusals": REFUSALS, "promises": outgoing.promises(clock(request)(), desk.site.zone)}
        for read in parts.values():
            values |= await read(request, user)
        return await desk.show(request, "desk.html", soft_phone=soft_phone, **values)

    @routes.get("/desk/{part}", dependencies=AGENTS)
    async def part(part: str, request: Request, user: CurrentUser) -> HTMLResponse:
        if part not in parts:
            raise NotFound("there is no such part")
        return await desk.show(request, f"_{part}.html", **await parts[part](request, user))

    @routes.post("/desk/calls/{call}/ticket", dependencies=AGENTS)
    async def open_ticket(
        call: str, request: Request, user: CurrentUser,
        category: Annotated[Category, Form()], summary: Annotated[str, Form(max_length=4000)] = "",
        solved: Annotated[str, Form()] = "",
    ) -> HTMLResponse:  # fmt: skip
        async with database(request).reading() as session:
            customer = await own_caller(session, call, user.number, clock(request)())
        opened = await _open(request, user, call, customer, category, summary, bool(solved))
        values = await _Parts(desk).ticket(request, user)
        return await desk.show(request, "_ticket.html", **values | {"opened": opened})

    return routes


async def _open(
    request: Request, user: User, call: str, customer: str, category: Category, summary: str, solved: bool
) -> Ticket:
    now = clock(request)()
    async with database(request).transaction() as tx:
        ticket = await tickets.open_ticket(tx, call, customer, category, summary.strip(), user.login, now)
        if solved:
            await tx.session.flush()
            await tickets.move_ticket(tx, ticket.id, State.CLOSED, user.login, "solved during the call", now)
        await audit.note(tx, user.login, "ticket.open", ticket.id)
    return ticket


class _Parts:
    """What each part of the page shows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def me(self, request: Request, user: User) -> dict[str, Any]:
        async with database(request).reading() as session:
            pauses = self._desk.rota.pauses if self._desk.rota else Breaks()
            return {"me": await ownday.me(session, user.number, pauses, clock(request)())}

    async def own(self, request: Request, user: User) -> dict[str, Any]:
        now = clock(request)()
        async with database(request).reading() as session:
            return {"own": await ownday.own_day(session, user, midnight(now, self._desk.site.zone), now)}

    async def contact(self, request: Request, user: User) -> dict[str, Any]:
        language = self._desk.language(request, user)
        async with database(request).reading() as session:
            found = await self._desk.contacts.read(session, user.number, language, clock(request)())
        return {"contact": found, "topic": f"agent-{user.number}"}

    async def recording(self, request: Request, user: User) -> dict[str, Any]:
        """The recording of the call the agent talks on, None without a talk; it may not have begun this moment."""
        values = await self.contact(request, user)
        contact, found = values["contact"], None
        if contact is not None and contact.phase == AgentState.TALKING:
            async with database(request).reading() as session:
                row = await recordings.open_recording(session, contact.call)
                pauses = await recordings.pauses_of(session, row.id) if row else ()
            until = max((pause.until_at for pause in pauses if pause.ended_at is None), default=0.0)
            found = RunningRecording(contact.call, until)
        return values | {"recording": found}

    async def ticket(self, request: Request, user: User) -> dict[str, Any]:
        more: dict[str, Any] = {"categories": [each.value for each in Category], "opened": None}
        values = await self.contact(request, user)
        if values["contact"] is not None:
            async with database(request).reading() as session:
                more["opened"] = await tickets.ticket_of_call(session, values["contact"].call)
        return values | more

    async def targets(self, request: Request, user: User) -> dict[str, Any]:
        """Where a caller may be given."""
        language = self._desk.language(request, user)
        async with database(request).reading() as session:
            found = await ownday.colleagues(session, user.number)
            contact = await self._desk.contacts.read(session, user.number, language, clock(request)())
            steps = await self._desk.contacts.steps(session, contact.call, language) if contact else {}
        return {"colleagues": found, "queues": self._desk.board.titles(language), "steps": steps}

    async def handover(self, request: Request, user: User) -> dict[str, Any]:
        """Who is being asked about the call the agent talks on, None without a talk."""
        values = await self.contact(request, user)
        contact, found = values["contact"], None
        if contact is not None and contact.phase == AgentState.TALKING:
            async with database(request).reading() as session:
                names = await people.names(session)
            found = handover_of(self._desk.under_way, contact.call, names)
        return values | {"handover": found}

    async def dial(self, request: Request, user: User) -> dict[str, Any]:
        queues = self._desk.board.titles(self._desk.language(request, user))
        attempt = self._desk.under_way.attempt(user.number)
        return {"attempt": attempt, "queues": queues, "own_queue": FALLBACK, "topic": f"agent-{user.number}"}

    async def callbacks(self, request: Request, user: User) -> dict[str, Any]:
        titles = self._desk.board.titles(self._desk.language(request, user))
        async with database(request).reading() as session:
            rules, zone = self._desk.contacts.queues, self._desk.site.zone
            found = await outgoing.callbacks(session, user, rules, titles, clock(request)(), zone)
        return {"callbacks": found, "topic": f"agent-{user.number}"}

    async def campaign(self, request: Request, user: User) -> dict[str, Any]:
        async with database(request).reading() as session:
            prospect = await outgoing.prospect_of(session, user.number)
            campaigns = await outgoing.campaigns(session, user.number, clock(request)())
        language = self._desk.language(request, user)
        results = {code: title(rule.name, language) for code, rule in self._desk.dialling.results.items()}
        values = {"prospect": prospect, "campaigns": campaigns, "results": results}
        return values | {"topic": f"agent-{user.number}"}

    async def shift(self, request: Request, user: User) -> dict[str, Any]:
        async with database(request).reading() as session:
            return await own_shift(session, self._desk.rota, user, clock(request)())

    async def notices(self, request: Request, user: User) -> dict[str, Any]:
        async with database(request).reading() as session:
            return {"notices": await notices.unread(session, user.number, clock(request)())}

    async def script(self, request: Request, user: User) -> dict[str, Any]:
        values = await self.contact(request, user)
        contact, language = values["contact"], self._desk.language(request, user)
        book = self._desk.scripts
        view = book.view(contact.call_type, contact.language, language, user.number) if contact else None
        return values | {"script": view}
