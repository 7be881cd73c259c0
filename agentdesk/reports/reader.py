"""Reads a report: for the page, the API, files and e-mail alike."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from acd import afterwards, conversations, counting, repository
from acd.counting import Span
from acd.queues import Queues
from acd.wrapup import counts as code_counts
from acd.wrapup.codes import Codes
from agentdesk.reports import coding, feedback, making, measures, talks
from agentdesk.reports.asked import Asked
from agentdesk.reports.choice import Choice
from agentdesk.reports.finder import numbers_of
from agentdesk.reports.model import Report, Table
from agentdesk.reports.period import Period, period_of
from agentdesk.words.titles import titles_in
from core.errors import BadInput
from core.site import Site
from ivr import satisfaction
from ivr.published import records
from ivr.published.book import MenuBook
from ivr.usage.period import Period as MenuPeriod
from qa import repository as marks

Make = Callable[[], list[Table]]
"""What is left to do once everything is read: pure work, for a thread."""


@dataclass(frozen=True, slots=True)
class MenuCalls:
    """The menu and version shown; `calls` by version."""

    menu: str
    version: int
    calls: Mapping[int, int]


class ReportReader:
    def __init__(self, site: Site, queues: Queues, book: MenuBook, codes: Codes) -> None:
        self.site = site
        self.codes = codes
        self.queues = queues
        self._book = book
        self._ways = {
            "intervals": self._intervals, "queues": self._by_queue, "agents": self._agents, "menus": self._menus,
            "quality": self._quality, "codes": self._coded, "callers": self._callers,
        }  # fmt: skip

    async def read(self, session: AsyncSession, name: str, choice: Choice, language: str, now: float) -> Report:
        """The report `name` of `measures.DRAWINGS`."""
        period = period_of(choice.period, now, self.site.zone, *choice.days())
        make = await self._ways[name](session, Asked(choice, period, language, now))
        tables = await asyncio.to_thread(make)
        return Report(name, period, tuple(tables), measures.DRAWINGS[name])

    async def demand_known(self, session: AsyncSession, choice: Choice) -> None:
        """That there is, or was, what the choice names. Raises BadInput."""
        if choice.queue and choice.queue not in {*self.queues.queues, *await counting.queues_ever(session)}:
            raise BadInput(f"there is no queue {choice.queue}")
        if choice.agent and choice.agent not in {*await people.names(session), *await repository.agents(session)}:
            raise BadInput(f"there is no agent {choice.agent}")
        if choice.team and choice.team not in (await people.teams(session)).values():
            raise BadInput(f"there is no team {choice.team}")
        if choice.menu and choice.menu not in self.menus:
            raise BadInput(f"there is no menu {choice.menu}")

    async def menu_calls(self, session: AsyncSession, choice: Choice, period: Period) -> MenuCalls:
        """Never the calls of two versions together: the newest that had calls, where none is chosen."""
        menu = choice.menu if choice.menu in self.menus else self.menus[0]
        calls = await records.calls_by_version(session, menu, MenuPeriod(period.since, period.until))
        return MenuCalls(menu, choice.version or max(calls, default=0), calls)

    @property
    def menus(self) -> tuple[str, ...]:
        """That of the main number first."""
        return tuple(dict.fromkeys(self.site.numbers.values()))

    async def _intervals(self, session: AsyncSession, asked: Asked) -> Make:
        return partial(making.intervals, asked, await self._stays(session, asked))

    async def _by_queue(self, session: AsyncSession, asked: Asked) -> Make:
        titles = titles_in(asked.language, self.queues)
        found = await self._stays(session, asked)
        wanted = {name: title for name, title in titles.items() if asked.choice.queue in ("", name)}
        gone = sorted({queue for queue, _ in found} - titles.keys())
        return partial(making.queues, asked, found, wanted | {name: name for name in gone})

    async def _agents(self, session: AsyncSession, asked: Asked) -> Make:
        wanted = await numbers_of(session, asked.choice.team, asked.choice.agent)
        found = await counting.work(session, _span(asked))
        mine = {agent: work for agent, work in found.items() if wanted is None or agent in wanted}
        return partial(making.agents, asked, mine, await people.names(session))

    async def _coded(self, session: AsyncSession, asked: Asked) -> Make:
        choice = asked.choice
        wanted = code_counts.Asked(choice.queue, await numbers_of(session, choice.team, choice.agent), choice.topic)
        found = await code_counts.said(session, self.codes, wanted, _span(asked))
        titles, names = titles_in(asked.language, self.queues), await people.names(session)
        return partial(coding.codes, asked, found, self.codes, titles, names)

    async def _callers(self, session: AsyncSession, asked: Asked) -> Make:
        choice, span = asked.choice, _span(asked)
        wanted = conversations.Asked(choice.queue, await numbers_of(session, choice.team, choice.agent))
        came, liked = await afterwards.came(session, wanted, span), await satisfaction.liked(session, wanted, span)
        found = talks.Counted("after", measures.FEEDBACK, feedback.all_feedback, feedback.joined(came, liked))
        titles, names = titles_in(asked.language, self.queues), await people.names(session)
        return partial(talks.tables, asked, found, titles, names)

    async def _menus(self, session: AsyncSession, asked: Asked) -> Make:
        shown = await self.menu_calls(session, asked.choice, asked.period)
        menu = await self._book.of(session, shown.menu, shown.version)
        period = MenuPeriod(asked.period.since, asked.period.until)
        known = menu is not None and shown.version
        paths = await records.paths_of(session, shown.menu, period, shown.version) if known else []
        return partial(making.menus, asked, menu, shown.menu, shown.version, paths)

    async def _quality(self, session: AsyncSession, asked: Asked) -> Make:
        choice, period = asked.choice, asked.period
        wanted = await numbers_of(session, choice.team, choice.agent)
        lines = await marks.marked(session, period.since, period.until, wanted, choice.queue)
        names, teams = await people.names(session), await people.teams(session)
        titles = await marks.rule_titles(session, asked.language)
        return partial(making.quality, asked, lines, names, teams, titles)

    async def _stays(self, session: AsyncSession, asked: Asked) -> making.Slots:
        names = [asked.choice.queue] if asked.choice.queue else await counting.queues_ever(session)
        return await counting.stays(session, self.queues.queues, names, _span(asked))


def _span(asked: Asked) -> Span:
    return Span(asked.period.since, asked.period.until, asked.now)
