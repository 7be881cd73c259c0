"""Changes of people over HTTP: what was done, what undoing it would do, and undoing it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from accounts import changes, personnel
from accounts.access import CurrentUser, Role, allow, clock, database
from accounts.changes import Back, Change
from accounts.personnel_endpoints import DifferenceOut
from accounts.staff import text_of
from core.numbers import LAST, Number

ADMINS = [Depends(allow(Role.ADMIN))]
Older = Annotated[int | None, Query(ge=1, le=LAST)]


class PartOut(BaseModel):
    login: str
    changes: list[DifferenceOut]


class ChangeOut(BaseModel):
    """What was done at once, by hand or from a list. `undoes`, `undone_by`: numbers of changes, 0 for none."""

    number: int
    at: float
    by: str
    undoes: int
    undone_by: int
    people: list[PartOut]

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        people = [
            PartOut(login=login, changes=[
                DifferenceOut(field=field, before=text_of(before), after=text_of(after))
                for field, (before, after) in fields.items()
            ])
            for login, fields in change.people.items()
        ]  # fmt: skip
        return cls(number=change.number, at=change.at, by=change.by, undoes=change.undoes, undone_by=change.undone_by,
                   people=people)  # fmt: skip


class BackOut(BaseModel):
    """`late`: fields that were changed again since, for which undoing is refused."""

    login: str
    changes: list[DifferenceOut]
    late: list[str]

    @classmethod
    def of(cls, back: Back) -> "BackOut":
        told = [DifferenceOut.of(each) for each in back.changes]
        return cls(login=back.login, changes=told, late=list(back.late))


def router() -> APIRouter:
    routes = APIRouter(prefix="/people-changes")

    @routes.get("", dependencies=ADMINS)
    async def lately(
        request: Request, login: Annotated[str, Query(max_length=64)] = "", before: Older = None
    ) -> list[ChangeOut]:
        """The newest first, at most 50; `before`: a number, for those that are older."""
        async with database(request).reading() as session:
            return [ChangeOut.of(each) for each in await changes.lately(session, login, before=before)]

    @routes.get("/{number}/undo", dependencies=ADMINS)
    async def look(number: Number, request: Request) -> list[BackOut]:
        """What undoing would do; nothing is changed."""
        return [BackOut.of(each) for each in (await way_back(request, number))[1]]

    @routes.post("/{number}/undo", dependencies=ADMINS)
    async def undo(number: Number, request: Request, user: CurrentUser) -> ChangeOut:
        """All of it or nothing; who was added is blocked.

        409: undone_already, changed_since, and as when people are changed.
        """
        async with database(request).transaction() as tx:
            made = await personnel.undo(tx, number, user.login)
            return ChangeOut.of(await changes.of_number(tx.session, made))

    return routes


async def way_back(request: Request, number: int) -> tuple[Change, list[Back]]:
    """A change, and what undoing it would do now; raises NotFound."""
    async with database(request).reading() as session:
        change = await changes.of_number(session, number)
        known = {each.entry.login: each.entry for each in await personnel.members(session, clock(request)())}
    return change, changes.way_back(change, known)
