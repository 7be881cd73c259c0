"""Commands beside the service leave a database alone that is not one they know."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import schema
from app.commands import accounts, recordings
from app.commands.backup import backup
from app.commands.database import opened
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from core.settings import Settings

run = CliRunner()
NEWER = r"used by a newer program \(tables of revision 9999\): start that one again"
FOREIGN = r"has the tables of another product \(invoices\): name one of the centre's own"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)
    return tmp_path


def newer(data: Path) -> None:
    async def fill() -> None:
        db = Database(f"sqlite+aiosqlite:///{data}/hotline.db", Bus())
        await schema.migrate(db)
        await db.close()

    asyncio.run(fill())
    execute(data, "UPDATE alembic_version SET version_num = '9999'")


def execute(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "hotline.db", isolation_level=None)) as db:
        db.execute(statement)


def test_no_command_works_on_the_database_of_a_newer_program(data: Path) -> None:
    newer(data)
    for app, words in (
        (accounts.app, ["token", "admin"]), (accounts.app, ["people"]), (recordings.app, ["sweep"]),
    ):  # fmt: skip
        refused = run.invoke(app, [*words, "--data", str(data)]).exception
        assert isinstance(refused, HotlineError)
        with pytest.raises(HotlineError, match=NEWER):
            raise refused


def test_the_database_of_another_product_is_refused_also_by_a_backup_and_stays_as_it_was(data: Path) -> None:
    execute(data, "CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(HotlineError, match=FOREIGN):
        backup(data / "backups", data=data)
    assert not (data / "backups").exists()

    async def migrate() -> None:
        db = Database(f"sqlite+aiosqlite:///{data}/hotline.db", Bus())
        try:
            await schema.migrate(db)
        finally:
            await db.close()

    with pytest.raises(HotlineError, match=FOREIGN):
        asyncio.run(migrate())
    with closing(sqlite3.connect(data / "hotline.db")) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]


async def test_tables_of_our_own_are_worked_on(data: Path) -> None:
    settings = Settings(data_dir=data)
    db = Database(settings.database, Bus())
    await db.create_all()
    await db.close()
    async with opened(settings) as found:
        assert await schema.revision(found) == ""
