"""Figures of the quality office read from what is stored: standings and rules in a period, key figures in another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from core.clock import day_begins
from qa import kpi, repository, review
from qa.figures.standings import RuleFigure, Scored, Standing, Tally
from qa.kpi import Assessment, Facts, Scheme
from qa.sampling import Plan


@dataclass(frozen=True, slots=True)
class Figures:
    """`titles` of the rules in the language asked for."""

    total: Standing | None
    weeks: Mapping[str, Standing]
    teams: Mapping[str, Standing]
    agents: Mapping[str, Standing]
    rules: Sequence[RuleFigure]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """An agent or a team; `before`: its points in the period before."""

    name: str
    called: str
    assessment: Assessment
    before: float | None


@dataclass(frozen=True, slots=True)
class KpiSheet:
    """`first` and `last`: days of the period; `earlier` and `later`: days in the periods beside it."""

    scheme: Scheme
    first: date
    last: date
    earlier: date
    later: date
    teams: tuple[Line, ...]
    agents: tuple[Line, ...]


async def figures(
    session: AsyncSession, first: date, last: date, agent: str, plan: Plan, zone: ZoneInfo, language: str
) -> Figures:
    """Scores made and reviews finished on these days, of one agent where one is named."""
    begin, end = _span(first, last, zone)
    tally = Tally()
    teams = await people.teams(session)
    for row in await repository.finished_reviews(session, begin, end):
        if not agent or row.agent == agent:
            tally.review(review.restored(row.rows))
    async for forms in repository.blind_verdicts(session, begin, end, agent):
        tally.blind(forms)
    async for score, reviewed in repository.scores_with_reviews(session, begin, end, agent):
        week = datetime.fromtimestamp(score.scored_at, zone).strftime("%G-W%V")
        team = teams.get(score.agent, "")
        if reviewed is None:
            verdicts = {item["id"]: item["verdict"] for item in score.items}
            tally.call(Scored(score.agent, team, week, score.score, bool(score.veto), False, verdicts))
        else:
            verdicts = {line.id: line.stands.value for line in review.restored(reviewed.rows)}
            tally.call(Scored(score.agent, team, week, reviewed.score, bool(reviewed.veto), True, verdicts))
    titles = await repository.rule_titles(session, language)
    return Figures(tally.total(), tally.weeks(), tally.teams(), tally.agents(), tally.rules(plan), titles)


async def kpi_sheet(session: AsyncSession, scheme: Scheme, day: date, zone: ZoneInfo) -> KpiSheet:
    """The sheet of the period a day is in."""
    first, last = kpi.period_of(day, scheme)
    earlier = first - timedelta(days=1)
    teams, names = await people.teams(session), await people.names(session)
    now = await _facts(session, first, last, zone)
    then = await _facts(session, *kpi.period_of(earlier, scheme), zone)
    return KpiSheet(
        scheme, first, last, earlier, last + timedelta(days=1),
        _lines(kpi.by_team(now, teams), kpi.by_team(then, teams), {}, scheme), _lines(now, then, names, scheme),
    )  # fmt: skip


async def _facts(session: AsyncSession, first: date, last: date, zone: ZoneInfo) -> dict[str, Facts]:
    return dict(sorted((await repository.kpi_facts(session, *_span(first, last, zone))).items()))


def _span(first: date, last: date, zone: ZoneInfo) -> tuple[float, float]:
    return day_begins(first, zone), day_begins(last + timedelta(days=1), zone)


def _lines(
    now: Mapping[str, Facts], then: Mapping[str, Facts], names: Mapping[str, str], scheme: Scheme
) -> tuple[Line, ...]:
    return tuple(
        Line(
            name,
            names.get(name, ""),
            kpi.assess(facts, scheme),
            kpi.assess(then[name], scheme).points if name in then else None,
        )
        for name, facts in now.items()
    )
