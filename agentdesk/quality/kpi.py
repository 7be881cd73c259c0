"""Key figures of agents and teams over HTTP: a sheet of a period with its definitions, and the same as files."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from accounts.access import CurrentUser, allow, clock, database
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk
from agentdesk.quality.figures import exported
from agentdesk.reading.asking import Asked, sound_days
from agentdesk.sheets.sheet import Cell
from agentdesk.words.definitions import DEFINITIONS
from qa.figures.sheets import KpiSheet, kpi_sheet
from qa.kpi import Scheme

Day = Annotated[str, Query(max_length=10)]


def router(desk: Desk, schemes: Live[Scheme]) -> APIRouter:
    """`/quality/kpi`."""
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    async def read(request: Request, day: str) -> KpiSheet:
        today = datetime.fromtimestamp(clock(request)(), desk.site.zone).date()
        wanted = sound_days(Asked(since=day)).since
        async with database(request).reading() as session:
            scheme, wished = await schemes.current(session), date.fromisoformat(wanted) if wanted else today
            return await kpi_sheet(session, scheme, wished, desk.site.zone)

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


def head_of(scheme: Scheme) -> tuple[str, ...]:
    return ("of", "name", "points", "before", *(each.measure.value for each in scheme.indicators))


def rows_of(found: KpiSheet) -> list[list[Cell]]:
    """Teams first; shares from 0 to 1."""
    return [
        [line.name, line.called, _round(line.assessment.points, 1), _round(line.before, 1),
         *(_round(each.value, 4) for each in line.assessment.results)]
        for line in (*found.teams, *found.agents)
    ]  # fmt: skip


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
