"""Agents' talks, added up by the database from the history of calls: a call's row knows the last one alone."""

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from acd.ledger import Kind
from acd.models import CallEvent


async def talks(session: AsyncSession, since: float, until: float) -> dict[str, tuple[int, float]]:
    """By agent, how many of his talks that began from `since` to `until` are over, and their seconds with holds.

    Incoming and outgoing, also those he gave away: each lasts until its first end after its beginning.
    """
    began, ended = aliased(CallEvent), aliased(CallEvent)
    first_end = and_(
        ended.call == began.call,
        ended.kind == Kind.DISCONNECTED,
        ended.at >= began.at,
        ended.agent == began.agent,
        ended.id > began.id,
    )
    each = select(began.agent, (func.min(ended.at) - began.at).label("seconds")).join(ended, first_end)
    each = each.where(began.at >= since, began.at < until, began.kind == Kind.CONNECTED)
    over = each.group_by(began.id, began.agent, began.at).subquery()
    query = select(over.c.agent, func.count(), func.sum(over.c.seconds)).group_by(over.c.agent)
    return {agent: (count, seconds) for agent, count, seconds in await session.execute(query)}
