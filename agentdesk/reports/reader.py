"""Reads a report: for the page, the API, files and e-mail alike."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from acd import counting
from acd.counting import Span
from acd.queues import Queues
from acd.tally import Stays, all_stays, all_work
from agentdesk.reports import measures
from agentdesk.reports.choice import Choice
from agentdesk.reports.finder import numbers_of
from agentdesk.reports.model import Report, Table, table
from agentdesk.reports.part import Part
from agentdesk.reports.period import Period, fitting, period_of, row_end, row_of, rows_between
from agentdesk.titles import titles_in
from core.site import Site
from ivr import records
from ivr.book import MenuBook
from ivr.menus import LoadedMenu
from ivr.period import Period as MenuPeriod
from ivr.use import CallPath, answers, fates, places
from qa import repository
from qa.marks import Marked, marks_of, strikes_of

NO_TEAM = "–"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what is wanted, of which days, in which language, and when it is asked."""

    choice: Choice
    period: Period
    language: str
    now: float

    @property
    def step(self) -> str:
        return fitting(self.choice.step, self.period)

    @property
    def span(self) -> Span:
        return Span(self.period.since, self.period.until, self.now)

    def part(self, kind: str, what: str, **more: Any) -> Part:
        """Calls of the whole period, as far as the report is narrowed."""
        given = {name: getattr(self.choice, name) for name in ("queue", "team", "agent")}
        span = {"since": int(self.period.since), "until": int(self.period.until)}
        return Part(kind, what, **span | given | more)


@dataclass(frozen=True, slots=True)
class MenuCalls:
    """The menu and version shown; `calls` by version."""

    menu: str
    version: int
    calls: Mapping[int, int]


