"""How long every report of a month takes to read and to draw, on a month written for the purpose."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from tempfile import TemporaryDirectory

from agentdesk.desk import make_desk
from agentdesk.reports.charts import charts
from agentdesk.reports.choice import Choice
from agentdesk.reports.measures import DRAWINGS
from agentdesk.reports.reader import ReportReader
from app import configuration, schema
from app.bench.month import DAY, MENU, Month, write
from app.configuration import Configuration
from core.addresses import SQLITE
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import Settings
from ivr.published import publishing

DAYS, FIRST_AGENT, AGENTS, TIMES = 30, 8001, 40, 3


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """Seconds of the fastest of TIMES readings, by report; `first` those of the first, which also warms caches."""

    calls: int
    first: Mapping[str, float]
    best: Mapping[str, float]


async def run(settings: Settings, url: str, calls: int, seed: int) -> ReportTimes:
    """In the empty database at `url`, where the month is left; '' makes one for the while."""
    config = configuration.load(settings.config_dir)
    with TemporaryDirectory(prefix="hotline-reports-") as folder:
        db = Database(url or f"{SQLITE}{folder}/month.db", Bus())
        try:
            await schema.migrate(db)
            return await _measure(db, config, calls, seed)
        finally:
            await db.close()


async def _measure(db: Database, config: Configuration, calls: int, seed: int) -> ReportTimes:
    now = system_clock()
    month = Month(now - DAYS * DAY, DAYS, [str(FIRST_AGENT + each) for each in range(AGENTS)], Random(seed))
    month.make(calls)
    text = next(menu for menu in config.menus.values()).path.read_text(encoding="utf-8")
    async with db.transaction() as tx:
        await publishing.publish(tx, MENU, text, "bench", "a month to read", now)
    await write(db, month)
    desk = make_desk(config.site, config.queues, db.bus, list(config.packs.values()))
    reader = ReportReader(config.site, config.queues, desk.book, config.codes)
    first, last = (datetime.fromtimestamp(at, config.site.zone).date() for at in (month.since, now))
    choice, say = Choice("days", f"{first}", f"{last}"), desk.pages.translator("zh")
    taken: dict[str, list[float]] = {name: [] for name in DRAWINGS}
    for _ in range(TIMES):
        for name in DRAWINGS:
            begun = time.perf_counter()
            async with db.reading() as session:
                charts(await reader.read(session, name, choice, "zh", now), say)
            taken[name].append(time.perf_counter() - begun)
    return ReportTimes(
        calls, {name: each[0] for name, each in taken.items()}, {name: min(each) for name, each in taken.items()}
    )


def text(times: ReportTimes) -> str:
    lines = (f"{name:10} {times.best[name]:6.3f} s, the first time {times.first[name]:.3f} s" for name in times.best)
    return "\n".join((f"a month of {times.calls} calls", *lines))
