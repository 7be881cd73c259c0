"""Published versions of menus: what is live, what was before, one step back. Callers open the transaction."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused
from ivr.events import MenuPublished
from ivr.models import MenuVersion


async def live(session: AsyncSession, menu: str) -> MenuVersion | None:
    """The newest version, which new calls follow."""
    query = select(MenuVersion).where(MenuVersion.menu == menu).order_by(MenuVersion.number.desc()).limit(1)
    return (await session.scalars(query)).first()


async def history(session: AsyncSession, menu: str) -> Sequence[MenuVersion]:
    """Every version, the newest first."""
    query = select(MenuVersion).where(MenuVersion.menu == menu).order_by(MenuVersion.number.desc())
    return (await session.scalars(query)).all()


async def of_number(session: AsyncSession, menu: str, number: int) -> MenuVersion:
    query = select(MenuVersion).where(MenuVersion.menu == menu, MenuVersion.number == number)
    found = (await session.scalars(query)).first()
    if found is None:
        raise NotFound(f"menu {menu} has no version {number}")
    return found


async def knows(session: AsyncSession, menu: str, text: str) -> bool:
    """Whether this text was ever published."""
    query = select(MenuVersion.id).where(MenuVersion.menu == menu, MenuVersion.sha256 == fingerprint(text))
    return (await session.scalars(query)).first() is not None


async def publish(tx: Transaction, menu: str, text: str, by: str, reason: str, now: float) -> MenuVersion:
    """Make a checked text the live version; raises Refused(unchanged)."""
    before = await live(tx.session, menu)
    if before is not None and before.sha256 == fingerprint(text):
        raise Refused("unchanged", f"menu {menu} says exactly this already (version {before.number})")
    return await _add(tx, menu, text, by, reason, now, previous=before.number if before else 0)


async def back(tx: Transaction, menu: str, by: str, reason: str, now: float) -> MenuVersion:
    """Make the version before the live one live again; doing it again goes further back. Raises Refused(no_former)."""
    present = await live(tx.session, menu)
    if present is None or not present.previous:
        raise Refused("no_former", f"menu {menu} has no former version")
    former = await of_number(tx.session, menu, present.previous)
    previous, restores = former.previous, former.number
    return await _add(tx, menu, former.text, by, reason, now, previous=previous, restores=restores)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _add(
    tx: Transaction, menu: str, text: str, by: str, reason: str, now: float, *, previous: int, restores: int = 0
) -> MenuVersion:
    before = await live(tx.session, menu)
    version = MenuVersion(
        id=new_id(now), menu=menu, number=(before.number if before else 0) + 1, previous=previous, restores=restores,
        text=text, sha256=fingerprint(text), published_by=by, published_at=now, reason=reason[:400],
    )  # fmt: skip
    tx.session.add(version)
    await tx.session.flush()
    what = "menu_restored" if restores else "menu_published"
    await audit.note(tx, by, what, f"menu:{menu}#{version.number}", reason)
    tx.publish(MenuPublished(now, menu, version.number))
    return version
