"""Recordings at rest, sealed, in stores near and far: what is on disk, and what happens when key or store is away."""

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest
import soundfile

from core.errors import BadInput, NotFound
from recordings.jobs import LATER_SECONDS, SpeechJob
from recordings.keeping import rotation
from recordings.models import Recording, RecordingState, TranscriptState
from recordings.store import keys
from recordings.store.files import LocalStore, RemoteStore, Store, StoreAway, open_store
from recordings.store.keys import Keys
from recordings.store.sealing import MARK
from recordings.store.vault import Vault
from tests.recordings.conftest import ENGINES, House
from tests.speech import Turn, call

HIS = 12345
"""The number of a user who is not root."""
SOUND, _ = call([Turn("agent", "您好。")])


@pytest.fixture
def key_file(house: House) -> Path:
    """The house with encryption on; the file's path."""
    path = house.home / "keys"
    keys.add(path, "k1")
    house.vault = Vault(LocalStore(house.home / "store"), Keys(path))
    house.restart()
    return path


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def write(path: Path, content: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in content))


def replace(path: Path, name: str) -> None:
    path.unlink()
    keys.add(path, name)


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "local":
        yield open_store("", "", tmp_path)
    else:
        yield open_store(f"memory://bucket-{tmp_path.name}/calls", "", tmp_path)
        fsspec.filesystem("memory").store.clear()


def test_every_store_keeps_reads_lists_and_deletes(store: Store) -> None:
    for name in ("2026/03/02/a.flac", "2026/03/02/b.flac"):
        source = store.workspace / "x"
        source.write_bytes(name.encode())
        store.keep(source, name)
        assert not source.exists()
    with store.open("2026/03/02/b.flac") as file:
        file.seek(11)
        assert file.read() == b"b.flac"
    assert list(store.names()) == ["2026/03/02/a.flac", "2026/03/02/b.flac"]
    store.delete("2026/03/02/a.flac")
    store.delete("2026/03/02/a.flac")
    assert list(store.names()) == ["2026/03/02/b.flac"]
    with pytest.raises(NotFound, match=r"a\.flac is not in the store"):
        store.open("2026/03/02/a.flac")


def test_an_address_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"HOTLINE_STORAGE_URL=nonsense://x cannot be used"):
        open_store("nonsense://x", "", tmp_path)
    with pytest.raises(BadInput, match="HOTLINE_STORAGE_OPTIONS is not JSON"):
        open_store("memory://x", "{", tmp_path)


async def test_a_sealed_recording_is_unreadable_on_disk_and_heard_through_the_vault(
    house: House, key_file: Path
) -> None:
    row = await house.record("call1", SOUND)
    on_disk = (house.home / "store" / row.path).read_bytes()
    with pytest.raises(soundfile.SoundFileError):
        soundfile.read(io.BytesIO(on_disk))
    heard, _ = soundfile.read(io.BytesIO(house.sound(row)), dtype="int16")
    assert np.array_equal(heard, SOUND)
    assert row.sha256 == hashlib.sha256(house.sound(row)).hexdigest()
    assert (row.key_id, list(house.vault.workspace.iterdir())) == ("k1", [])
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.READY


async def test_after_a_rotation_the_old_key_can_be_taken_away_and_no_file_has_changed(
    house: House, key_file: Path
) -> None:
    row = await house.record("call1", SOUND)
    before = (house.home / "store" / row.path).read_bytes()
    keys.add(key_file, "k2")
    done = await rotation.rotate(house.db, house.vault.keys, [Recording])
    assert (done.key, done.rewrapped, done.gone) == ("k2", 1, ())
    write(key_file, lines(key_file)[:1])
    assert house.vault.keys.ids() == ("k2",)
    assert (house.home / "store" / row.path).read_bytes() == before
    assert len(house.sound((await house.recordings("call1"))[0])) == row.size
    again = await rotation.rotate(house.db, house.vault.keys, [Recording])
    assert (again.rewrapped, again.current) == (0, 1)


