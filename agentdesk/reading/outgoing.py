"""Read models of what an agent calls out for: promised call backs, and campaigns one customer at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from accounts.masking import number_for
from accounts.models import Person
from acd.free import serves
from acd.ledger import Kind
from acd.models import Call, Callback, CallEvent, Campaign, Offer, Prospect
from acd.outward.callbacks import skills_for
from acd.outward.campaigns import standing
from acd.outward.dialling import Dialling
from acd.queues import Queues
from acd.repository import is_due, most_urgent_first
from acd.waiting import need_of
from agentdesk.words.refusals import WITHDRAWN
from core.clock import midnight

MOST = 12
MORNING = 9
NEWS = 120.0
"""Seconds in which an agent is told that nobody was reached."""


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """`state` as in `acd.models.Callback`; `due`: may be tried now; `mine`: this agent has it, promised it
    or tried it last."""

    id: str
    number: str
    queue: str
    promised_at: float
    late: bool
    state: str
    due: bool
    mine: bool
    result: str
    next_at: float


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call out that reached nobody: `result` as in `acd.ledger.end_dial`, `why` it was not to be made any more."""

    caller: str
    result: str
    at: float
    why: str


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """`due`: how many may be called now."""

    id: str
    name: str
    due: int


async def callbacks(
    session: AsyncSession, user: User, queues: Queues, titles: Mapping[str, str], now: float, zone: ZoneInfo
) -> tuple[CallbackLine, ...]:
    """Those of the queues he serves, most urgent first; then what he called back today."""
    person = await session.get(Person, user.login)
    profile = tuple((person.skills if person else {}).items())
    mine_today = (Callback.agent == user.number) & (Callback.done_at >= midnight(now, zone))
    query = select(Callback).where(or_(Callback.state.in_(("open", "taken")), mine_today))
    ready = set(await session.scalars(select(Callback.id).where(is_due(now))))
    rows = await session.scalars(query.order_by(Callback.done_at.is_not(None), *most_urgent_first(now)))
    lines = []
    for row in rows:
        mine = row.agent == user.number
        able = serves(profile, need_of(skills_for(queues.queues.get(row.queue), row.language, row.skills)))
        if mine or (able and row.state == "open"):
            late = row.promised_at < now and row.state in ("open", "taken")
            lines.append(
                CallbackLine(row.id, number_for(user, row.number), titles.get(row.queue, row.queue), row.promised_at,
                             late, row.state, row.id in ready, mine, row.result, row.next_at)
            )  # fmt: skip
    return tuple(lines[:MOST])


async def campaigns(session: AsyncSession, rules: Dialling, number: str, now: float) -> tuple[CampaignLine, ...]:
    """The open ones of this agent."""
    rows = await session.scalars(select(Campaign).where(Campaign.open).order_by(Campaign.created_at.desc()))
    mine = [row for row in rows if number in (row.agents or [number])]
    theirs = (Prospect.campaign.in_([row.id for row in mine]), Prospect.state == "open", Prospect.next_at <= now)
    stand = await standing(session, rules, now, *theirs)
    return tuple(CampaignLine(row.id, row.name, stand[row.id].due) for row in mine)


async def prospect_of(session: AsyncSession, number: str) -> Prospect | None:
    """Whom this agent has been shown, and has not said yet how it went."""
    query = select(Prospect).where(Prospect.agent == number, Prospect.state == "shown")
    found: Prospect | None = await session.scalar(query.order_by(Prospect.next_at).limit(1))
    return found


async def promised_in(session: AsyncSession, messages: Sequence[str]) -> dict[str, Callback]:
    """The call backs that these messages promise, by message."""
    rows = await session.scalars(select(Callback).where(Callback.source.in_(messages)))
    return {row.source: row for row in rows}


async def failed_call(session: AsyncSession, user: User, now: float) -> FailedCall | None:
    """The agent's last call, if it was to nobody, and a moment ago."""
    query = select(Call, Offer).join(Offer, Offer.call == Call.id).where(Offer.agent == user.number)
    row = (await session.execute(query.order_by(Offer.offered_at.desc()).limit(1))).first()
    if row is None or row.Call.outcome != "not_reached" or (row.Offer.ended_at or 0.0) < now - NEWS:
        return None
    ended = select(CallEvent.data).where(CallEvent.call == row.Call.id, CallEvent.kind == Kind.OFFER_ENDED)
    why = (await session.scalar(ended.limit(1)) or {}).get("why", "")
    return FailedCall(number_for(user, row.Call.caller), row.Offer.result, row.Offer.ended_at, WITHDRAWN.get(why, why))


def promises(now: float, zone: ZoneInfo) -> tuple[float, ...]:
    """The times offered for a call back: half an hour, one, two and four hours from now, tomorrow morning."""
    day = datetime.fromtimestamp(now, zone) + timedelta(days=1)
    tomorrow = day.replace(hour=MORNING, minute=0, second=0, microsecond=0).timestamp()
    minute = now - now % 60
    return (*(minute + hours * 3600 for hours in (0.5, 1, 2, 4)), tomorrow)
