"""Read model of the call list: which calls match, newest first, with their scores."""

from collections.abc import Sequence
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from accounts.masking import number_for
from acd.models import Call
from acd.wrapup.codes import Codes
from agentdesk.reading.asking import Asked
from agentdesk.reading.papers import Condition
from agentdesk.reading.scores import Mark, marks_of, veiled_for
from agentdesk.reading.search import conditions
from agentdesk.reading.views import CallList, CallRow

PAGE = 50


async def call_list(
    session: AsyncSession, asked: Asked, user: User, zone: ZoneInfo, now: float, codes: Codes,
    size: int = PAGE, counted: Sequence[Condition] = (),
) -> CallList:  # fmt: skip
    """One page of the calls that match; agents find only their own. `counted`: what `asked.part` means."""
    veiled = await veiled_for(session, user) if asked.by_score else ()
    wanted = [*conditions(asked, user, zone, now, codes, veiled), *counted]
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
