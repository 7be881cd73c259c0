"""Signing in and out, passwords, tokens, and the people of the first day."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, handsets, passwords
from accounts.events import DESK_ENDED, DESK_OVER, PeopleChanged, SessionEnding, SignedOut
from accounts.lasting import SESSION_SECONDS
from accounts.models import ApiToken, Person, SessionRow
from accounts.people import PersonEntry
from accounts.tokens import fingerprint, new_token
from core.database import Transaction
from core.errors import HotlineError, NotFound

COMMAND_LINE = "command line"
"""Who it was where nobody has signed in."""
PENDING_SECONDS = 300.0
"""How long a code may be looked for after the password."""
FAILURES_ALLOWED = 5
FIRST_LOCK = 60.0
LONGEST_LOCK = 900.0


@dataclass(frozen=True, slots=True)
class SignIn:
    """`token` for the cookie, or '' with `refusal`: wrong or locked. `pending`: it opens nothing before a code."""

    token: str
    refusal: str = ""
    pending: bool = False


async def password_matches(session: AsyncSession, login: str, password: str) -> bool:
    """Slow on purpose (Argon2): ask before opening the transaction that calls `sign_in`."""
    stored = await session.scalar(select(Person.password_hash).where(Person.login == login, Person.active))
    return await passwords.matches(password, stored or "")


async def sign_in(tx: Transaction, login: str, matched: bool, now: float) -> SignIn:
    """Open a session, or count a failure; from the fifth on the login is locked, each time twice as long."""
    person = await tx.session.get(Person, login, with_for_update=True)
    if person is None or not person.active:
        return SignIn("", "wrong")
    pending = bool(person.second_key)
    if refusal := await judge(tx, person, matched, now, forgive=not pending):
        return SignIn("", refusal)
    return SignIn(await open_session(tx, login, now, pending=pending), pending=pending)


async def open_session(tx: Transaction, login: str, now: float, *, pending: bool = False) -> str:
    """The token of a new session; a `pending` one is noted as signed in only when it is replaced."""
    token, until = new_token(), now + (PENDING_SECONDS if pending else SESSION_SECONDS)
    row = SessionRow(token_hash=fingerprint(token), login=login, created_at=now, expires_at=until, pending=pending)
    tx.session.add(row)
    await end_expired(tx, now)
    if not pending:
        await audit.note(tx, login, "signed_in", f"person:{login}")
    return token


async def sign_out(tx: Transaction, token: str, now: float) -> None:
    """Withdraw the session of this cookie; one that is unknown or over is fine."""
    row = await tx.session.get(SessionRow, fingerprint(token))
    if row is not None and row.pending:
        await tx.session.delete(row)
    elif row is not None:
        await audit.note(tx, row.login, "signed_out", f"person:{row.login}")
        await handsets.drop_session(tx, row.token_hash, row.login, given_up=True)
        await tx.session.delete(row)
        await tx.session.flush()
        if not await is_signed_in(tx.session, row.login, now):
            await _tell_gone(tx, row.login, "")


async def end_expired(tx: Transaction, now: float) -> None:
    """Sessions whose time is over go. A telephone in the browser is not cut off for it: a talk may be going on."""
    over = delete(SessionRow).where(SessionRow.expires_at <= now).returning(SessionRow.login, SessionRow.pending)
    for login in sorted({login for login, pending in await tx.session.execute(over) if not pending}):
        if not await is_signed_in(tx.session, login, now):
            await _tell_gone(tx, login, DESK_OVER)


async def has_expired(session: AsyncSession, now: float) -> bool:
    """Whether `end_expired` has anything to do."""
    over = select(SessionRow.login).where(SessionRow.expires_at <= now)
    return await session.scalar(over.limit(1)) is not None


async def is_signed_in(session: AsyncSession, login: str, now: float) -> bool:
    """In some browser."""
    mine = select(SessionRow.login).where(SessionRow.login == login, SessionRow.pending.is_(False))
    return await session.scalar(mine.where(SessionRow.expires_at > now).limit(1)) is not None


async def set_password(tx: Transaction, login: str, password: str, who: str = COMMAND_LINE) -> None:
    """As `store_password`. Raises NotFound, BadInput."""
    await store_password(tx, login, await passwords.hashed(password, login), who)


async def store_password(
    tx: Transaction, login: str, password_hash: str, who: str, what: str = "password_set", keep: str = ""
) -> Person:
    """Also unlocks, and ends every session of that person but the one of the token `keep`: of somebody else by whom
    (`who`) it is set, a talk goes on to its end. Raises NotFound."""
    person = await find(tx, login)
    person.password_hash, person.must_change = password_hash, False
    person.failures = 0
    person.locked_until_at = 0.0
    await end_sessions(tx, login, keep, by=who, after_talk=who != login)
    await audit.note(tx, who, what, f"person:{login}")
    return person


async def change_own_password(
    tx: Transaction, login: str, matched: bool, password_hash: str, now: float, keep: str = ""
) -> str:
    """If the old one is right (`matched`). The refusal, wrong or locked, else ''; failures count as in signing in."""
    person = await tx.session.get_one(Person, login, with_for_update=True)
    refusal = await judge(tx, person, matched, now)
    if not refusal:
        await store_password(tx, login, password_hash, login, "password_changed", keep)
    return refusal


async def end_sessions(
    tx: Transaction, login: str, keep: str = "", *, by: str = COMMAND_LINE, after_talk: bool = False
) -> None:
    """Every browser of this person is signed out by `by`, but the one with the token `keep`.

    `after_talk`: what is an agent's telephone is left to `end_after_talk`.
    """
    kept = fingerprint(keep)
    query = select(SessionRow.token_hash, SessionRow.pending).where(SessionRow.login == login)
    mine: dict[str, bool] = dict((await tx.session.execute(query)).all())
    spared = await handsets.telephones_in(tx.session, mine) - {kept} if after_talk else set()
    for session in sorted(mine.keys() - {kept} - spared):
        await _end(tx, session, by)
    if spared:
        marked = update(SessionRow).where(SessionRow.token_hash.in_(spared))
        await tx.session.execute(marked.values(ending=by))
        tx.publish(SessionEnding(login))
    elif kept not in mine and not all(mine.values()):
        await _tell_gone(tx, login, DESK_ENDED)


async def ending(session: AsyncSession) -> list[tuple[str, str]]:
    """Login and number of those who have sessions that end with their talk."""
    query = select(Person.login, Person.number).join(SessionRow, SessionRow.login == Person.login)
    return [(row.login, row.number) for row in await session.execute(query.where(SessionRow.ending != "").distinct())]


async def end_after_talk(tx: Transaction, login: str, now: float) -> None:
    """The talk is over."""
    query = select(SessionRow.token_hash, SessionRow.ending).where(SessionRow.login == login, SessionRow.ending != "")
    over = (await tx.session.execute(query)).all()
    for session, by in over:
        await _end(tx, session, by)
    if over and not await is_signed_in(tx.session, login, now):
        await _tell_gone(tx, login, DESK_ENDED)


async def _end(tx: Transaction, session: str, by: str) -> None:
    await handsets.drop_session(tx, session, by)
    await tx.session.execute(delete(SessionRow).where(SessionRow.token_hash == session))


async def judge(tx: Transaction, person: Person, matched: bool, now: float, *, forgive: bool = True) -> str:
    """Count a password or code that was given: '' when it is right, else wrong or locked.

    `forgive`: a right one makes earlier failures forgotten; not the password alone where a code follows.
    """
    if person.locked_until_at > now:
        return "locked"
    if matched:
        if forgive:
            person.failures = 0
            person.locked_until_at = 0.0
        return ""
    person.failures += 1
    over = person.failures - FAILURES_ALLOWED
    if over >= 0:
        person.locked_until_at = now + min(FIRST_LOCK * 2**over, LONGEST_LOCK)
    await audit.note(tx, person.login, "sign_in_failed", f"person:{person.login}")
    return "locked" if over >= 0 else "wrong"


async def issue_token(tx: Transaction, login: str, now: float, who: str = COMMAND_LINE) -> str:
    """A bearer token that acts as `login` until it is withdrawn; shown once, stored as a hash.

    Raises NotFound, and HotlineError for somebody who is blocked: it would come alive with his account.
    """
    person = await find(tx, login)
    if not person.active:
        raise HotlineError(f"{login} is blocked and gets no token", "unblock the account on /people first")
    token = new_token()
    tx.session.add(ApiToken(token_hash=fingerprint(token), login=person.login, created_at=now))
    await audit.note(tx, who, "token_issued", f"person:{login}")
    return token


async def withdraw_tokens(tx: Transaction, login: str, who: str = COMMAND_LINE) -> int:
    """Every bearer token of this person stops working; how many there were. Raises NotFound."""
    await find(tx, login)
    known = (await tx.session.scalars(select(ApiToken.token_hash).where(ApiToken.login == login))).all()
    if known:
        await tx.session.execute(delete(ApiToken).where(ApiToken.token_hash.in_(known)))
        await audit.note(tx, who, "tokens_withdrawn", f"person:{login}")
    return len(known)


async def set_locale(tx: Transaction, login: str, locale: str) -> None:
    (await find(tx, login)).locale = locale
    tx.publish(PeopleChanged())


async def seed_people(tx: Transaction, people: Iterable[PersonEntry]) -> list[str]:
    """Create those whose login is unknown, agents with a random telephone secret; returns the new logins."""
    known = set((await tx.session.scalars(select(Person.login))).all())
    created = []
    for entry in people:
        if entry.login in known:
            continue
        tx.session.add(Person(**entry.model_dump(mode="json"), phone_secret=phone_secret() if entry.number else ""))
        created.append(entry.login)
    await tx.session.flush()
    return created


def phone_secret() -> str:
    """A new secret for a hard telephone."""
    return secrets.token_hex(12)


async def find(tx: Transaction, login: str) -> Person:
    person = await tx.session.get(Person, login)
    if person is None:
        raise NotFound(f"there is nobody with the login {login}", "`./hotline people` lists them")
    return person


async def _tell_gone(tx: Transaction, login: str, why: str) -> None:
    person = await find(tx, login)
    tx.publish(SignedOut(person.login, person.number, why))
