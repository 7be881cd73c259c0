"""Reports over HTTP: pages with charts and tables, files, and the same as JSON."""

import asyncio
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from accounts import audit
from accounts import repository as people
from accounts.access import CurrentUser, Role, User, allow, clock, database
from agentdesk.desk import PLACES, Desk
from agentdesk.pages.reportchoice import Exactly, Name, Roughly
from agentdesk.reports import sheets as report_sheets
from agentdesk.reports.charts import charts
from agentdesk.reports.choice import Choice
from agentdesk.reports.figures import written
from agentdesk.reports.mailing import Mailing, MailOut
from agentdesk.reports.measures import DRAWINGS
from agentdesk.reports.model import Report, Row, Table, Unit
from agentdesk.reports.period import PERIODS, STEPS, fitting
from agentdesk.reports.reader import ReportReader
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.sheets import files as sheet_files
from agentdesk.sheets.excel import as_book
from agentdesk.words.titles import titles_in
from core.errors import BadInput
from core.problem import REFUSALS

OFFICE = (Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)
ROLES: dict[str, tuple[Role, ...]] = dict.fromkeys(DRAWINGS, (Role.SUPERVISOR, Role.ADMIN))
ROLES |= {"quality": OFFICE, "codes": OFFICE}
"""Who may read which report."""
NARROWED_BY: dict[str, tuple[str, ...]] = {
    "intervals": ("step", "queue"), "queues": ("queue",), "agents": ("team", "agent"), "menus": ("menu", "version"),
    "quality": ("queue", "team", "agent"), "codes": ("step", "queue", "team", "agent", "topic"),
    "callers": ("step", "queue", "team", "agent"),
}  # fmt: skip
"""What of a choice means something to a report."""
Kind = Literal["csv", "xlsx", "pdf"]


class ColumnOut(BaseModel):
    """`unit`: count, share (0–1), seconds or score."""

    code: str
    unit: Unit
    title: str
    definition: str


class RowOut(BaseModel):
    """`calls`: address of the call list by column, of exactly the calls counted there."""

    key: str
    label: str
    values: dict[str, int | float | None]
    calls: dict[str, str]


class TableOut(BaseModel):
    name: str
    columns: list[ColumnOut]
    rows: list[RowOut]
    total: RowOut | None


class SendIn(BaseModel):
    """`to`: one recipient of the plan, '' for all."""

    to: str = Field(default="", max_length=120)


class ReportOut(BaseModel):
    """Days of the site's time zone, both included. Totals are made of counts and sums, never of rates."""

    report: str
    first: date
    last: date
    tables: list[TableOut]


def router(desk: Desk, mailing: Mailing) -> APIRouter:
    """`/reports`, a page and files for each report; `/api/reports`."""
    routes, reader = APIRouter(responses=REFUSALS), mailing.reader
    for name, roles in ROLES.items():
        _add_report(routes, desk, reader, mailing, name, roles)

    @routes.get("/reports", dependencies=[Depends(allow(*PLACES["/reports"]))], include_in_schema=False)
    async def first(request: Request, user: CurrentUser, choice: Roughly) -> HTMLResponse:
        name = next(each for each, roles in ROLES.items() if user.role in roles)
        return await _page(desk, reader, mailing, name, request, user, choice)

    @routes.get("/api/reports/mails", dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))], tags=["reports"])
    async def mails() -> list[MailOut]:
        """Reports that are sent by e-mail: each plan with its last sendings, to whom, and what went wrong."""
        return await mailing.shown()

    _add_sending(routes, mailing)
    return routes


def _add_sending(routes: APIRouter, mailing: Mailing) -> None:
    rights = [Depends(allow(Role.SUPERVISOR, Role.ADMIN))]

    @routes.post("/api/reports/mails/{name}/send", dependencies=rights, tags=["reports"])
    async def send(name: str, wanted: SendIn, user: CurrentUser) -> MailOut:
        """What was due last goes out now, also again; the answer says what became of it."""
        return await mailing.send_now(name, wanted.to, user.login)

    @routes.post("/reports/mails/{name}/send", dependencies=rights, include_in_schema=False)
    async def send_from_page(name: str, user: CurrentUser, to: Annotated[str, Form(max_length=120)] = "") -> Response:
        sent = await mailing.send_now(name, to, user.login)
        return RedirectResponse(f"/reports/{sent.report}#mails", 303)


