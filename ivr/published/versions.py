"""Published versions of menus as they are read: what is live, what was before, what is on trial."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from ivr.menu_models import MenuTrial, MenuVersion


async def live(session: AsyncSession, menu: str) -> MenuVersion | None:
    """The newest version that is no challenger, which new calls follow."""
    query = select(MenuVersion).where(MenuVersion.menu == menu, MenuVersion.challenger.is_(False))
    return (await session.scalars(query.order_by(MenuVersion.number.desc()).limit(1))).first()


async def live_texts(session: AsyncSession) -> dict[str, str]:
    """Menu → its live text."""
    query = select(MenuVersion.menu, MenuVersion.text).where(MenuVersion.challenger.is_(False))
    rows = await session.execute(query.order_by(MenuVersion.number))
    return {row[0]: row[1] for row in rows}


async def rivals(session: AsyncSession) -> Sequence[MenuVersion]:
    """Of every trial that runs, the version that answers instead of the live one."""
    same = (MenuTrial.menu == MenuVersion.menu) & (MenuTrial.challenger == MenuVersion.number)
    return (await session.scalars(select(MenuVersion).join(MenuTrial, same).where(MenuTrial.result == ""))).all()


async def running_trial(session: AsyncSession, menu: str) -> MenuTrial | None:
    query = select(MenuTrial).where(MenuTrial.menu == menu, MenuTrial.result == "")
    return (await session.scalars(query)).first()


async def challengers(session: AsyncSession, menu: str) -> set[int]:
    """Those that answered a share of the calls only."""
    query = select(MenuVersion.number).where(MenuVersion.menu == menu, MenuVersion.challenger.is_(True))
    return set(await session.scalars(query))


async def dropped(session: AsyncSession, menu: str) -> set[int]:
    """The challengers that did not go live."""
    query = select(MenuTrial.challenger).where(MenuTrial.menu == menu, MenuTrial.result == "dropped")
    return set(await session.scalars(query))


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


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
