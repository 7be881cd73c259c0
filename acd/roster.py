"""The agents there are: number, name, telephone and skills, from the accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from accounts.access import Role
from accounts.models import Person
from core.database import Database

PHONE = "phone-"
"""A telephone's endpoint on the switch is this and the agent's number."""
LANGUAGE = "zh"
"""Of who has chosen none."""
BY_PHONE = "phone"
"""Who asked for a change by a code at the agent's telephone."""


@dataclass(frozen=True, slots=True)
class AgentCard:
    """`skills` maps a skill to its level 1–10; `language` is the one he reads."""

    number: str
    name: str
    skills: Mapping[str, int]
    login: str = ""
    language: str = LANGUAGE

    @property
    def device(self) -> str:
        return PHONE + self.number


class Roster(Protocol):
    async def find(self, number: str) -> AgentCard | None:
        """The agent with this number, None when there is none."""

    async def everyone(self) -> Sequence[AgentCard]:
        """All agents, by number."""

    def language_of(self, number: str) -> str:
        """What this agent reads, as of when everyone was asked for last: a ring does not wait for an answer."""


class PeopleRoster:
    """Active people with the role agent and a number."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._languages: dict[str, str] = {}

    async def find(self, number: str) -> AgentCard | None:
        return next((card for card in await self.everyone() if card.number == number), None)

    async def everyone(self) -> Sequence[AgentCard]:
        query = (
            select(Person).where(Person.role == Role.AGENT, Person.active, Person.number != "").order_by(Person.number)
        )
        async with self._db.reading() as session:
            people = await session.scalars(query)
            cards = [AgentCard(each.number, each.name, each.skills, each.login, each.locale) for each in people]
        self._languages = {card.number: card.language for card in cards}
        return cards

    def language_of(self, number: str) -> str:
        return self._languages.get(number, LANGUAGE)


def forces(by: str, card: AgentCard | None) -> bool:
    """Whether `by` is somebody else than this agent; None has left, '' is the centre itself."""
    return by not in ("", BY_PHONE, card.login if card else "")


def agent_of(device: str) -> str:
    """The agent whose telephone this is, '' for other endpoints."""
    return device.removeprefix(PHONE) if device.startswith(PHONE) else ""
