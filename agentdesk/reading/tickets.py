"""Read model of tickets: by deadline, and one with all that was done about it, each as far as its reader may know."""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from agentdesk.reading.contact import in_front
from agentdesk.reading.underway import UnderWay
from tickets.reach import Reach


async def ticket_reach(session: AsyncSession, user: User, now: float, under_way: UnderWay) -> Reach:
    """Whose tickets this person may read and move now."""
    if user.role is not Role.AGENT:
        return Reach(user.login, user.role)
    customers = await in_front(session, user.number, now, under_way.asked(user.number))
    return Reach(user.login, user.role, customers)
