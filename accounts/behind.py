"""Whom sessions and programs' tokens belong to, asked once for all requests of the same moment."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import ApiToken, Person, SessionRow
from core.database import Database
from core.together import Together

_MARKS: BindParameter[Any] = bindparam("marks", expanding=True)
_PERSON = (
    Person.login, Person.name, Person.role, Person.number, Person.locale, Person.lead, Person.must_change,
    Person.second_key,
)  # fmt: skip
SESSIONS = (
    select(SessionRow.token_hash, SessionRow.expires_at, *_PERSON)
    .join(Person, Person.login == SessionRow.login)
    .where(SessionRow.token_hash.in_(_MARKS), SessionRow.pending.is_(False), Person.active)
)
TOKENS = (
    select(ApiToken.token_hash, null().label("expires_at"), *_PERSON)
    .join(Person, Person.login == ApiToken.login)
    .where(ApiToken.token_hash.in_(_MARKS), Person.active)
)


@dataclass(frozen=True, slots=True)
class Holder:
    """`expires_at` None: until it is withdrawn."""

    expires_at: float | None
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

    async def _fetch(self, query: Executable, marks: Set[str]) -> Mapping[str, Holder]:
        async def look(session: AsyncSession) -> dict[str, Holder]:
            rows = await session.execute(query, {"marks": sorted(marks)})
            return {mark: Holder(*holder) for mark, *holder in rows}

        return await self._db.read(look)
