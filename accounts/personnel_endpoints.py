"""People over HTTP for administrators: list, add, change, new passwords, import; and everybody's own password."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts import changes, passwords, personnel, roll, service
from accounts.access import COOKIE, CurrentUser, Role, User, allow, bearer_of, clock, database, in_words
from accounts.intake import UpTo
from accounts.people import Level, PersonEntry, PersonPatch, Skill, Team
from accounts.roll import Plan
from accounts.staff import Asked, Difference, Member
from core import tables
from core.errors import Refused

ADMINS = [Depends(allow(Role.ADMIN))]
LARGEST = 2_000_000
"""Bytes of a file of people."""
CSV_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
Short = Annotated[str, Query(max_length=80)]


class PersonOut(PersonEntry):
    """`signed_in`: in a browser. `must_change`: has a password for one sign-in. `has_password`: may sign in at all.

    `tokens`: how many tokens of programs act as this person.
    """

    signed_in: bool
    has_password: bool
    must_change: bool
    second_factor: bool
    tokens: int

    @classmethod
    def of(cls, member: Member) -> "PersonOut":
        return cls(
            **member.entry.model_dump(), signed_in=member.signed_in, has_password=member.has_password,
            must_change=member.must_change, second_factor=member.second_factor, tokens=member.tokens,
        )  # fmt: skip


class PlaceIn(BaseModel):
    """`team` as it is called in figures, '' for none; `lead`: leads the quality office."""

    team: Team = ""
    lead: bool = False


class WorkIn(BaseModel):
    """What an agent serves, as skill → level, and the team he is in; what is not given stays."""

    model_config = ConfigDict(extra="forbid")

    skills: dict[Skill, Level] = {}
    team: Team = ""


class OneTimeOut(BaseModel):
    """Told once; it must be changed at the next sign-in."""

    password: str


class PasswordsIn(BaseModel):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class DifferenceOut(BaseModel):
    field: str
    before: str
    after: str

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceOut":
        return cls(field=difference.field, before=difference.before, after=difference.after)


class LineOut(BaseModel):
    """`line` is that of the file; `kind` is new, changed, same or wrong, then with `fault` (a code) and `problem`."""

    line: int
    kind: roll.Kind
    login: str
    changes: list[DifferenceOut]
    fault: str
    problem: str


class PlanOut(BaseModel):
    """`digest` names exactly this plan: given back as `seen`, only it is carried out."""

    applied: bool
    digest: str
    counts: dict[str, int]
    lines: list[LineOut]

    @classmethod
    async def of(cls, request: Request, plan: Plan, *, applied: bool) -> "PlanOut":
        lines = [
            LineOut(line=each.number, kind=each.kind, login=each.login, fault=each.fault,
                    problem=await in_words(request, each.problem),
                    changes=[DifferenceOut.of(change) for change in each.changes])
            for each in plan.lines
        ]  # fmt: skip
        return cls(applied=applied, digest=plan.digest, counts=plan.counts, lines=lines)


def router() -> APIRouter:
    routes = APIRouter()
    _look(routes)
    _change(routes)
    _passwords(routes)
    return routes


def _look(routes: APIRouter) -> None:
    @routes.get("/people", dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))])
    async def people(request: Request, asked: Annotated[Asked, Depends(asked_of)]) -> list[PersonOut]:
        async with database(request).reading() as session:
            found = await personnel.members(session, clock(request)())
        return [PersonOut.of(each) for each in found if asked.fits(each)]

    @routes.get("/people/{login}", dependencies=ADMINS)
    async def person(login: str, request: Request) -> PersonOut:
        return await _out(request, login)


def _change(routes: APIRouter) -> None:
    @routes.post("/people", dependencies=ADMINS, status_code=201)
    async def add(wanted: PersonEntry, request: Request, user: CurrentUser) -> PersonOut:
        """409 when the login is somebody else's, or the number is or was. Nobody signs in before he has a password."""
        async with database(request).transaction() as tx:
            await personnel.add(tx, wanted, user.login)
        return await _out(request, wanted.login)

    @routes.patch("/people/{login}", dependencies=ADMINS)
    async def change(login: str, wanted: PersonPatch, request: Request, user: CurrentUser) -> PersonOut:
        """Skills count for the next caller at once. 409 last_admin: nobody could administer the centre any more."""
        async with database(request).transaction() as tx:
            await personnel.change(tx, login, wanted.model_dump(exclude_unset=True), user.login)
        return await _out(request, login)

    @routes.put("/people/{login}/place", dependencies=ADMINS)
    async def place(login: str, wanted: PlaceIn, request: Request, user: CurrentUser) -> PersonOut:
        """The team somebody is in, and whether he leads the quality office."""
        values = {"team": wanted.team.strip(), "lead": wanted.lead}
        async with database(request).transaction() as tx:
            await personnel.change(tx, login, values, user.login)
        return await _out(request, login)

    @routes.put("/agents/{number}/work", dependencies=[Depends(allow(Role.SUPERVISOR, Role.ADMIN))])
    async def rework(number: str, wanted: WorkIn, request: Request, user: CurrentUser) -> PersonOut:
        """Counts for whoever waits at once. 409 other_team: a supervisor with a team decides about that team alone."""
        async with database(request).transaction() as tx:
            entry = await personnel.rework(tx, number, wanted.model_dump(exclude_unset=True), user)
        return await _out(request, entry.login)

    @routes.post("/people/import", dependencies=[*ADMINS, Depends(UpTo(LARGEST))], openapi_extra=CSV_BODY)
    async def load(request: Request, user: CurrentUser, apply: bool = False, seen: Short = "") -> PlanOut:
        """A CSV file of people as the body: what it would change, or with `apply` changes, all of it or nothing.

        The first line names the columns: login, name, role, number, team, skills (`cards:9; loans:4`), locale, lead,
        active. UTF-8 or GB18030. 409 file_faulty while a line is wrong, plan_changed when `seen` is another plan.
        """
        text = tables.decoded(await request.body())
        if not apply:
            return await PlanOut.of(request, await planned(request, text), applied=False)
        return await PlanOut.of(request, await applied(request, text, seen, user.login), applied=True)


