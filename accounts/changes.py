"""What was changed of people, kept so that it can be taken back: passwords and second factors are no part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import staff
from accounts.models import PeopleChange, PersonChange
from accounts.people import PersonEntry
from accounts.staff import Difference
from core.clock import system_clock
from core.database import Transaction
from core.errors import NotFound

PAGE = 50
Fields = dict[str, list[Any]]
"""Name → [value before, value after]."""


@dataclass(frozen=True, slots=True)
class Change:
    """`people`: login → fields. `undoes`, `undone_by`: numbers of changes, 0 for none."""

    number: int
    at: float
    by: str
    undoes: int
    undone_by: int
    people: Mapping[str, Fields]


@dataclass(frozen=True, slots=True)
class Back:
    """What undoing would make of somebody. `late`: fields that were changed again since, so that it is refused."""

    login: str
    name: str
    changes: tuple[Difference, ...]
    late: tuple[str, ...]
    entry: PersonEntry


def between(before: PersonEntry, after: PersonEntry) -> Fields:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {field: [old[field], new[field]] for field in old if old[field] != new[field]}


def way_back(change: Change, known: Mapping[str, PersonEntry]) -> list[Back]:
    """Person by person, as they are known now."""
    plan = []
    for login, fields in change.people.items():
        if (person := known.get(login)) is None:
            raise NotFound(f"there is nobody with the login {login}")
        now = person.model_dump(mode="json")
        late = tuple(field for field, (_, after) in fields.items() if now[field] != after)
        entry = staff.entry_of({**now, **{field: before for field, (before, _) in fields.items()}})
        plan.append(Back(login, person.name, staff.differences(person, entry), late, entry))
    return plan


async def note(tx: Transaction, by: str, said: Mapping[str, Fields], undoes: int) -> int:
    """Returns the change's number."""
    change = PeopleChange(at=system_clock(), by=by, undoes=undoes, undone_by=0)
    tx.session.add(change)
    await tx.session.flush()
    tx.session.add_all(PersonChange(change=change.id, login=login, fields=fields) for login, fields in said.items())
    if undoes:
        await tx.session.execute(update(PeopleChange).where(PeopleChange.id == undoes).values(undone_by=change.id))
    await tx.session.flush()
    return change.id


async def of_number(session: AsyncSession, number: int) -> Change:
    """Raises NotFound."""
    found = await _changes(session, [number])
    if not found:
        raise NotFound(f"there is no change {number} of people")
    return found[0]


async def lately(session: AsyncSession, login: str = "", most: int = PAGE, before: int | None = None) -> list[Change]:
    """The newest first, of one person or of everybody; only those with a number below `before`."""
    query = select(PeopleChange.id).order_by(PeopleChange.id.desc()).limit(most)
    if login:
        query = query.join(PersonChange, PersonChange.change == PeopleChange.id).where(PersonChange.login == login)
    if before is not None:
        query = query.where(PeopleChange.id < before)
    return await _changes(session, (await session.scalars(query)).all())


async def gave_up(session: AsyncSession) -> dict[str, str]:
    """Number → login of who was the last to give it up, whether somebody has it again or not."""
    of_numbers = cast(PersonChange.fields, String).contains('"number"')
    query = select(PersonChange.login, PersonChange.fields).where(of_numbers).order_by(PersonChange.change)
    before = [(fields.get("number", [""])[0], login) for login, fields in await session.execute(query)]
    return {number: login for number, login in before if number}


async def _changes(session: AsyncSession, numbers: Sequence[int]) -> list[Change]:
    query = select(PeopleChange).where(PeopleChange.id.in_(numbers)).order_by(PeopleChange.id.desc())
    rows = (await session.scalars(query)).all()
    parts = select(PersonChange).where(PersonChange.change.in_(numbers)).order_by(PersonChange.login)
    people: dict[int, dict[str, Fields]] = {}
    for part in await session.scalars(parts):
        people.setdefault(part.change, {})[part.login] = part.fields
    return [Change(each.id, each.at, each.by, each.undoes, each.undone_by, people.get(each.id, {})) for each in rows]
