"""The audit trail's page: who did what, to what, when and why."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from accounts import repository as people
from accounts import trail
from accounts.access import CurrentUser, allow, database
from accounts.masking import text_for
from accounts.trail import Wanted
from agentdesk.desk import PLACES, Desk
from agentdesk.reading.asking import Asked, begin_of, end_of, sound_days
from agentdesk.words.audit import Details
from core.numbers import Number

Short = Annotated[str, Query(max_length=120)]
PAGES = {
    "call": "/calls/{}", "menu": "/menus/{}", "person": "/people/person/{}", "setting": "/settings/{}",
    "article": "/knowledge/{}", "campaign": "/campaigns/{}",
}  # fmt: skip
"""Kind of what was touched → its page."""


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/audit", dependencies=[Depends(allow(*PLACES["/audit"]))])
    async def page(
        request: Request, user: CurrentUser, who: Short = "", what: Short = "", about: Short = "", since: Short = "",
        until: Short = "", before: Number = 0,
    ) -> HTMLResponse:  # fmt: skip
        days = sound_days(Asked(since=since, until=until))
        begin = begin_of(days.since, desk.site.zone) if days.since else None
        end = end_of(days.until, desk.site.zone) if days.until else None
        asked = {"who": who.strip(), "what": what, "about": about.strip(), "since": days.since, "until": days.until}
        wanted = Wanted(asked["who"], what, asked["about"], begin, end, before or None)
        async with database(request).reading() as session:
            found = await trail.page(session, wanted)
            persons, names = await people.persons(session), await people.names(session)
            deeds = await trail.deeds(session)
        details = details_of(desk, desk.language(request, user), names)
        used = {name: value for name, value in asked.items() if value}
        return await desk.show(
            request, "audit.html", found=found, asked=asked, persons=persons, deeds=deeds, details=details,
            first=not before, page_of=page_of, shown=lambda text: text_for(user, text),
            newest=f"/audit?{urlencode(used)}",
            older=f"/audit?{urlencode(used | {'before': found.older})}" if found.older else "",
        )  # fmt: skip

    return routes


def details_of(desk: Desk, language: str, names: Mapping[str, str]) -> Details:
    """`names` of agents' numbers."""
    skill = partial(desk.skill, language=language)
    return Details(names, desk.summaries.topics(language), skill, desk.pages.translator(language))


def page_of(about: str) -> str:
    """Where what was touched can be looked at, '' where there is no page of it."""
    kind, _, name = about.partition(":")
    return PAGES[kind].format(name.partition("#")[0]) if kind in PAGES and name else ""
