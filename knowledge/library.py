"""The articles that are live, with their index: read again whenever one was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.events import TextPublished
from accounts.taken import Live
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from knowledge import article, suggest
from knowledge.article import Article, State
from knowledge.index import Index
from knowledge.suggest import Situation

KIND = "article"
MOST = 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """`said`: words of the article around what was asked."""

    article: Article
    score: float
    said: str


@dataclass(frozen=True, slots=True)
class Shelf:
    articles: Mapping[str, Article]
    index: Index

    @classmethod
    def of(cls, articles: Sequence[Article]) -> "Shelf":
        return cls({each.name: each for each in articles}, Index(articles))

    def search(self, query: str, day: date, language: str) -> list[Hit]:
        """Valid ones before expired ones; each matter once, in the reader's language where that was found too."""
        found: dict[str, tuple[Article, float]] = {}
        hits = [hit for hit in self.index.search(query) if hit[0].state(day) is not State.COMING]
        for each, score in sorted(hits, key=lambda hit: hit[0].state(day) is State.EXPIRED):
            known = found.get(each.matter)
            own = known and each.facts.language == language != known[0].facts.language
            if known is None or (own and each.state(day) is known[0].state(day)):
                found[each.matter] = (each, score)
        best = list(found.values())[:MOST]
        return [Hit(each, score, self.index.said(each, query)) for each, score in best]

    def suggested(self, call: Situation, day: date, language: str) -> list[Article]:
        return suggest.suggested(self.articles.values(), call, day, language)

    def in_other_languages(self, name: str) -> list[Article]:
        matter = name.rpartition(".")[0]
        return [each for each in self.articles.values() if each.matter == matter and each.name != name]


class Library:
    """`articles` are those of the files, until something was published."""

    def __init__(self, articles: Sequence[Article] = ()) -> None:
        self._live = Live(KIND, _shelf_of, Shelf.of(articles))

    @property
    def shelf(self) -> Shelf:
        """As it was when last read: for those who cannot wait."""
        return self._live.value

    async def current(self, session: AsyncSession) -> Shelf:
        return await self._live.current(session)

    async def begin(self, db: Database, bus: Bus) -> None:
        """Read what is published, and again whenever something is."""

        async def read(_event: object = None) -> None:
            async with db.reading() as session:
                await self.current(session)

        async def heard(event: TextPublished) -> None:
            if event.kind == KIND:
                await read()

        bus.subscribe("knowledge", TextPublished, heard)
        await read()


def _shelf_of(texts: Mapping[str, str]) -> Shelf:
    """One article that cannot be read leaves the others as they are."""
    found: list[Article] = []
    for name, text in sorted(texts.items()):
        try:
            found.append(article.read(name, text))
        except HotlineError as fault:
            log.error("article not taken", article=name, why=str(fault))
    return Shelf.of(found)
