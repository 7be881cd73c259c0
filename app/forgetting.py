"""Once an hour what tells of callers whose time is over is forgotten (`callers_days` of config/retention.yaml)."""

import asyncio
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

import acd.forgetting
import ivr.messages.forgetting
import tickets.forgetting
from accounts import audit, published
from accounts.published_models import Published
from app.settings import SETTINGS
from core.clock import Clock
from core.database import Database
from recordings import repository
from recordings.keeping.deletion import EVERY, SWEEPER
from recordings.keeping.retention import DAY, Retention
from recordings.store.vault import Vault


async def forget(db: Database, vault: Vault, days: int | None, now: float, *, dry_run: bool = False) -> int:
    """How many rows forgot somebody (in a dry run: would), in every room; none when `days` is None.

    Calls with a recording under legal hold are kept.
    """
    if days is None:
        return 0
    before = now - days * DAY
    async with db.transaction() as tx:
        kept = await repository.held_calls(tx.session)
        lists = await _customer_lists(tx.session, before)
        over = await acd.forgetting.due(tx.session, before, kept)
        over += await ivr.messages.forgetting.due(tx.session, before)
        over += await tickets.forgetting.due(tx.session, before, kept) + len(lists)
        if over and not dry_run:
            await acd.forgetting.forget(tx, before, kept)
            await ivr.messages.forgetting.forget(tx, vault, before)
            await tickets.forgetting.forget(tx, before, kept)
            for version in lists:
                version.text = published.FORGOTTEN
            await audit.note(tx, SWEEPER, "callers_forgotten", f"rows:{over}", f"kept {days} days")
    return over


async def _customer_lists(session: AsyncSession, before: float) -> list[Published]:
    """Former versions of settings that name customers."""
    found = [await published.outlived(session, *each.place, before) for each in SETTINGS if each.private]
    return [version for versions in found for version in versions]


async def run(db: Database, vault: Vault, rules: Callable[[], Retention], clock: Clock) -> None:
    """For ever. Give it to the Supervisor."""
    while True:
        await forget(db, vault, rules().callers_days, clock())
        await asyncio.sleep(EVERY)
