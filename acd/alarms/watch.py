"""The alarms of a running centre: looked for every few seconds, kept with beginning, end and who has seen them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import repository
from acd.agent_state import AgentState
from acd.alarms.rules import Alarm, AlarmKind, AlarmRules, FloorState, QueueState, due
from acd.breaks import Breaks
from acd.events import AlarmChanged
from acd.models import AgentRow, AlarmRow
from acd.queues import Queues
from core.clock import Clock, midnight, new_id
from core.database import Database, Transaction
from core.errors import NotFound
from tickets.repository import not_taken_up, untold

EVERY = 5.0
MOST = 100
"""Of those overdue, and of those that soon will be: more than a floor can see to."""
Find = Callable[[AsyncSession, float, float, int], Awaitable[dict[str, float]]]
"""When each was due, of those due at a moment or so many seconds later; so many at most of either."""
BUSY = frozenset({AgentState.RINGING, AgentState.TALKING, AgentState.ON_HOLD, AgentState.WRAP_UP})
SERVING = BUSY | {AgentState.READY}

Angry = Callable[[AsyncSession, float], Awaitable[Sequence[str]]]
"""Calls with an angry customer that were scored lately."""
Faults = Callable[[AsyncSession], Awaitable[Mapping[str, float]]]
"""Calls by fault of a menu that nobody has acknowledged."""


async def open_alarms(session: AsyncSession) -> Sequence[AlarmRow]:
    """Those that last, the newest first."""
    return (await session.scalars(_newest().where(AlarmRow.ended_at.is_(None)))).all()


async def history(session: AsyncSession, since: float, until: float) -> Sequence[AlarmRow]:
    """Those raised within, the newest first."""
    query = _newest().where(AlarmRow.raised_at >= since, AlarmRow.raised_at < until)
    return (await session.scalars(query)).all()


def _newest() -> Select[AlarmRow]:
    return select(AlarmRow).order_by(AlarmRow.raised_at.desc(), AlarmRow.id.desc())


async def see(tx: Transaction, alarm: str, by: str, now: float) -> AlarmRow:
    """Somebody looks after it: it makes no more sound. Raises NotFound."""
    row = await tx.session.get(AlarmRow, alarm)
    if row is None:
        raise NotFound(f"there is no alarm {alarm}")
    if not row.seen_by:
        row.seen_by, row.seen_at = by, now
        tx.publish(AlarmChanged(now, row.id, row.kind, row.about))
    return row


class AlarmWatch:
    """Give `run` to the Supervisor."""

    def __init__(
        self, db: Database, rules: Callable[[], AlarmRules], queues: Queues,
        breaks: Callable[[], Breaks], zone: ZoneInfo, clock: Clock, angry: Angry,
        faults: Faults, missing: Callable[[str], str] = lambda _agent: "",
    ) -> None:  # fmt: skip
        """`missing`: what an agent at work cannot be reached at: he serves nobody."""
        self._db = db
        self._rules = rules
        self._queues = queues
        self._breaks = breaks
        self._zone = zone
        self._clock = clock
        self._angry = angry
        self._faults = faults
        self._missing = missing

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Raise what is due, end what is not any more; a figure that got worse is kept."""
        now = self._clock()
        async with self._db.reading() as session:
            found = due(self._rules(), await self._floor(session, now))
            known = {Alarm(AlarmKind(row.kind), row.about) for row in await open_alarms(session)}
        if found or known:
            async with self._db.transaction() as tx:
                await self._keep(tx, found, now)

    async def _keep(self, tx: Transaction, found: dict[Alarm, float], now: float) -> None:
        fresh = dict(found)
        for row in await open_alarms(tx.session):
            value = fresh.pop(Alarm(AlarmKind(row.kind), row.about), None)
            if value is None:
                row.ended_at = now
                tx.publish(AlarmChanged(now, row.id, row.kind, row.about))
            elif (worse := (min if row.kind == AlarmKind.SERVICE_LEVEL else max)(row.value, value)) != row.value:
                row.value = worse
                tx.publish(AlarmChanged(now, row.id, row.kind, row.about))
        for alarm, value in fresh.items():
            row = AlarmRow(id=new_id(now), kind=alarm.kind, about=alarm.about, value=value, raised_at=now)
            tx.session.add(row)
            tx.publish(AlarmChanged(now, row.id, row.kind, row.about))

    async def _floor(self, session: AsyncSession, now: float) -> FloorState:
        figures = await repository.queue_figures(session, self._queues.queues, midnight(now, self._zone), now)
        rows = (await repository.agents(session)).values()
        states = [AgentState(row.state) for row in rows if not self._missing(row.number)]
        return FloorState(
            [QueueState(each.queue, each.longest_wait, each.offered, each.service_level) for each in figures],
            sum(state in SERVING for state in states),
            sum(state in BUSY for state in states),
            {row.number: over for row in rows if (over := self._over(row, now)) > 0},
            await self._angry(session, now),
            await self._faults(session),
            *await self._untold(session, now),
        )

    async def _untold(self, session: AsyncSession, now: float) -> tuple[dict[str, float], ...]:
        """Seconds since tickets, complaints and call backs were due, below 0 before it."""
        rules = self._rules()
        kinds: tuple[tuple[Find, float | None, float | None], ...] = (
            (untold, rules.ticket_due, rules.ticket_overdue),
            (not_taken_up, rules.complaint_due, rules.complaint_overdue),
            (repository.unkept, rules.callback_due, rules.callback_overdue),
        )
        found = []
        for find, before, after in kinds:
            wanted = before is not None or after is not None
            late = await find(session, now, before or 0, MOST) if wanted else {}
            found.append({each: now - due_at for each, due_at in late.items()})
        return tuple(found)

    def _over(self, row: AgentRow, now: float) -> float:
        rule = self._breaks().of(AgentState(row.state))
        return 0.0 if rule is None else now - row.since_at - rule.each