class ReportReader:
    def __init__(self, site: Site, queues: Queues, book: MenuBook) -> None:
        self.site = site
        self.queues = queues
        self._book = book
        self._ways = {
            "intervals": self._intervals, "queues": self._by_queue, "agents": self._agents, "menus": self._menus,
            "quality": self._quality,
        }  # fmt: skip

    def period(self, choice: Choice, now: float) -> Period:
        return period_of(choice.period, now, self.site.zone, *choice.days())

    async def read(self, session: AsyncSession, name: str, choice: Choice, language: str, now: float) -> Report:
        """The report `name` of `measures.DRAWINGS`."""
        asked = Asked(choice, self.period(choice, now), language, now)
        tables = await self._ways[name](session, asked)
        return Report(name, asked.period, tuple(tables), measures.DRAWINGS[name])

    async def menu_calls(self, session: AsyncSession, choice: Choice, period: Period) -> MenuCalls:
        """Never the calls of two versions together: the newest that had calls, where none is chosen."""
        menu = choice.menu if choice.menu in self.menus else self.menus[0]
        calls = await records.calls_by_version(session, menu, MenuPeriod(period.since, period.until))
        return MenuCalls(menu, choice.version or max(calls, default=0), calls)

    @property
    def menus(self) -> tuple[str, ...]:
        """That of the main number first."""
        return tuple(dict.fromkeys(self.site.numbers.values()))

    async def _stays(self, session: AsyncSession, asked: Asked) -> dict[tuple[str, int], Stays]:
        names = [asked.choice.queue] if asked.choice.queue else list(self.queues.queues)
        return await counting.stays(session, self.queues.queues, names, asked.span)

    async def _intervals(self, session: AsyncSession, asked: Asked) -> list[Table]:
        found, zone, step = await self._stays(session, asked), self.site.zone, asked.step
        groups: dict[int, Stays] = {}
        for (_, slot), stays in found.items():
            begin = row_of(slot, step, zone)
            groups[begin] = groups.get(begin, Stays()) + stays
        rows = rows_between(min(groups), max(groups), step, zone) if groups else ()

        def lead(key: str, what: str) -> str:
            part = asked.part("stay", what, team="", agent="")
            if key:
                part = replace(part, since=int(key), until=row_end(int(key), step, zone))
            return part.address

        return [
            table("intervals", "day" if step == "day" else "interval", measures.STAYS,
                  {str(begin): groups.get(begin, Stays()) for begin in rows}, all_stays(groups.values()),
                  lambda key: self._moment(int(key), asked, step), lead, sparse=True)
        ]  # fmt: skip

    async def _by_queue(self, session: AsyncSession, asked: Asked) -> list[Table]:
        found = await self._stays(session, asked)
        names = [name for name in self.queues.queues if asked.choice.queue in ("", name)]
        groups = {name: all_stays(stays for (queue, _), stays in found.items() if queue == name) for name in names}
        titles = titles_in(asked.language, self.queues)

        def lead(key: str, what: str) -> str:
            return asked.part("stay", what, team="", agent="", queue=key or asked.choice.queue).address

        total = all_stays(groups.values())
        return [table("queues", "queue", measures.STAYS, groups, total, lambda key: titles[key], lead)]

    async def _agents(self, session: AsyncSession, asked: Asked) -> list[Table]:
        wanted = await numbers_of(session, asked.choice.team, asked.choice.agent)
        names = await people.names(session)
        found = await counting.work(session, asked.span)
        seen = {agent: work for agent, work in found.items() if work.signed_in or work.offered or work.dialled}
        groups = {agent: work for agent, work in seen.items() if wanted is None or agent in wanted}

        def lead(key: str, what: str) -> str:
            return asked.part("work", what, queue="", agent=key or asked.choice.agent).address

        return [
            table("agents", "agent", measures.WORK, groups, all_work(groups.values()),
                  lambda key: f"{key} {names.get(key, '')}".strip(), lead)
        ]  # fmt: skip

    async def _menus(self, session: AsyncSession, asked: Asked) -> list[Table]:
        shown = await self.menu_calls(session, asked.choice, asked.period)
        name, number = shown.menu, shown.version
        period = MenuPeriod(asked.period.since, asked.period.until)
        menu = await self._book.of(session, name, number)
        paths = await records.paths_of(session, name, period, number) if menu and number else []
        days, steps = await asyncio.to_thread(_ways, menu, paths, asked.period)

        def lead(key: str, what: str) -> str:
            part = asked.part("menu", what, queue="", team="", agent="", menu=name, version=number)
            if key:
                part = replace(part, since=int(key), until=row_end(int(key), "day", self.site.zone))
            return part.address

        def lead_step(key: str, what: str) -> str:
            return asked.part("menu", what, queue="", team="", agent="", menu=name, version=number, step=key).address

        keys = rows_between(min(days), max(days), "day", self.site.zone) if days else ()
        total: measures.Fates = reduce(add, days.values(), Counter())
        return [
            table("days", "day", measures.MENU, {str(each): days.get(each, Counter()) for each in keys}, total,
                  lambda key: self._moment(int(key), asked, "day"), lead, sparse=True),
            table("steps", "step", measures.PLACES, steps, None, lambda key: key, lead_step),
        ]  # fmt: skip

    async def _quality(self, session: AsyncSession, asked: Asked) -> list[Table]:
        wanted = await numbers_of(session, asked.choice.team, asked.choice.agent)
        names, teams = await people.names(session), await people.teams(session)
        titles = await repository.rule_titles(session, asked.language)
        period = asked.period
        lines = await repository.marked(session, period.since, period.until, wanted, asked.choice.queue)
        strikes = await asyncio.to_thread(strikes_of, lines)

        def groups(key: Callable[[Marked], str]) -> dict[str, list[Marked]]:
            found: dict[str, list[Marked]] = {}
            for line in lines:
                found.setdefault(key(line), []).append(line)
            return found

        def marked(name: str, of: str, key: Callable[[Marked], str], label: Callable[[str], str],
                   lead: Callable[[str, str], str]) -> Table:  # fmt: skip
            found = {each: marks_of(those) for each, those in sorted(groups(key).items())}
            return table(name, of, measures.MARKS, found, marks_of(lines), label, lead)

        def lead_rule(key: str, what: str) -> str:
            return asked.part("score", what, rule=key).address

        return [
            marked("weeks", "week", lambda line: self._week(line.at), lambda key: key, self._lead_week(asked)),
            marked("agents", "agent", lambda line: line.agent, lambda key: f"{key} {names.get(key, '')}".strip(),
                   lambda key, what: asked.part("score", what, agent=key or asked.choice.agent).address),
            marked("teams", "team", lambda line: teams.get(line.agent, NO_TEAM), lambda key: key,
                   lambda key, what: "" if key == NO_TEAM else
                   asked.part("score", what, team=key or asked.choice.team).address),
            table("rules", "rule", measures.RULES, strikes, None, lambda key: f"{key} {titles.get(key, '')}".strip(),
                  lead_rule),
        ]  # fmt: skip

    def _week(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.site.zone).strftime("%G-W%V")

    def _lead_week(self, asked: Asked) -> Callable[[str, str], str]:
        """A week at the edge of the period counts only with its days inside."""

        def lead(key: str, what: str) -> str:
            part = asked.part("score", what)
            if key:
                monday = date.fromisoformat(f"{key}-1")
                week = period_of("days", asked.now, self.site.zone, monday, monday + timedelta(days=6))
                part = replace(part, since=max(part.since, int(week.since)), until=min(part.until, int(week.until)))
            return part.address

        return lead

    def _moment(self, at: int, asked: Asked, step: str) -> str:
        local = datetime.fromtimestamp(at, self.site.zone)
        if step == "day":
            return local.strftime("%Y-%m-%d")
        return local.strftime("%H:%M" if asked.period.days == 1 else "%m-%d %H:%M")


def _ways(
    menu: LoadedMenu | None, paths: Sequence[CallPath], period: Period
) -> tuple[dict[int, measures.Fates], dict[str, measures.Fates]]:
    """What the calls came to by day, and what they did by step, the step where most hung up first."""
    days: dict[int, measures.Fates] = {}
    steps: dict[str, measures.Fates] = {}
    told = answers(menu) if menu else frozenset()
    for path in paths:
        if path.steps:
            days.setdefault(row_of(path.arrived_at, "day", period.zone), Counter()).update(fates(path, told))
            for what, step in places(path):
                steps.setdefault(step, Counter())[what] += 1
    order = sorted(steps.items(), key=lambda item: (-item[1]["hung_up"], -item[1]["entered"]))
    return days, dict(order)
