"""Blind reviews and calibration sessions over HTTP: marking without seeing the machine, then verdicts side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, Role, User, allow, clock, database
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.qualityblind import blind_page, calibration_page, calibrations
from core.errors import NotFound, Refused
from qa import rounds
from qa.sampling import Plan
from qa.verdict import Verdict

SOUND_BASE = "/api/recordings"
Words = Annotated[str, Form(max_length=4000)]
Short = Annotated[str, Form(max_length=400)]
Names = Annotated[list[str], Form(max_length=200)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    """`/quality/blind` for one's own forms, `/quality/calibrations` for sessions."""
    routes = APIRouter(include_in_schema=False)
    _add_forms(routes, desk, plans)
    _add_sessions(routes, desk)
    _add_session(routes, desk)
    return routes


def _add_forms(routes: APIRouter, desk: Desk, plans: Live[Plan]) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.post("/quality/recordings/{recording}/blind", dependencies=rights)
    async def begin(recording: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            form = await rounds.take_double(tx, recording, user, clock(request)())
        return _to_form(form.id)

    @routes.get("/quality/blind/{form}", dependencies=rights)
    async def look(form: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await _form(desk, request, user, form, "_blind.html" if is_fragment(request) else "blind.html")

    @routes.post("/quality/blind/{form}/rows/{row}", dependencies=rights)
    async def mark(
        form: str, row: str, request: Request, user: CurrentUser, verdict: Verdict = Form(), reason: Short = ""
    ) -> Response:
        fault = ""
        try:
            async with database(request).transaction() as tx:
                await rounds.mark_row(tx, form, row, verdict, reason.strip(), user, clock(request)())
        except Refused as refusal:
            fault = refusal.reason
            if not is_fragment(request):
                raise
        if is_fragment(request):
            return await _form(desk, request, user, form, "_blind.html", fault)
        return _to_form(form)

    @routes.post("/quality/blind/{form}/finish", dependencies=rights)
    async def finish(form: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            mine = await rounds.own_form(tx, form, user)
            await rounds.finish_form(tx, form, user, await plans.current(tx.session), clock(request)())
            invited = (await rounds.round_of(tx, mine.round)).invited
        return RedirectResponse(f"/quality/calibrations/{mine.round}" if invited else "/quality", 303)


def _add_sessions(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/calibrations", dependencies=rights)
    async def sessions(request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            found = await calibrations(session, user, clock(request)())
            names = await people.names(session)
            persons = await people.people(session)
        office = [each for each in persons if each.active and each.role in (Role.SUPERVISOR, Role.QUALITY)]
        called = {each.login: each.name for each in persons}
        values: dict[str, Any] = {"found": found, "names": names, "office": office, "persons": called}
        return await desk.show(request, "calibrations.html", **values)

    @routes.post("/quality/calibrations", dependencies=rights)
    async def begin(
        request: Request, user: CurrentUser, title: Short = "", recordings: Names = [], invited: Names = []  # noqa: B006  # FastAPI copies defaults
    ) -> RedirectResponse:  # fmt: skip
        async with database(request).transaction() as tx:
            office = {each.login for each in await people.people(tx.session)
                      if each.active and each.role in (Role.SUPERVISOR, Role.QUALITY)}  # fmt: skip
            asked = [login for login in invited if login in office]
            found = await rounds.open_calibration(tx, title.strip()[:120], recordings, asked, user, clock(request)())
        return _to_session(found.id)


def _add_session(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/calibrations/{round_id}", dependencies=rights)
    async def look(round_id: str, request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            try:
                page = await calibration_page(session, round_id, user, desk.language(request, user))
            except NotFound as fault:
                raise HTTPException(404, fault.problem) from None
            names = await people.names(session)
            persons = {person.login: person.name for person in await people.people(session)}
            trail = await people.trail(session, f"round:{round_id}")
        template = "_calibration.html" if is_fragment(request) else "calibration.html"
        return await desk.show(request, template, page=page, names=names, persons=persons, trail=trail)

    @routes.post("/quality/calibrations/{round_id}/recordings/{recording}", dependencies=rights)
    async def take(round_id: str, recording: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            form = await rounds.take(tx, round_id, recording, user, clock(request)())
        return _to_form(form.id)

    @routes.post("/quality/calibrations/{round_id}/close", dependencies=rights)
    async def close(round_id: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            await rounds.close_calibration(tx, round_id, user, clock(request)())
        return _to_session(round_id)

    @routes.post("/quality/calibrations/{round_id}/note", dependencies=rights)
    async def discuss(round_id: str, request: Request, user: CurrentUser, note: Words = "") -> RedirectResponse:
        async with database(request).transaction() as tx:
            await rounds.discuss(tx, round_id, note.strip(), user, clock(request)())
        return _to_session(round_id)


def _to_form(form: str) -> RedirectResponse:
    return RedirectResponse(f"/quality/blind/{form}", 303)


def _to_session(round_id: str) -> RedirectResponse:
    return RedirectResponse(f"/quality/calibrations/{round_id}", 303)


async def _form(desk: Desk, request: Request, user: User, form: str, template: str, fault: str = "") -> HTMLResponse:
    language = desk.language(request, user)
    queues = desk.board.titles(language)
    async with database(request).reading() as session:
        names = await people.names(session)
        try:
            page = await blind_page(session, form, user, language, clock(request)(), queues, names)
        except NotFound as missing:
            raise HTTPException(404, missing.problem) from None
    if template == "blind.html":
        async with database(request).transaction() as tx:
            await audit.note(tx, user.login, "blind_viewed", f"round:{page.round.id}", page.recording)
    values: dict[str, Any] = {
        "page": page, "call": page.call, "names": names, "persons": {user.login: user.name}, "queues": queues,
        "sound_base": SOUND_BASE, "fault": fault,
    }  # fmt: skip
    return await desk.show(request, template, **values)
