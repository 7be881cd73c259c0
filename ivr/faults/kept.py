"""Faults of running menus as they are kept: once for a place, version and kind until somebody has acknowledged it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound
from ivr.events import MenuFaultChanged
from ivr.fault import Fault
from ivr.menu_models import MenuFault

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two writings: a fault that every caller meets must not cost a transaction for each."""
AGAIN = 5.0
"""Seconds until what could not be stored is tried again."""
MOST_HELD = 1000
BY_ITSELF = "system"
"""Who has seen to a fault that is over because its version is."""


@dataclass(frozen=True, slots=True)
class News:
    """What was met since the last writing: how `often`, by how many `calls` for the first time, last by `call`."""

    fault: Fault
    first: float
    last: float
    often: int
    calls: int
    call: str

    def then(self, later: "News") -> "News":
        often, calls = self.often + later.often, self.calls + later.calls
        return replace(later, first=self.first, often=often, calls=calls, call=later.call or self.call)


Place = tuple[str, int, str, str]


class Faults:
    """`report` costs its caller nothing; what is reported is written together a moment later."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._news: dict[Place, News] = {}
        self._writing: asyncio.Task[None] | None = None
        self._storing = asyncio.Lock()

    def report(self, fault: Fault, call: str = "", *, again: bool = False) -> None:
        """`call` met it, or '' where no call did; `again`: it has met it before."""
        now = self._clock()
        self._hold(News(fault, now, now, 1, int(bool(call) and not again), call))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="menu faults")

    async def close(self) -> None:
        """What is not written yet is tried once more."""
        if self._writing is not None:
            async with self._storing:  # what is being stored must neither be lost nor counted twice
                self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._news:
            await self._store()

    def _hold(self, news: News) -> None:
        fault = news.fault
        place = (fault.menu, fault.version, fault.step, fault.kind.value)
        known = self._news.get(place)
        if known is not None or len(self._news) < MOST_HELD:
            self._news[place] = known.then(news) if known else news

    async def _write(self) -> None:
        while self._news:  # noqa: ASYNC110  # it writes what has come meanwhile
            await asyncio.sleep(EVERY if await self._store() else AGAIN)

    async def _store(self) -> bool:
        async with self._storing:
            return await self._put()

    async def _put(self) -> bool:
        news, self._news = self._news, {}
        try:
            async with self._db.transaction() as tx:
                fresh = [each.fault for each in news.values() if await _keep(tx, each)]
        except Exception as failed:  # noqa: BLE001  # whatever it is, what is known of the menus stays known
            log.error("menu faults not stored", faults=[_told(each.fault) for each in news.values()], why=str(failed))
            later, self._news = self._news, news
            for each in later.values():
                self._hold(each)
            return False
        for fault in fresh:
            log.error("menu fault", **_told(fault))
        return True


def _told(fault: Fault) -> dict[str, str]:
    line = f":{fault.line}" if fault.line else ""
    step = f": step {fault.step}" if fault.step else ""
    return {"place": f"{fault.menu}.yaml{line}{step}", "kind": fault.kind.value, "why": fault.problem}


async def _keep(tx: Transaction, news: News) -> bool:
    """Whether it is a new one: never met, or not since somebody acknowledged it."""
    fault = news.fault
    here = _open(fault.menu).where(
        MenuFault.version == fault.version, MenuFault.step == fault.step, MenuFault.kind == fault.kind
    )
    row = (await tx.session.scalars(here.with_for_update())).first()
    fresh = row is None
    if row is None:
        row = MenuFault(
            id=new_id(news.first), menu=fault.menu, version=fault.version, step=fault.step, kind=fault.kind,
            first_at=news.first, times=0, calls=0, call="",
        )  # fmt: skip
        tx.session.add(row)
    row.problem, row.line, row.last_at = fault.problem[:400], fault.line, news.last
    row.times, row.calls, row.call = row.times + news.often, row.calls + news.calls, news.call or row.call
    tx.publish(MenuFaultChanged(news.last, row.menu, row.id))
    return fresh


async def acknowledge(tx: Transaction, fault: str, by: str, now: float) -> MenuFault:
    """Somebody has seen to it: should it come back, it is reported anew. The first counts. Raises NotFound."""
    row = await tx.session.get(MenuFault, fault)
    if row is None:
        raise NotFound(f"there is no fault {fault}")
    if row.seen_at is None:
        await _end(tx, row, by, now, "menu_fault_acknowledged", row.problem)
    return row


async def close(tx: Transaction, fault: str, why: str, now: float) -> None:
    """It is over by itself, unless somebody has acknowledged it meanwhile: should it come back, it is reported anew."""
    row = await tx.session.get_one(MenuFault, fault)
    if row.seen_at is None:
        row.over = why
        await _end(tx, row, BY_ITSELF, now, "menu_fault_over", f"{row.problem}: {why}")
        log.info("menu fault over", menu=row.menu, version=row.version, step=row.step, fault=row.id, why=why)


async def _end(tx: Transaction, row: MenuFault, by: str, now: float, what: str, told: str) -> None:
    row.seen_by, row.seen_at = by, now
    await audit.note(tx, by, what, f"menu:{row.menu}", f"version {row.version}, step {row.step or '-'}: {told}")
    tx.publish(MenuFaultChanged(now, row.menu, row.id))


async def unseen(session: AsyncSession, menu: str = "") -> Sequence[MenuFault]:
    """Those nobody has acknowledged, of a menu or of all; the most callers first."""
    by_callers = _open(menu).order_by(MenuFault.calls.desc(), MenuFault.last_at.desc())
    return (await session.scalars(by_callers)).all()


async def history(session: AsyncSession, menu: str = "", limit: int = 200) -> Sequence[MenuFault]:
    """The acknowledged ones too, the newest first."""
    query = _of(menu).order_by(MenuFault.last_at.desc(), MenuFault.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def counts(session: AsyncSession) -> dict[str, int]:
    """Menu → how many faults of it nobody has acknowledged."""
    query = select(MenuFault.menu, func.count()).where(MenuFault.seen_at.is_(None)).group_by(MenuFault.menu)
    return {row[0]: row[1] for row in await session.execute(query)}


async def callers(session: AsyncSession) -> Mapping[str, float]:
    """How many calls each fault that nobody has acknowledged has met, for alarms."""
    query = select(MenuFault.id, MenuFault.calls).where(MenuFault.seen_at.is_(None))
    return {row[0]: float(row[1]) for row in await session.execute(query)}


async def of_ids(session: AsyncSession, faults: Iterable[str]) -> dict[str, MenuFault]:
    query = select(MenuFault).where(MenuFault.id.in_(list(faults)))
    return {row.id: row for row in await session.scalars(query)}


def _open(menu: str) -> Select[MenuFault]:
    return _of(menu).where(MenuFault.seen_at.is_(None))


def _of(menu: str) -> Select[MenuFault]:
    query = select(MenuFault)
    return query.where(MenuFault.menu == menu) if menu else query
