"""Who called, and was called, is forgotten when its time is over: numbers and names go, the figures stay."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from acd.models import Call, Callback, Campaign, Offer, Prospect, ShiftHandover, Summary
from core.database import Transaction

Table = type[Call] | type[Offer] | type[Callback] | type[Prospect] | type[ShiftHandover] | type[Summary]
Kept = Collection[str] | Select[str]
"""Calls of which nothing is forgotten, by their ids or as a query that finds them."""


def _over(before: float, kept: Kept) -> list[tuple[Table, ColumnElement[bool]]]:
    ended = select(Campaign.id).where(Campaign.ended_at < before)
    known = (Call.caller != "") | (Call.customer != "")
    return [
        (Call, (Call.ended_at < before) & known & Call.id.not_in(kept)),
        (Offer, (Offer.offered_at < before) & (Offer.caller != "") & Offer.call.not_in(kept)),
        (Summary, (Summary.at < before) & (Summary.note != "") & Summary.call.not_in(kept)),
        (Callback, Callback.done_at < before),
        (Prospect, (Prospect.done_at < before) | Prospect.campaign.in_(ended)),
        (ShiftHandover, ShiftHandover.at < before),
    ]


async def due(session: AsyncSession, before: float, kept: Kept = ()) -> int:
    """How many rows `forget` would make forget somebody."""
    counts = [select(func.count()).select_from(table).where(over) for table, over in _over(before, kept)]
    return sum([await session.scalar(count) or 0 for count in counts])


async def forget(tx: Transaction, before: float, kept: Kept = ()) -> None:
    """Take the customer, and what was noted, out of calls that ended before `before` (not of `kept`), drop
    call backs and entries of call lists that were done until then, lists of campaigns that were over, and what was
    handed over. The list of numbers not to be called stays: its owners want it.
    """
    for table, over in _over(before, kept):
        if table is Call:
            await tx.session.execute(update(Call).where(over).values(caller="", customer=""))
        elif table is Offer:
            await tx.session.execute(update(Offer).where(over).values(caller=""))
        elif table is Summary:
            await tx.session.execute(update(Summary).where(over).values(note=""))
        else:
            await tx.session.execute(delete(table).where(over))
