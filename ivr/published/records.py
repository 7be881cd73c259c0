"""The calls that ran on a menu, read from the distributor's records; never those of two versions together."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Function, ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from acd.ledger import Kind
from acd.models import Call, CallEvent
from core.errors import NotFound
from ivr.menu_models import MenuTrial
from ivr.menus import LoadedMenu
from ivr.published import versions
from ivr.published.checking import MenuChecker
from ivr.usage.comparison import Comparison, compare
from ivr.usage.period import Period
from ivr.usage.use import CallPath, MenuUse, measure, path_of

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """What the callers of one version did in a period; `calls` are those of every version in it, by number."""

    menu: LoadedMenu
    period: Period
    calls: Mapping[int, int]
    use: MenuUse


async def figures(
    session: AsyncSession, checker: MenuChecker, menu: str, period: Period, number: int = 0
) -> Figures:  # fmt: skip
    """Of version `number`; 0: the newest that was live in the period, which a challenger never is. Raises NotFound."""
    calls = await calls_by_version(session, menu, period)
    chosen = number or await _led(session, menu, calls)
    text = (await versions.of_number(session, menu, chosen)).text
    paths = await paths_of(session, menu, period, chosen)

    def work() -> tuple[LoadedMenu, MenuUse]:
        loaded = checker.recall(menu, chosen, text)
        return loaded, measure(loaded, paths)

    loaded, use = await asyncio.to_thread(work)
    return Figures(loaded, period, calls, use)


async def comparison(session: AsyncSession, checker: MenuChecker, trial: MenuTrial, now: float) -> Comparison:
    """Both versions' calls since the trial began, until it ended."""
    period = Period(trial.started_at, trial.ended_at or now)
    champion = await figures(session, checker, trial.menu, period, trial.champion)
    challenger = await figures(session, checker, trial.menu, period, trial.challenger)
    return compare(champion.use, challenger.use)


async def calls_by_version(session: AsyncSession, menu: str, period: Period) -> dict[int, int]:
    """Version → how many calls it had, the newest first."""
    query = select(Call.menu_version, func.count()).where(*_in(menu, period), Call.menu_version > 0)
    rows = await session.execute(query.group_by(Call.menu_version).order_by(Call.menu_version.desc()))
    return {row[0]: row[1] for row in rows}


async def paths_of(session: AsyncSession, menu: str, period: Period, number: int) -> list[CallPath]:
    """A call that was given away and queued again counts from its first queue and its first agent."""
    here = (*_in(menu, period), Call.menu_version == number)
    queued, answered = _moment(func.min, Kind.QUEUED), _moment(func.min, Kind.CONNECTED)
    columns = (Call.path, Call.arrived_at, queued, Call.ended_at, Call.outcome, answered, Call.id)
    rows = await session.stream(select(*columns, _moment(func.max, Kind.QUEUED)).where(*here))
    found: list[CallPath] = []
    # Some at a time: calls go on meanwhile, and nothing may keep them waiting.
    async for some in rows.partitions(AT_ONCE):
        found += (CallPath(path_of(path or ()), *facts) for path, *facts in some)
    return found


async def _led(session: AsyncSession, menu: str, calls: Mapping[int, int]) -> int:
    """Of the versions that had all calls but those of a trial the newest with any, else the live one."""
    live = await versions.live(session, menu)
    if live is None:
        raise NotFound(f"menu {menu} has no version yet")
    return max(calls.keys() - await versions.challengers(session, menu), default=live.number)


def _moment(of: Callable[..., Function[float]], kind: Kind) -> ScalarSelect[float]:
    """When this happened to the call, first (`func.min`) or last (`func.max`)."""
    moment = select(of(CallEvent.at)).where(CallEvent.call == Call.id, CallEvent.kind == kind)
    return moment.correlate(Call).scalar_subquery()


def _in(menu: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (Call.menu == menu, Call.arrived_at >= period.since, Call.arrived_at < period.until)
