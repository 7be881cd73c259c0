"""The form editor over HTTP: packs as text and as a form, their trial, publishing with a reason, one step back."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import published
from accounts import repository as people
from accounts.access import CurrentUser, allow, database
from accounts.intake import form_sent
from agentdesk.desk import PLACES, Desk, is_fragment
from core.errors import HotlineError
from core.numbers import Number
from core.texts import Line
from qa import formedit
from qa.office.drafts import Editor
from qa.shelf import KIND

LONGEST = 400_000
Text = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[Line, Form(max_length=400)]


def router(desk: Desk, editor: Editor) -> APIRouter:
    """`/quality/forms` and below."""
    routes = APIRouter(include_in_schema=False)
    _add_pages(routes, desk, editor)
    _add_drafting(routes, desk, editor)
    _add_publishing(routes, desk, editor)
    return routes


def _add_pages(routes: APIRouter, desk: Desk, editor: Editor) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/forms", dependencies=rights)
    async def forms(request: Request) -> HTMLResponse:
        async with database(request).reading() as session:
            works = await editor.works(session)
            persons = await people.persons(session)
        return await desk.show(request, "forms.html", works=works, persons=persons)

    @routes.get("/quality/forms/{pack}", dependencies=rights)
    async def form(pack: str, request: Request) -> HTMLResponse:
        template = "_form_trial.html" if is_fragment(request) else "form.html"
        return await _page(desk, editor, request, pack, template)

    @routes.get("/quality/forms/{pack}/versions/{number}", dependencies=rights)
    async def version(pack: str, number: Number, request: Request) -> Response:
        """The YAML of a version."""
        async with database(request).reading() as session:
            found = await published.of_number(session, KIND, pack, number)
        return Response(found.text, media_type="text/plain; charset=utf-8")


def _add_drafting(routes: APIRouter, desk: Desk, editor: Editor) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.post("/quality/forms/{pack}/text", dependencies=rights)
    async def text(pack: str, user: CurrentUser, text: Text = "", seen: Short = "") -> Response:
        await editor.save(pack, text, seen, user)
        return _to(pack)

    @routes.post("/quality/forms/{pack}/values", dependencies=rights)
    async def values(pack: str, request: Request, user: CurrentUser) -> Response:
        """Fields as `qa.formedit` names them, and `seen`."""
        form = await form_sent(request, 2000)
        given = {key: value for key, value in form.items() if isinstance(value, str)}
        seen = given.pop("seen", "")
        try:
            await editor.change(pack, given, seen, user)
        except HotlineError as fault:
            return await _page(desk, editor, request, pack, "form.html", str(fault), given)
        return _to(pack)

    @routes.post("/quality/forms/{pack}/drop", dependencies=rights)
    async def drop(pack: str, request: Request, user: CurrentUser) -> Response:
        async with database(request).transaction() as tx:
            await editor.drop(tx, pack, user)
        return _to(pack)


def _add_publishing(routes: APIRouter, desk: Desk, editor: Editor) -> None:
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.post("/quality/forms/{pack}/trial", dependencies=rights)
    async def trial(pack: str, user: CurrentUser) -> Response:
        """Begun in the background; the page shows what it found."""
        await editor.begin_trial(pack, user)
        return _to(pack)

    @routes.post("/quality/forms/{pack}/publish", dependencies=rights)
    async def publish(pack: str, user: CurrentUser, reason: Short = "") -> Response:
        await editor.publish(pack, reason.strip(), user)
        return _to(pack)

    @routes.post("/quality/forms/{pack}/back", dependencies=rights)
    async def back(pack: str, user: CurrentUser, reason: Short = "") -> Response:
        await editor.back(pack, reason.strip(), user)
        return _to(pack)


def _to(pack: str) -> RedirectResponse:
    return RedirectResponse(f"/quality/forms/{pack}", 303)


async def _page(
    desk: Desk, editor: Editor, request: Request, pack: str, template: str, fault: str = "",
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    """`typed`: values that could not be taken, to be mended."""
    async with database(request).reading() as session:
        work = await editor.work(session, pack)
        history = await published.history(session, KIND, pack)
        persons = await people.persons(session)
    values: dict[str, Any] = {
        "work": work, "history": history, "persons": persons, "fault": fault,
        "rows": formedit.rows_of(work.rules.pack) if work.rules else (), "key_of": formedit.key_of,
        "typed": typed or {},
    }  # fmt: skip
    return await desk.show(request, template, **values)
