"""Read model of the shifts: a team's day with what everybody does now, its week, and what a change does."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Person
from accounts.repository import agents
from acd.agent_state import ON_BREAK, AgentState
from acd.intervals import Interval
from acd.models import AgentRow
from acd.rota import shifts
from acd.rota.adherence import AS_PLANNED, Adherence, standing
from acd.rota.planned import Rota
from acd.rota.shifts import Change, Shift
from core.clock import day_begins

WIDTH = 480.0
"""Units of a drawn day."""
HOUR = 3600.0
OFFICE = (8, 20)
"""The hours that are drawn where nobody is planned outside of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a drawn day, from `x` on, in units of WIDTH; `kind`: shift, break, present, pausing, away."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class AgentDay:
    """An agent on one day. `standing` is that of now and '' for other days; `adherence` None without shifts."""

    person: Person
    shifts: tuple[Shift, ...]
    adherence: Adherence | None
    bars: tuple[Bar, ...]
    state: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True)
class DayView:
    """`hours`: place and hour of the ticks; `now_x` None on other days."""

    rows: tuple[AgentDay, ...]
    hours: tuple[tuple[float, int], ...]
    now_x: float | None

    @property
    def as_planned(self) -> int:
        return sum(each.standing in AS_PLANNED for each in self.rows)


@dataclass(frozen=True, slots=True)
class WeekView:
    """By agent, his shifts on each day and how he kept them, None where nothing was planned up to now."""

    days: tuple[date, ...]
    rows: tuple[tuple[Person, tuple[tuple[tuple[Shift, ...], float | None], ...]], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a change does to an agent's day; `kind` is new, changed or wrong (removed)."""

    agent: str
    day: date
    before: tuple[Shift, ...]
    after: tuple[Shift, ...]

    @property
    def kind(self) -> str:
        return "changed" if self.before and self.after else "removed" if self.before else "new"


async def teams(session: AsyncSession) -> list[str]:
    return sorted({each.team for each in await agents(session) if each.team})


async def day_view(session: AsyncSession, rota: Rota, day: date, team: str, now: float) -> DayView:
    people = [each for each in await agents(session) if team in ("", each.team)]
    numbers = {each.number for each in people}
    since, until = (day_begins(each, rota.zone) for each in (day, day + timedelta(days=1)))
    ((*kept,),) = await rota.kept_in(session, [(since, until)], now, numbers)
    by_agent = {each.adherence.agent: each for each in kept}
    first, last = _drawn([one for each in kept for one in each.shifts], since)
    today = since <= now < until
    states = {row.number: row.state for row in await session.scalars(select(AgentRow))} if today else {}
    current = await rota.current(session, now) if today else {}
    rows = []
    for person in people:
        found = by_agent.get(person.number)
        mine = found.shifts if found else ()
        state = states.get(person.number, AgentState.SIGNED_OUT) if today else ""
        stands = standing(current.get(person.number), state, rota.rules, now) if today else ""
        bars = _bars(mine, found.history if found else (), first, last)
        rows.append(AgentDay(person, mine, found.adherence if found else None, bars, state, stands))
    hours = [(first + n * HOUR) for n in range(int((last - first) // HOUR) + 1)]
    ticks = tuple((_x(at, first, last), datetime.fromtimestamp(at, rota.zone).hour) for at in hours)
    return DayView(tuple(rows), ticks, _x(now, first, last) if today and first <= now <= last else None)


async def week_view(session: AsyncSession, rota: Rota, day: date, team: str, now: float) -> WeekView:
    """The week, from Monday on, that `day` is in."""
    people = [each for each in await agents(session) if team in ("", each.team)]
    days = tuple(day - timedelta(days=day.weekday() - n) for n in range(7))
    bounds = [day_begins(each, rota.zone) for each in (*days, days[-1] + timedelta(days=1))]
    spans = list(pairwise(bounds))
    kept = await rota.kept_in(session, spans, now, {each.number for each in people})
    found = [{each.adherence.agent: each for each in of_day} for of_day in kept]
    rows = []
    for person in people:
        mine = [of_day.get(person.number) for of_day in found]
        rows.append((person, tuple((each.shifts, each.adherence.adherence) if each else ((), None) for each in mine)))
    return WeekView(days, tuple(rows))


def lines_of(change: Change, zone: ZoneInfo) -> tuple[Line, ...]:
    """By day and agent."""
    before, after = _by_day(change.gone, zone), _by_day(change.come, zone)
    keys: Collection[tuple[date, str]] = before.keys() | after.keys()
    return tuple(
        Line(agent, day, before.get((day, agent), ()), after.get((day, agent), ())) for day, agent in sorted(keys)
    )


def _by_day(some: Iterable[Shift], zone: ZoneInfo) -> Mapping[tuple[date, str], tuple[Shift, ...]]:
    found: dict[tuple[date, str], tuple[Shift, ...]] = {}
    for each in shifts.in_order(some):
        key = (datetime.fromtimestamp(each.start, zone).date(), each.agent)
        found[key] = (*found.get(key, ()), each)
    return found


def _drawn(some: Sequence[Shift], midnight: float) -> tuple[float, float]:
    """From the first to the last hour that somebody is planned in, or the office's."""
    first, last = (midnight + hour * HOUR for hour in OFFICE)
    for each in some:
        first = min(first, midnight + (each.start - midnight) // HOUR * HOUR)
        last = max(last, midnight - (midnight - each.end) // HOUR * HOUR)
    return first, last


def _bars(mine: Sequence[Shift], history: Sequence[Interval], first: float, last: float) -> tuple[Bar, ...]:
    pieces = [(each.start, each.end, "shift") for each in mine]
    pieces += [(pause.start, pause.end, "break") for each in mine for pause in each.breaks]
    pieces += [(each.start, each.end, _kind(each.state)) for each in history if each.state != AgentState.SIGNED_OUT]
    found = []
    for start, end, kind in pieces:
        x = _x(max(start, first), first, last)
        width = _x(min(end, last), first, last) - x
        if width > 0:
            found.append(Bar(x, round(width, 1), kind))
    return tuple(found)


def _kind(state: str) -> str:
    if state == AgentState.NOT_READY:
        return "away"
    return "pausing" if state in ON_BREAK else "present"


def _x(at: float, first: float, last: float) -> float:
    return round((at - first) / (last - first) * WIDTH, 1)
