"""What whoever watches the machine is told."""

from pathlib import Path

from prometheus_client import generate_latest

from acd.models import AgentRow
from app.metrics import Standing, of_centre, standing
from core.bus import Bus
from core.database import Database


def test_every_state_is_told_also_where_nobody_is_in_it(tmp_path: Path) -> None:
    registry = of_centre(Standing({"waiting": 3}, {"ready": 2}, 5, 1), tmp_path, link=True, left=0)
    told = {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in generate_latest(registry).decode().splitlines())
        if not name.startswith("#")
    }
    assert (told['hotline_calls{state="waiting"}'], told['hotline_calls{state="talking"}']) == (3, 0)
    assert (told['hotline_agents{state="ready"}'], told['hotline_agents{state="wrap-up"}']) == (2, 0)
    assert (told["hotline_speech_backlog"], told["hotline_recordings_unstored"]) == (5, 1)
    assert told["hotline_disk_free_bytes"] > 0
    assert 'hotline_calls{state="ended"}' not in told


async def test_a_centre_is_counted_by_state(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await db.create_all()
    async with db.transaction() as tx:
        tx.session.add_all(AgentRow(number=number, state="ready", since_at=1.0) for number in ("8001", "8002"))
    assert await standing(db) == Standing({}, {"ready": 2}, 0, 0)
    await db.close()


async def test_while_the_database_is_away_the_rest_is_told(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/test.db", Bus())
    assert await standing(db) is None
    told = generate_latest(of_centre(None, tmp_path, link=True, left=0)).decode()
    assert "hotline_database_up 0.0" in told
    assert "hotline_link_up 1.0" in told
    assert "hotline_calls" not in told
    await db.close()


def test_a_database_that_answers_but_takes_nothing_is_not_up(tmp_path: Path) -> None:
    told = generate_latest(of_centre(Standing({}, {}, 5, 0), tmp_path, link=True, left=0, stores=False)).decode()
    assert "hotline_database_up 0.0" in told
    assert "hotline_speech_backlog 5.0" in told
