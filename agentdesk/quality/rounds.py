"""Blind reviews and calibration sessions over HTTP: marking without seeing the machine, then verdicts side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.quality.marks import add_marking, beside, reassignment
from core.texts import Line, Text
from qa.office import deeds as office
from qa.office import reassigning, rounds
from qa.office.reading import blind_view, held_form, session_view, sessions_of
from qa.office.reassigning import Reassignment
from qa.sampling import Plan

Words = Annotated[Text, Form(max_length=4000)]
Short = Annotated[Line, Form(max_length=400)]
Names = Annotated[list[str], Form(max_length=200)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    """`/quality/blind` for one's own forms, `/quality/calibrations` for sessions."""
    routes = APIRouter(include_in_schema=False)
    _add_forms(routes, desk, plans)
    _add_held_forms(routes, desk)
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

    async def form_of(request: Request, user: User, form: str, fault: str) -> HTMLResponse:
        return await desk.show(request, "_blind.html", **{**await _values(desk, request, user, form), "fault": fault})

    @routes.get("/quality/blind/{form}", dependencies=rights)
    async def look(form: str, request: Request, user: CurrentUser) -> HTMLResponse:
        if is_fragment(request):
            return await form_of(request, user, form, "")
        values = await _values(desk, request, user, form)
        async with database(request).transaction() as tx:
            await audit.note(
                tx, user.login, "blind_viewed", f"round:{values['page'].round.id}", values["page"].recording
            )
        return await desk.show(request, "blind.html", **values)

    add_marking(routes, "/quality/blind", rounds.mark_row, form_of)

    @routes.post("/quality/blind/{form}/finish", dependencies=rights)
    async def finish(form: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            mine = await rounds.own_form(tx, form, user)
            await rounds.finish_form(tx, form, user, await plans.current(tx.session), clock(request)())
            invited = (await rounds.round_of(tx, mine.round)).invited
        return RedirectResponse(f"/quality/calibrations/{mine.round}" if invited else "/quality", 303)


def _add_held_forms(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/blind/{form}/reassign", dependencies=rights)
    async def held(form: str, request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            found = await held_form(session, form, user)
            names, persons = await people.names(session), await people.persons(session)
        values: dict[str, Any] = {"held": found, "names": names, "persons": persons, "takers": found.takers}
        place = f"/quality/blind/{form}/reassign"
        return await desk.show(request, "reassign.html", holder=found.form.by, place=place, **values)

    @routes.post("/quality/blind/{form}/reassign", dependencies=rights)
    async def reassign(
        form: str, request: Request, user: CurrentUser, wanted: Annotated[Reassignment, Depends(reassignment)]
    ) -> RedirectResponse:
        async with database(request).transaction() as tx:
            found = await reassigning.reassign_form(tx, form, wanted, user, clock(request)())
        return _to_form(form) if found.by == user.login else RedirectResponse("/quality", 303)


def _add_sessions(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/calibrations", dependencies=rights)
    async def sessions(request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            found = await sessions_of(session, user, clock(request)())
            names = await people.names(session)
            invitable = await office.people_of(session)
            called = await people.persons(session)
        values: dict[str, Any] = {"found": found, "names": names, "office": invitable, "persons": called}
        return await desk.show(request, "calibrations.html", **values)

    @routes.post("/quality/calibrations", dependencies=rights)
    async def begin(
        request: Request, user: CurrentUser, title: Short = "", recordings: Names = [], invited: Names = []  # noqa: B006  # FastAPI copies defaults
    ) -> RedirectResponse:  # fmt: skip
        async with database(request).transaction() as tx:
            found = await rounds.open_calibration(tx, title.strip()[:120], recordings, invited, user, clock(request)())
        return _to_session(found.id)


def _add_session(routes: APIRouter, desk: Desk) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/calibrations/{round_id}", dependencies=rights)
    async def look(round_id: str, request: Request, user: CurrentUser) -> HTMLResponse:
        async with database(request).reading() as session:
            page = await session_view(session, round_id, user, desk.language(request, user))
            names = await people.names(session)
            persons = await people.persons(session)
            trail = await people.trail(session, f"round:{round_id}")
        template = "_calibration.html" if is_fragment(request) else "calibration.html"
        return await desk.show(request, template, page=page, names=names, persons=persons, trail=trail)

    @routes.post("/quality/calibrations/{round_id}/recordings/{recording}", dependencies=rights)
    async def take(round_id: str, recording: str, request: Request, user: CurrentUser) -> RedirectResponse:
        async with database(request).transaction() as tx:
            form = await rounds.take(tx, round_id, recording, user, clock(request)())
        return _to_form(form.id)

    @routes.post("/quality/calibrations/{round_id}/close", dependencies=rights)
    async def close(round_id: str, request: Request, user: CurrentUser, reason: Short = "") -> RedirectResponse:
        async with database(request).transaction() as tx:
            await rounds.close_calibration(tx, round_id, user, clock(request)(), reason.strip())
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


async def _values(desk: Desk, request: Request, user: User, form: str) -> dict[str, Any]:
    async with database(request).reading() as session:
        page = await blind_view(session, form, user, desk.language(request, user))
        around = await beside(desk, session, request, user, page.call, page.recording)
    own = {"page": page, "rows_at": f"/quality/blind/{form}/rows", "purpose": f"blind form {form}", "fault": ""}
    return own | around