def _passwords(routes: APIRouter) -> None:
    @routes.post("/people/{login}/password", dependencies=ADMINS)
    async def reset(login: str, request: Request, user: CurrentUser) -> OneTimeOut:
        """Make up a password for one sign-in; ends all sessions of that person, the one in which an agent is talking
        after the talk, and withdraws the tokens."""
        return OneTimeOut(password=await made_up(request, login, user.login))

    @routes.delete("/people/{login}/tokens", dependencies=ADMINS, status_code=204)
    async def withdraw(login: str, request: Request, user: CurrentUser) -> None:
        """No program acts as that person any more; `hotline token` issues new tokens. 409 last_admin."""
        async with database(request).transaction() as tx:
            await personnel.withdraw_tokens(tx, login, user.login)

    @routes.put("/me/password", dependencies=[Depends(allow(*Role, early=True))], status_code=204)
    async def own(wanted: PasswordsIn, request: Request, user: CurrentUser) -> None:
        """Another password for oneself; ends one's other sessions. 409 with the reason where it is refused."""
        if fault := await change_own(request, user, wanted.old, wanted.new):
            raise fault


def asked_of(
    words: Short = "", role: Short = "", team: Short = "", skill: Short = "", signed_in: Short = "", state: Short = ""
) -> Asked:
    """A search as it comes in the address."""
    return Asked(words.strip(), role, team, skill, signed_in, state)


async def planned(request: Request, text: str) -> Plan:
    """What a list would do to the people of now; raises BadInput."""
    _demand_size(text)
    async with database(request).reading() as session:
        found = await personnel.members(session, clock(request)())
        able, gave_up = await personnel.able(session), await changes.gave_up(session)
    known = {each.entry.login: each.entry for each in found}
    return await asyncio.to_thread(roll.plan, text, known, able, gave_up)


async def applied(request: Request, text: str, seen: str, by: str) -> Plan:
    """Carry a list out in one transaction; `seen` the digest of the plan that was looked at, '' for any."""
    _demand_size(text)
    async with database(request).transaction() as tx:
        found = await personnel.members(tx.session, clock(request)())
        known = {each.entry.login: each.entry for each in found}
        able, gave_up = await personnel.able(tx.session), await changes.gave_up(tx.session)
        plan = await asyncio.to_thread(roll.plan, text, known, able, gave_up)
        if not plan.sound:
            raise Refused("file_faulty", "some lines are wrong: nothing was changed")
        if seen not in ("", plan.digest):
            raise Refused("plan_changed", "somebody has changed people meanwhile: look at the plan again")
        await personnel.put(tx, plan.entries, by)
    return plan


async def made_up(request: Request, login: str, by: str) -> str:
    """A new one-time password of somebody; raises NotFound."""
    password = passwords.one_time()
    # Slow on purpose, so not within the transaction; it cannot be weak.
    hashed = await passwords.fingerprint(password)
    async with database(request).transaction() as tx:
        await personnel.give_password(tx, login, hashed, by)
    return password


async def change_own(request: Request, user: User, old: str, new: str) -> Refused | None:
    """Why one's password was not changed; None when it was. This session goes on."""
    if fault := passwords.weakness(new, user.login):
        return fault
    if old == new:
        return Refused("password_same", "the new password is the old one: choose another")
    keep = "" if bearer_of(request) else request.cookies.get(COOKIE, "")
    async with database(request).reading() as session:
        matched = await service.password_matches(session, user.login, old)
    hashed = await passwords.hashed(new, user.login)
    async with database(request).transaction() as tx:
        refusal = await service.change_own_password(tx, user.login, matched, hashed, clock(request)(), keep)
    if refusal:
        return Refused(f"password_{refusal}", f"the old password is {refusal}")
    return None


def _demand_size(text: str) -> None:
    """As the file has them: a form sends the end of each line as two characters."""
    tables.demand_size(len(text) - text.count("\r\n"), LARGEST)


async def _out(request: Request, login: str) -> PersonOut:
    async with database(request).reading() as session:
        return PersonOut.of(await personnel.member(session, login, clock(request)()))
