"""Read model of campaigns: which there are, how far each is, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from accounts.masking import number_for
from acd.agent_state import AgentState
from acd.models import AgentRow, Campaign, DoNotCall, Prospect
from acd.outward.campaigns import counts
from agentdesk.reading.outgoing import due_now

LATELY = 10
BARRED = 12
GOING = ("open", "shown")


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign's list: `due` may be called now, `waiting` later or never; `results` by code, `shown` to whom,
    `absent`: some of them have signed out."""

    campaign: Campaign
    total: int
    done: int
    due: int
    waiting: int
    results: dict[str, int]
    shown: tuple[str, ...] = ()
    absent: bool = False
    next_at: float | None = None

    @property
    def state(self) -> str:
        return "ended" if self.campaign.ended_at else "running" if self.campaign.open else "paused"


@dataclass(frozen=True, slots=True)
class Settled:
    """Somebody who was called for the last time at `at`."""

    at: float
    number: str
    name: str
    agent: str
    result: str
    call: str


async def overview(session: AsyncSession, now: float) -> list[Progress]:
    """All campaigns: those that go on first, then the newest."""
    rows = list(await session.scalars(select(Campaign).order_by(Campaign.created_at.desc())))
    counted = await counts(session)
    due = await due_now(session, [row.id for row in rows], now)
    found = [_progress(row, counted.get(row.id, {}), due.get(row.id, 0)) for row in rows]
    return sorted(found, key=lambda each: ("running", "paused", "ended").index(each.state))


async def progress(session: AsyncSession, campaign: Campaign, now: float) -> Progress:
    counted = (await counts(session, campaign.id)).get(campaign.id, {})
    due = await due_now(session, [campaign.id], now)
    mine = Prospect.campaign == campaign.id
    shown = set(await session.scalars(select(Prospect.agent).where(mine, Prospect.state == "shown")))
    here = select(AgentRow.number).where(AgentRow.state != AgentState.SIGNED_OUT)
    absent = bool(shown - set(await session.scalars(here)))
    later = select(func.min(Prospect.next_at)).where(mine, Prospect.state == "open", Prospect.next_at > now)
    next_at = await session.scalar(later)
    plain = _progress(campaign, counted, due.get(campaign.id, 0))
    return replace(plain, shown=tuple(sorted(shown)), absent=absent, next_at=next_at)


def _progress(row: Campaign, counted: dict[str, int], due: int) -> Progress:
    total, going = sum(counted.values()), sum(counted.get(each, 0) for each in GOING)
    results = {code: count for code, count in counted.items() if code not in GOING}
    return Progress(row, total, total - going, due, counted.get("open", 0) - due, results)


async def settled(session: AsyncSession, campaign: str, user: User) -> list[Settled]:
    """The latest ones."""
    query = select(Prospect).where(Prospect.campaign == campaign, Prospect.state == "done")
    rows = await session.scalars(query.order_by(Prospect.done_at.desc()).limit(LATELY))
    return [
        Settled(row.done_at or 0.0, number_for(user, row.number), row.name, row.agent, row.result, row.call)
        for row in rows
    ]


async def everybody(session: AsyncSession, campaign: str) -> Sequence[Prospect]:
    """The whole list in its order."""
    query = select(Prospect).where(Prospect.campaign == campaign).order_by(Prospect.place, Prospect.id)
    return list(await session.scalars(query))


async def barred(session: AsyncSession, number: str) -> tuple[int, list[DoNotCall]]:
    """How many numbers are never to be called, and the latest, or those that begin with or are `number`."""
    query = select(DoNotCall).order_by(DoNotCall.added_at.desc()).limit(BARRED)
    if number:
        query = query.where(or_(DoNotCall.number == number, DoNotCall.number.startswith(number, autoescape=True)))
    total = await session.scalar(select(func.count()).select_from(DoNotCall))
    return total or 0, list(await session.scalars(query))
