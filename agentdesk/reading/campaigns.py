"""Read model of campaigns: which there are, how far each is, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from accounts.masking import number_for
from acd.models import Campaign, DoNotCall, Prospect
from acd.outward.campaigns import IS_ABSENT, IS_BARRED, Standing, standing
from acd.outward.dialling import Dialling

LATELY = 10
BARRED = 12
GOING = ("open", "shown", "barred", "blocked")


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign's list: `due` may be called now, `waiting` later, `barred` and `blocked` are those of `Standing`;
    `results` by code, `shown` to whom, `absent`: some of them have signed out."""

    campaign: Campaign
    total: int
    done: int
    due: int
    waiting: int
    barred: int
    blocked: int
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


async def overview(session: AsyncSession, rules: Dialling, now: float) -> list[Progress]:
    """All campaigns: those that go on first, then the newest."""
    rows = list(await session.scalars(select(Campaign).order_by(Campaign.created_at.desc())))
    stand = await standing(session, rules, now)
    found = [_progress(row, stand[row.id]) for row in rows]
    return sorted(found, key=lambda each: ("running", "paused", "ended").index(each.state))


async def progress(session: AsyncSession, rules: Dialling, campaign: Campaign, now: float) -> Progress:
    mine = Prospect.campaign == campaign.id
    stand = (await standing(session, rules, now, mine))[campaign.id]
    before = select(Prospect.agent, IS_ABSENT).where(mine, Prospect.state == "shown").distinct()
    who = {row[0]: row[1] for row in await session.execute(before)}
    shown, absent = tuple(sorted(who)), any(who.values())
    later = select(func.min(Prospect.next_at)).where(mine, Prospect.state == "open", Prospect.next_at > now)
    next_at = await session.scalar(later)
    return replace(_progress(campaign, stand), shown=shown, absent=absent, next_at=next_at)


def _progress(row: Campaign, stand: Standing) -> Progress:
    going, _, barred, blocked = (stand.counts.get(each, 0) for each in GOING)
    results = {code: count for code, count in stand.counts.items() if code not in GOING}
    total, done = sum(stand.counts.values()), sum(results.values())
    return Progress(row, total, done, stand.due, going - stand.due, barred, blocked, results)


async def settled(session: AsyncSession, campaign: str, user: User) -> list[Settled]:
    """The latest ones."""
    query = select(Prospect).where(Prospect.campaign == campaign, Prospect.state == "done")
    rows = await session.scalars(query.order_by(Prospect.done_at.desc()).limit(LATELY))
    return [
        Settled(row.done_at or 0.0, number_for(user, row.number), row.name, row.agent, row.result, row.call)
        for row in rows
    ]


async def everybody(session: AsyncSession, rules: Dialling, campaign: str) -> Sequence[tuple[Prospect, str]]:
    """The whole list in its order, with the state of each by `Standing`."""
    query = select(Prospect, IS_BARRED).where(Prospect.campaign == campaign).order_by(Prospect.place, Prospect.id)
    blocked: dict[str, bool] = {}
    found: list[tuple[Prospect, str]] = []
    for row, barred in await session.execute(query):
        state, beginning = row.state, row.number[: rules.telling]
        if state == "open":
            if beginning not in blocked:
                blocked[beginning] = rules.blocks(row.number)
            state = "barred" if barred else "blocked" if blocked[beginning] else state
        found.append((row, state))
    return found


async def barred(session: AsyncSession, number: str) -> tuple[int, list[DoNotCall]]:
    """How many numbers are never to be called, and the latest, or those that begin with or are `number`."""
    query = select(DoNotCall).order_by(DoNotCall.added_at.desc()).limit(BARRED)
    if number:
        query = query.where(or_(DoNotCall.number == number, DoNotCall.number.startswith(number, autoescape=True)))
    total = await session.scalar(select(func.count()).select_from(DoNotCall))
    return total or 0, list(await session.scalars(query))
