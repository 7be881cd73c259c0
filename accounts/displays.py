"""Screens on walls: a token each, which shows the wallboard and nothing else, until somebody takes it back."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.events import DisplayRemoved
from accounts.models import Display
from accounts.tokens import fingerprint, new_token
from core.database import Transaction
from core.errors import NotFound


class Tile(StrEnum):
    """A part of the wallboard."""

    SUMS = "sums"
    QUEUES = "queues"
    CALLERS = "callers"
    AGENTS = "agents"
    TREND = "trend"


async def create(tx: Transaction, name: str, language: str, tiles: Sequence[str], by: str, now: float) -> str:
    """The token; it cannot be read again."""
    token = new_token()
    made = Display(token_hash=fingerprint(token), name=name, language=language, tiles=list(tiles), created_at=now,
                   created_by=by)  # fmt: skip
    tx.session.add(made)
    await audit.note(tx, by, "display_created", f"display:{made.token_hash[:12]}", name)
    return token


async def of_token(session: AsyncSession, token: str) -> Display:
    """Raises NotFound."""
    found = await session.get(Display, fingerprint(token))
    if found is None:
        raise NotFound("this screen is not known (any more)")
    return found


async def everyone(session: AsyncSession) -> list[Display]:
    """By name."""
    return list(await session.scalars(select(Display).order_by(Display.name, Display.created_at)))


async def remove(tx: Transaction, mark: str, by: str) -> None:
    """The screen goes dark. `mark` is its token's hash. Raises NotFound."""
    found = await tx.session.get(Display, mark)
    if found is None:
        raise NotFound("this screen is not known (any more)")
    await tx.session.delete(found)
    await audit.note(tx, by, "display_removed", f"display:{mark[:12]}", found.name)
    tx.publish(DisplayRemoved(mark))
