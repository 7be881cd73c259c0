"""`hotline recordings keys|sweep|reconcile|hold|release`, as typed, on a centre's own files."""

import asyncio
import json
import os
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

import app.schema  # noqa: F401  # every table, as in a centre
from app.commands import recordings
from core.bus import Bus
from core.database import Database
from core.errors import BadInput, ConfigError, NotFound
from core.settings import Settings
from recordings.keeping.retention import DAY
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.store.vault import open_vault
from tests.recordings.conftest import CONFIG, CONNECTED_AT, House

run = CliRunner()
SOUND = np.random.default_rng(1).integers(-3000, 3000, (8000, 2)).astype(np.int16)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with one sealed recording of the call `call1`, long over."""
    monkeypatch.setenv("HOTLINE_KEY_FILE", str(tmp_path / "keys"))
    made = run.invoke(recordings.app, ["keys", "new", "--name", "k1"])
    assert "k1 is the current key" in made.stdout
    asyncio.run(_record(tmp_path))
    return tmp_path


async def _record(home: Path, parts: int = 1) -> None:
    house = House(home, f"sqlite+aiosqlite:///{home}/hotline.db")
    await house.db.create_all()
    house.vault = open_vault(Settings(data_dir=home))
    house.restart()
    for _ in range(parts):
        await house.record("call1", SOUND)
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Recording).values(started_at=CONNECTED_AT - 2000 * DAY))
    await house.db.close()


def say(data: Path, *words: str) -> Result:
    return run.invoke(recordings.app, [*words, "--data", str(data)], standalone_mode=False)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("what", ["rotate", "seal"])
def test_nothing_is_sealed_with_a_key_that_the_centre_cannot_read(data: Path, what: str) -> None:
    os.chown(data, 12345, 12345)
    refused = say(data, "keys", what).exception
    assert isinstance(refused, BadInput)
    assert "belongs to root" in str(refused)


def test_keys_are_listed_and_rotated(data: Path) -> None:
    run.invoke(recordings.app, ["keys", "new", "--name", "k2"])
    listed = json.loads(say(data, "keys", "list", "--json").stdout)
    assert listed == {
        "keys": {"k2": {"recordings": 0, "there": True}, "k1": {"recordings": 1, "there": True}}
    }  # fmt: skip
    rotated = say(data, "keys", "rotate")
    assert (rotated.return_value, rotated.stdout) == (0, "1 recordings now hang on k2, 0 did already\n")
    keys = data / "keys"
    keys.write_text(keys.read_text().splitlines()[1] + "\n")
    assert "k2  1 recordings  KEY IS GONE" in say(data, "keys", "list").stdout


def test_the_books_agree_until_a_file_is_gone(data: Path) -> None:
    fine = say(data, "reconcile", "--json")
    assert (fine.return_value, json.loads(fine.stdout)["checked"]) == (0, 1)
    next((data / "recordings").rglob("*.flac")).unlink()
    bad = say(data, "reconcile")
    assert bad.return_value == 1
    assert "1 recordings looked at, 1 faults\nmissing: 2026/03/02/call1.flac" in bad.stdout


def test_a_held_call_outlives_the_sweep_and_a_released_one_does_not(data: Path) -> None:
    def sweep(*options: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(say(data, "sweep", "--json", "--config", str(CONFIG), *options).stdout)
        return found

    assert "1 recordings of call1 held" in say(data, "hold", "call1", "--reason", "court").stdout
    assert sweep()["deleted"] == []
    say(data, "release", "call1", "--reason", "closed")
    assert sweep("--dry-run") == {"deleted": ["call1"], "failed": [], "forgotten": 0, "dry_run": True}
    assert sweep()["deleted"] == ["call1"]
    assert list((data / "recordings").rglob("*.flac")) == []
    assert say(data, "reconcile").return_value == 0


def test_of_a_call_with_a_deleted_part_the_others_are_held_and_the_deleted_one_is_named(data: Path) -> None:
    say(data, "sweep", "--config", str(CONFIG))
    assert "deleted already" in str(say(data, "hold", "call1", "--reason", "court").exception)
    (data / "spool").rmdir()
    asyncio.run(_record(data, parts=2))
    held = say(data, "hold", "call1", "--reason", "court")
    assert held.stdout == "2 recordings of call1 held; deleted before: recording 1\n"
    assert json.loads(say(data, "sweep", "--json", "--config", str(CONFIG)).stdout)["deleted"] == []
    again = json.loads(say(data, "hold", "call1", "--reason", "court", "--json").stdout)
    assert again == {"call": "call1", "recordings": 2, "state": "held", "gone": [1]}


def test_what_could_not_be_heard_is_tried_again_and_what_is_lost_is_named(data: Path) -> None:
    assert say(data, "retry").stdout == "0 calls are tried again\n"
    asyncio.run(_stop(data, TranscriptState.FAILED, "no memory"))
    assert json.loads(say(data, "retry", "--language", "en", "--json").stdout) == {"again": 0, "left": []}
    unknown = [say(data, "retry", *words).exception for words in (("other",), ("--language", "xx"))]
    assert [isinstance(each, NotFound) for each in unknown] == [True, True]
    assert str(unknown[0]) == "there is no recording of the call other: see its page for the id"
    assert str(unknown[1]) == "no call is in the language xx: write one of zh, en"
    again = say(data, "retry", "--language", "zh")
    assert (again.return_value, again.stdout) == (0, "1 calls are tried again\n")
    assert say(data, "retry").stdout == "0 calls are tried again\n"
    asyncio.run(_stop(data, TranscriptState.FAILED, "", lost="the switch wrote no sound"))
    left = say(data, "retry")
    assert (left.return_value, left.stdout.splitlines()[1]) == (1, "call1: lost: the switch wrote no sound")


async def _stop(home: Path, state: TranscriptState, note: str, lost: str = "") -> None:
    db = Database(f"sqlite+aiosqlite:///{home}/hotline.db", Bus())
    async with db.transaction() as tx:
        await tx.session.execute(update(TranscriptRow).values(state=state, note=note, tries=3))
        if lost:
            await tx.session.execute(update(Recording).values(state=RecordingState.FAILED, error=lost))
    await db.close()


def test_what_is_missing_is_said_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(say(data, "hold", "call1", "--reason", " ").exception, BadInput)
    (data / "keys").unlink()
    refused = say(data, "reconcile").exception
    assert isinstance(refused, ConfigError)
    assert "the key file of recordings is missing" in str(refused)
    monkeypatch.delenv("HOTLINE_KEY_FILE")
    assert "HOTLINE_KEY_FILE is not set" in str(say(data, "keys", "rotate").exception)
