"""What every page needs, put together once: templates, languages, assets, live updates, read models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import HTMLResponse
from starlette.routing import Match

from accounts import repository as people
from accounts.access import Role, User, database, user_or_none
from accounts.published import SYSTEM
from accounts.service import COMMAND_LINE
from acd.outward.dialling import Dialling
from acd.queues import Queues
from acd.rota.planned import Rota
from acd.wrapup.codes import Codes
from agentdesk import show
from agentdesk.assets import Assets
from agentdesk.live import Live
from agentdesk.presence import Presence
from agentdesk.reading.board import BoardReader
from agentdesk.reading.contact import ContactReader
from agentdesk.reading.scores import ScoreSheets
from agentdesk.reading.script import ScriptBook, Scripts
from agentdesk.reading.summary import SummaryReader
from agentdesk.reading.switchwatch import SwitchWatch
from agentdesk.reading.underway import UnderWay
from agentdesk.reports.finder import PartFinder
from agentdesk.shared import Shared
from agentdesk.words.codes import WORDS
from agentdesk.words.faults import fault_words
from agentdesk.words.titles import person_field, skill_title, title
from core.bus import Bus
from core.pages import Pages
from core.site import Site
from ivr.published.book import MenuBook
from knowledge.library import Library
from qa.pack import Ruleset

HERE = Path(__file__).resolve().parent
LANGUAGE_COOKIE = "hotline_language"
LOOK = "look"
"""What a form with data-redraw says: nothing is to be done, only shown once more, in another language."""
NOBODY = (SYSTEM, COMMAND_LINE)
"""Who does something though he is no person."""
PLACES: dict[str, tuple[Role, ...]] = {
    "/desk": (Role.AGENT,),
    "/wallboard": tuple(Role),
    "/floor": (Role.SUPERVISOR,),
    "/calls": tuple(Role),
    "/tickets": (Role.AGENT, Role.SUPERVISOR, Role.QUALITY),
    "/shifts": (Role.SUPERVISOR, Role.ADMIN),
    "/campaigns": (Role.SUPERVISOR, Role.ADMIN),
    "/messages": (Role.AGENT, Role.SUPERVISOR),
    "/menus": (Role.SUPERVISOR, Role.ADMIN),
    "/knowledge": (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN),
    "/reports": (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN),
    "/quality": (Role.SUPERVISOR, Role.QUALITY),
    "/my-quality": (Role.AGENT,),
    "/people": (Role.ADMIN,),
    "/settings": (Role.ADMIN,),
    "/audit": (Role.ADMIN,),
    "/system": (Role.ADMIN,),
}
"""The pages of the navigation, and the roles that may open them."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One per web process. `live` and `switch` hear the bus; `live.close()` lets the server stop."""

    site: Site
    pages: Pages
    assets: Assets
    live: Live
    switch: SwitchWatch
    board: BoardReader
    scores: ScoreSheets
    shared: Shared
    book: MenuBook
    contacts: ContactReader
    scripts: ScriptBook
    parts: PartFinder
    dialling: Dialling
    under_way: UnderWay
    summaries: SummaryReader
    library: Library
    rota: Rota | None = None
    presence: Presence = field(default_factory=Presence)

    def language(self, request: Request, user: User | None) -> str:
        """A person's own language, else the browser's choice, else the site's first."""
        wanted = [user.locale] if user else []
        wanted.append(request.cookies.get(LANGUAGE_COOKIE, ""))
        wanted += [each.strip()[:2].lower() for each in request.headers.get("accept-language", "").split(",")]
        return next((each for each in wanted if each in self.site.languages), self.site.languages[0])

    def skill(self, name: str, language: str) -> str:
        """What a skill is called."""
        return skill_title(name, language, self.contacts.queues, self.pages.translator(language))

    def skill_words(self, name: str) -> list[str]:
        """Whatever a skill is called in the languages of the site."""
        return [name, *(self.skill(name, language) for language in self.site.languages)]

    def fault(self, text: str, language: str) -> str:
        """A fault or refusal, in English, in a language of the site's."""
        return fault_words(text, self.pages.translator(language))

    async def show(
        self, request: Request, template: str, status: int = 200, language: str = "", **values: Any
    ) -> HTMLResponse:
        """A page, or the fragment whose template name begins with `_`; in the reader's language where none is given."""
        html = await self.render(request, template, language, **values)
        return HTMLResponse(html, status, {"Vary": "HX-Request"})

    async def render(
        self, request: Request, template: str, language: str = "", *, opened_at: str = "", **values: Any
    ) -> str:
        """`opened_at`: where the page of a form's answer is opened again, if not at the nearest address above it."""
        user = await user_or_none(request)
        language = language or self.language(request, user)
        if "persons" in values:
            say = self.pages.translator(language)
            values["persons"] = {**{each: say(WORDS[each]) for each in NOBODY}, **values["persons"]}
        return await self.pages.rendered(
            template,
            language,
            user=user,
            site_name=title(self.site.name, language),
            places=[place for place, roles in PLACES.items() if user and not user.first and user.role in roles],
            here=request.url.path,
            here_full=opened_at or _opened_at(request),
            asset=self.assets.address,
            skill_title=(skill := partial(self.skill, language=language)),
            person_field=partial(person_field, skill=skill, say=self.pages.translator(language)),
            told=getattr(request.state, "told", ""),
            **values,
        )


