"""Nobody of the office has a part in judging a call that was his own, also after he gave up the number he had then."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import changes
from accounts.access import User
from accounts.models import Person
from core.errors import Refused


def was_agent(who: User | Person, number: str, gave_up: Mapping[str, str]) -> bool:
    """Whether the calls of this number are somebody's own; `gave_up` as `changes.gave_up`."""
    return bool(number) and (who.number == number or gave_up.get(number) == who.login)


def own_numbers(who: User, gave_up: Mapping[str, str]) -> frozenset[str]:
    """Every number whose calls are somebody's own."""
    return frozenset(number for number in (who.number, *gave_up) if was_agent(who, number, gave_up))


async def is_own_call(session: AsyncSession, agent: str, user: User) -> bool:
    return was_agent(user, agent, await changes.gave_up(session))


async def demand_other(session: AsyncSession, agent: str, user: User) -> None:
    """Raises Refused (own_call) for whoever was the agent of the call."""
    if await is_own_call(session, agent, user):
        raise Refused("own_call", "this was your own call: somebody else judges it")
