"""Who is to work when, as stored: taken from tables and forms, changed and changed back; and how it was kept."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from acd.breaks import Breaks
from acd.intervals import Interval, intervals
from acd.models import AgentEvent, ShiftChange, ShiftRow
from acd.rota import allowance, shifts
from acd.rota.adherence import Adherence, adherence
from acd.rota.shifts import LONGEST, Change, Pause, Plan, Shift, ShiftRules
from core.clock import day_begins, midnight, system_clock
from core.database import Transaction
from core.errors import BadInput, NotFound, Refused

DAY = 86400.0
AHEAD = 7 * DAY
BEFORE = 2 * DAY
"""Long enough for the state an agent was in when a span began."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """How one agent keeps those of his shifts that begin in a span, and what he did then."""

    adherence: Adherence
    shifts: tuple[Shift, ...]
    history: tuple[Interval, ...]


class Rota:
    """The site's shifts by its rules."""

    def __init__(self, rules: ShiftRules, pauses: Breaks, zone: ZoneInfo) -> None:
        self.rules = rules
        self.zone = zone
        self.pauses = pauses

    async def replace(self, tx: Transaction, plan: Plan, by: str) -> Change:
        """The shifts that begin on the days of `plan` are its own from now on. Raises Refused: shifts_overlap."""
        change = await self.looked(tx.session, plan)
        await self._carry_out(tx, change, by)
        return change

    async def looked(self, session: AsyncSession, plan: Plan) -> Change:
        """What `plan` would change."""
        before = [each for day in plan.days for each in await self.of_day(session, day)]
        return shifts.change_to(before, plan.shifts)

    async def put(self, tx: Transaction, agent: str, day: date, wanted: Iterable[Shift], by: str) -> None:
        """The shifts of one agent that begin on a day; none: he does not work. Raises Refused: shifts_overlap."""
        mine = [each for each in await self.of_day(tx.session, day) if each.agent == agent]
        await self._carry_out(tx, shifts.change_to(mine, wanted), by)

    async def copy(self, tx: Transaction, week: date, to: date, agents: Collection[str] | None, by: str) -> Change:
        """The shifts of seven days from `week` on, of all agents or those named, again from `to` on in place of theirs.

        Raises Refused: nothing_planned, shifts_overlap; BadInput where one is no shift on its new day.
        """
        both = [[each for n in range(7) for each in await self.of_day(tx.session, first + timedelta(days=n))
                 if agents is None or each.agent in agents] for first in (week, to)]  # fmt: skip
        if not both[0]:
            raise Refused("nothing_planned", "nothing is planned in this week")
        try:
            change = shifts.change_to(both[1], [shifts.moved(each, to - week, self.zone) for each in both[0]])
        except ValueError as fault:
            raise BadInput(str(fault)) from None
        await self._carry_out(tx, change, by)
        return change

    async def undo(self, tx: Transaction, number: int, by: str) -> None:
        """What one change did is taken back. Raises NotFound, Refused: undone_before, changed_since, shifts_overlap."""
        row = await tx.session.get(ShiftChange, number, with_for_update=True)
        if row is None:
            raise NotFound(f"there is no change {number} of shifts")
        if row.undone_by:
            raise Refused("undone_before", "this change has been undone already")
        row.undone_by = by
        await self._carry_out(tx, change_of(row).undone, by)

    async def changes(self, session: AsyncSession, most: int) -> list[ShiftChange]:
        """The newest first."""
        return list(await session.scalars(select(ShiftChange).order_by(ShiftChange.id.desc()).limit(most)))

    async def refusal(self, session: AsyncSession, agent: str, now: float) -> tuple[str, str] | None:
        """Why this agent may not sign in now; None when he may."""
        if self.rules.outside == "allowed":
            return None
        return shifts.refusal(self.rules, await self.of_agent(session, agent, now, DAY), now)

    async def allowance_since(
        self, session: AsyncSession, agent: str, history: Sequence[Interval], now: float
    ) -> float:
        """Since when his breaks count together; `history` is his, in order, of the last two days."""
        shift = shifts.current(await self.of_agent(session, agent, now, self.rules.ready_before), now)
        return allowance.since(shift, history, self.rules, midnight(now, self.zone), now)

    async def of_agent(self, session: AsyncSession, agent: str, now: float, ahead: float = AHEAD) -> list[Shift]:
        """His shifts that are not over at `now`, or begin in the `ahead` seconds after it; in order."""
        found = await self._between(session, now - LONGEST, now + ahead)
        return [each for each in found if each.agent == agent and each.end > now]

    async def of_day(self, session: AsyncSession, day: date) -> list[Shift]:
        """Those that begin on it."""
        since, until = (day_begins(each, self.zone) for each in (day, day + timedelta(days=1)))
        return await self._between(session, since, until)

    async def on_duty(self, session: AsyncSession, now: float) -> dict[str, Shift]:
        """By agent, the shift of now, or the one for which he is to be ready now."""
        found = await self._between(session, now - LONGEST, now + self.rules.ready_before)
        return {each.agent: each for each in found if each.end > now}

    async def current(self, session: AsyncSession, now: float) -> dict[str, Shift]:
        """By agent, the shift of now or the next one within a week."""
        by_agent = _by(await self._between(session, now - LONGEST, now + AHEAD), lambda shift: shift.agent)
        each = {agent: shifts.current(mine, now) for agent, mine in by_agent.items()}
        return {agent: shift for agent, shift in each.items() if shift is not None}

    async def kept(self, session: AsyncSession, since: float, until: float, now: float) -> list[Kept]:
        """How agents keep the shifts that begin from `since` to `until`."""
        (found,) = await self.kept_in(session, [(since, until)], now)
        return found

    async def kept_in(
        self, session: AsyncSession, spans: Sequence[tuple[float, float]], now: float,
        agents: Collection[str] | None = None,
    ) -> list[list[Kept]]:  # fmt: skip
        """The same for several spans, in order, at once; of all agents, or those named."""
        first, until = spans[0][0] - LONGEST, spans[-1][1] + self.rules.ready_before
        planned = await self._between(session, first, until)
        last = max((each.end for each in planned), default=0.0)
        lived = await self._history(session, spans[0][0], max(spans[-1][1], last), agents)
        return [self._kept(planned, lived, since, until, now, agents) for since, until in spans]

    def _kept(
        self, planned: list[Shift], lived: dict[str, list[Any]], since: float, until: float, now: float,
        agents: Collection[str] | None,
    ) -> list[Kept]:  # fmt: skip
        found = []
        in_span = [each for each in planned if since <= each.start < until and (agents is None or each.agent in agents)]
        around = _by([each for each in planned if not since <= each.start < until], lambda shift: shift.agent)
        for agent, mine in sorted(_by(in_span, lambda shift: shift.agent).items()):
            over = min(now, max(until, mine[-1].end))
            lines = [each for each in lived.get(agent, []) if since - BEFORE <= each.at < over]
            own = intervals(lines, min(since, mine[0].start - self.rules.ready_before), over)
            share = adherence(agent, mine, own, self.rules, self.pauses, now, around.get(agent, ()))
            found.append(Kept(share, tuple(mine), tuple(own)))
        return found

    async def _history(
        self, session: AsyncSession, since: float, until: float, agents: Collection[str] | None
    ) -> dict[str, list[Any]]:
        query = select(AgentEvent.agent, AgentEvent.at, AgentEvent.state)
        query = query.where(AgentEvent.at >= since - BEFORE, AgentEvent.at < until)
        if agents is not None:
            query = query.where(AgentEvent.agent.in_(agents))
        return _by(await session.execute(query.order_by(AgentEvent.id)), lambda line: line.agent)

    async def _between(self, session: AsyncSession, since: float, until: float) -> list[Shift]:
        """In order; those that begin then."""
        query = select(ShiftRow).where(ShiftRow.start_at >= since, ShiftRow.start_at < until)
        return [_shift(row) for row in await session.scalars(query.order_by(ShiftRow.start_at, ShiftRow.agent))]

    async def _carry_out(self, tx: Transaction, change: Change, by: str) -> None:
        if not (change.gone or change.come):
            return
        touched = change.gone + change.come
        since, until = min(each.start for each in touched) - LONGEST, max(each.end for each in touched)
        query = select(ShiftRow).where(ShiftRow.start_at >= since, ShiftRow.start_at < until).with_for_update()
        rows = {_shift(row): row for row in await tx.session.scalars(query)}
        if not rows.keys() >= set(change.gone):
            raise Refused("changed_since", "these shifts have been changed since: look again")
        try:
            shifts.demand_apart((rows.keys() - set(change.gone)) | set(change.come), self.zone)
        except BadInput as fault:
            raise Refused("shifts_overlap", str(fault)) from None
        for each in change.gone:
            await tx.session.delete(rows[each])
        tx.session.add_all(
            ShiftRow(agent=each.agent, start_at=each.start, end_at=each.end, breaks=_breaks(each))
            for each in change.come
        )
        gone, come = ([[each.agent, each.start, each.end, _breaks(each)] for each in some]
                      for some in (change.gone, change.come))  # fmt: skip
        tx.session.add(ShiftChange(at=system_clock(), by=by, gone=gone, come=come, undone_by=""))
        days = sorted({f"{datetime.fromtimestamp(each.start, self.zone):%Y-%m-%d}" for each in touched})
        told = f"{len(change.gone)} removed, {len(change.come)} planned: {', '.join(days)}"
        await audit.note(tx, by, "shifts_planned", "shifts", told)


def change_of(row: ShiftChange) -> Change:
    gone, come = (
        tuple(Shift(agent, start, end, _pauses(breaks)) for agent, start, end, breaks in some)
        for some in (row.gone, row.come)
    )
    return Change(gone, come)


def _shift(row: ShiftRow) -> Shift:
    return Shift(row.agent, row.start_at, row.end_at, _pauses(row.breaks))


def _pauses(breaks: Iterable[Sequence[Any]]) -> tuple[Pause, ...]:
    return tuple(Pause(*each) for each in breaks)


def _breaks(shift: Shift) -> list[tuple[str, float, float]]:
    return [(each.state, each.start, each.end) for each in shift.breaks]


def _by(found: Iterable[T], agent_of: Callable[[T], str]) -> dict[str, list[T]]:
    """In the order they come."""
    by_agent: dict[str, list[T]] = defaultdict(list)
    for each in found:
        by_agent[agent_of(each)].append(each)
    return by_agent
