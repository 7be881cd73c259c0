"""Key figures of agents and teams over HTTP: a sheet of a period with its definitions, and the same as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import CurrentUser, allow, clock, database
from accounts.taken import Live
from agentdesk.asking import Asked, begin_of, end_of, sound_days
from agentdesk.desk import PLACES, Desk
from agentdesk.qualitydefinitions import DEFINITIONS
from agentdesk.qualityfigures import exported
from agentdesk.sheet import Cell
from qa import kpi, repository
from qa.kpi import Assessment, Facts, Scheme

Day = Annotated[str, Query(max_length=10)]


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


def router(desk: Desk, schemes: Live[Scheme]) -> APIRouter:
    """`/quality/kpi`."""
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    async def read(request: Request, day: str) -> KpiSheet:
        today = datetime.fromtimestamp(clock(request)(), desk.site.zone).date()
        wanted = sound_days(Asked(since=day)).since
        async with database(request).reading() as session:
            return await sheet(session, await schemes.current(session), date.fromisoformat(wanted or f"{today}"), desk)

    @routes.get("/quality/kpi", dependencies=rights)
    async def page(request: Request, day: Day = "") -> HTMLResponse:
        return await desk.show(request, "kpi.html", found=await read(request, day))

    @routes.get("/quality/kpi.{kind}", dependencies=rights)
    async def export(
        kind: Literal["csv", "xlsx", "pdf"], request: Request, user: CurrentUser, day: Day = ""
    ) -> Response:
        found = await read(request, day)
        language = desk.language(request, user)
        titles = {each.measure.value: each.title.en if language == "en" else each.title.zh
                  for each in found.scheme.indicators}  # fmt: skip
        say = desk.pages.translator(language)
        meanings = [f"{titles[measure]}: {say(DEFINITIONS[f'kpi-{measure}'])}" for measure in titles]
        name = f"kpi-{found.first}-{found.last}"
        return await exported(
            desk, request, user, name, kind, head_of(found.scheme), rows_of(found), ["kpi", *meanings], titles
        )

    return routes


async def sheet(session: AsyncSession, scheme: Scheme, day: date, desk: Desk) -> KpiSheet:
    """The sheet of the period a day is in."""
    first, last = kpi.period_of(day, scheme)
    earlier = first - timedelta(days=1)
    teams, names = await people.teams(session), await people.names(session)
    now = await _facts(session, first, last, desk)
    then = await _facts(session, *kpi.period_of(earlier, scheme), desk)
    return KpiSheet(
        scheme, first, last, earlier, last + timedelta(days=1),
        _lines(kpi.by_team(now, teams), kpi.by_team(then, teams), {}, scheme), _lines(now, then, names, scheme),
    )  # fmt: skip


def head_of(scheme: Scheme) -> tuple[str, ...]:
    return ("of", "name", "points", "before", *(each.measure.value for each in scheme.indicators))


def rows_of(found: KpiSheet) -> list[list[Cell]]:
    """Teams first; shares from 0 to 1."""
    return [
        [line.name, line.called, _round(line.assessment.points, 1), _round(line.before, 1),
         *(_round(each.value, 4) for each in line.assessment.results)]
        for line in (*found.teams, *found.agents)
    ]  # fmt: skip


async def _facts(session: AsyncSession, first: date, last: date, desk: Desk) -> dict[str, Facts]:
    zone = desk.site.zone
    found = await repository.kpi_facts(session, begin_of(first.isoformat(), zone), end_of(last.isoformat(), zone))
    return dict(sorted(found.items()))


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


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
