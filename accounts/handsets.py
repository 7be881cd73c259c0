"""Which telephone an agent uses: the hard one with a lasting secret, or the browser with one of its session's own."""

import secrets
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.events import PhoneMoved, PhonesChanged, PhoneTaken
from accounts.models import BrowserPhone, SessionRow
from accounts.repository import DEVICE, Phone, agents
from accounts.tokens import fingerprint
from core.database import Transaction
from core.errors import Refused


async def issue(tx: Transaction, token: str, number: str, login: str, now: float) -> Phone:
    """Make the browser of this session the agent's telephone; the same secret again for the same session.

    `token` is the session's. Another browser of the same agent loses the telephone. Raises Refused for a session
    that is over.
    """
    session = await tx.session.get(SessionRow, fingerprint(token))
    if session is None or session.expires_at <= now:
        raise Refused("session_over", "the session is over; sign in again")
    row = await tx.session.get(BrowserPhone, number)
    if row is not None:
        tx.publish(PhoneMoved(number, row.issued_at, row.session == session.token_hash))
    if row is None or row.session != session.token_hash:
        if row is not None:
            await tx.session.delete(row)
            await tx.session.flush()
        row = BrowserPhone(number=number, session=session.token_hash, secret=secrets.token_hex(16), issued_at=now)
        tx.session.add(row)
        await audit.note(tx, login, "browser_phone_issued", f"agent:{number}")
        tx.publish(PhonesChanged())
    return Phone(number, DEVICE + number, row.secret, browser=True)


async def withdraw(tx: Transaction, number: str, login: str) -> None:
    """The hard telephone is the agent's again, by a deed of `login`."""
    row = await tx.session.get(BrowserPhone, number)
    if row is not None:
        await tx.session.delete(row)
        await audit.note(tx, login, "browser_phone_withdrawn", f"agent:{number}")
        tx.publish(PhonesChanged())
        tx.publish(PhoneTaken(number, login, row.issued_at))


async def since(session: AsyncSession, number: str, token: str) -> float | None:
    """From when on the browser of this session has been the telephone of that agent; None when it is not."""
    mine = (BrowserPhone.number == number, BrowserPhone.session == fingerprint(token))
    return await session.scalar(select(BrowserPhone.issued_at).where(*mine))


def line_name(number: str, token: str) -> str:
    """What the telephone of this session's browser is called among `lines`."""
    return f"{number}/{fingerprint(token)}"


async def lines(session: AsyncSession) -> set[str]:
    """Browsers that are their agent's telephone now."""
    rows = await session.scalars(select(BrowserPhone))
    return {f"{row.number}/{row.session}" for row in rows}


async def telephones_in(session: AsyncSession, sessions: Iterable[str]) -> set[str]:
    """Which of these sessions, by fingerprints, are their agent's telephone."""
    return set(await session.scalars(select(BrowserPhone.session).where(BrowserPhone.session.in_(list(sessions)))))


async def phones(session: AsyncSession, now: float) -> list[Phone]:
    """What the switch must know: each agent's telephone of this moment, with the secret it registers with."""
    query = select(BrowserPhone).join(SessionRow, SessionRow.token_hash == BrowserPhone.session)
    rows = await session.scalars(query.where(SessionRow.expires_at > now))
    browsers = {row.number: row.secret for row in rows}
    return [
        Phone(agent.number, DEVICE + agent.number, browsers.get(agent.number, agent.phone_secret),
              browser=agent.number in browsers, name=agent.name)
        for agent in await agents(session)
    ]  # fmt: skip


async def drop_session(tx: Transaction, session: str, by: str, *, given_up: bool = False) -> None:
    """The telephone of a session that ends, by a deed of `by`; `session` is its token's fingerprint.

    `given_up`: see `PhoneTaken`.
    """
    dropped = delete(BrowserPhone).where(BrowserPhone.session == session)
    gone = (await tx.session.execute(dropped.returning(BrowserPhone.number, BrowserPhone.issued_at))).all()
    if gone:
        tx.publish(PhonesChanged())
    for number, issued_at in gone:
        tx.publish(PhoneTaken(number, by, issued_at, given_up))
