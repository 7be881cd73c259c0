"""Knowledge on pages: the search beside a talk, and for those who keep it the list of articles and their editor."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from accounts import repository as people
from accounts.access import CurrentUser, allow, clock, database
from accounts.settings import difference
from accounts.settings_endpoints import LONGEST
from agentdesk.desk import PLACES, Desk
from agentdesk.forms.settings import told
from agentdesk.words.refusals import REFUSALS
from core.errors import BadInput, NotFound, Refused
from core.numbers import Number
from core.texts import Line
from knowledge import article, service
from knowledge.endpoints import LineOut
from knowledge.office import KnowledgeOffice
from knowledge.rendering import html_of
from knowledge.service import Counts, Mark

AGENTS = [Depends(allow(*PLACES["/desk"]))]
KEEPERS = [Depends(allow(*PLACES["/knowledge"]))]
Text = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[Line, Form(max_length=400)]
BLANK = "---\ntitle: \nlanguage: {language}\nowner: {owner}\nkeywords: []\nqueues: []\ncodes: []\n---\n\n"


def router(desk: Desk, office: KnowledgeOffice) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    _beside_the_talk(routes, desk)
    _keep(routes, desk, office)
    _change(routes, desk, office)
    return routes


def _beside_the_talk(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/desk/knowledge/found", dependencies=AGENTS)
    async def found(request: Request, user: CurrentUser, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
        language, day = desk.language(request, user), _today(desk, request)
        hits = desk.library.shelf.search(q, day, language) if q.strip() else None
        return await desk.show(request, "_knowledge_found.html", hits=hits, day=day)

    @routes.post("/desk/knowledge/{name}/open", dependencies=AGENTS)
    async def opened(
        name: str, request: Request, user: CurrentUser, call: Annotated[str, Form(max_length=22)] = ""
    ) -> HTMLResponse:
        """The article, and a note that it was opened during the call."""
        shelf = desk.library.shelf
        async with database(request).transaction() as tx:
            await service.note_opening(tx, shelf, name, user.login, call, clock(request)())
            names = await people.persons(tx.session)
        found, day = shelf.articles[name], _today(desk, request)
        return await desk.show(
            request, "_article.html", article=found, html=Markup(html_of(found.text)), day=day, call=call, marks=Mark,
            others=shelf.in_other_languages(name), owner=names.get(found.facts.owner, found.facts.owner),
        )  # fmt: skip


def _keep(routes: APIRouter, desk: Desk, office: KnowledgeOffice) -> None:
    @routes.get("/knowledge", dependencies=KEEPERS)
    async def articles(request: Request, user: CurrentUser, mine: str = "") -> HTMLResponse:
        day = _today(desk, request)
        async with database(request).reading() as session:
            shelf, counts = await desk.library.current(session), await service.counts(session, clock(request)())
            persons = await people.persons(session)
        lines = [LineOut.of(each, counts.get(each.name, Counts()), day) for each in shelf.articles.values()]
        shown = [each for each in lines if not mine or each.owner == user.login]
        return await desk.show(
            request, "articles.html", lines=sorted(shown, key=lambda each: (-each.outdated, -each.opened, each.name)),
            wrong=office.wrong, persons=persons, mine=bool(mine), owns=any(each.owner == user.login for each in lines),
            days=service.COUNTED_DAYS,
        )  # fmt: skip

    @routes.get("/knowledge/new", dependencies=KEEPERS)
    async def new(name: Annotated[str, Query(max_length=60)] = "") -> RedirectResponse:
        if not article.NAME.fullmatch(name):
            raise NotFound(f"{name!r} is no name of an article")
        return RedirectResponse(f"/knowledge/{name}", 303)

    @routes.get("/knowledge/{name}", dependencies=KEEPERS)
    async def one(name: str, request: Request, user: CurrentUser, version: Number = 0) -> HTMLResponse:
        """The editor, beginning with the live text, that of a `version`, or a blank one for a new name."""
        if not article.NAME.fullmatch(name):
            raise NotFound(f"there is no article {name}")
        history = await office.history(name)
        blank = BLANK.format(language=name[-2:], owner=user.login)
        async with database(request).reading() as session:
            persons = await people.persons(session)
            marks = await service.marks_of(session, name)
            counts = (await service.counts(session, clock(request)())).get(name, Counts())
            found = (await desk.library.current(session)).articles.get(name)
        return await desk.show(
            request, "article.html", name=name, title=found.facts.title if found else name, history=history,
            began=version, text=await office.text(name, version) if history else blank, persons=persons, marks=marks,
            counts=counts, state=found.state(_today(desk, request)) if found else "", days=service.COUNTED_DAYS,
        )  # fmt: skip

    @routes.get("/knowledge/{name}/difference", dependencies=KEEPERS)
    async def compare(name: str, request: Request, before: Number = 0, after: Number = 0) -> HTMLResponse:
        lines = difference(name, await office.text(name, before), await office.text(name, after))
        return await desk.show(
            request, "article_difference.html", name=name, lines=lines, before=before,
            after=after or (await office.history(name))[0].number,
        )  # fmt: skip


def _change(routes: APIRouter, desk: Desk, office: KnowledgeOffice) -> None:
    @routes.post("/knowledge/{name}/check", dependencies=KEEPERS)
    async def check(name: str, request: Request, text: Text = "") -> HTMLResponse:
        """What publishing would say, what would be another, and how agents would see it."""
        fault = office.check(name, text)
        before = await office.text(name) if await office.history(name) else ""
        shown = "" if fault else Markup(html_of(article.read(name, text.replace("\r\n", "\n")).text))
        return await _said(desk, request, name, fault=fault, lines=difference(name, before, text), shown=shown)

    @routes.post("/knowledge/{name}/publish", dependencies=KEEPERS)
    async def publish(
        name: str, request: Request, user: CurrentUser, text: Text = "", reason: Short = "",
        seen: Annotated[Number, Form()] = 0,
    ) -> Response:  # fmt: skip
        try:
            await office.publish(name, text, reason.strip(), user.login, seen)
        except Refused as refused:
            return await _said(desk, request, name, refusal=refused.reason)
        except BadInput as fault:
            return await _said(desk, request, name, fault=fault)
        return Response(status_code=204, headers={"HX-Redirect": f"/knowledge/{name}"})

    @routes.post("/knowledge/{name}/back", dependencies=KEEPERS)
    async def back(name: str, user: CurrentUser, reason: Short = "") -> RedirectResponse:
        await office.back(name, reason.strip(), user.login)
        return RedirectResponse(f"/knowledge/{name}", 303)


async def _said(desk: Desk, request: Request, name: str, **values: Any) -> HTMLResponse:
    shown = {"shown": "", "refusals": REFUSALS, **values}
    return await told(desk, request, f"{name}.md", template="_article_check.html", **shown)


def _today(desk: Desk, request: Request) -> date:
    return datetime.fromtimestamp(clock(request)(), desk.site.zone).date()
