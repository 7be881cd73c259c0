"""The migrations make exactly the tables that the models describe, on both databases."""

from pathlib import Path

import pytest

from app import schema
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError


async def _differences(url: str) -> list[object]:
    database = Database(url, Bus())
    try:
        await schema.migrate(database)
        await schema.migrate(database)
        return list(await schema.differences(database))
    finally:
        await database.close()


async def test_migrated_sqlite_database_is_what_the_models_say(tmp_path: Path) -> None:
    assert await _differences(f"sqlite+aiosqlite:///{tmp_path}/test.db") == []


@pytest.mark.real
async def test_migrated_postgresql_database_is_what_the_models_say(postgres_url: str) -> None:
    assert await _differences(postgres_url) == []


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://nobody@127.0.0.1:1/nothing", "sqlite+aiosqlite:////nowhere/at/all.db"]
)
async def test_database_that_cannot_be_reached_is_one_clear_line(url: str) -> None:
    with pytest.raises(HotlineError, match=r"the database at .* cannot be used .*HOTLINE_DATABASE_URL") as caught:
        await _differences(url)
    assert "\n" not in str(caught.value)
