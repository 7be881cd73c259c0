"""Agents' talks, added up by the database from the history of calls: a call's row knows the last one alone."""

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from acd.ledger import Kind
from acd.models import Call, CallEvent
from acd.reclaims import goes_on


async def calls_of(session: AsyncSession, agent: str, since: float) -> list[Call]:
    """Calls that `agent` talked on since, also where somebody else has the caller by now; the last first."""
    mine = select(CallEvent.call, func.max(CallEvent.at).label("at"))
    mine = mine.where(CallEvent.at >= since, CallEvent.kind == Kind.CONNECTED, CallEvent.agent == agent)
    his = mine.group_by(CallEvent.call).subquery()
    return list(await session.scalars(select(Call).join(his, his.c.call == Call.id).order_by(his.c.at.desc())))


async def talks(session: AsyncSession, since: float, until: float, agent: str = "") -> dict[str, tuple[int, float]]:
    """By agent, how many of his talks that began from `since` to `until` are over, and their seconds with holds.

    Incoming and outgoing, also those he gave away: each lasts until its first end after its beginning. One that his
    telephone had lost goes on when he has it back: its parts are one. Of one agent where one is named.
    """
    began, ended = aliased(CallEvent), aliased(CallEvent)
    first_end = and_(
        ended.call == began.call,
        ended.kind == Kind.DISCONNECTED,
        ended.at >= began.at,
        ended.agent == began.agent,
        ended.id > began.id,
    )
    columns = (began.agent, (func.min(ended.at) - began.at).label("seconds"), goes_on(began).label("continued"))
    each = select(*columns).join(ended, first_end)
    each = each.where(began.at >= since, began.at < until, began.kind == Kind.CONNECTED)
    each = each.where(began.agent == agent) if agent else each
    over = each.group_by(began.id, began.call, began.agent, began.at).subquery()
    count = func.sum(case((over.c.continued, 0), else_=1))
    query = select(over.c.agent, count, func.sum(over.c.seconds)).group_by(over.c.agent)
    return {agent: (count, seconds) for agent, count, seconds in await session.execute(query)}
