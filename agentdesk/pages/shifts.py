"""The pages of shifts: a team's day and week, one agent's day, lists from files, and what is undone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from accounts import personnel
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from accounts.intake import AS_SENT, UpTo, form_sent
from acd.roster import Roster
from acd.rota import endpoints as rota_endpoints
from acd.rota import handovers, shifts
from acd.rota.planned import Rota, change_of
from acd.rota.shifts import Span
from agentdesk.desk import LOOK, PLACES, Desk, is_fragment
from agentdesk.pages.tablefile import LINE_ENDS, table_in
from agentdesk.reading import shifts as shift_view
from agentdesk.sheets.sheet import Sheet, as_csv
from agentdesk.words.shifts import FIGURES
from core import tables
from core.days import Day
from core.errors import BadInput, HotlineError, NotFound, Refused
from core.numbers import Number

RIGHTS = [Depends(allow(*PLACES["/shifts"]))]
LATELY = 8
BLANK_BREAKS = 3
"""Lines for breaks in the form of a shift, at least one of them blank."""
LOADING = [*RIGHTS, Depends(UpTo(AS_SENT * rota_endpoints.LARGEST))]
Text = Annotated[str, Form(max_length=LINE_ENDS * rota_endpoints.LARGEST)]
View = Literal["day", "week"]


def router(desk: Desk, rota: Rota, roster: Roster) -> APIRouter:
    """`/shifts` and below."""
    routes = APIRouter(include_in_schema=False)
    pages = _Pages(desk, rota, roster)
    _look(routes, pages)
    _load(routes, pages)
    _change(routes, pages)
    return routes


@dataclass(frozen=True, slots=True)
class _Pages:
    desk: Desk
    rota: Rota
    roster: Roster

    async def show(
        self, request: Request, user: User, view: View, day: date | None, team: str | None, fault: str = ""
    ) -> HTMLResponse:
        """`team` None: the reader's own, '' all."""
        now = clock(request)()
        today = datetime.fromtimestamp(now, self.rota.zone).date()
        day = day or today
        async with database(request).reading() as session:
            teams = await shift_view.teams(session)
            own = await personnel.own_team(session, user.login)
            chosen = team if team is not None else own if own in teams else ""
            read = shift_view.day_view if view == "day" else shift_view.week_view
            shown = await read(session, self.rota, day, chosen, now)
            changes = [(row, shift_view.lines_of(change_of(row), self.rota.zone))
                       for row in await self.rota.changes(session, LATELY)]  # fmt: skip
            names, waiting = await people.names(session), await handovers.unconfirmed(session, chosen)
            persons = await people.persons(session)
        step = timedelta(days=1 if view == "day" else 7)
        return await self.desk.show(
            request, "_shifts.html" if is_fragment(request) else "shifts.html", 409 if fault else 200,
            view=view, day=day, today=today, team=chosen, teams=teams, shown=shown, figures=FIGURES, names=names,
            persons=persons, changes=changes, before=day - step, after=day + step, now=now, width=shift_view.WIDTH,
            fault=fault, waiting=waiting,
        )  # fmt: skip

    async def of_agent(
        self, request: Request, day: date, agent: str, fault: str = "", written: FormData | None = None
    ) -> HTMLResponse:
        """`written` is what stands in the form where it is not what is known."""
        card = await self.roster.find(agent)
        if card is None:
            raise NotFound(f"there is no agent {agent}")
        async with database(request).reading() as session:
            mine = [each for each in await self.rota.of_day(session, day) if each.agent == agent]
        rows = _rows_written(written) if written else [_row(shifts.as_text(each, self.rota.zone)) for each in mine]
        return await self.desk.show(
            request, "shift.html", 409 if fault else 200, day=day, card=card, rows=[*rows, _row({})], fault=fault,
            kinds=[str(each) for each in shifts.BREAKS], known=bool(mine),
        )  # fmt: skip

    async def load(self, request: Request, **values: Any) -> HTMLResponse:
        given: dict[str, Any] = {"fault": "", "lines": None, "text": "", "done": None, "seen": "", **values}
        async with database(request).reading() as session:
            names = await people.names(session)
        return await self.desk.show(request, "shifts_import.html", names=names, **given)

    async def planned(self, request: Request, text: str, **values: Any) -> HTMLResponse:
        """What a file would do."""
        try:
            plan = await rota_endpoints.planned(self.rota, self.roster, text)
        except BadInput as fault:
            return await self.load(request, fault=str(fault))
        async with database(request).reading() as session:
            change = await self.rota.looked(session, plan)
        lines = shift_view.lines_of(change, self.rota.zone)
        seen = rota_endpoints.digest_of(change)
        return await self.load(request, lines=lines, days=plan.days, text=text, seen=seen, **values)


def _look(routes: APIRouter, pages: _Pages) -> None:
    @routes.get("/shifts", dependencies=RIGHTS)
    async def overview(
        request: Request, user: CurrentUser, view: View = "day", day: str = "", team: str | None = None
    ) -> HTMLResponse:
        """A `day` that cannot be read is today."""
        return await pages.show(request, user, view, _day(day), team)

    @routes.get("/shifts/handovers", dependencies=RIGHTS)
    async def awaited(request: Request, team: Annotated[str, Query(max_length=64)] = "") -> HTMLResponse:
        """What agents handed over and nobody has confirmed, as a part of the page."""
        async with database(request).reading() as session:
            names, waiting = await people.names(session), await handovers.unconfirmed(session, team)
        return await pages.desk.show(
            request, "_handovers.html", waiting=waiting, names=names, team=team, now=clock(request)()
        )

    @routes.get("/shifts.csv", dependencies=RIGHTS)
    async def export(request: Request, day: Day, days: Annotated[int, Query(ge=1, le=31)] = 7) -> Response:
        """What `/shifts/import` takes: a day on which nobody works is a line of its own."""
        rows: list[list[str]] = []
        async with database(request).reading() as session:
            for each in (day + timedelta(days=n) for n in range(days)):
                found = await pages.rota.of_day(session, each)
                rows += [list(shifts.as_text(one, pages.rota.zone).values()) for one in found]
                rows += [] if found else [["", f"{each}", "", "", ""]]
        columns = tuple(shifts.COLUMNS)
        named = {"Content-Disposition": f'attachment; filename="shifts-{day}.csv"'}
        content = as_csv(Sheet("shifts", columns, columns, rows))
        return Response(content, media_type="text/csv; charset=utf-8", headers=named)


