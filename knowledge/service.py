"""Who opens which article during which call, what he thinks of it, and what adds up for its owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import published
from core.database import Transaction
from core.errors import NotFound
from knowledge.library import KIND, Shelf
from knowledge.models import ArticleMark, Opening

DAY = 86400.0
COUNTED_DAYS = 30


class Mark(StrEnum):
    USEFUL = "useful"
    NOT_USEFUL = "not_useful"
    OUTDATED = "outdated"


@dataclass(slots=True)
class Counts:
    """Openings of the last COUNTED_DAYS days, the calls among them; marks of the live version."""

    opened: int = 0
    calls: int = 0
    useful: int = 0
    not_useful: int = 0
    outdated: int = 0


async def note_opening(tx: Transaction, shelf: Shelf, name: str, login: str, call: str, now: float) -> None:
    """Raises NotFound."""
    number = await _version(tx.session, shelf, name)
    tx.session.add(Opening(article=name, version=number, login=login, call=call, at=now))


async def mark(
    tx: Transaction, shelf: Shelf, name: str, given: Mark, note: str, login: str, call: str, now: float
) -> ArticleMark:
    """One person's last word about the live version. Raises NotFound."""
    number = await _version(tx.session, shelf, name)
    row = ArticleMark(article=name, version=number, login=login, mark=given, note=note.strip(), call=call, at=now)
    return await tx.session.merge(row)


async def marks_of(session: AsyncSession, name: str) -> Sequence[ArticleMark]:
    """Of every version, the newest first."""
    query = select(ArticleMark).where(ArticleMark.article == name)
    return (await session.scalars(query.order_by(ArticleMark.at.desc()))).all()


async def counts(session: AsyncSession, now: float) -> dict[str, Counts]:
    """By article."""
    found: dict[str, Counts] = {}
    calls = func.count(func.nullif(Opening.call, "").distinct())
    opened = select(Opening.article, func.count(), calls).where(Opening.at >= now - COUNTED_DAYS * DAY)
    for name, times, during in await session.execute(opened.group_by(Opening.article)):
        found[name] = Counts(times, during)
    live = await published.newest(session, KIND)
    marks = select(ArticleMark.article, ArticleMark.version, ArticleMark.mark, func.count())
    for name, version, given, times in await session.execute(
        marks.group_by(ArticleMark.article, ArticleMark.version, ArticleMark.mark)
    ):
        if version == live.get(name, 0):
            setattr(found.setdefault(name, Counts()), given, times)
    return found


async def opened_during(session: AsyncSession, call: str) -> list[str]:
    """The articles that were opened during a call, in order, each once."""
    query = select(Opening.article).where(Opening.call == call).group_by(Opening.article)
    return list(await session.scalars(query.order_by(func.min(Opening.at))))


async def _version(session: AsyncSession, shelf: Shelf, name: str) -> int:
    if name not in shelf.articles:
        raise NotFound(f"there is no article {name}")
    live = await published.live(session, KIND, name)
    return live.number if live else 0
