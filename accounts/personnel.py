"""What administrators do with people: add, change, block, give a new password. Nobody is ever deleted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, changes, handsets, people, service, staff
from accounts.access import Role, User
from accounts.events import PeopleChanged, PhonesChanged
from accounts.models import ApiToken, Person, SessionRow
from accounts.people import PersonEntry
from accounts.staff import Difference, Member
from core.database import Transaction
from core.errors import NotFound, Refused

OF_PHONES = {"name", "role", "number", "active"}
OF_AGENTS = {"role", "number", "active", "skills"}
"""Fields whose change the telephones, and the distributor, must hear of."""


async def members(session: AsyncSession, now: float) -> list[Member]:
    """Everybody, by role and login."""
    rows = await session.scalars(select(Person).order_by(Person.role, Person.login))
    signed = set(
        await session.scalars(
            select(SessionRow.login).where(SessionRow.expires_at > now, SessionRow.pending.is_(False))
        )
    )
    counted = select(ApiToken.login, func.count().label("tokens")).group_by(ApiToken.login)
    tokens = {row.login: row.tokens for row in await session.execute(counted)}
    return [
        Member(
            entry_of(row),
            row.active and row.login in signed,
            bool(row.password_hash),
            row.must_change,
            bool(row.second_key),
            tokens.get(row.login, 0),
        )
        for row in rows
    ]


async def member(session: AsyncSession, login: str, now: float) -> Member:
    """Raises NotFound."""
    for each in await members(session, now):
        if each.entry.login == login:
            return each
    raise NotFound(f"there is nobody with the login {login}")


async def able(session: AsyncSession) -> frozenset[str]:
    """Logins of those who have a password or a token."""
    tokens = set(await session.scalars(select(ApiToken.login)))
    return frozenset(tokens | set(await session.scalars(select(Person.login).where(Person.password_hash != ""))))


async def add(tx: Transaction, entry: PersonEntry, by: str) -> None:
    """Raises Refused: login_taken, number_needed, number_taken, number_held (by somebody before)."""
    if await tx.session.get(Person, entry.login) is not None:
        raise Refused("login_taken", f"there is somebody with the login {entry.login} already")
    await put(tx, [entry], by)


async def change(tx: Transaction, login: str, values: Mapping[str, Any], by: str, seen: str = "") -> PersonEntry:
    """Other `values` for some fields; `seen` the digest of the entry that they are typed over, '' for any.

    Raises NotFound, Refused as `add` does, last_admin and changed_meanwhile.
    """
    await _locked(tx)
    was = entry_of(await service.find(tx, login))
    if seen not in ("", staff.digest(was)):
        raise Refused("changed_meanwhile", "somebody has changed this person meanwhile: begin from what is known now")
    entry = staff.entry_of({**was.model_dump(), **values, "login": login})
    await put(tx, [entry], by)
    return entry


async def rework(tx: Transaction, number: str, values: Mapping[str, Any], by: User) -> PersonEntry:
    """Other skills, or another team, of an agent; `values` may have both. Who waits is served by it at once.

    Raises NotFound, Refused: other_team, and as `change`.
    """
    agent = await tx.session.scalar(select(Person).where(Person.number == number, Person.role == Role.AGENT))
    if agent is None or not number:
        raise NotFound(f"there is no agent {number}")
    if not leads(by, await own_team(tx.session, by.login), agent.team):
        raise Refused("other_team", "this agent belongs to another team: its supervisor decides")
    return await change(tx, agent.login, values, by.login)


def leads(user: User, own: str, team: str) -> bool:
    """A supervisor whose account names a team (`own`) decides about that team's agents, any other about all."""
    return user.role is Role.ADMIN or (user.role is Role.SUPERVISOR and own in ("", team))


async def own_team(session: AsyncSession, login: str) -> str:
    """The team somebody belongs to, '' for none."""
    return await session.scalar(select(Person.team).where(Person.login == login)) or ""


async def put(tx: Transaction, entries: Sequence[PersonEntry], by: str, undoes: int = 0) -> int:
    """These people are as said from now on, new ones too; all of them, or none. Returns the number
    of the change, 0 for none.

    `undoes`: the change that this takes back. An agent's contact goes on when his skills change. Whoever is blocked is
    signed out, and his programs' tokens are withdrawn. What is undone gives a number back to who had it: whose it was
    since is not asked then. Raises Refused.
    """
    rows = {row.login: row for row in await _locked(tx)}
    known = {login: entry_of(row) for login, row in rows.items()}
    last = {} if undoes else people.last_holders(await changes.gave_up(tx.session), known.values())
    demand_sound(known, entries, await able(tx.session), last)
    touched: set[str] = set()
    said: dict[str, changes.Fields] = {}
    deeds: list[tuple[str, str, str]] = []
    for entry in entries:
        row, about = rows.get(entry.login), f"person:{entry.login}"
        if row is None:
            tx.session.add(Person(**entry.model_dump(mode="json"), phone_secret=_secret(entry)))
            deeds.append(("person_added", about, _introduced(entry)))
            touched |= OF_PHONES if entry.number else set()
            said[entry.login] = {"active": [False, entry.active]}
        elif found := staff.differences(was := entry_of(row), entry):
            await _change(tx, row, entry, by)
            deeds.append(("person_restored" if undoes else _deed(found), about, staff.told(found)))
            said[entry.login] = changes.between(was, entry)
            touched |= {each.field for each in found}
    await audit.notes(tx, by, deeds)
    if touched & OF_AGENTS:
        tx.publish(PeopleChanged())
    if touched & OF_PHONES:
        tx.publish(PhonesChanged())
    return await changes.note(tx, by, said, undoes) if said else 0


