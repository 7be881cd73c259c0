"""Once an hour what tells of callers whose time is over is forgotten (`callers_days` and
`tickets_days` of config/retention.yaml)."""

import asyncio
from collections.abc import Callable

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

import acd.forgetting
import ivr.messages.forgetting
import tickets.forgetting
from accounts import audit, published
from accounts.published_models import Published
from app.settings import SETTINGS
from core.clock import Clock
from core.database import Database, Transaction
from recordings import repository
from recordings.keeping.deletion import EVERY, SWEEPER
from recordings.keeping.retention import DAY, Retention
from recordings.store.vault import Vault


async def forget(
    db: Database, vault: Vault, days: int | None, now: float, *, tickets_days: int | None = None, dry_run: bool = False
) -> int:
    """How many rows forgot somebody (in a dry run: would), in every room; none of callers when `days` is None, none of
    closed tickets when `tickets_days` is.

    Calls with a recording under legal hold are kept, and their tickets.
    """
    if days is None and tickets_days is None:
        return 0
    async with db.transaction() as tx:
        kept = repository.held_calls()
        found = 0
        if days is not None:
            found += await _callers(tx, vault, days, now, kept, dry_run)
        if tickets_days is not None:
            found += await _tickets(tx, tickets_days, now, kept, dry_run)
    return found


async def _callers(
    tx: Transaction, vault: Vault, days: int, now: float, kept: Select[str], dry_run: bool
) -> int:  # fmt: skip
    before = now - days * DAY
    lists = await _customer_lists(tx.session, before)
    over = await acd.forgetting.due(tx.session, before, kept)
    over += await ivr.messages.forgetting.due(tx.session, before) + len(lists)
    if over and not dry_run:
        await acd.forgetting.forget(tx, before, kept)
        await ivr.messages.forgetting.forget(tx, vault, before)
        for version in lists:
            version.text = published.FORGOTTEN
        await audit.note(tx, SWEEPER, "callers_forgotten", f"rows:{over}", f"kept {days} days")
    return over


async def _tickets(tx: Transaction, days: int, now: float, kept: Select[str], dry_run: bool) -> int:
    before = now - days * DAY
    over = await tickets.forgetting.due(tx.session, before, kept)
    if over and not dry_run:
        await tickets.forgetting.forget(tx, before, kept)
        await audit.note(tx, SWEEPER, "tickets_forgotten", f"rows:{over}", f"kept {days} days")
    return over


async def _customer_lists(session: AsyncSession, before: float) -> list[Published]:
    """Former versions of settings that name customers."""
    found = [await published.outlived(session, *each.place, before) for each in SETTINGS if each.private]
    return [version for versions in found for version in versions]


async def run(db: Database, vault: Vault, rules: Callable[[], Retention], clock: Clock) -> None:
    """For ever. Give it to the Supervisor."""
    while True:
        now = rules()
        await forget(db, vault, now.callers_days, clock(), tickets_days=now.tickets_days)
        await asyncio.sleep(EVERY)