def make_desk(
    site: Site, queues: Queues, bus: Bus, rules: Sequence[Ruleset] = (), scripts: Callable[[], Scripts] = Scripts,
    dialling: Dialling | None = None, under_way: UnderWay | None = None, rota: Rota | None = None,
    codes: Codes | None = None, library: Library | None = None,
) -> Desk:  # fmt: skip
    """Everything of the pages, listening to `bus`.

    `rules` are the installed rule packs, for the words they have for things.

    Raises HotlineError when the npm packages are not installed.
    """
    switch = SwitchWatch()
    switch.listen(bus)
    live = Live()
    live.listen(bus)
    pages = Pages([HERE / "templates"], HERE / "locale", site.languages, show.filters(site.zone))
    book, coding, going = MenuBook(), codes or Codes(), under_way or UnderWay()
    return Desk(
        site,
        pages,
        Assets(),
        live,
        switch,
        BoardReader(queues, site.zone, switch, going.missing),
        ScoreSheets(rules),
        Shared(lambda: live.generation),
        book,
        ContactReader(queues, book, coding),
        ScriptBook(scripts, rules),
        PartFinder(queues, book, coding),
        dialling or Dialling(),
        going,
        SummaryReader(coding, queues, site.languages),
        library or Library(),
        rota,
    )


async def persons_of(request: Request) -> dict[str, str]:
    """Logins → names, which pages need that tell who did something (`persons`, for the filter `person`)."""
    async with database(request).reading() as session:
        return await people.persons(session)


def _opened_at(request: Request) -> str:
    """Where this page is opened again: at its own address, or, what answers a form, at the nearest above it."""
    path, query = request.url.path, f"?{request.url.query}" if request.url.query else ""
    if request.method != "GET" and not _opens(request, path):
        path, query = _nearest(request, path), ""
    return (quote(path) or "/") + query


def page_above(request: Request) -> str:
    """Where to go on from an address at which there is nothing to see."""
    path = request.url.path
    alone = request.method == "GET" and not request.url.query
    return quote(_nearest(request, path.rpartition("/")[0] if alone else path)) or "/"


def _nearest(request: Request, path: str) -> str:
    """What opens of this address and those above it, '' for nothing."""
    while path and not _opens(request, path):
        path = path.rpartition("/")[0]
    return path


def _opens(request: Request, path: str) -> bool:
    asked = {**request.scope, "method": "GET", "path": path}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)


def is_fragment(request: Request) -> bool:
    """htmx asks for a part of the page that is already open."""
    return "hx-request" in request.headers
