"""Alarms as people read them: on the floor those that last, on a page of their own those of a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.masking import number_for
from acd.alarms import watch as alarm_watch
from acd.alarms.rules import AlarmKind
from acd.models import AlarmRow, Callback
from agentdesk.desk import PLACES, Desk
from agentdesk.reading.asking import begin_of, end_of, sound_day
from agentdesk.reading.views import AlarmLine
from agentdesk.show import span
from ivr.faults import kept as faults
from ivr.menu_models import MenuFault

OF_TICKETS = (AlarmKind.TICKET, AlarmKind.TICKET_DUE, AlarmKind.COMPLAINT, AlarmKind.COMPLAINT_DUE)


async def lines(
    session: AsyncSession, rows: Sequence[AlarmRow], user: User, queues: Mapping[str, str], names: Mapping[str, str]
) -> tuple[AlarmLine, ...]:
    wrong = [row.about for row in rows if row.kind == AlarmKind.MENU]
    known = await faults.of_ids(session, wrong) if wrong else {}
    titles = {**queues, **await _customers(session, rows, user, queues)}
    return tuple(_line(row, titles, names, known.get(row.about)) for row in rows)


async def _customers(
    session: AsyncSession, rows: Sequence[AlarmRow], user: User, queues: Mapping[str, str]
) -> dict[str, str]:
    """Who is to be called, by call back."""
    late = [row.about for row in rows if row.kind in (AlarmKind.CALLBACK, AlarmKind.CALLBACK_DUE)]
    found = await session.scalars(select(Callback).where(Callback.id.in_(late))) if late else ()
    return {row.id: f"{queues.get(row.queue, row.queue)} {number_for(user, row.number)}" for row in found}


def _line(row: AlarmRow, titles: Mapping[str, str], names: Mapping[str, str], fault: MenuFault | None) -> AlarmLine:
    call = row.about if row.kind == AlarmKind.ANGER else ""
    about = titles.get(row.about) or (f"{names[row.about]} {row.about}" if row.about in names else row.about)
    if fault is not None:
        about = " · ".join(filter(None, (fault.menu, fault.step)))
    menu = fault.menu if fault else ""
    ticket = row.about if row.kind in OF_TICKETS else ""
    figure = _figure(row)
    return AlarmLine(row.id, row.kind, about, call, menu, ticket, figure, row.raised_at, row.ended_at, row.seen_by)


def _figure(row: AlarmRow) -> str:
    match row.kind:
        case AlarmKind.ANGER | AlarmKind.TICKET_DUE | AlarmKind.COMPLAINT_DUE | AlarmKind.CALLBACK_DUE:
            return ""
        case AlarmKind.MENU:
            return f"{row.value:.0f}"
        case AlarmKind.SERVICE_LEVEL | AlarmKind.SATURATION:
            return f"{row.value:.0%}"
        case _:
            return span(row.value)


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
            found = await lines(session, rows, user, desk.board.titles(language), await people.names(session))
            persons = await people.persons(session)
        return await desk.show(request, "alarms.html", alarms=found, day=shown, persons=persons)

    return routes


def _today(now: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(now, zone).date().isoformat()
