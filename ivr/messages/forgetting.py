"""Messages that callers left go with their sound when their time is over."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Transaction
from ivr.models import Message
from recordings.store.vault import Vault


async def due(session: AsyncSession, before: float) -> int:
    """How many messages `forget` would delete."""
    return await session.scalar(select(func.count()).select_from(Message).where(Message.left_at < before)) or 0


async def forget(tx: Transaction, vault: Vault, before: float) -> None:
    """Delete the messages left before `before`; raises OSError when a sound file will not go.

    Files go before their rows: what ends in between leaves a row without sound for the next time.
    """
    for row in await tx.session.scalars(select(Message).where(Message.left_at < before)):
        if row.raw:
            await asyncio.to_thread(Path(row.raw).unlink, missing_ok=True)
        if row.path:
            await asyncio.to_thread(vault.delete, row.path)
        await tx.session.delete(row)