async def undo(tx: Transaction, number: int, by: str) -> int:
    """Everything that change `number` made another is as before, of all its people or of none; returns the new change.

    Who was added by it is blocked: nobody is ever deleted. Raises NotFound; Refused: undone_already, changed_since
    where one of its fields was changed again, and as `put`.
    """
    change = await changes.of_number(tx.session, number)
    if change.undone_by:
        raise Refused("undone_already", "this was undone already")
    rows = await tx.session.scalars(select(Person).where(Person.login.in_(change.people)).with_for_update())
    plan = changes.way_back(change, {row.login: entry_of(row) for row in rows})
    if late := [each.login for each in plan if each.late]:
        raise Refused("changed_since", f"what it changed was changed again since: {', '.join(late)}")
    made = await put(tx, [each.entry for each in plan], by, number)
    if not made:
        raise Refused("undone_already", "all is as before already")
    return made


async def give_password(tx: Transaction, login: str, password_hash: str, by: str) -> None:
    """A password for one sign-in: then he must choose his own. Ends his sessions, as `service.store_password`, and
    tokens. Raises NotFound."""
    person = await service.store_password(tx, login, password_hash, by, "password_reset")
    person.must_change = True
    await service.withdraw_tokens(tx, login, by)


async def withdraw_tokens(tx: Transaction, login: str, by: str) -> int:
    """The programs that act as somebody act no more; how many tokens there were. Raises NotFound, Refused(last_admin)
    where nobody but one of them could administer the centre."""
    everybody = [entry_of(row) for row in await _locked(tx)]
    ruled = staff.ruled(everybody, await able(tx.session))
    count = await service.withdraw_tokens(tx, login, by)
    if ruled and not staff.ruled(everybody, await able(tx.session)):
        raise Refused("last_admin", "nobody else could administer the centre: give an administrator a password first")
    return count


async def _locked(tx: Transaction) -> Sequence[Person]:
    """Everybody, whom nobody else changes until this transaction ends."""
    return (await tx.session.scalars(select(Person).with_for_update())).all()


def demand_sound(
    known: Mapping[str, PersonEntry], entries: Iterable[PersonEntry], able: frozenset[str], last: Mapping[str, str]
) -> None:
    """Raises Refused when, with `entries`, two people had one number, one after the other too, or no administrator
    could sign in any more.

    `able`: logins of those who have a password or a token. `last`: as `people.last_holders`.
    """
    given = {entry.login: entry for entry in entries}
    after = {**known, **given}
    holders = people.holders_of(after.values())
    for entry in given.values():
        if clash := people.clash_of(entry, holders, last):
            raise Refused(clash.code, f"{clash.problem}: {clash.remedy}")
    if staff.ruled(known.values(), able) and not staff.ruled(after.values(), able):
        raise Refused("last_admin", "nobody else could administer the centre: let another be administrator first")


def entry_of(row: Person) -> PersonEntry:
    return PersonEntry.model_validate({field: getattr(row, field) for field in PersonEntry.model_fields})


async def _change(tx: Transaction, row: Person, entry: PersonEntry, by: str) -> None:
    old_number = row.number
    if not entry.active:  # first, so that it is told by the number that he has had
        await service.end_sessions(tx, row.login, by=by)
        await service.withdraw_tokens(tx, row.login, by)
    for field, value in entry.model_dump(mode="json").items():
        setattr(row, field, value)
    if entry.number != old_number:
        row.phone_secret = _secret(entry)
        if old_number:
            await handsets.withdraw(tx, old_number, by)


def _deed(found: Sequence[Difference]) -> str:
    if [each.field for each in found] == ["active"]:
        return "person_unblocked" if found[0].after == "yes" else "person_blocked"
    return "person_changed"


def _introduced(entry: PersonEntry) -> str:
    given = (("role", entry.role), ("number", entry.number), ("team", entry.team), ("skills", entry.skills))
    return ", ".join(f"{field}: {staff.text_of(value)}" for field, value in given if value)


def _secret(entry: PersonEntry) -> str:
    return service.phone_secret() if entry.number else ""
