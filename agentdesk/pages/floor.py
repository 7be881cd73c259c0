"""The supervisor's floor: agents and calls as they are now, and what a supervisor may do to them by the API."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import notices, personnel
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from acd import repository as distributor
from acd.agent_state import WISHES, AgentState
from acd.alarms import watch as alarm_watch
from acd.call import CallState
from acd.models import Call
from acd.rota.adherence import AS_PLANNED, Standing, standing
from acd.rota.shifts import Shift
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.pages.alarms import lines
from agentdesk.reading.underway import UnderWay
from agentdesk.reading.views import Board, FloorCall
from agentdesk.words.refusals import REFUSALS

LIVE = (CallState.WAITING, CallState.RINGING, CallState.TALKING)
MODES = ("listen", "whisper", "barge")
ON_FLOOR = REFUSALS | {"signed_out": "agent_signed_out", "agent_not_free": "agent_not_ready"}
"""Said of somebody else than the reader."""
STEP = 10
"""By how much a button changes a caller's priority."""


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/floor", dependencies=[Depends(allow(*PLACES["/floor"]))])
    async def floor(request: Request, user: CurrentUser, team: str | None = None) -> HTMLResponse:
        """`team`: whose agents are listed, '' all; not given, the reader's own."""
        values = await _values(desk, request, user, team)
        return await desk.show(request, "_floor.html" if is_fragment(request) else "floor.html", **values)

    return routes


async def _values(desk: Desk, request: Request, user: User, team: str | None) -> dict[str, Any]:
    language, now = desk.language(request, user), clock(request)()
    async with database(request).reading() as session:
        board = await desk.board.read(session, language, now)
        titles = desk.board.titles(language)
        names, persons = await people.names(session), await people.persons(session)
        calls = await live_calls(session, titles, names, desk.under_way)
        told = await notices.latest(session, now)
        alarms = await lines(session, await alarm_watch.open_alarms(session), user, titles, names)
        closed = await distributor.closed_queues(session)
        teams, own = await people.teams(session), await personnel.own_team(session, user.login)
        duty = await desk.rota.on_duty(session, now) if desk.rota else {}
    team = team if team is not None else own if own in teams.values() else ""
    free = [each for each in board.agents if each.state == AgentState.SIGNED_OUT]
    return {
        "board": board, "calls": calls, "states": [each.value for each in WISHES], "modes": MODES, "closed": closed,
        "refusals": ON_FLOOR, "free_phones": free, "step": STEP, "notices": told, "alarms": alarms, "me": user.login,
        "ready": [each for each in board.agents if each.state == AgentState.READY],
        "agents": [each for each in board.agents if team in ("", teams.get(each.number, ""))],
        "team": team, "persons": persons, "names": names,
        "teams": sorted(set(teams.values())), "amiss": _amiss(desk, board, duty, now),
    }  # fmt: skip


def _amiss(desk: Desk, board: Board, duty: Mapping[str, Shift], now: float) -> dict[str, Standing]:
    """By agent, what is not as planned; nothing where nobody is planned now."""
    if desk.rota is None or not duty:
        return {}
    rules = desk.rota.rules
    found = {each.number: standing(duty.get(each.number), each.state, rules, now) for each in board.agents}
    return {number: each for number, each in found.items() if each not in AS_PLANNED}


async def live_calls(
    session: AsyncSession, queues: Mapping[str, str], names: Mapping[str, str], under_way: UnderWay
) -> tuple[FloorCall, ...]:
    """Those who talk first, the longest on top; then those who wait, in their order."""
    rows = await session.scalars(select(Call).where(Call.state.in_(LIVE)).order_by(Call.priority.desc(), Call.id))
    calls = [
        FloorCall(row.id, row.state, row.caller, row.tier, queues.get(row.queue, row.queue), row.agent,
                  names.get(row.agent, ""), row.connected_at or row.queued_at or row.arrived_at, row.priority,
                  tuple(under_way.listeners(row.id)))
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(calls, key=lambda call: (call.state != CallState.TALKING, call.since_at)))