def _load(routes: APIRouter, pages: _Pages) -> None:
    @routes.get("/shifts/import", dependencies=RIGHTS)
    async def ask(request: Request) -> HTMLResponse:
        return await pages.load(request)

    @routes.post("/shifts/import", dependencies=LOADING)
    async def look(request: Request, file: Annotated[UploadFile, File()]) -> HTMLResponse:
        """What the file would do; nothing is changed."""
        try:
            text = await table_in(file, rota_endpoints.LARGEST, tables.SPLIT_BY_DAYS)
            return await pages.planned(request, text)
        except BadInput as fault:
            return await pages.load(request, fault=str(fault))

    @routes.post("/shifts/import/apply", dependencies=LOADING)
    async def apply(
        request: Request, user: CurrentUser, text: Text = "", seen: Text = "", do: Text = ""
    ) -> HTMLResponse:
        """Exactly what was looked at; where shifts were changed since, the new plan is shown instead.

        `do`: `look` for the plan alone once more.
        """
        if do == LOOK:
            return await pages.planned(request, text)
        try:
            async with database(request).transaction() as tx:
                _, change = await rota_endpoints.replaced(tx, pages.rota, pages.roster, text, seen, user.login)
        except Refused as fault:
            return await pages.planned(request, text, fault=fault.reason)
        return await pages.load(request, done=change)


def _change(routes: APIRouter, pages: _Pages) -> None:
    @routes.post("/shifts/changes/{number}/undo", dependencies=RIGHTS)
    async def undo(number: Number, request: Request, user: CurrentUser, day: Annotated[Day, Form()]) -> Response:
        try:
            async with database(request).transaction() as tx:
                await pages.rota.undo(tx, number, user.login)
        except Refused as fault:
            return await pages.show(request, user, "week", day, None, fault.reason)
        return RedirectResponse(f"/shifts?view=week&day={day}", 303)

    @routes.post("/shifts/copy", dependencies=RIGHTS)
    async def copy(
        request: Request, user: CurrentUser, week: Annotated[Day, Form()], team: Annotated[str, Form()] = ""
    ) -> Response:
        """The week of a team again in the next one."""
        to = week + timedelta(days=7)
        try:
            async with database(request).transaction() as tx:
                members = {each.number for each in await people.agents(tx.session) if team in ("", each.team)}
                await pages.rota.copy(tx, week, to, members, user.login)
        except (BadInput, Refused) as fault:
            return await pages.show(request, user, "week", week, team, _told(fault))
        return RedirectResponse(f"/shifts?view=week&day={to}&team={quote(team)}", 303)

    @routes.get("/shifts/{day}/{agent}", dependencies=RIGHTS)
    async def of_agent(day: Day, agent: str, request: Request) -> HTMLResponse:
        return await pages.of_agent(request, day, agent)

    @routes.post("/shifts/{day}/{agent}", dependencies=RIGHTS)
    async def put(day: Day, agent: str, request: Request, user: CurrentUser) -> Response:
        """Fields as in the form: a shift without times is none."""
        form = await form_sent(request)
        try:
            spans = _spans(form)
            async with database(request).transaction() as tx:
                await rota_endpoints.put_day(tx, pages.rota, pages.roster, agent, day, spans, user.login)
        except (HotlineError, ValueError) as fault:
            return await pages.of_agent(request, day, agent, _told(fault), form)
        return RedirectResponse(f"/shifts?day={day}", 303)


def _told(fault: Exception) -> str:
    return fault.reason if isinstance(fault, Refused) else str(fault)


def _day(text: str) -> date | None:
    try:
        return shifts.day_of(text)
    except ValueError:
        return None


def _row(cells: Any) -> dict[str, Any]:
    """A shift in the form: start, end, and its breaks as (state, start, end), some of them blank."""
    breaks = [(each.what, f"{each.start:%H:%M}", f"{each.end:%H:%M}")
              for each in shifts.breaks_of(cells.get("breaks", ""))]  # fmt: skip
    blank = [("", "", "")] * max(1, BLANK_BREAKS - len(breaks))
    return {"start": cells.get("start", ""), "end": cells.get("end", ""), "breaks": breaks + blank}


def _rows_written(form: FormData) -> list[dict[str, Any]]:
    count = len(form.getlist("start"))
    return [
        {"start": form.getlist("start")[n], "end": form.getlist("end")[n],
         "breaks": list(zip(*(form.getlist(f"{name}-{n}") for name in ("what", "from", "to")), strict=True))}
        for n in range(count) if form.getlist("start")[n] or form.getlist("end")[n]
    ]  # fmt: skip


def _spans(form: FormData) -> list[Span]:
    """Raises ValueError."""
    return [
        Span(shifts.time_of(row["start"]), shifts.time_of(row["end"]), "", tuple(
            Span(shifts.time_of(start), shifts.time_of(end), what) for what, start, end in row["breaks"] if what
        ))
        for row in _rows_written(form)
    ]  # fmt: skip
