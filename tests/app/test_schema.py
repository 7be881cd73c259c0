"""The migrations make exactly the tables that the models describe, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from app import schema
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from qa import repository, sampling


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


async def test_what_an_older_centre_kept_is_carried_over(tmp_path: Path) -> None:
    """Scores with their queue, lot, veto and whether they are taken up."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0005"))
        for statement in OLD:
            await connection.execute(text(statement))
    await schema.migrate(database)
    async with database.reading() as session:
        scores = {row.recording: row for row in await repository.scores_by_recording(session, ["r1", "r2"])}
    await database.close()
    assert [(row.queue, row.vetoed, row.taken) for row in (scores["r1"], scores["r2"])] == [
        ("cards", True, True), ("", False, False),
    ]  # fmt: skip
    assert scores["r1"].lot == sampling.lot("r1")


OLD = (
    "INSERT INTO calls (id, leg, caller, dialled, tier, language, arrived_at, state, queue, skills, priority, agent,"
    " ended_by, outcome, path) VALUES ('c1', 'l', '1', '2', '', 'zh', 1, 'ended', 'cards', '{}', 0, '8001', '', '',"
    " '[]')",
    "INSERT INTO scores (recording, call, agent, pack, pack_version, score, veto, items, doubts, scored_at)"
    " VALUES ('r1', 'c1', '8001', 'p', '1', 0, '[\"F1\"]', '[]', 0, 1.0)",
    "INSERT INTO scores (recording, call, agent, pack, pack_version, score, veto, items, doubts, scored_at)"
    " VALUES ('r2', 'c2', '8001', 'p', '1', 90, '[]', '[]', 0, 1.0)",
    "INSERT INTO reviews (id, recording, call, agent, pack, pack_version, machine_score, why, state, reviewer, rows,"
    " items, score, veto, opened_at) VALUES ('v', 'r1', 'c1', '8001', 'p', '1', 0, 'veto', 'open', 'x', '[]', '[]', 0,"
    " '[]', 1.0)",
)
"""Rows as revision 0005 had them."""
