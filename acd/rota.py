"""Who is to work when, as stored: taken from a table, kept against what agents did."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from acd import shifts
from acd.adherence import Adherence, adherence
from acd.breaks import Breaks
from acd.intervals import intervals
from acd.models import AgentEvent, ShiftRow
from acd.shifts import LONGEST, Plan, Shift, ShiftRules
from core.database import Transaction

DAY = 86400.0
AHEAD = 7 * DAY


class Rota:
    """The site's shifts by its rules."""

    def __init__(self, rules: ShiftRules, pauses: Breaks, zone: ZoneInfo) -> None:
        self.rules = rules
        self.zone = zone
        self._pauses = pauses

    async def replace(self, tx: Transaction, plan: Plan, by: str) -> None:
        """All shifts that begin on the days of `plan` are those of `plan` from now on."""
        for day in plan.days:
            since = datetime(day.year, day.month, day.day, tzinfo=self.zone)
            until = since + timedelta(days=1)
            begins = (ShiftRow.start_at >= since.timestamp()) & (ShiftRow.start_at < until.timestamp())
            await tx.session.execute(delete(ShiftRow).where(begins))
        tx.session.add_all(ShiftRow(agent=each.agent, start_at=each.start, end_at=each.end) for each in plan.shifts)
        days = ", ".join(map(str, plan.days))
        await audit.note(tx, by, "shifts_planned", "shifts", f"{len(plan.shifts)} shifts: {days}")

    async def refusal(self, session: AsyncSession, agent: str, now: float) -> tuple[str, str] | None:
        """Why this agent may not sign in now; None when he may."""
        if self.rules.outside == "allowed":
            return None
        mine = [each for each in await self._between(session, now - LONGEST, now + DAY) if each.agent == agent]
        return shifts.refusal(self.rules, mine, now)

    async def current(self, session: AsyncSession, now: float) -> dict[str, Shift]:
        """By agent, the shift of now or the next one within a week."""
        found = await self._between(session, now - LONGEST, now + AHEAD)
        by_agent = _by_agent(found)
        each = {agent: shifts.current(mine, now) for agent, mine in by_agent.items()}
        return {agent: shift for agent, shift in each.items() if shift is not None}

    async def kept(self, session: AsyncSession, since: float, until: float, now: float) -> dict[Adherence, list[Shift]]:
        """How the agents with shifts that begin from `since` to `until` keep them, with those shifts."""
        planned = _by_agent([each for each in await self._between(session, since, until) if each.start < until])
        last = max((each.end for mine in planned.values() for each in mine), default=until)
        moved = select(AgentEvent).where(AgentEvent.at >= since - 2 * DAY, AgentEvent.at < max(until, last))
        history = list(await session.scalars(moved.order_by(AgentEvent.id)))
        found = {}
        for agent, mine in sorted(planned.items()):
            over = min(now, max(until, mine[-1].end))
            own = intervals([each for each in history if each.agent == agent], since, over)
            found[adherence(agent, mine, own, self.rules, self._pauses, now)] = mine
        return found

    async def _between(self, session: AsyncSession, since: float, until: float) -> list[Shift]:
        """In order; those that begin then."""
        query = select(ShiftRow).where(ShiftRow.start_at >= since, ShiftRow.start_at < until)
        rows = await session.scalars(query.order_by(ShiftRow.start_at, ShiftRow.agent))
        return [Shift(row.agent, row.start_at, row.end_at) for row in rows]


def _by_agent(found: list[Shift]) -> dict[str, list[Shift]]:
    by_agent: dict[str, list[Shift]] = defaultdict(list)
    for each in found:
        by_agent[each.agent].append(each)
    return by_agent