async def test_what_was_stored_before_there_were_keys_can_be_sealed_later(house: House, tmp_path: Path) -> None:
    row = await house.record("call1", SOUND)
    plain = house.sound(row)
    keys.add(tmp_path / "keys", "k1")
    house.vault = Vault(LocalStore(house.home / "store"), Keys(tmp_path / "keys"))
    done = await rotation.seal_plain(house.db, house.vault)
    assert (done.sealed, done.failed) == (("2026/03/02/call1.sealed.flac",), ())
    assert list(house.vault.names()) == ["2026/03/02/call1.sealed.flac"]
    assert house.sound((await house.recordings("call1"))[0]) == plain
    assert (house.home / "store" / done.sealed[0]).read_bytes()[:8] == MARK
    assert (await rotation.seal_plain(house.db, house.vault)).sealed == ()


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("as_root", "strict_umask")
async def test_what_root_seals_can_be_read_by_the_service_whatever_his_umask(house: House, tmp_path: Path) -> None:
    await house.record("call1", SOUND)
    store = house.home / "store"
    for each in (store, *store.rglob("*")):
        os.chown(each, HIS, HIS)
    keys.add(tmp_path / "keys", "k1")
    done = await rotation.seal_plain(house.db, Vault(LocalStore(store), Keys(tmp_path / "keys")))
    sealed = (store / done.sealed[0]).stat()
    assert (sealed.st_uid, sealed.st_gid, sealed.st_mode & 0o777) == (HIS, HIS, 0o600)


@pytest.mark.usefixtures("as_root", "strict_umask")
def test_folders_that_root_makes_in_a_store_are_its_owners_and_a_sealed_file_is_for_him_alone(tmp_path: Path) -> None:
    os.umask(0o022)
    os.chown(tmp_path, HIS, HIS)
    keys.add(tmp_path / "keys", "k1", tmp_path)
    vault = Vault(LocalStore(tmp_path / "recordings"), Keys(tmp_path / "keys"))
    (vault.workspace / "1").write_bytes(b"sound")
    vault.keep(vault.workspace / "1", "2026/03/02/call1.flac")
    assert {each.stat().st_uid for each in (tmp_path / "recordings", *(tmp_path / "recordings").rglob("*"))} == {HIS}
    assert (tmp_path / "recordings/2026/03/02/call1.flac").stat().st_mode & 0o777 == 0o600


async def test_a_recording_whose_key_is_gone_says_so_and_its_job_waits_for_the_key(
    house: House, key_file: Path
) -> None:
    row = await house.record("call1", SOUND)
    kept = lines(key_file)
    replace(key_file, "other")
    assert await rotation.complaints(house.db, house.vault.keys, [Recording]) == [
        f"1 recordings are sealed with the key 'k1', which is not in {key_file}: "
        "they cannot be heard until it is put back"
    ]
    job = SpeechJob(house.db, house.vault, ENGINES, house.clock)
    for _ in range(5):
        await job.run(row.id)
        house.clock.now += LATER_SECONDS
    text = await house.transcript("call1")
    assert (text.state, text.tries) == (TranscriptState.PENDING, 0)
    assert "the key 'k1'" in text.note
    assert (await rotation.rotate(house.db, house.vault.keys, [Recording])).gone == (row.path,)
    write(key_file, kept)
    await job.run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.READY


async def test_a_store_that_is_away_keeps_the_raw_sound_until_it_is_back(house: House, tmp_path: Path) -> None:
    system = fsspec.filesystem("memory")
    remote = RemoteStore(system, f"/far-{tmp_path.name}", tmp_path / "work")
    house.vault = Vault(remote)
    house.restart()
    system.pseudo_dirs.append(f"/far-{tmp_path.name}/2026/03/02/call1.flac")  # nothing can be written there
    row = await house.record("call1", SOUND)
    assert row.state == RecordingState.CLOSING
    assert "tried again every 20 s: the store" in row.error
    assert [file.name for file in house.spool.iterdir()] == ["call1.raw"]
    system.pseudo_dirs.remove(f"/far-{tmp_path.name}/2026/03/02/call1.flac")
    await house.recorder.retry()
    row = (await house.recordings("call1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "")
    assert len(house.sound(row)) == row.size


def test_a_store_s_own_faults_become_one_kind(tmp_path: Path) -> None:
    class Away:
        protocol = "s3"

        def open(self, *_arguments: object, **_options: object) -> object:
            raise RuntimeError("no route to host\nlong story")

    with pytest.raises(StoreAway, match=r"the store bucket cannot be used: no route to host$"):
        RemoteStore(Away(), "bucket", tmp_path).open("a.flac")


async def test_what_a_killed_engine_left_unfinished_is_cleared_away(house: House, key_file: Path) -> None:
    (house.vault.workspace / "call1.flac").write_bytes(b"plain sound")
    house.vault.tidy()
    assert list(house.vault.workspace.iterdir()) == []
