"""Trials: two versions of a menu side by side on a share of the calls. Callers open the transaction."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from core.clock import new_id
from core.database import Transaction
from core.errors import BadInput, NotFound, Refused
from ivr.events import MenuPublished
from ivr.menu_models import MenuTrial, MenuVersion
from ivr.published import publishing, versions


async def trials(session: AsyncSession, menu: str) -> Sequence[MenuTrial]:
    """Every trial, the newest first."""
    query = select(MenuTrial).where(MenuTrial.menu == menu).order_by(MenuTrial.started_at.desc(), MenuTrial.id.desc())
    return (await session.scalars(query)).all()


async def latest(session: AsyncSession, menu: str) -> MenuTrial:
    """The trial that runs, else the one that ended last; raises NotFound."""
    found = await trials(session, menu)
    if not found:
        raise NotFound(f"menu {menu} was never tried in two versions")
    return found[0]


async def start(
    tx: Transaction, menu: str, text: str, share: float, by: str, reason: str, now: float, *, seen: int | None = None
) -> MenuTrial:
    """A checked text answers `share` (0–1) of the new calls; `seen` as in `publishing.publish`.

    Raises Refused: never_published, trial_runs, changed_meanwhile, unchanged.
    """
    if not 0 < share < 1:
        raise BadInput(f"a share of {share:.0%} leaves one version without calls", "give 1 to 99 percent")
    champion = await versions.live(tx.session, menu)
    if champion is None:
        raise Refused("never_published", f"menu {menu} has no live version to compare with")
    if await versions.running_trial(tx.session, menu) is not None:
        raise Refused("trial_runs", f"menu {menu} is in a trial already: take or drop its challenger first")
    publishing.demand_seen(champion, seen)
    if champion.sha256 == versions.fingerprint(text):
        raise Refused("unchanged", f"menu {menu} says exactly this already (version {champion.number})")
    challenger = await publishing.add(tx, menu, text, by, reason, now, previous=champion.number, challenger=True)
    trial = MenuTrial(
        id=new_id(now), menu=menu, champion=champion.number, challenger=challenger.number, share=share,
        started_by=by, started_at=now, reason=reason[:400], ended_by="", result="",
    )  # fmt: skip
    tx.session.add(trial)
    await tx.session.flush()
    await audit.note(tx, by, "menu_trial_started", f"menu:{menu}#{challenger.number}", f"{share:.0%} {reason}".strip())
    return trial


async def end(
    tx: Transaction, menu: str, by: str, reason: str, now: float, *, take: bool, seen: int | None = None
) -> MenuTrial:
    """The challenger becomes the live version, or is dropped; raises Refused: no_trial, changed_meanwhile.

    `seen`: the number of the challenger that is meant; None: whichever there is.
    """
    trial = await versions.running_trial(tx.session, menu)
    if trial is None:
        raise Refused("no_trial", f"menu {menu} is in no trial")
    if seen not in (None, trial.challenger):
        raise Refused("changed_meanwhile", "another challenger has begun meanwhile: look at it first")
    trial.result, trial.ended_by, trial.ended_at = "taken" if take else "dropped", by, now
    await tx.session.flush()
    await audit.note(tx, by, f"menu_trial_{trial.result}", f"menu:{menu}#{trial.challenger}", reason)
    if take:
        await _take(tx, trial, by, reason, now)
    else:
        tx.publish(MenuPublished(now, menu, trial.champion))
    return trial


async def _take(tx: Transaction, trial: MenuTrial, by: str, reason: str, now: float) -> MenuVersion:
    """As a version of its own: what callers did in the trial is not mixed with what they do afterwards."""
    text = (await versions.of_number(tx.session, trial.menu, trial.challenger)).text
    previous, restores = trial.champion, trial.challenger
    return await publishing.add(tx, trial.menu, text, by, reason, now, previous=previous, restores=restores)
