"""Queries about people, and the phones they own."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role
from accounts.models import AuditEntry, Person


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone's SIP account: `user` is also its endpoint's name on the switch. `browser`: it speaks WebRTC."""

    number: str
    user: str
    secret: str
    browser: bool = False
    name: str = ""


DEVICE = "phone-"
"""A telephone's SIP user is this and the agent's number: not an extension a caller could guess."""


async def people(session: AsyncSession) -> list[Person]:
    """Everybody, by role and login."""
    return list((await session.scalars(select(Person).order_by(Person.role, Person.login))).all())


async def agents(session: AsyncSession) -> list[Person]:
    """Active people who have a telephone, by number."""
    query = select(Person).where(Person.active, Person.role == Role.AGENT, Person.number != "")
    return list((await session.scalars(query.order_by(Person.number))).all())


async def phones(session: AsyncSession) -> list[Phone]:
    """The agents' hard telephones; which of them are in use is in `accounts.handsets`."""
    return [Phone(agent.number, DEVICE + agent.number, agent.phone_secret) for agent in await agents(session)]


async def phone(session: AsyncSession, number: str) -> Phone | None:
    return next((each for each in await phones(session) if each.number == number), None)


async def names(session: AsyncSession) -> dict[str, str]:
    """Agents' numbers → names, for pages."""
    query = select(Person.number, Person.name).where(Person.number != "").order_by(Person.number)
    return dict((await session.execute(query)).all())


async def persons(session: AsyncSession) -> dict[str, str]:
    """Logins → names, for pages."""
    return dict((await session.execute(select(Person.login, Person.name).order_by(Person.login))).all())


async def called(session: AsyncSession, login: str) -> str:
    """Somebody's name; the login of who is not known."""
    return await session.scalar(select(Person.name).where(Person.login == login)) or login


async def teams(session: AsyncSession) -> dict[str, str]:
    """Agents' numbers → teams, of those who have one."""
    query = select(Person.number, Person.team).where(Person.number != "", Person.team != "")
    return dict((await session.execute(query.order_by(Person.number))).all())


async def trail(session: AsyncSession, about: str) -> list[AuditEntry]:
    """Everything noted about one thing, oldest first."""
    query = select(AuditEntry).where(AuditEntry.about == about).order_by(AuditEntry.id)
    return list((await session.scalars(query)).all())
