"""Texts that people publish while the centre runs: what is live, what was before, one step back.

Callers open the transaction. A text belongs to a `kind` (pack, sampling, kpi, setting) and has a name. Every version
stays, with who, when and why.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.events import TextPublished
from accounts.published_models import Published
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound, Refused

SYSTEM = "system"
FORGOTTEN = ""
"""The text of a version of which only who, when and why is kept."""


async def live(session: AsyncSession, kind: str, name: str) -> Published | None:
    """The newest version."""
    return (await session.scalars(_of(kind, name).limit(1))).first()


async def history(session: AsyncSession, kind: str, name: str) -> Sequence[Published]:
    """Every version, the newest first."""
    return (await session.scalars(_of(kind, name))).all()


async def of_number(session: AsyncSession, kind: str, name: str, number: int) -> Published:
    found = (await session.scalars(_of(kind, name).where(Published.number == number))).first()
    if found is None:
        raise NotFound(f"{kind} {name} has no version {number}")
    return found


async def knows(session: AsyncSession, kind: str, name: str, text: str) -> bool:
    """Whether this text was ever published."""
    return (await session.scalars(_of(kind, name).where(Published.sha256 == fingerprint(text)))).first() is not None


async def newest(session: AsyncSession, kind: str) -> dict[str, int]:
    """The live version's number of everything of a kind: cheap to ask again and again."""
    query = select(Published.name, func.max(Published.number)).where(Published.kind == kind).group_by(Published.name)
    return dict((await session.execute(query)).all())


async def texts_of(session: AsyncSession, kind: str) -> dict[str, str]:
    """The live text of everything of a kind, by name."""
    found = [await live(session, kind, name) for name in await newest(session, kind)]
    return {each.name: each.text for each in found if each is not None}


async def former_texts(session: AsyncSession, kind: str, most: int) -> list[dict[str, str]]:
    """All texts of a kind as they stood before each of the last `most` publications, the newest first."""
    texts, found = await texts_of(session, kind), list[dict[str, str]]()
    lately = (
        select(Published).where(Published.kind == kind).order_by(Published.published_at.desc(), Published.id.desc())
    )
    for each in (await session.scalars(lately.limit(most))).all():
        texts = {name: text for name, text in texts.items() if name != each.name}
        if each.number > 1:
            texts[each.name] = (await of_number(session, kind, each.name, each.number - 1)).text
        found.append(texts)
    return found


async def begin(tx: Transaction, kind: str, name: str, text: str, file: str, now: float) -> Published | None:
    """At a start: a file that was never published (new, or edited by hand) is published now; else the newest counts.

    Returns what was published.
    """
    if await knows(tx.session, kind, name, text):
        return None
    return await publish(tx, kind, name, text, SYSTEM, f"read from {file} at the start", now)


async def publish(tx: Transaction, kind: str, name: str, text: str, by: str, reason: str, now: float) -> Published:
    """Make a checked text the live version; raises Refused(unchanged)."""
    before = await live(tx.session, kind, name)
    if before is not None and before.sha256 == fingerprint(text):
        raise Refused("unchanged", f"{kind} {name} says exactly this already (version {before.number})")
    return await _add(tx, kind, name, text, by, reason, now, previous=before.number if before else 0)


async def back(tx: Transaction, kind: str, name: str, by: str, reason: str, now: float) -> Published:
    """Make the version before the live one live again; doing it again goes further back. Raises Refused(no_former)."""
    found = await former(tx.session, kind, name)
    previous, restores = found.previous, found.number
    return await _add(tx, kind, name, found.text, by, reason, now, previous=previous, restores=restores)


async def former(session: AsyncSession, kind: str, name: str) -> Published:
    """The version that `back` makes live. Raises Refused(no_former)."""
    present = await live(session, kind, name)
    if present is None or not present.previous:
        raise Refused("no_former", f"{kind} {name} has no former version")
    found = await of_number(session, kind, name, present.previous)
    if found.text == FORGOTTEN:
        raise Refused("no_former", f"{kind} {name} has no former version")
    return found


async def outlived(session: AsyncSession, kind: str, name: str, before: float) -> list[Published]:
    """Versions that count no more since before `before`, and still say something."""
    versions = await history(session, kind, name)
    pairs = pairwise(versions)
    return [former for newer, former in pairs if newer.published_at < before and former.text != FORGOTTEN]


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _add(
    tx: Transaction, kind: str, name: str, text: str, by: str, reason: str, now: float, *, previous: int,
    restores: int = 0,
) -> Published:  # fmt: skip
    before = await live(tx.session, kind, name)
    version = Published(
        id=new_id(now), kind=kind, name=name, number=(before.number if before else 0) + 1, previous=previous,
        restores=restores, text=text, sha256=fingerprint(text), published_by=by, published_at=now, reason=reason[:400],
    )  # fmt: skip
    tx.session.add(version)
    await tx.session.flush()
    what = f"{kind}_restored" if restores else f"{kind}_published"
    await audit.note(tx, by, what, f"{kind}:{name}#{version.number}", reason)
    tx.publish(TextPublished(kind, name))
    return version


def _of(kind: str, name: str) -> Select[Published]:
    return select(Published).where(Published.kind == kind, Published.name == name).order_by(Published.number.desc())
