"""Reading the audit trail: newest first, by who, what, about what and when, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import AuditEntry

PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search, '' and None where everything is wanted. `about` may be a beginning: `person:`, `call:01j…`.

    `since` and `until` are seconds since the epoch, `until` not included. Only entries before the id `before`.
    """

    who: str = ""
    what: str = ""
    about: str = ""
    since: float | None = None
    until: float | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`older`: the `before` of the next page, None on the last."""

    entries: Sequence[AuditEntry]
    older: int | None


async def page(session: AsyncSession, wanted: Wanted, size: int = PAGE) -> Page:
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(size + 1)
    if wanted.who:
        query = query.where(AuditEntry.who == wanted.who)
    if wanted.what:
        query = query.where(AuditEntry.what == wanted.what)
    if wanted.about:
        query = query.where(AuditEntry.about.startswith(wanted.about, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    found = list((await session.scalars(query)).all())
    return Page(found[:size], found[size - 1].id if len(found) > size else None)


async def deeds(session: AsyncSession) -> list[str]:
    """Codes of everything that was ever done, by use."""
    query = select(AuditEntry.what).group_by(AuditEntry.what).order_by(func.count().desc())
    return list((await session.scalars(query)).all())
