"""Read model of the call list: which calls match, newest first, with their scores."""

from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from accounts.masking import SEES_NUMBERS, number_for
from acd.models import Call
from agentdesk.asking import Asked, begin_of, end_of
from agentdesk.scores import Mark, marks_of
from agentdesk.views import CallList, CallRow

PAGE = 50


async def call_list(
    session: AsyncSession, asked: Asked, user: User, zone: ZoneInfo, now: float, size: int = PAGE
) -> CallList:
    """One page of the calls that match; agents find only their own."""
    wanted = _conditions(asked, user, zone)
    total = await session.scalar(select(func.count()).select_from(Call).where(*wanted)) or 0
    pages = max(ceil(total / size), 1)
    page = min(max(asked.page, 1), pages)
    query = select(Call).where(*wanted).order_by(Call.arrived_at.desc(), Call.id.desc())
    calls = list(await session.scalars(query.limit(size).offset((page - 1) * size)))
    marks = await marks_of(session, [call.id for call in calls], user)
    return CallList(tuple(row_of(call, marks.get(call.id), user, now) for call in calls), page, pages, total)


def row_of(call: Call, mark: Mark | None, user: User, now: float) -> CallRow:
    """A call as one line; what still goes on lasts until `now`."""
    end = call.ended_at or now
    waited = max((call.connected_at or end) - call.queued_at, 0.0) if call.queued_at else 0.0
    talked = max((call.talk_ended_at or end) - call.connected_at, 0.0) if call.connected_at else 0.0
    return CallRow(
        id=call.id,
        began_at=call.arrived_at,
        caller=number_for(user, call.caller),
        tier=call.tier,
        queue=call.queue,
        agent=call.agent,
        waited=waited,
        talked=talked,
        state=call.state,
        outcome=call.outcome,
        score=mark.score if mark else None,
        veto=mark.veto if mark else False,
    )


def _conditions(asked: Asked, user: User, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    same: dict[Any, str] = {Call.queue: asked.queue, Call.outcome: asked.outcome}
    same[Call.agent] = user.number if user.role is Role.AGENT else asked.agent
    wanted = [column == value for column, value in same.items() if value]
    if asked.since:
        wanted.append(Call.arrived_at >= begin_of(asked.since, zone))
    if asked.until:
        wanted.append(Call.arrived_at < end_of(asked.until, zone))
    if asked.number:
        wanted.append(_number(asked.number, user))
    return wanted


def _number(number: str, user: User) -> ColumnElement[bool]:
    """Who does not see numbers can look for a whole one or its last four digits only: no guessing piece by piece."""
    if user.role in SEES_NUMBERS:
        return Call.caller.contains(number, autoescape=True)
    return Call.caller.endswith(number, autoescape=True) if len(number) <= 4 else Call.caller == number
