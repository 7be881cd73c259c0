"""The administrators' pages of people: the list, one person, a new one, passwords, and lists from files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from accounts import changes, personnel, repository, roll, second_factor, staff
from accounts.access import CurrentUser, Role, allow, clock, database, user_or_none
from accounts.intake import AS_SENT, UpTo, form_sent
from accounts.personnel_endpoints import LARGEST, applied, asked_of, made_up, planned
from accounts.staff import Asked, Member
from acd.queues import Queues
from agentdesk.desk import LOOK, PLACES, Desk
from agentdesk.pages import peoplechanges
from agentdesk.pages.audit import details_of
from agentdesk.pages.skillform import levels_in, skills_in, text_in
from agentdesk.pages.tablefile import LINE_ENDS, table_in
from agentdesk.sheets.sheet import Sheet, as_csv
from core.errors import BadInput, Refused

RIGHTS = [Depends(allow(*PLACES["/people"]))]
LATELY = 12
LOADING = [*RIGHTS, Depends(UpTo(AS_SENT * LARGEST))]
Text = Annotated[str, Form(max_length=LINE_ENDS * LARGEST)]


def router(desk: Desk, queues: Queues) -> APIRouter:
    """`/people` and below; `queues` say which skills are asked for."""
    routes = APIRouter(include_in_schema=False)
    pages = _Pages(desk, queues)
    _look(routes, pages)
    _change(routes, pages)
    _load(routes, pages)
    routes.include_router(peoplechanges.router(desk))
    return routes


@dataclass(frozen=True, slots=True)
class _Pages:
    desk: Desk
    queues: Queues

    def choices(self, members: list[Member]) -> dict[str, Any]:
        asked = (each.skills for each in self.queues.queues.values())
        skills = {skill for named in (*asked, *(each.entry.skills for each in members)) for skill in named}
        teams = {each.entry.team for each in members if each.entry.team}
        return {"roles": list(Role), "skills": sorted(skills), "teams": sorted(teams)}

    async def list(self, request: Request, asked: Asked) -> HTMLResponse:
        async with database(request).reading() as session:
            everybody = await personnel.members(session, clock(request)())
        found = [each for each in everybody if asked.fits(each)]
        return await self.desk.show(request, "people.html", members=found, asked=asked, **self.choices(everybody))

    async def person(
        self, request: Request, login: str, shown: Mapping[str, Any] | None = None, fault: str = "", password: str = ""
    ) -> HTMLResponse:
        """`login` '' for somebody new; `shown` is what stands in the form where it is not what is known."""
        async with database(request).reading() as session:
            everybody = await personnel.members(session, clock(request)())
            member = await personnel.member(session, login, clock(request)()) if login else None
            trail = (await repository.trail(session, f"person:{login}"))[: -LATELY - 1 : -1] if login else []
            undoable = await changes.lately(session, login, LATELY) if login else []
            persons, names = await repository.persons(session), await repository.names(session)
        language = self.desk.language(request, await user_or_none(request))
        details = details_of(self.desk, language, names)
        blank = {"login": "", "name": "", "role": Role.AGENT, "number": "", "team": "", "locale": "zh", "skills": {}}
        known = {**blank, "lead": False}
        if member:
            known = {**member.entry.model_dump(), "seen": staff.digest(member.entry)}
        return await self.desk.show(
            request, "person.html", 409 if fault else 200, member=member, trail=trail, fault=fault, password=password,
            undoable=undoable, persons=persons, details=details, shown={**known, **(shown or {})},
            opened_at=f"/people/person/{login}" if login else "", **self.choices(everybody),
        )  # fmt: skip

    async def load(self, request: Request, **values: Any) -> HTMLResponse:
        given = {"fault": "", "plan": None, "text": "", "done": None, **values}
        return await self.desk.show(request, "people_import.html", **given)


def _look(routes: APIRouter, pages: _Pages) -> None:
    @routes.get("/people", dependencies=RIGHTS)
    async def everybody(request: Request, asked: Annotated[Asked, Depends(asked_of)]) -> HTMLResponse:
        return await pages.list(request, asked)

    @routes.get("/people.csv", dependencies=RIGHTS)
    async def export(request: Request) -> Response:
        """What `/people/import` takes."""
        async with database(request).reading() as session:
            found = await personnel.members(session, clock(request)())
        columns = tuple(roll.COLUMNS)
        rows = [[staff.text_of(getattr(each.entry, column)) for column in columns] for each in found]
        content = as_csv(Sheet("people", columns, columns, rows))
        named = {"Content-Disposition": 'attachment; filename="people.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=named)

    @routes.get("/people/new", dependencies=RIGHTS)
    async def new(request: Request) -> HTMLResponse:
        return await pages.person(request, "")

    @routes.get("/people/person/{login}", dependencies=RIGHTS)
    async def person(login: str, request: Request) -> HTMLResponse:
        return await pages.person(request, login)


def _change(routes: APIRouter, pages: _Pages) -> None:
    @routes.post("/people/new", dependencies=RIGHTS)
    async def add(request: Request, user: CurrentUser) -> Response:
        """Fields as in the form; a password for one sign-in is shown with the new person."""
        form = await form_sent(request)
        values = {**_plain(form), "login": text_in(form, "login")}
        try:
            entry = staff.entry_of({**values, "skills": skills_in(form)})
            async with database(request).transaction() as tx:
                await personnel.add(tx, entry, user.login)
        except Refused as fault:
            return await pages.person(request, "", {**values, "skills": levels_in(form)}, fault.reason)
        password = await made_up(request, entry.login, user.login)
        return await pages.person(request, entry.login, password=password)

    @routes.post("/people/person/{login}", dependencies=RIGHTS)
    async def change(login: str, request: Request, user: CurrentUser) -> Response:
        """Where somebody else has changed him since the form was opened, nothing is stored: it would undo that."""
        form = await form_sent(request)
        values, seen = _plain(form), text_in(form, "seen")
        try:
            async with database(request).transaction() as tx:
                await personnel.change(tx, login, {**values, "skills": skills_in(form)}, user.login, seen)
        except Refused as fault:
            typed = {**values, "skills": levels_in(form), "seen": seen}
            return await pages.person(request, login, typed, fault.reason)
        return _to(login)

    @routes.post("/people/person/{login}/active", dependencies=RIGHTS)
    async def block(login: str, request: Request, user: CurrentUser, active: Text = "") -> Response:
        try:
            async with database(request).transaction() as tx:
                await personnel.change(tx, login, {"active": active == "yes"}, user.login)
        except Refused as fault:
            return await pages.person(request, login, None, fault.reason)
        return _to(login)

    @routes.post("/people/person/{login}/second-factor", dependencies=RIGHTS)
    async def drop(login: str, request: Request, user: CurrentUser) -> Response:
        """For somebody who has lost it."""
        async with database(request).transaction() as tx:
            await second_factor.drop(tx, login, user.login)
        return _to(login)

    @routes.post("/people/person/{login}/tokens", dependencies=RIGHTS)
    async def withdraw(login: str, request: Request, user: CurrentUser) -> Response:
        try:
            async with database(request).transaction() as tx:
                await personnel.withdraw_tokens(tx, login, user.login)
        except Refused as fault:
            return await pages.person(request, login, None, fault.reason)
        return _to(login)

    @routes.post("/people/person/{login}/password", dependencies=RIGHTS)
    async def reset(login: str, request: Request, user: CurrentUser) -> Response:
        return await pages.person(request, login, password=await made_up(request, login, user.login))


def _load(routes: APIRouter, pages: _Pages) -> None:
    @routes.get("/people/import", dependencies=RIGHTS)
    async def ask(request: Request) -> HTMLResponse:
        return await pages.load(request)

    @routes.post("/people/import", dependencies=LOADING)
    async def look(request: Request, file: Annotated[UploadFile, File()]) -> HTMLResponse:
        """What the file would do; nothing is changed."""
        try:
            text = await table_in(file, LARGEST)
            return await pages.load(request, plan=await planned(request, text), text=text)
        except BadInput as fault:
            return await pages.load(request, fault=str(fault))

    @routes.post("/people/import/apply", dependencies=LOADING)
    async def apply(
        request: Request, user: CurrentUser, text: Text = "", seen: Text = "", do: Text = ""
    ) -> HTMLResponse:
        """Exactly what was looked at; where people were changed since, the new plan is shown instead.

        `do`: `look` for the plan alone once more.
        """
        if do == LOOK:
            return await pages.load(request, plan=await planned(request, text), text=text)
        try:
            done = await applied(request, text, seen, user.login)
        except Refused as fault:
            return await pages.load(request, plan=await planned(request, text), text=text, fault=fault.reason)
        return await pages.load(request, done=done.counts)


def _plain(form: FormData) -> dict[str, Any]:
    """All of the form but the skills."""
    values: dict[str, Any] = {name: text_in(form, name) for name in ("name", "role", "number", "team", "locale")}
    return {**values, "lead": "lead" in form}


def _to(login: str) -> RedirectResponse:
    return RedirectResponse(f"/people/person/{login}", 303)
