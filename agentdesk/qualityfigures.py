"""Figures of the quality office over HTTP: by week, team, agent and rule, on a page and as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.taken import Live
from agentdesk import sheets
from agentdesk.asking import Asked, begin_of, end_of, sound_days
from agentdesk.desk import PLACES, Desk
from agentdesk.qualitydefinitions import COLUMNS, DEFINITIONS
from agentdesk.sheet import Cell, Sheet
from qa import repository, review
from qa.figures import RuleFigure, Scored, Standing, Tally
from qa.hits import FAILURES
from qa.sampling import Plan

DAYS = 28
TABLES = {"weeks": ("week",), "teams": ("team",), "agents": ("agent", "name")}
"""Table of standings → what its first columns are."""
Day = Annotated[str, Query(max_length=10)]


@dataclass(frozen=True, slots=True)
class Figures:
    """`titles` of the rules in the language asked for."""

    total: Standing | None
    weeks: Mapping[str, Standing]
    teams: Mapping[str, Standing]
    agents: Mapping[str, Standing]
    rules: Sequence[RuleFigure]
    titles: Mapping[str, str]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    async def read(request: Request, asked: Asked, language: str) -> Figures:
        async with database(request).reading() as session:
            return await figures(session, asked, await plans.current(session), desk.site.zone, language)

    @routes.get("/quality/figures", dependencies=rights)
    async def page(
        request: Request, user: CurrentUser, since: Day = "", until: Day = "",
        agent: Annotated[str, Query(max_length=16)] = "",
    ) -> HTMLResponse:  # fmt: skip
        asked = period(since, until, agent, clock(request)(), desk.site.zone)
        found = await read(request, asked, desk.language(request, user))
        async with database(request).reading() as session:
            names = await people.names(session)
            plan = await plans.current(session)
        return await desk.show(
            request, "quality_figures.html", found=found, asked=asked, names=names, plan=plan, failures=FAILURES
        )

    @routes.get("/quality/figures/{table}.{kind}", dependencies=rights)
    async def export(
        table: Literal["weeks", "teams", "agents", "rules"], kind: Literal["csv", "xlsx", "pdf"], request: Request,
        user: CurrentUser, since: Day = "", until: Day = "", agent: Annotated[str, Query(max_length=16)] = "",
    ) -> Response:  # fmt: skip
        asked = period(since, until, agent, clock(request)(), desk.site.zone)
        found = await read(request, asked, desk.language(request, user))
        async with database(request).reading() as session:
            names = await people.names(session)
        name = f"quality-{table}-{asked.since}-{asked.until}"
        return await exported(desk, request, user, name, kind, head_of(table), rows_of(table, found, names), (table,))

    return routes


async def exported(
    desk: Desk, request: Request, user: User, name: str, kind: str, head: tuple[str, ...],
    rows: Sequence[Sequence[Cell]], notes: Sequence[str], titles: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """A table as a file, noted in the audit trail. `notes` are texts or codes of DEFINITIONS; `titles` of columns that
    COLUMNS does not have."""
    say = desk.pages.translator(desk.language(request, user))
    known = titles or {}
    columns = tuple(known.get(code) or say(COLUMNS[code]) for code in head)
    sheet = Sheet(name, head, columns, rows, tuple(say(DEFINITIONS.get(note, note)) for note in notes))
    async with database(request).transaction() as tx:
        await audit.note(tx, user.login, "figures_exported", f"quality:{name}", kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(sheets.written(sheet, kind), media_type=sheets.KINDS[kind], headers=headers)


def period(since: str, until: str, agent: str, now: float, zone: ZoneInfo) -> Asked:
    """The days asked for, the last four weeks where none are."""
    asked = sound_days(Asked(since=since, until=until, agent=agent))
    last = asked.until or datetime.fromtimestamp(now, zone).date().isoformat()
    first = asked.since or (datetime.fromisoformat(last) - timedelta(days=DAYS - 1)).date().isoformat()
    return Asked(since=min(first, last), until=last, agent=agent)


async def figures(session: AsyncSession, asked: Asked, plan: Plan, zone: ZoneInfo, language: str) -> Figures:
    """Scores made and reviews finished on the days of `asked`, of one agent where one is named."""
    begin, end = begin_of(asked.since, zone), end_of(asked.until, zone)
    tally = Tally()
    teams = await people.teams(session)
    for row in await repository.finished_reviews(session, begin, end):
        if not asked.agent or row.agent == asked.agent:
            tally.review(review.restored(row.rows))
    async for forms in repository.blind_verdicts(session, begin, end, asked.agent):
        tally.blind(forms)
    async for score, reviewed in repository.scores_with_reviews(session, begin, end, asked.agent):
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


def head_of(table: str) -> tuple[str, ...]:
    """Codes of a table's columns."""
    if table == "rules":
        return (
            "rule", "title", "judged", "failed", "hit_rate", "reviewed", "agreement", "kappa", "precision", "recall",
            "flagged", "people", "people_kappa",
        )  # fmt: skip
    return (*TABLES[table], "calls", "mean_score", "vetoes", "reviewed")


def rows_of(table: str, found: Figures, names: Mapping[str, str]) -> list[list[Cell]]:
    """Shares as numbers from 0 to 1, None where there is nothing to say."""
    if table == "rules":
        return [_rule_row(each, found.titles) for each in found.rules]
    groups = {"weeks": found.weeks, "teams": found.teams, "agents": found.agents}[table]
    return [
        [name, *([names.get(name, "")] if table == "agents" else []), each.calls, round(each.mean, 2), each.vetoes,
         each.reviewed]
        for name, each in groups.items()
    ]  # fmt: skip


def _rule_row(each: RuleFigure, titles: Mapping[str, str]) -> list[Cell]:
    shares = (each.hit_rate, each.agreement.share, each.agreement.kappa, each.hits.precision, each.hits.recall,
              each.people.kappa)  # fmt: skip
    hit_rate, share, kappa, precision, recall, people_kappa = (
        None if value is None else round(value, 4) for value in shares
    )
    return [
        each.rule, titles.get(each.rule, ""), each.judged, each.failed, hit_rate, each.agreement.count, share, kappa,
        precision, recall, int(each.flagged), each.people.count, people_kappa,
    ]  # fmt: skip
