"""What supervisors tell agents: written, shown on their desks until they have read it or it is too old."""

from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.events import NoticeChanged
from accounts.models import Notice, NoticeRead
from core.clock import new_id
from core.database import Transaction
from core.errors import NotFound

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, and how many have read it."""

    notice: Notice
    read: int


async def tell(tx: Transaction, text: str, to: str, by: str, now: float, seconds: float) -> Notice:
    """`to`: an agent's number, '' for all."""
    made = Notice(id=new_id(now), at=now, by=by, to=to, text=text, until_at=now + seconds)
    tx.session.add(made)
    await audit.note(tx, by, "notice_told", f"notice:{made.id}", f"{to or 'all'}: {text}")
    tx.publish(NoticeChanged(made.id))
    return made


async def unread(session: AsyncSession, number: str, now: float) -> list[Notice]:
    """What an agent has not read yet, newest first."""
    mine = and_(NoticeRead.notice == Notice.id, NoticeRead.number == number)
    query = select(Notice).outerjoin(NoticeRead, mine).where(NoticeRead.at.is_(None), Notice.until_at > now)
    return list(await session.scalars(query.where(Notice.to.in_(("", number))).order_by(Notice.at.desc())))


async def read(tx: Transaction, notice: str, number: str, now: float) -> None:
    """Raises NotFound."""
    found = await tx.session.get(Notice, notice)
    if found is None or found.to not in ("", number):
        raise NotFound(f"there is no notice {notice}")
    if await tx.session.get(NoticeRead, (notice, number)) is None:
        tx.session.add(NoticeRead(notice=notice, number=number, at=now))
        tx.publish(NoticeChanged(notice))


async def latest(session: AsyncSession, now: float) -> list[Told]:
    """What is still shown to agents, newest first."""
    query = select(Notice, func.count(NoticeRead.number)).outerjoin(NoticeRead, NoticeRead.notice == Notice.id)
    query = query.where(Notice.until_at > now).group_by(Notice.id).order_by(Notice.at.desc()).limit(SHOWN)
    return [Told(*row) for row in await session.execute(query)]
