"""Versions of menus made live: a new text, or one step back. Callers open the transaction."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from core.clock import new_id
from core.database import Transaction
from core.errors import Refused
from ivr.events import MenuPublished
from ivr.menu_models import MenuVersion
from ivr.published import versions


async def publish(
    tx: Transaction, menu: str, text: str, by: str, reason: str, now: float, *, seen: int | None = None
) -> MenuVersion:
    """Make a checked text the live version; raises Refused: trial_runs, changed_meanwhile, unchanged.

    `seen`: the number of the live version that the draft began with.
    """
    await _no_trial(tx.session, menu)
    before = await versions.live(tx.session, menu)
    demand_seen(before, seen)
    if before is not None and before.sha256 == versions.fingerprint(text):
        raise Refused("unchanged", f"menu {menu} says exactly this already (version {before.number})")
    return await add(tx, menu, text, by, reason, now, previous=before.number if before else 0)


async def back(tx: Transaction, menu: str, by: str, reason: str, now: float, *, seen: int | None = None) -> MenuVersion:
    """Make the version before the live one live again; doing it again goes further back.

    `seen`: the live one, from which it goes back. Raises Refused: trial_runs, changed_meanwhile, no_former.
    """
    _, former = await one_step_back(tx.session, menu, seen)
    previous, restores = former.previous, former.number
    return await add(tx, menu, former.text, by, reason, now, previous=previous, restores=restores)


async def one_step_back(session: AsyncSession, menu: str, seen: int | None) -> tuple[MenuVersion, MenuVersion]:
    """The live version and the one that `back` would make live; raises Refused as it does."""
    await _no_trial(session, menu)
    present = await versions.live(session, menu)
    demand_seen(present, seen)
    if present is None or not present.previous:
        raise Refused("no_former", f"menu {menu} has no former version")
    return present, await versions.of_number(session, menu, present.previous)


async def add(
    tx: Transaction, menu: str, text: str, by: str, reason: str, now: float, *, previous: int, restores: int = 0,
    challenger: bool = False,
) -> MenuVersion:  # fmt: skip
    """The next version, whatever is live; callers have asked whether it may be."""
    newest = await tx.session.scalar(select(func.max(MenuVersion.number)).where(MenuVersion.menu == menu))
    version = MenuVersion(
        id=new_id(now), menu=menu, number=(newest or 0) + 1, previous=previous, restores=restores, text=text,
        sha256=versions.fingerprint(text), published_by=by, published_at=now, reason=reason[:400],
        challenger=challenger,
    )  # fmt: skip
    tx.session.add(version)
    await tx.session.flush()
    what = "menu_restored" if restores else "menu_challenger" if challenger else "menu_published"
    await audit.note(tx, by, what, f"menu:{menu}#{version.number}", reason)
    tx.publish(MenuPublished(now, menu, version.number))
    return version


def demand_seen(live: MenuVersion | None, seen: int | None) -> None:
    """Nobody undoes what he has not seen; None: whatever is live."""
    if seen is not None and seen != (live.number if live else 0):
        raise Refused("changed_meanwhile", "another version has gone live meanwhile: look at it and begin from that")


async def _no_trial(session: AsyncSession, menu: str) -> None:
    trial = await versions.running_trial(session, menu)
    if trial is not None:
        problem = f"menu {menu} is in a trial of version {trial.challenger}: take or drop it first"
        raise Refused("trial_runs", problem)
