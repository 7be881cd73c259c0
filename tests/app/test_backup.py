"""A site in one file: made beside it while it runs, and put back whole or not at all."""

import asyncio
import errno
import json
import os
import pwd
import resource
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, cast

import pytest

from app.backup import restoring
from app.backup.about import About, demand_same, demand_usable, place, sums_text
from app.backup.making import Made, make
from app.backup.restoring import restore
from app.datadir import ENGINE, HEIRS
from core.errors import BadInput, HotlineError
from core.settings import ROOT, Settings
from pbx.state import asterisk_home
from tests.app.test_survival import agents_at_work, dial_to_cards
from tests.centre import RunningCentre, running_centre, until
from tests.servers import new_database

REVISION = "0032"
ABOUT = About(format=1, made_at="2026-03-02T09:15:00+0800", host="old", database="sqlite", schema_revision=REVISION,
              spool="/old/data/asterisk/spool", left_out=())  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A site with one recording in the store and one that Asterisk still has."""
    monkeypatch.setenv("HOTLINE_STATE", str(tmp_path / "state"))
    site = Settings(data_dir=tmp_path / "data", config_dir=tmp_path / "config", database_url="", storage_url="")
    raw = raw_of(site)
    for path, text in (
        (site.config_dir / "site.yaml", "name: {en: Bank}\n"),
        (site.config_dir / "menus/main.yaml", "start: welcome\n"),
        (site.data_dir / "recordings/2026/03/02/first.flac", "sound"),
        (site.data_dir / "recordings/.unfinished/third.flac", "half a sound"),
        (raw.parents[2] / "etc/manager.conf", "secret"),
        (raw, "raw sound"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with closing(sqlite3.connect(site.data_dir / "hotline.db")) as db:
        db.executescript("PRAGMA journal_mode=WAL; CREATE TABLE engine (holder TEXT, place TEXT);"
                         "CREATE TABLE messages (raw TEXT); CREATE TABLE recordings (raw TEXT);"
                         "INSERT INTO engine VALUES ('the old one', 'there')")  # fmt: skip
        db.execute("INSERT INTO recordings VALUES (?)", (str(raw),))
        db.commit()
    return site


def raw_of(site: Settings) -> Path:
    return asterisk_home(site.data_dir) / "spool/recordings/second.raw"


def elsewhere(tmp_path: Path) -> Settings:
    new = tmp_path / "new"
    return Settings(data_dir=new / "data", config_dir=new / "config", database_url="", storage_url="")


def backed_up(site: Settings, to: Path, *, with_store: bool = True) -> Made:
    return make(site, REVISION, to, with_store=with_store)


def contents(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


async def test_a_site_put_back_elsewhere_is_the_same_site(site: Settings, tmp_path: Path) -> None:
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    assert (made.sounds, made.file.stat().st_mode & 0o777) == (1, 0o600)
    await restore(made.file, new)
    assert contents(new.config_dir) == {"site.yaml", "menus/main.yaml"}
    assert contents(new.data_dir) == {ENGINE, HEIRS, "hotline.db", "recordings/2026/03/02/first.flac"}
    raw = raw_of(new)
    assert (contents(raw.parents[2]), raw.read_text()) == ({"spool/recordings/second.raw"}, "raw sound")
    with closing(sqlite3.connect(new.data_dir / "hotline.db")) as db:
        assert db.execute("SELECT raw FROM recordings").fetchall() == [(str(raw),)]
        assert db.execute("SELECT holder, place FROM engine").fetchall() == [("", "")]


@pytest.mark.usefixtures("as_root")
async def test_what_root_puts_back_can_be_read_by_the_service(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "runs_as", lambda: "daemon")
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    changed = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/new/tables/hotline.db",
        "storage_url": str(tmp_path / "new/store"),
    }
    before = os.umask(0o027)
    try:
        await restore(made.file, new.model_copy(update=changed))
    finally:
        os.umask(before)
    service = pwd.getpwnam("daemon").pw_uid
    folders = [tmp_path / "new" / each for each in ("data", "config", "tables", "store")]
    found = [each for folder in folders for each in (folder, *folder.rglob("*"))]
    spool = raw_of(new)
    found += [spool, spool.parent, spool.parents[1]]
    assert {each.name for each in found} >= {"site.yaml", "main.yaml", "hotline.db", "first.flac", ENGINE}
    assert [each for each in found if each.stat().st_uid != service] == []
    assert (tmp_path / "new").stat().st_uid == 0  # what stands beside stays root's, and can be passed
    assert (tmp_path / "new").stat().st_mode & 0o011


async def test_site_is_put_back_though_a_mount_gives_its_files_to_nobody(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    asked = list[str]()

    def refuse(path: Path, *_asked: object, **_how: object) -> None:
        asked.append(Path(path).name)
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(restoring, "runs_as", lambda: "daemon")
    monkeypatch.setattr(os, "chown", refuse)
    await restore(made.file, new)
    assert "hotline.db" in asked
    assert contents(new.data_dir) >= {"hotline.db", "recordings/2026/03/02/first.flac"}


async def test_a_database_is_put_back_on_another_disk_into_a_folder_that_was_not_there(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "other/disk/hotline.db"
    new = elsewhere(tmp_path).model_copy(update={"database_url": f"sqlite+aiosqlite:///{database}"})
    made = backed_up(site, tmp_path)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, another_disk(database.parent, getattr(os, name)))
    await restore(made.file, new)
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT raw FROM recordings").fetchall() == [(str(raw_of(new)),)]
    assert contents(database.parent) == {"hotline.db"}


def another_disk(folder: Path, move: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    """As if `folder` were one."""

    def moved(source: Path, target: Path) -> None:
        if (Path(source).parent == folder) != (Path(target).parent == folder):
            raise OSError(errno.EXDEV, "on another disk")
        move(source, target)

    return moved


def test_more_recordings_wait_in_the_spool_than_a_process_usually_opens(site: Settings, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    usual = max(int(each.name) for each in Path("/proc/self/fd").iterdir()) + 8
    for number in range(usual):
        raw_of(site).with_name(f"{number}.raw").touch()
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual, limits[1]))
    try:
        made = backed_up(site, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    with tarfile.open(made.file) as tar:
        assert sum(name.startswith("spool/") for name in tar.getnames()) == usual + 1


def test_what_is_being_written_meanwhile_is_not_in_a_backup_and_does_not_stop_it(
    site: Settings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(site.data_dir / "hotline.db", isolation_level=None)) as engine:
        engine.executescript("BEGIN IMMEDIATE; INSERT INTO recordings VALUES ('/not/yet')")
        made = backed_up(site, tmp_path)
        engine.execute("COMMIT")
    with tarfile.open(made.file) as tar, (tmp_path / "looked.db").open("wb") as looked:
        shutil.copyfileobj(cast(IO[bytes], tar.extractfile("hotline.db")), looked)
    with closing(sqlite3.connect(tmp_path / "looked.db")) as db:
        assert db.execute("SELECT count(*) FROM recordings").fetchone() == (1,)


async def test_a_backup_says_what_a_site_needs_besides(site: Settings, tmp_path: Path) -> None:
    (site.data_dir / "models/vosk-cn").mkdir(parents=True)
    sealed = site.model_copy(update={"key_file": "/etc/hotline/keys"})
    told = backed_up(sealed, tmp_path, with_store=False).about.left_out
    assert [
        any(word in each for each in told) for word in ("/etc/hotline/keys", "data/recordings", "vosk-cn", "HOTLINE_")
    ] == [True] * 4


def test_nothing_is_written_over_and_nothing_half_is_left(site: Settings, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    made = backed_up(site, tmp_path / "backups/monday.tar")
    with pytest.raises(BadInput, match=r"monday\.tar is already there: name another"):
        backed_up(site, made.file)
    (site.data_dir / "hotline.db").write_bytes(b"SQLite format 3\0" + b"spoilt" * 100)
    with pytest.raises(HotlineError, match=r"the database .*hotline\.db cannot be copied"):
        backed_up(site, tmp_path / "backups/tuesday.tar")
    assert contents(tmp_path / "backups") == {"monday.tar"}


def test_a_folder_that_is_missing_is_made_for_its_owner_only_and_every_night_has_its_file(
    site: Settings, tmp_path: Path
) -> None:
    night = tmp_path / "far/backup"
    first = backed_up(site, night).file
    assert (first.parent, first.suffix, night.stat().st_mode & 0o777) == (night, ".tar", 0o700)
    first.rename(night / "yesterday.tar")
    assert backed_up(site, night).file.parent == night


def test_a_file_where_a_folder_is_meant_is_named(site: Settings, tmp_path: Path) -> None:
    (tmp_path / "backup").touch()
    with pytest.raises(BadInput, match=r"/backup is a file: name a folder, or a new file such as backup\.tar"):
        backed_up(site, tmp_path / "backup")


@pytest.mark.parametrize("where", ["data", "config"])
async def test_a_site_that_is_there_is_not_written_over(site: Settings, tmp_path: Path, where: str) -> None:
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    (tmp_path / "new" / where).mkdir(parents=True)
    (tmp_path / "new" / where / "hotline.db").touch()
    with pytest.raises(BadInput, match=rf"new/{where} is not empty: name an"):
        await restore(made.file, new)
    assert contents(tmp_path / "new") == {f"{where}/hotline.db"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: whole[: len(whole) // 2], "not whole|broken off"),
        (lambda whole: whole.replace(b"raw sound", b"raw noise"), "damaged at spool/recordings/second.raw"),
        (lambda whole: whole.replace(b"config/site.yaml", b"config/../x.yaml"), "no backup has|not whole"),
        (lambda whole: b"no archive" * 200, "no backup"),
    ],
)
async def test_a_spoilt_backup_leaves_nothing_behind(site: Settings, tmp_path: Path, spoil: object, said: str) -> None:
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    made.file.write_bytes(spoil(made.file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadInput, match=said):
        await restore(made.file, new)
    assert not (tmp_path / "new").exists()


async def test_a_refused_backup_leaves_directories_that_were_there_and_takes_its_own_away(
    site: Settings, tmp_path: Path
) -> None:
    made, new = backed_up(site, tmp_path), elsewhere(tmp_path)
    new = new.model_copy(update={
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/tables/hotline.db", "storage_url": str(tmp_path / "store"),
    })  # fmt: skip
    new.config_dir.mkdir(parents=True)
    made.file.write_bytes(made.file.read_bytes().replace(b"raw sound", b"raw noise"))
    with pytest.raises(BadInput):
        await restore(made.file, new)
    assert list((tmp_path / "new").rglob("*")) == [new.config_dir]
    assert not (tmp_path / "tables").exists()
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (ABOUT.model_copy(update={"schema_revision": "9999"}), "made by a newer program .*: update this program first"),
        (ABOUT.model_copy(update={"format": 2}), "made by a newer program"),
        (ABOUT.model_copy(update={"database": "postgresql"}), "of the kind postgresql: name an empty PostgreSQL"),
    ],
)
def test_a_backup_that_this_program_cannot_use_is_refused_with_the_way_out(about: About, said: str) -> None:
    demand_usable(ABOUT, "sqlite", {REVISION})
    with pytest.raises(BadInput, match=said):
        demand_usable(about, "sqlite", {REVISION})


@pytest.mark.parametrize("name", ["../x", "config/../../x", "config//etc/passwd", "other/x", "/etc/passwd"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="which no backup has"):
        place(name)


def test_sums_are_those_that_sha256sum_reads_and_a_missing_file_is_named() -> None:
    sums = {"about.json": "ab", "config/with two  blanks.yaml": "cd"}
    demand_same(sums_text(sums), sums)
    with pytest.raises(BadInput, match="damaged at config/with two  blanks"):
        demand_same(sums_text(sums), {"about.json": "ab"})


def hotline(*words: str, **environment: str) -> str:
    run = subprocess.run([sys.executable, "-m", "app", *words, "--json"], cwd=ROOT, env=os.environ | environment,
                         capture_output=True, text=True, check=True)  # fmt: skip
    return run.stdout


@pytest.mark.real
@pytest.mark.timeout(240)
async def test_a_site_backed_up_in_the_middle_of_a_talk_goes_on_elsewhere_with_every_call_and_every_sound() -> None:
    async with running_centre() as centre, agents_at_work(centre, ("8001", "8002")):
        first, second = await dial_to_cards(centre, ["13900000001", "13900000002"])
        await until(lambda: talking(centre, 2), 20, "two talk")
        first.hang_up()
        await until(lambda: stored(centre, "13900000001"), 20, "the first talk is in the store")
        place = centre.data.parent
        told = json.loads(await asyncio.to_thread(
            hotline, "backup", str(place), "--data", str(centre.data), "--config", str(centre.config)))  # fmt: skip
        new = RunningCentre(place / "new/data", place / "new/config")
        await asyncio.to_thread(
            hotline, "restore", told["file"], "--data", str(new.data), "--config", str(new.config))  # fmt: skip
        assert await talking(centre, 1)
        second.hang_up()
        new._tokens = centre._tokens  # whoever could sign in before can
        try:
            await new.start()
            await until(lambda: stored(new, "13900000002"), 30, "what was said until then is kept")
            assert await stored(new, "13900000001")
            menus = [await each.get("/api/menus/main/versions") for each in (centre, new)]
            assert menus[0] == menus[1]
            looked = json.loads(await asyncio.to_thread(hotline, "recordings", "reconcile", "--data", str(new.data)))
            assert (looked["checked"], looked["faults"]) == (2, 0)
        finally:
            await new.stop()


async def talking(centre: RunningCentre, count: int) -> bool:
    return len(await centre.live_calls("talking")) == count


async def stored(centre: RunningCentre, caller: str) -> bool:
    calls = (await centre.get(f"/api/calls?caller={caller}"))["calls"]
    parts = [await centre.get(f"/api/calls/{call['id']}/recordings", "zhou.yan") for call in calls]
    return bool(parts) and all(part["state"] == "stored" for each in parts for part in each)


@pytest.mark.real
async def test_a_postgresql_site_is_put_back_into_an_empty_database_only(
    site: Settings, postgres_server: str, tmp_path: Path
) -> None:
    old, new = new_database(postgres_server), new_database(postgres_server)
    hotline("migrate", HOTLINE_DATABASE_URL=old, HOTLINE_DATA_DIR=str(site.data_dir))
    made = backed_up(site.model_copy(update={"database_url": old}), tmp_path)
    there = elsewhere(tmp_path).model_copy(update={"database_url": new})
    await restore(made.file, there)
    again = elsewhere(tmp_path / "again")
    with pytest.raises(BadInput, match="kind postgresql"):
        await restore(made.file, again)
    with pytest.raises(BadInput, match="the database is not empty"):
        await restore(made.file, again.model_copy(update={"database_url": new}))
