"""Figures of the quality office over HTTP: by week, team, agent and rule, on a page and as files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk
from agentdesk.reading.asking import Asked, begin_of, end_of, sound_days
from agentdesk.reports.part import Part
from agentdesk.sheets import files as sheet_files
from agentdesk.sheets.sheet import Cell, Sheet
from agentdesk.words.definitions import COLUMNS, DEFINITIONS
from core.clock import day_begins
from qa.figures.hits import FAILURES
from qa.figures.sheets import Figures, figures
from qa.figures.standings import RuleFigure
from qa.sampling import Plan

DAYS = 28
TABLES = {"weeks": ("week",), "teams": ("team",), "agents": ("agent", "name")}
"""Table of standings → what its first columns are."""
Day = Annotated[str, Query(max_length=10)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    async def read(request: Request, asked: Asked, language: str) -> Figures:
        async with database(request).reading() as session:
            days = date.fromisoformat(asked.since), date.fromisoformat(asked.until)
            return await figures(session, *days, asked.agent, await plans.current(session), desk.site.zone, language)

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
            request, "quality_figures.html", found=found, asked=asked, names=names, plan=plan, failures=FAILURES,
            lead=leads(asked, desk.site.zone),
        )  # fmt: skip

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
    return Response(sheet_files.written(sheet, kind), media_type=sheet_files.KINDS[kind], headers=headers)


def period(since: str, until: str, agent: str, now: float, zone: ZoneInfo) -> Asked:
    """The days asked for, the last four weeks where none are."""
    asked = sound_days(Asked(since=since, until=until, agent=agent))
    last = asked.until or datetime.fromtimestamp(now, zone).date().isoformat()
    first = asked.since or (datetime.fromisoformat(last) - timedelta(days=DAYS - 1)).date().isoformat()
    return Asked(since=min(first, last), until=last, agent=agent)


def leads(asked: Asked, zone: ZoneInfo) -> Callable[..., str]:
    """The address of the calls behind a count: `what` as reports name it, of an agent, team, week or rule.

    '' for a group that no address names: agents without a team.
    """
    begin, end = int(begin_of(asked.since, zone)), int(end_of(asked.until, zone))

    def lead(what: str, kind: str = "", key: str = "") -> str:
        part = Part("score", what, begin, end, agent=asked.agent)
        match kind:
            case "agent":
                return replace(part, agent=key).address
            case "team":
                return replace(part, team=key).address if key else ""
            case "rule":
                return replace(part, rule=key).address
            case "week":
                monday = date.fromisoformat(f"{key}-1")
                first, after = (int(day_begins(monday + timedelta(days=days), zone)) for days in (0, 7))
                return replace(part, since=max(begin, first), until=min(end, after)).address
        return part.address

    return lead


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
