"""What the policy may remember after a restart, read from the history of the calls."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from acd.ledger import Kind
from acd.models import CallEvent
from acd.routing.memory import Past, past_of

HOURS = 8.0
MOST = 60_000
"""Lines of history, the newest; more would only delay the start."""
KINDS = (
    Kind.QUEUED, Kind.OFFERED, Kind.OFFER_ENDED, Kind.CONNECTED, Kind.RESTAGED, Kind.TRANSFER, Kind.LOST,
    Kind.DISCONNECTED, Kind.SENT_BACK, Kind.ENDED,
)  # fmt: skip


async def past(session: AsyncSession, now: float) -> list[Past]:
    """In order of time."""
    query = select(CallEvent).where(CallEvent.at >= now - HOURS * 3600, CallEvent.kind.in_(KINDS))
    newest = list(await session.scalars(query.order_by(CallEvent.id.desc()).limit(MOST)))
    return past_of(reversed(newest))