def _add_report(
    routes: APIRouter, desk: Desk, reader: ReportReader, mailing: Mailing, name: str, roles: Sequence[Role]
) -> None:
    rights = [Depends(allow(*roles))]

    @routes.get(f"/reports/{name}", dependencies=rights, include_in_schema=False)
    async def page(request: Request, user: CurrentUser, choice: Roughly) -> HTMLResponse:
        return await _page(desk, reader, mailing, name, request, user, choice)

    @routes.get(f"/reports/{name}.{{kind}}", dependencies=rights, include_in_schema=False)
    async def file(kind: Kind, request: Request, user: CurrentUser, choice: Roughly, table: Name = "") -> Response:
        """An Excel file has every table and the definitions; the others have one table."""
        report = await _read(desk, reader, name, request, user, choice)
        if table and table not in {each.name for each in report.tables}:
            raise HTTPException(422, f"the report {name} has no table {table}")
        say = desk.pages.translator(desk.language(request, user))
        about = f"{name}-{report.period.first}-{report.period.last}"
        async with database(request).transaction() as tx:
            await audit.note(tx, user.login, "figures_exported", f"report:{about}", kind)
        headers = {"Content-Disposition": f'attachment; filename="{about}.{kind}"'}
        one = report_sheets.sheet_of(report, report.table(table), say)
        pages = report_sheets.book_of(report, say)
        body = await asyncio.to_thread(as_book, pages) if kind == "xlsx" else sheet_files.written(one, kind)
        return Response(body, media_type=sheet_files.KINDS[kind], headers=headers)

    @routes.get(f"/api/reports/{name}", dependencies=rights, tags=["reports"], name=f"report_{name}")
    async def document(request: Request, user: CurrentUser, choice: Exactly) -> ReportOut:
        """The report of a period, with the definition of every figure and the calls behind every count."""
        try:
            demand_meant({each for each, given in request.query_params.items() if given}, name)
            async with database(request).reading() as session:
                await reader.demand_known(session, choice)
        except BadInput as fault:
            raise HTTPException(422, fault.problem) from None
        report = await _read(desk, reader, name, request, user, choice)
        return _out(report, desk, desk.language(request, user))


async def _read(
    desk: Desk, reader: ReportReader, name: str, request: Request, user: User, choice: Choice
) -> Report:  # fmt: skip
    async with database(request).reading() as session:
        return await reader.read(session, name, narrowed(choice, name), desk.language(request, user), clock(request)())


def narrowed(choice: Choice, name: str) -> Choice:
    """Without what means nothing to this report, as when its address was made from another's."""
    plain = Choice()
    return replace(choice, **{each: getattr(plain, each) for each in _foreign(name)})


def demand_meant(given: Set[str], name: str) -> None:
    """Raises BadInput for what means nothing to this report: whoever asked would take the answer for a narrowed one."""
    if foreign := given & _foreign(name):
        said, meant = ", ".join(sorted(foreign)), ", ".join(NARROWED_BY[name])
        raise BadInput(f"the report {name} is not narrowed by {said}, only by {meant}")


def _foreign(name: str) -> set[str]:
    return {each for names in NARROWED_BY.values() for each in names} - set(NARROWED_BY[name])


async def _page(
    desk: Desk, reader: ReportReader, mailing: Mailing, name: str, request: Request, user: User, choice: Choice
) -> HTMLResponse:
    language = desk.language(request, user)
    say = desk.pages.translator(language)
    choice = narrowed(choice, name)
    report = await _read(desk, reader, name, request, user, choice)
    async with database(request).reading() as session:
        names, teams = await people.names(session), await people.teams(session)
        menu = await reader.menu_calls(session, choice, report.period) if name == "menus" else None
    return await desk.show(
        request, "report.html", report=report, choice=choice, titles=TITLES, figures=FIGURES, say=say, written=written,
        pictures=[(each.table, Markup(drawn)) for each, drawn in charts(report, say)],
        reports=[each for each, roles in ROLES.items() if user.role in roles], narrowed_by=NARROWED_BY[name],
        periods=PERIODS, steps=STEPS, step=fitting(choice.step, report.period), menu=menu, menus=reader.menus,
        queues=titles_in(language, reader.queues), names=names, teams=sorted(set(teams.values())),
        codes=desk.summaries.topics(language),
        mails=await mailing.shown() if user.role is not Role.QUALITY else [],
    )  # fmt: skip


def _out(report: Report, desk: Desk, language: str) -> ReportOut:
    say = desk.pages.translator(language)

    def table_out(table: Table) -> TableOut:
        columns = [
            ColumnOut(code=each.code, unit=each.unit, title=say(FIGURES[each.code][0]),
                      definition=say(FIGURES[each.code][1]))
            for each in table.columns
        ]  # fmt: skip
        total = _row(table.total) if table.total else None
        return TableOut(name=table.name, columns=columns, rows=[_row(each) for each in table.shown], total=total)

    return ReportOut(
        report=report.name, first=report.period.first, last=report.period.last,
        tables=[table_out(each) for each in report.tables],
    )  # fmt: skip


def _row(row: Row) -> RowOut:
    values: dict[str, Any] = dict(row.values)
    return RowOut(key=row.key, label=row.label, values=values, calls=dict(row.calls))
