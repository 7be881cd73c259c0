"""Whom sessions and programs' tokens belong to, asked once for all requests of the same moment."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import BindParameter, Executable, bindparam, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.lasting import prolonged
from accounts.models import ApiToken, Person, SessionRow
from core.database import AWAY, Database
from core.errors import HotlineError, cause
from core.together import Together

log = structlog.get_logger(__name__)

_MARKS: BindParameter[Any] = bindparam("marks", expanding=True)
_PERSON = (
    Person.login, Person.name, Person.role, Person.number, Person.locale, Person.lead, Person.must_change,
    Person.second_key,
)  # fmt: skip
SESSIONS = (
    select(SessionRow.token_hash, SessionRow.created_at, SessionRow.expires_at, SessionRow.ending, *_PERSON)
    .join(Person, Person.login == SessionRow.login)
    .where(SessionRow.token_hash.in_(_MARKS), SessionRow.pending.is_(False), Person.active)
)
TOKENS = (
    select(ApiToken.token_hash, ApiToken.created_at, null().label("expires_at"), literal("").label("ending"), *_PERSON)
    .join(Person, Person.login == ApiToken.login)
    .where(ApiToken.token_hash.in_(_MARKS), Person.active)
)


@dataclass(frozen=True, slots=True)
class Holder:
    """`expires_at` None: until it is withdrawn. `ending`: as `SessionRow`."""

    created_at: float
    expires_at: float | None
    ending: str
    login: str
    name: str
    role: str
    number: str
    locale: str
    lead: bool
    must_change: bool
    second_key: str


class Behind:
    """By fingerprints. Whoever signs out or loses a token is unknown from the next question on: nothing is kept."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.sessions = Together(lambda marks: self._fetch(SESSIONS, marks))
        self.tokens = Together(lambda marks: self._fetch(TOKENS, marks))
        self._storing: set[str] = set()

    async def used(self, mark: str, holder: Holder, now: float) -> None:
        """A session that somebody works with goes on. Where that cannot be stored, what he does must not fail."""
        ends = holder.expires_at
        if ends is None or mark in self._storing or (later := prolonged(holder.created_at, ends, now)) == ends:
            return
        self._storing.add(mark)  # by one of the many requests of this moment
        try:
            async with self._db.transaction() as tx:
                mine = update(SessionRow).where(SessionRow.token_hash == mark)
                await tx.session.execute(mine.values(expires_at=later))
        except (*AWAY, HotlineError) as fault:
            log.warning("a session is not prolonged", why=cause(fault))
        finally:
            self._storing.discard(mark)

    async def _fetch(self, query: Executable, marks: Set[str]) -> Mapping[str, Holder]:
        async def look(session: AsyncSession) -> dict[str, Holder]:
            rows = await session.execute(query, {"marks": sorted(marks)})
            return {mark: Holder(*holder) for mark, *holder in rows}

        return await self._db.read(look)
