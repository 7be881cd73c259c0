"""Alarms as people read them: on the floor those that last, on a page of their own those of a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from accounts import repository as people
from accounts.access import CurrentUser, allow, clock, database
from acd import alarm_watch
from acd.alarms import AlarmKind
from acd.models import AlarmRow
from agentdesk.asking import begin_of, end_of, sound_day
from agentdesk.desk import PLACES, Desk
from agentdesk.show import span
from agentdesk.views import AlarmLine

SHARES = (AlarmKind.SERVICE_LEVEL, AlarmKind.SATURATION)


def lines(rows: Sequence[AlarmRow], queues: Mapping[str, str], names: Mapping[str, str]) -> tuple[AlarmLine, ...]:
    return tuple(_line(row, queues, names) for row in rows)


def _line(row: AlarmRow, queues: Mapping[str, str], names: Mapping[str, str]) -> AlarmLine:
    angry = row.kind == AlarmKind.ANGER
    figure = "" if angry else f"{row.value:.0%}" if row.kind in SHARES else span(row.value)
    about = queues.get(row.about) or (f"{names[row.about]} {row.about}" if row.about in names else row.about)
    return AlarmLine(
        row.id, row.kind, about, row.about if angry else "", figure, row.raised_at, row.ended_at, row.seen_by
    )


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/floor/alarms", dependencies=[Depends(allow(*PLACES["/floor"]))])
    async def alarms(
        request: Request, user: CurrentUser, day: Annotated[str, Query(max_length=10)] = ""
    ) -> HTMLResponse:
        language, zone = desk.language(request, user), desk.site.zone
        shown = sound_day(day) or _today(clock(request)(), zone)
        async with database(request).reading() as session:
            rows = await alarm_watch.history(session, begin_of(shown, zone), end_of(shown, zone))
            found = lines(rows, desk.board.titles(language), await people.names(session))
        return await desk.show(request, "alarms.html", alarms=found, day=shown)

    return routes


def _today(now: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(now, zone).date().isoformat()
