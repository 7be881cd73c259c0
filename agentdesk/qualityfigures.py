"""Figures of the quality office over HTTP: by week, agent and rule, on a page and as tables for spreadsheets."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, allow, clock, database
from accounts.published import Live
from agentdesk.asking import Asked, begin_of, end_of, sound_days
from agentdesk.desk import PLACES, Desk
from qa import repository, review
from qa.agreement import FAILURES
from qa.figures import RuleFigure, Scored, Standing, Tally
from qa.sampling import Plan

DAYS = 28
Day = Annotated[str, Query(max_length=10)]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """`titles` of the rules in the language asked for."""

    total: Standing | None
    weeks: Mapping[str, Standing]
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

    @routes.get("/quality/figures/{table}.csv", dependencies=rights)
    async def export(
        table: Literal["weeks", "agents", "rules"], request: Request, user: CurrentUser, since: Day = "",
        until: Day = "", agent: Annotated[str, Query(max_length=16)] = "",
    ) -> Response:  # fmt: skip
        """UTF-8 with a byte order mark, so that spreadsheets read Chinese as it is."""
        asked = period(since, until, agent, clock(request)(), desk.site.zone)
        found = await read(request, asked, desk.language(request, user))
        async with database(request).transaction() as tx:
            names = await people.names(tx.session)
            await audit.note(tx, user.login, "figures_exported", f"quality:{table}", f"{asked.since} – {asked.until}")
        name = f"quality-{table}-{asked.since}-{asked.until}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + written(rows_of(table, found, names)), media_type="text/csv", headers=headers)

    return routes


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
    for row in await repository.finished_reviews(session, begin, end):
        if not asked.agent or row.agent == asked.agent:
            tally.review(review.restored(row.rows))
    async for score, reviewed in repository.scores_with_reviews(session, begin, end, asked.agent):
        week = datetime.fromtimestamp(score.scored_at, zone).strftime("%G-W%V")
        if reviewed is None:
            verdicts = {item["id"]: item["verdict"] for item in score.items}
            tally.call(Scored(score.agent, week, score.score, bool(score.veto), False, verdicts))
        else:
            verdicts = {line.id: line.stands.value for line in review.restored(reviewed.rows)}
            tally.call(Scored(score.agent, week, reviewed.score, bool(reviewed.veto), True, verdicts))
    titles = await _titles(session, language)
    return Figures(tally.total(), tally.weeks(), tally.agents(), tally.rules(plan), titles)


def rows_of(table: str, found: Figures, names: Mapping[str, str]) -> list[list[Cell]]:
    """A table with its heading; shares as numbers from 0 to 1, None where there is nothing to say."""
    if table == "rules":
        head: list[Cell] = ["rule", "title", "judged", "failed", "hit_rate", "reviewed", "agreement", "kappa",
                            "precision", "recall", "flagged"]  # fmt: skip
        return [head, *(_rule_row(each, found.titles) for each in found.rules)]
    groups = found.weeks if table == "weeks" else found.agents
    named = table == "agents"
    body: list[list[Cell]] = [
        [name, *([names.get(name, "")] if named else []), each.calls, round(each.mean, 2), each.vetoes, each.reviewed]
        for name, each in groups.items()
    ]
    return [[*(["agent", "name"] if named else ["week"]), "calls", "mean_score", "vetoes", "reviewed"], *body]


def written(rows: Sequence[Sequence[Cell]]) -> str:
    """CSV in which no text can be taken for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue()


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _rule_row(each: RuleFigure, titles: Mapping[str, str]) -> list[Cell]:
    shares = (each.hit_rate, each.agreement.share, each.agreement.kappa, each.hits.precision, each.hits.recall)
    hit_rate, share, kappa, precision, recall = (None if value is None else round(value, 4) for value in shares)
    return [each.rule, titles.get(each.rule, ""), each.judged, each.failed, hit_rate, each.agreement.count, share,
            kappa, precision, recall, int(each.flagged)]  # fmt: skip


async def _titles(session: AsyncSession, language: str) -> dict[str, str]:
    """Of the newest version of every pack."""
    found: dict[str, str] = {}
    for version in await repository.pack_versions(session):
        items: Mapping[str, Any] = version.content["items"]
        found |= {rule: item["title"].get(language) or item["title"]["zh"] for rule, item in items.items()}
    return found
