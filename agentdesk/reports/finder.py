"""The calls behind a count, as conditions of the call list: the same reading that made the count."""

import asyncio
from collections.abc import Iterable, Set

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from accounts.models import Person
from acd import afterwards, conversations, counting
from acd.counting import Span
from acd.models import Call, Offer
from acd.queues import Queues
from acd.wrapup import counts as code_counts
from acd.wrapup.codes import Codes
from agentdesk.reading.scores import veiled_for
from agentdesk.reports import part as parts
from agentdesk.reports.part import Part
from ivr import satisfaction
from ivr.published import records
from ivr.published.book import MenuBook
from ivr.usage.period import Period
from ivr.usage.use import Answers, CallPath, answers, endings, fates, places
from qa import repository
from qa.marks import Marked, strikes

Condition = ColumnElement[bool]


class PartFinder:
    def __init__(self, queues: Queues, book: MenuBook, codes: Codes) -> None:
        self._queues = queues
        self._book = book
        self._codes = codes

    async def conditions(self, session: AsyncSession, code: str, user: User, now: float) -> list[Condition]:
        """Of the part that `code` names; none for other texts, and for agents, to whom reports do not belong."""
        part = parts.read(code)
        if part is None or user.role is Role.AGENT:
            return []
        try:
            match part.kind:
                case "stay":
                    return [Call.id.in_(await self._of_stays(session, part, now))]
                case "work":
                    return [Call.id.in_(await _of_work(session, part, now))]
                case "said":
                    return [Call.id.in_(await self._of_codes(session, part, now))]
                case "after":
                    return [Call.id.in_(await _of_feedback(session, part, now))]
                case "menu":
                    return [among(await self._of_menu(session, part))]
                case _:
                    return [among(await _of_scores(session, part, user))]
        except KeyError:
            return []

    async def _of_stays(self, session: AsyncSession, part: Part, now: float) -> counting.Calls:
        names = [part.queue] if part.queue else await counting.queues_ever(session)
        return counting.calls_of_stays(part.what, self._queues.queues, names, _span(part, now))

    async def _of_codes(self, session: AsyncSession, part: Part, now: float) -> counting.Calls:
        asked = code_counts.Asked(part.queue, await numbers_of(session, part.team, part.agent), part.topic)
        return code_counts.calls_said(part.what, self._codes, asked, _span(part, now))

    async def _of_menu(self, session: AsyncSession, part: Part) -> list[str]:
        menu = await self._book.of(session, part.menu, part.version)
        period = Period(part.since, part.until)
        paths = [] if menu is None else await records.paths_of(session, part.menu, period, part.version)

        def chosen() -> list[str]:
            told, ends = (answers(menu), endings(menu)) if menu else (Answers(), set())
            return [path.call for path in paths if path.steps and part.what in _counts(path, part.step, told, ends)]

        return await asyncio.to_thread(chosen)


async def numbers_of(session: AsyncSession, team: str, agent: str) -> set[str] | None:
    """Agents of a team, or the one who is named; None for everybody."""
    if agent:
        return {agent}
    if not team:
        return None
    return set(await session.scalars(select(Person.number).where(Person.team == team, Person.number != "")))


def among(calls: Iterable[str]) -> Condition:
    """A month may be more than a database takes as parameters; these are ids of our own making."""
    return Call.id.in_(bindparam("among", list(calls), expanding=True, literal_execute=True))


async def _of_work(session: AsyncSession, part: Part, now: float) -> counting.Calls:
    query = counting.calls_of_offers("offered" if part.what == "rung" else part.what, _span(part, now))
    numbers = await numbers_of(session, part.team, part.agent)
    return query if numbers is None else query.where(Offer.agent.in_(numbers))


async def _of_feedback(session: AsyncSession, part: Part, now: float) -> counting.Calls:
    asked, span = conversations.Asked(part.queue, await numbers_of(session, part.team, part.agent)), _span(part, now)
    if part.what == "surveyed":
        return satisfaction.calls_answered(asked, span)
    return afterwards.calls_after(part.what, asked, span)


async def _of_scores(session: AsyncSession, part: Part, user: User) -> set[str]:
    """Without calls that this person marks blind."""
    numbers = await numbers_of(session, part.team, part.agent)
    lines = await repository.marked(session, part.since, part.until, numbers, part.queue)
    veiled = await veiled_for(session, user)
    return {line.call for line in lines if line.call not in veiled and _scored(line, part)}


def _scored(line: Marked, part: Part) -> bool:
    kinds = {
        "scored": True, "vetoes": line.vetoed, "reviewed": line.reviewed,
        "judged": strikes(line, part.rule, failed=False), "deducted": strikes(line, part.rule, failed=True),
    }  # fmt: skip
    return kinds[part.what]


def _counts(path: CallPath, step: str, told: Answers, ends: Set[str]) -> set[str]:
    return {what for what, where in places(path, ends) if where == step} if step else set(fates(path, told))


def _span(part: Part, now: float) -> Span:
    return Span(part.since, part.until, now)
