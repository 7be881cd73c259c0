"""The end of a shift: what an agent leaves open is handed to a named colleague, who confirms that he has it now."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, changes
from accounts.access import Role, User
from accounts.models import Person
from acd.events import HandoverChanged
from acd.models import Callback, ShiftHandover
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from tickets import service as tickets
from tickets.life import State
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class OpenItems:
    """What an agent has to see to: tickets that he opened or took over, call backs that he promised,
    tried last or took over."""

    tickets: tuple[Ticket, ...]
    callbacks: tuple[Callback, ...]


async def open_items(session: AsyncSession, user: User) -> OpenItems:
    """The most urgent first."""
    kept = select(Ticket).where(Ticket.state != State.CLOSED, Ticket.keeper == user.login).order_by(Ticket.due_at)
    his = select(Callback).where(Callback.state == "open", Callback.agent == user.number)
    callbacks = await session.scalars(his.order_by(Callback.promised_at))
    return OpenItems(tuple(await session.scalars(kept)), tuple(callbacks))


async def waiting_for(session: AsyncSession, number: str) -> list[ShiftHandover]:
    """What colleagues hand to this agent, not confirmed yet; the oldest first."""
    query = select(ShiftHandover).where(ShiftHandover.taker == number, ShiftHandover.confirmed_at.is_(None))
    return list(await session.scalars(query.order_by(ShiftHandover.id)))


async def given_by(session: AsyncSession, number: str, since: float) -> list[ShiftHandover]:
    """What he hands to colleagues: not confirmed yet, or made after `since`."""
    mine = select(ShiftHandover).where(ShiftHandover.giver == number)
    late = ShiftHandover.confirmed_at.is_(None) | (ShiftHandover.at >= since)
    return list(await session.scalars(mine.where(late).order_by(ShiftHandover.id)))


async def unconfirmed(session: AsyncSession, team: str = "") -> list[ShiftHandover]:
    """Of everybody, or of a team: what one of it gives, or is to take over. The oldest first."""
    query = select(ShiftHandover).where(ShiftHandover.confirmed_at.is_(None)).order_by(ShiftHandover.id)
    if team:
        members = select(Person.number).where(Person.team == team, Person.number != "")
        query = query.where(ShiftHandover.giver.in_(members) | ShiftHandover.taker.in_(members))
    return list(await session.scalars(query))


async def give(tx: Transaction, user: User, taker: str, note: str, now: float) -> ShiftHandover:
    """All that is open, and what else is to be said. It stays the giver's until it is confirmed.

    What of it a colleague has not confirmed yet is handed to him no more. Raises NotFound, Refused: handover_self,
    handover_nothing.
    """
    if taker == user.number:
        raise Refused("handover_self", "hand over to somebody else")
    known = select(Person.login).where(Person.number == taker, Person.active, Person.role == Role.AGENT)
    if not taker or await tx.session.scalar(known) is None:
        raise NotFound(f"there is no agent {taker}")
    items = await open_items(tx.session, user)
    given, callbacks = [each.id for each in items.tickets], [each.id for each in items.callbacks]
    if not (given or callbacks or note.strip()):
        raise Refused("handover_nothing", "there is nothing to hand over")
    made = ShiftHandover(id=new_id(now), at=now, giver=user.number, taker=taker, note=note.strip(), tickets=given,
                         callbacks=callbacks)  # fmt: skip
    await _replace(tx, user, made)
    tx.session.add(made)
    told = f"{len(given)} tickets, {len(callbacks)} call backs to {taker}"
    await _note(tx, user, "shift_handed_over", made, told)
    return made


async def confirm(tx: Transaction, user: User, handover: str, now: float) -> None:
    """The taker has from now on what is the giver's still. Raises NotFound, Refused: handover_confirmed."""
    row = await _going(tx, handover, "taker", user.number)
    row.confirmed_at = now
    still = (Callback.id.in_(row.callbacks), Callback.agent == row.giver, Callback.state == "open")
    for callback in await tx.session.scalars(select(Callback).where(*still).with_for_update()):
        callback.agent = user.number
    await tickets.give_on(tx, row.tickets, await _login_of(tx.session, row.giver), user.login, now)
    await _note(tx, user, "shift_taken_over", row, f"from {row.giver}")


async def take_back(tx: Transaction, user: User, handover: str) -> None:
    """Before it is confirmed. Raises NotFound, Refused: handover_confirmed."""
    row = await _going(tx, handover, "giver", user.number)
    await tx.session.delete(row)
    await _note(tx, user, "shift_not_handed_over", row, f"to {row.taker}")


async def _replace(tx: Transaction, user: User, made: ShiftHandover) -> None:
    """What is in `made` stands in no other hand-over that waits; of one without anything left only words stay."""
    mine = select(ShiftHandover).where(ShiftHandover.giver == user.number, ShiftHandover.confirmed_at.is_(None))
    for row in await tx.session.scalars(mine.order_by(ShiftHandover.id).with_for_update()):
        kept = [each for each in row.tickets if each not in made.tickets]
        kept_callbacks = [each for each in row.callbacks if each not in made.callbacks]
        if (kept, kept_callbacks) == (row.tickets, row.callbacks):
            continue
        row.tickets, row.callbacks = kept, kept_callbacks
        if not (kept or kept_callbacks or row.note):
            await tx.session.delete(row)
        await _note(tx, user, "shift_not_handed_over", row, f"to {row.taker}")


async def _login_of(session: AsyncSession, number: str) -> str:
    """Of who has the number, or had it last."""
    holder = await session.scalar(select(Person.login).where(Person.number == number))
    return holder or (await changes.gave_up(session)).get(number, "")


async def _going(tx: Transaction, handover: str, side: str, number: str) -> ShiftHandover:
    row = await tx.session.get(ShiftHandover, handover, with_for_update=True)
    if row is None or getattr(row, side) != number:
        raise NotFound(f"there is no hand-over {handover}")
    if row.confirmed_at is not None:
        raise Refused("handover_confirmed", "this has been taken over already")
    return row


async def _note(tx: Transaction, user: User, what: str, row: ShiftHandover, told: str) -> None:
    await audit.note(tx, user.login, what, f"handover:{row.id}", told)
    tx.publish(HandoverChanged(row.giver, row.taker))
