"""Every report on PostgreSQL is what it is on SQLite."""

from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from accounts.access import Role, User
from acd import queues
from acd.models import Call
from acd.wrapup import codes as codes_of
from agentdesk.desk import make_desk
from agentdesk.reports.choice import Choice
from agentdesk.reports.finder import PartFinder
from agentdesk.reports.measures import DRAWINGS
from agentdesk.reports.part import Part
from agentdesk.reports.reader import ReportReader
from app.bench.month import MENU, Month, write
from core import site
from core.bus import Bus
from core.database import Database
from core.settings import ROOT
from ivr.published import publishing
from tests.acd.test_counting import found_at_its_end
from tests.agentdesk.test_feedback import tell

pytestmark = pytest.mark.real

CHOICE = Choice("days", "2025-05-05", "2025-05-06", step="15", version=1)
TOLD = Choice("days", "2025-03-03", "2025-03-03")
SUN = User("sun.li", "孙丽", Role.SUPERVISOR, "", "zh")


async def _read(url: str) -> dict[str, Any]:
    """Values of every row of every report, and how many calls are behind some counts."""
    config = ROOT / "config"
    db, place, lines = Database(url, Bus()), site.load(config), queues.load(config)
    await db.create_all()
    since = datetime(2025, 5, 5, tzinfo=place.zone).timestamp()
    month = Month(since, 2, ["7701", "7702"], Random(4))
    month.make(60)
    async with db.transaction() as tx:
        text = (config / "menus" / "main.yaml").read_text(encoding="utf-8")
        await publishing.publish(tx, MENU, text, "test", "to count", since)
    await write(db, month)
    async with db.transaction() as tx:
        await found_at_its_end(tx, since + 1.5 * 86400)
    begin = datetime(2025, 3, 3, tzinfo=place.zone).timestamp()
    await tell(db, begin)
    book = make_desk(place, lines, db.bus).book
    codes, now = codes_of.load(config, lines.queues), since + 1.6 * 86400
    reader, finder = ReportReader(place, lines, book, codes), PartFinder(lines, book, codes)
    found: dict[str, Any] = {}
    async with db.reading() as session:
        for name in DRAWINGS:
            told = await reader.read(session, name, CHOICE, "zh", now)
            rows = ((table.name, row) for table in told.tables for row in table.rows)
            found |= {f"{name} {of} {row.label}": dict(row.values) for of, row in rows}
        told = await reader.read(session, "callers", TOLD, "zh", now)
        found |= {f"told {table.name} {row.label}": dict(row.values) for table in told.tables for row in table.rows}
        span, day = (int(since), int(since) + 172800), (int(begin), int(begin) + 86400)
        for part in (
            Part("stay", "in_time", *span), Part("work", "missed", *span, agent="7701"),
            Part("menu", "hung_up", *span, menu=MENU, version=1, step="self"),
            Part("score", "deducted", *span, rule="A1"),
            *(Part("after", what, *day) for what in ("again", "complaints", "surveyed")),
        ):  # fmt: skip
            wanted = await finder.conditions(session, part.code, SUN, now)
            found[part.what] = await session.scalar(select(func.count()).select_from(Call).where(*wanted))
    await db.close()
    return found


async def test_reports_on_postgresql_are_those_on_sqlite(postgres_url: str, tmp_path: Path) -> None:
    here, there = await _read(f"sqlite+aiosqlite:///{tmp_path}/month.db"), await _read(postgres_url)
    assert here.keys() == there.keys()
    assert len(here) > 60
    for key, values in here.items():
        assert there[key] == (pytest.approx(values, abs=1e-3) if isinstance(values, dict) else values), key
        assert values
