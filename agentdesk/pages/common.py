"""The pages over HTTP. A page's own address also answers its live fragment: same template, same rights."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, Role, User, allow, anyone, clock, database
from accounts.masking import number_for
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.listening import Heard
from agentdesk.reading import asking, outgoing
from agentdesk.reading.asking import OUTCOMES, Asked, sound_days
from agentdesk.reading.call import call_page
from agentdesk.reading.listed import call_list
from agentdesk.reading.tickets import rows_of, ticket_reach
from agentdesk.reading.views import CallList, CallPage, MessageRow
from agentdesk.reports.partwords import described
from agentdesk.words.refusals import REFUSALS
from core import problem
from core.errors import NotFound
from ivr.messages import repository as messages_of_ivr
from ivr.messages import service as ivr_service
from knowledge import service as knowledge
from tickets.repository import tickets_of_call

SOUND_BASE = "/api/recordings"
EVERYBODY = [Depends(allow(*Role))]


def router(desk: Desk) -> APIRouter:
    """Calls, messages, live stream and assets; signing in is in `agentdesk.pages.signin`."""
    routes = APIRouter(include_in_schema=False)
    _add_calls(routes, desk)
    _add_messages(routes, desk)

    @routes.get("/", dependencies=EVERYBODY)
    async def start(user: CurrentUser) -> RedirectResponse:
        return RedirectResponse("/desk" if user.role is Role.AGENT else "/wallboard", 303)

    @routes.get("/live", dependencies=EVERYBODY)
    async def live(user: CurrentUser, heard: Annotated[Heard, Depends()]) -> StreamingResponse:
        return heard.answer(desk.live, user.login)

    @routes.get("/assets/{name}", dependencies=[Depends(anyone())])
    async def asset(name: str, request: Request, v: str = "") -> Response:
        """`v` is the content's mark: with it the browser never asks again; scripts that name each other have none."""
        found = desk.assets.find(name)
        if found is None:
            raise HTTPException(404, "no such file")
        packs = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Vary": "Accept-Encoding", "ETag": f'"{found.mark}"'}
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if v else "no-cache"
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if packs:
            headers["Content-Encoding"] = "gzip"
        return Response(found.packed if packs else found.body, media_type=found.kind, headers=headers)

    return routes


