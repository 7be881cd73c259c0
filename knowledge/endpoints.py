"""Knowledge over HTTP: searching and opening articles, what one thinks of them; writing, versions, one step back."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from accounts.access import CurrentUser, Role, allow, clock, database, in_words
from accounts.settings import difference
from accounts.settings_endpoints import Number, PublishIn, ReasonIn, TextIn, VersionOut
from core import numbers
from core.errors import NotFound
from core.problem import REFUSALS
from core.texts import Line, Text
from knowledge import service
from knowledge.article import Article, Facts, State
from knowledge.library import Library
from knowledge.office import KnowledgeOffice
from knowledge.service import Counts, Mark

READERS = [Depends(allow(*Role))]
WRITERS = [Depends(allow(Role.SUPERVISOR, Role.QUALITY, Role.ADMIN))]
MARKDOWN = "text/markdown"
Language = Annotated[str, Query(max_length=8)]
Call = Annotated[Line, Field(max_length=22)]


class HitOut(BaseModel):
    """`said`: words of the text where it was found, '' for a title."""

    name: str
    title: str
    language: str
    state: State
    said: str = ""
    score: float = 0.0


class ArticleOut(BaseModel):
    """`text` in Markdown."""

    name: str
    facts: Facts
    state: State
    text: str

    @classmethod
    def of(cls, article: Article, day: date) -> "ArticleOut":
        return cls(name=article.name, facts=article.facts, state=article.state(day), text=article.text)


class LineOut(BaseModel):
    """An article in the list; openings of the last 30 days, marks of the live version."""

    name: str
    title: str
    language: str
    owner: str
    state: State
    valid_until: date | None
    opened: int
    calls: int
    useful: int
    not_useful: int
    outdated: int

    @classmethod
    def of(cls, article: Article, counts: Counts, day: date) -> "LineOut":
        facts = article.facts
        return cls(
            name=article.name, title=facts.title, language=facts.language, owner=facts.owner, state=article.state(day),
            valid_until=facts.valid_until, opened=counts.opened, calls=counts.calls, useful=counts.useful,
            not_useful=counts.not_useful, outdated=counts.outdated,
        )  # fmt: skip


class OpeningIn(BaseModel):
    """`call`: the one that the reader has to do with."""

    call: Call = ""


class MarkIn(BaseModel):
    mark: Mark
    note: Text = Field(default="", max_length=400)
    call: Call = ""


class MarkOut(BaseModel):
    version: int
    login: str
    mark: Mark
    note: str
    call: str
    at: float


class CheckOut(BaseModel):
    passed: bool
    fault: str
    difference: str


def router(library: Library, office: KnowledgeOffice, zone: Callable[[], ZoneInfo]) -> APIRouter:
    routes = APIRouter(prefix="/api/knowledge", tags=["knowledge"], responses=REFUSALS)

    def today(request: Request) -> date:
        return datetime.fromtimestamp(clock(request)(), zone()).date()

    @routes.get("/wrong-files", dependencies=[Depends(allow(Role.ADMIN))])
    async def wrong_files(request: Request) -> dict[str, str]:
        """By article, what is wrong with its file as edited by hand: file, line, how to mend it."""
        return {name: await in_words(request, fault) for name, fault in office.wrong.items()}

    _read(routes, library, office, today)
    _think(routes, library)
    _write(routes, office)
    return routes


def _read(routes: APIRouter, library: Library, office: KnowledgeOffice, today: Callable[[Request], date]) -> None:
    @routes.get("", dependencies=WRITERS)
    async def articles(request: Request) -> list[LineOut]:
        """Every article with what adds up for its owner."""
        async with database(request).reading() as session:
            shelf, counts = await library.current(session), await service.counts(session, clock(request)())
        day = today(request)
        return [LineOut.of(each, counts.get(each.name, Counts()), day) for each in shelf.articles.values()]

    @routes.get("/search", dependencies=READERS)
    async def search(
        request: Request, user: CurrentUser, q: Annotated[str, Query(max_length=200)], language: Language = ""
    ) -> list[HitOut]:
        """The best first; each matter once, in `language` (one's own) where it was found in several."""
        async with database(request).reading() as session:
            shelf = await library.current(session)
        day = today(request)
        return [
            HitOut(name=hit.article.name, title=hit.article.facts.title, language=hit.article.facts.language,
                   state=hit.article.state(day), said=hit.said, score=round(hit.score, 3))
            for hit in shelf.search(q, day, language or user.locale)
        ]  # fmt: skip

    @routes.get("/of-call/{call}", dependencies=WRITERS)
    async def of_call(call: str, request: Request) -> list[str]:
        """The articles that were opened during a call, in order, each once."""
        async with database(request).reading() as session:
            return await service.opened_during(session, call)

    @routes.get("/{name}", dependencies=READERS)
    async def article(name: str, request: Request) -> ArticleOut:
        async with database(request).reading() as session:
            found = (await library.current(session)).articles.get(name)
        if found is None:
            raise NotFound(f"there is no article {name}")
        return ArticleOut.of(found, today(request))

    @routes.get("/{name}/marks", dependencies=WRITERS)
    async def marks(name: str, request: Request) -> list[MarkOut]:
        """What people think of each version, the newest first."""
        async with database(request).reading() as session:
            return [
                MarkOut.model_validate(each, from_attributes=True) for each in await service.marks_of(session, name)
            ]

    @routes.get("/{name}/versions", dependencies=WRITERS)
    async def versions(name: str) -> list[VersionOut]:
        return [VersionOut.of(each) for each in await office.history(name)]

    @routes.get("/{name}/text", dependencies=WRITERS)
    async def text(name: str, version: Number = 0) -> Response:
        """With its facts, as it is published."""
        return Response(await office.text(name, version), media_type=MARKDOWN)

    @routes.get("/{name}/difference", dependencies=WRITERS)
    async def compare(name: str, before: numbers.Number, after: Number = 0) -> Response:
        """A unified diff of two versions."""
        lines = difference(name, await office.text(name, before), await office.text(name, after))
        return Response("\n".join([*lines, ""]) if lines else "", media_type="text/x-diff; charset=utf-8")


def _think(routes: APIRouter, library: Library) -> None:
    @routes.post("/{name}/openings", status_code=204, dependencies=READERS)
    async def opened(name: str, wanted: OpeningIn, request: Request, user: CurrentUser) -> None:
        async with database(request).transaction() as tx:
            shelf = await library.current(tx.session)
            await service.note_opening(tx, shelf, name, user.login, wanted.call, clock(request)())

    @routes.put("/{name}/mark", dependencies=READERS)
    async def mark(name: str, wanted: MarkIn, request: Request, user: CurrentUser) -> MarkOut:
        """One's last word about the live version."""
        async with database(request).transaction() as tx:
            shelf, now = await library.current(tx.session), clock(request)()
            row = await service.mark(tx, shelf, name, wanted.mark, wanted.note, user.login, wanted.call, now)
        return MarkOut.model_validate(row, from_attributes=True)


def _write(routes: APIRouter, office: KnowledgeOffice) -> None:
    @routes.post("/{name}/check", dependencies=WRITERS)
    async def check(name: str, wanted: TextIn, request: Request) -> CheckOut:
        """What publishing this text would say, and change."""
        fault, before = office.check(name, wanted.text), ""
        if await office.history(name):
            before = await office.text(name)
        lines = difference(name, before, wanted.text)
        said = await in_words(request, str(fault or ""))
        return CheckOut(passed=fault is None, fault=said, difference="\n".join(lines))

    @routes.post("/{name}/publish", dependencies=WRITERS)
    async def publish(name: str, wanted: PublishIn, user: CurrentUser) -> VersionOut:
        """A new article as well. 400 with the line of the first fault; 409 without a reason or a change."""
        return VersionOut.of(await office.publish(name, wanted.text, wanted.reason, user.login, wanted.seen))

    @routes.post("/{name}/back", dependencies=WRITERS)
    async def back(name: str, why: ReasonIn, user: CurrentUser) -> VersionOut:
        return VersionOut.of(await office.back(name, why.reason, user.login))
