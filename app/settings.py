"""Which files administrators change while the centre runs, and how a draft is checked."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import published
from accounts.settings import Demand, Setting
from acd.call import CallState
from acd.models import Call
from acd.wrapup import coding
from acd.wrapup.codes import demand_kept
from app import configuration
from app.configuration import NOTHING, Configuration, Texts
from core import yamlfile
from core.addresses import file_of
from core.bus import Bus
from core.database import Database
from core.errors import BadInput, ConfigError
from ivr.published import versions
from ivr.published.checking import MenuChecker
from knowledge import library
from qa import shelf

SETTINGS = (
    Setting("hours", "hours.yaml"),
    Setting("queues", "queues.yaml"),
    Setting("breaks", "breaks.yaml"),
    Setting("shifts", "shifts.yaml"),
    Setting("dialling", "dialling.yaml"),
    Setting("codes", "codes.yaml"),
    Setting("site", "site.yaml", later=("time_zone", "languages")),
    Setting("customers", "customers.yaml", private=True),
    Setting("models", "models.yaml"),
    Setting("alarms", "alarms.yaml"),
    Setting("scripts", "scripts.yaml"),
    Setting("retention", "retention.yaml"),
    Setting("reports", "reports.yaml"),
    Setting("sampling", "sampling.yaml", kind="sampling", key="plan"),
    Setting("kpi", "kpi.yaml", kind="kpi", key="sheet"),
)


async def texts_of(db: Database) -> dict[str, str]:
    """The live texts by file."""
    async with db.reading() as session:
        found = {each.file: await published.live(session, *each.place) for each in SETTINGS}
    return {file: version.text for file, version in found.items() if version is not None}


async def in_force(db: Database, config: Configuration, say: Callable[[str], None]) -> Configuration:
    """The configuration with what was published since its files; the files alone where that is no longer sound."""
    texts = await texts_of(db)
    if all(yamlfile.said(config.directory / file) == text for file, text in texts.items()):
        return config
    try:
        found = await published_configuration(db, config.directory)
        return replace(found, wrong=config.wrong | found.wrong)
    except BadInput as fault:
        say(f"published settings are not taken, the files count: {fault}")
        return config


async def published_configuration(db: Database, directory: Path) -> Configuration:
    """What was published since the files, and the files where nothing was; raises BadInput."""
    async with db.reading() as session:
        former = await last_texts(session)
    return await asyncio.to_thread(configuration.load, directory, former, former.settings)


async def last_texts(session: AsyncSession) -> Texts:
    """All that is live, to stand in for files that were spoilt since."""
    settings = {each.file: await published.live(session, *each.place) for each in SETTINGS}
    return Texts(
        menus=await versions.live_texts(session),
        settings={file: version.text for file, version in settings.items() if version},
        packs=await published.texts_of(session, shelf.KIND),
        articles=await published.texts_of(session, library.KIND),
    )


async def last_published(database: str) -> Texts:
    """The same before the database is taken into use; nothing where there is none, or one of an earlier release."""
    if (file := file_of(database)) and not file.exists():
        return NOTHING
    db = Database(database, Bus())
    try:
        async with db.reading() as session:
            return await last_texts(session)
    except (SQLAlchemyError, OSError):
        return NOTHING
    finally:
        await db.close()


def demand(directory: Path, db: Database) -> Demand:
    """The whole configuration with the texts instead of their files; what answers callers, or makes them wait, stays
    possible."""

    async def demanded(texts: Mapping[str, str]) -> None:
        async with db.reading() as session:
            former = await last_texts(session)
            rivals = [(each.menu, each.text) for each in await versions.rivals(session)]
            waiting, used = await waiting_by_queue(session), await coding.used(session)
        await asyncio.to_thread(demand_now, directory, texts, former, rivals, waiting, used)

    return demanded


async def waiting_by_queue(session: AsyncSession) -> dict[str, int]:
    """Callers who wait now, those included for whom a telephone rings."""
    query = select(Call.queue, func.count()).where(Call.state.in_((CallState.WAITING, CallState.RINGING)))
    return dict((await session.execute(query.group_by(Call.queue))).all())


def demand_now(
    directory: Path, texts: Mapping[str, str], former: Texts = NOTHING,
    rivals: Sequence[tuple[str, str]] = (), waiting: Mapping[str, int] | None = None,
    used: Mapping[str, int] | None = None,
) -> None:  # fmt: skip
    """Raises BadInput. `former` are the live texts, `rivals` those of menus' trials, `waiting` callers by queue, `used`
    calls by wrap-up code."""
    found = configuration.load(directory, former, texts)
    demand_kept(found.codes, used or {})
    for name, callers in (waiting or {}).items():
        if name not in found.queues.queues:
            problem = f"{callers} waiting in queue {name!r}, which would be gone"
            raise ConfigError(Path("queues.yaml"), 0, problem, "close it on the floor, let it empty, then remove it")
    checker = MenuChecker(found.hours.schedules, found.queues.queues)
    answering = set(found.site.numbers.values())
    requeued = texts.get("queues.yaml") != former.settings.get("queues.yaml")
    for name, text in (*former.menus.items(), *rivals):
        if name not in answering:
            continue
        _, missing = checker.standing(name, text)
        if requeued and (steps := list(missing)):  # a step that queues named before is not this text's fault
            problem = f"there is no step {steps[0]!r} in menu {name!r}"
            raise ConfigError(Path("queues.yaml"), 0, problem, "add it there first")