def _add_calls(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/calls"]))]

    @routes.get("/calls", dependencies=rights)
    async def calls(request: Request, user: CurrentUser, query: Annotated[_AskedQuery, Depends()]) -> HTMLResponse:
        asked, now = query.asked, clock(request)()
        language = desk.language(request, user)
        async with database(request).reading() as session:
            counted = await desk.parts.conditions(session, asked.part, user, now)
            found = await call_list(session, asked, user, desk.site.zone, now, desk.summaries.rules, counted=counted)
            names = await people.names(session)
        titles = desk.board.titles(language)
        say, topics = desk.pages.translator(language), desk.summaries.topics(language)
        return await desk.show(
            request,
            "_calls.html" if is_fragment(request) else "calls.html",
            found=found,
            asked=asked,
            queues=titles,
            part=described(asked.part, say, titles, names, topics, desk.site.zone) if counted else (),
            names=names,
            agents={} if user.role is Role.AGENT else names,
            outcomes=OUTCOMES,
            page_link=asked.link,
            choices=asking,
            codes=topics,
            languages=desk.site.languages,
        )

    @routes.get(
        "/api/call-search", dependencies=rights, include_in_schema=True, tags=["calls"], responses=problem.REFUSALS
    )
    async def search(request: Request, user: CurrentUser, query: Annotated[_AskedQuery, Depends()]) -> CallList:
        """Calls by everything known of them, newest first, a page at a time; agents find only their own."""
        now = clock(request)()
        async with database(request).reading() as session:
            counted = await desk.parts.conditions(session, query.asked.part, user, now)
            rules = desk.summaries.rules
            return await call_list(session, query.asked, user, desk.site.zone, now, rules, counted=counted)

    @routes.get("/calls/{call}", dependencies=rights)
    async def call(call: str, request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).transaction() as tx:
            await audit.note(tx, user.login, "call_viewed", f"call:{call}")
        return await desk.show(request, "call.html", **await _call_values(desk, request, user, call))

    @routes.get("/calls/{call}/body", dependencies=rights)
    async def call_body(call: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await desk.show(request, "_call.html", **await _call_values(desk, request, user, call))

    @routes.get("/calls/{call}/sound", dependencies=rights)
    async def call_sound(call: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await desk.show(request, "_sound.html", **await _call_values(desk, request, user, call))


async def _call_values(desk: Desk, request: Request, user: User, call: str) -> Mapping[str, Any]:
    language = desk.language(request, user)
    wanted = request.query_params.get("part", "")
    part = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 4 else 0
    queues = desk.board.titles(language)
    async with database(request).reading() as session:
        names, persons = await people.names(session), await people.persons(session)
        try:
            page: CallPage = await call_page(
                session, call, user, clock(request)(), queues, names, desk.scores, desk.book, language, part
            )
        except NotFound as fault:
            raise HTTPException(404, fault.problem) from None
        now = clock(request)()
        forms = await desk.summaries.forms(session, call, user, language, now)
        said = (await desk.summaries.lines(session, [call], user, language)).get(call, ())
        opened = await knowledge.opened_during(session, call)
        reach = await ticket_reach(session, user, now, desk.under_way)
        its_tickets = rows_of(await tickets_of_call(session, call, reach), user, now)
    known = desk.library.shelf.articles
    return {
        "call": page, "queues": queues, "names": names, "persons": persons, "sound_base": SOUND_BASE, "said": said,
        "forms": forms, "refusals": REFUSALS, "tickets": its_tickets,
        "opened": [known[name].facts.title if name in known else name for name in opened],
    }  # fmt: skip


def _add_messages(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/messages"]))]

    @routes.post("/messages/{message}/done", dependencies=rights)
    async def done(message: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await ivr_service.finish_message(tx, message, user.login, clock(request)())
            await audit.note(tx, user.login, "message_done", f"message:{message}")
        return RedirectResponse("/messages", 303)

    @routes.get("/messages", dependencies=rights)
    async def messages(request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            found = await messages_of_ivr.messages(session)
            promised = await outgoing.promised_in(session, [row.id for row in found])
            rows = [
                MessageRow(
                    id=row.id,
                    call=row.call,
                    left_at=row.left_at,
                    caller=number_for(user, row.caller),
                    seconds=row.seconds,
                    deadline_at=row.deadline_at,
                    contact_by=row.contact_by,
                    state=row.state,
                    sound=f"/api/messages/{row.id}/sound" if row.seconds or row.raw else "",
                    promise=promised.get(row.id),
                )
                for row in found
            ]
        template = "_messages.html" if is_fragment(request) else "messages.html"
        return await desk.show(request, template, messages=rows, now=clock(request)())


class _AskedQuery:
    """The call list's filters as they come in the address."""

    def __init__(
        self,
        since: Annotated[str, Query(max_length=10)] = "",
        until: Annotated[str, Query(max_length=10)] = "",
        queue: Annotated[str, Query(max_length=40)] = "",
        agent: Annotated[str, Query(max_length=16)] = "",
        outcome: Annotated[str, Query(max_length=16)] = "",
        number: Annotated[str, Query(max_length=32)] = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        longer: Annotated[str, Query(max_length=16)] = "",
        shorter: Annotated[str, Query(max_length=16)] = "",
        below: Annotated[str, Query(max_length=16)] = "",
        mark: Annotated[str, Query(max_length=16)] = "",
        language: Annotated[str, Query(max_length=8)] = "",
        tier: Annotated[str, Query(max_length=32)] = "",
        ticket: Annotated[str, Query(max_length=16)] = "",
        ended_by: Annotated[str, Query(max_length=16)] = "",
        speech: Annotated[str, Query(max_length=16)] = "",
        words: Annotated[str, Query(max_length=80)] = "",
        part: Annotated[str, Query(max_length=300)] = "",
        code: Annotated[str, Query(max_length=40)] = "",
    ) -> None:
        common = (since, until, queue, agent, outcome, number.strip(), page)
        rarer = (longer, shorter, below, mark, language, tier, ticket, ended_by, speech, words.strip(), part, code)
        self.asked = sound_days(Asked(*common, *rarer))
