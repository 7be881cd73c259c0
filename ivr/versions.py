"""Published versions of menus: what is live, what was before, one step back. Callers open the transaction."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import published
from accounts.models import Published
from accounts.published import fingerprint
from core.database import Transaction
from ivr.events import MenuPublished

KIND = "menu"

__all__ = ["back", "begin", "fingerprint", "history", "live", "of_number", "publish"]


async def live(session: AsyncSession, menu: str) -> Published | None:
    """The newest version, which new calls follow."""
    return await published.live(session, KIND, menu)


async def history(session: AsyncSession, menu: str) -> Sequence[Published]:
    """Every version, the newest first."""
    return await published.history(session, KIND, menu)


async def of_number(session: AsyncSession, menu: str, number: int) -> Published:
    return await published.of_number(session, KIND, menu, number)


async def begin(tx: Transaction, menu: str, text: str, file: str, now: float) -> Published | None:
    """As `accounts.published.begin`."""
    version = await published.begin(tx, KIND, menu, text, file, now)
    if version is not None:
        tx.publish(MenuPublished(now, menu, version.number))
    return version


async def publish(tx: Transaction, menu: str, text: str, by: str, reason: str, now: float) -> Published:
    """Make a checked text the live version; raises Refused(unchanged)."""
    version = await published.publish(tx, KIND, menu, text, by, reason, now)
    tx.publish(MenuPublished(now, menu, version.number))
    return version


async def back(tx: Transaction, menu: str, by: str, reason: str, now: float) -> Published:
    """Make the version before the live one live again; doing it again goes further back. Raises Refused(no_former)."""
    version = await published.back(tx, KIND, menu, by, reason, now)
    tx.publish(MenuPublished(now, menu, version.number))
    return version
