"""Puts a backup back: into directories, a store and a database with nothing in them; all of it or nothing."""

import asyncio
import hashlib
import os
import pwd
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import structlog
from pydantic import ValidationError

from app import datadir, schema
from app.backup import database
from app.backup.about import ABOUT, CONFIG, DATABASES, RECORDINGS, SPOOL, SUMS, About, demand_same, demand_usable, place
from core.addresses import file_of
from core.errors import BadInput
from core.settings import Settings
from pbx.home import Home
from pbx.state import asterisk_home, make_passable, runs_as
from recordings.store.files import LocalStore, open_store, root_of

log = structlog.get_logger(__name__)

PIECE = 1 << 20
NOTHING = frozenset({datadir.ENGINE, datadir.HEIRS, "lost+found"})
"""What may be in a directory that counts as empty."""
REMEDY = "use another one"


async def restore(file: Path, settings: Settings) -> About:
    """Raises HotlineError and OSError, with everything as it was before."""
    with _archive(file) as tar:
        about = _about(tar)
        demand_usable(about, database.kind(settings.database), schema.revisions())
        for directory, remedy in (
            (settings.data_dir, "name another directory with --data"),
            (settings.config_dir, "name an empty directory with --config, and give it to `up` as well"),
        ):
            if _contents(directory):
                raise BadInput(f"{directory} is not empty", remedy)
        if not await database.is_empty(settings.database):
            raise BadInput("the database is not empty", "name an empty one in HOTLINE_DATABASE_URL")
        with _as_before(settings), _only_we(settings), Unpacking(settings) as unpacking:
            await asyncio.to_thread(unpacking.run, tar)
            await asyncio.to_thread(database.fill, settings.database, unpacking.database)
            await database.settle(settings.database, about.spool, str(unpacking.home.spool))
            await asyncio.to_thread(unpacking.hand_over)
    return about


class Unpacking:
    """The files' way to their places; what was put there is gone again when the block ends with a fault."""

    def __init__(self, settings: Settings) -> None:
        made = file_of(settings.database)
        self._roots = [settings.data_dir, settings.config_dir]
        if made and not made.parent.exists():
            make_passable(made.parent)
            self._roots.append(made.parent)
        elif made:
            self._roots.append(made)
        make_passable(settings.config_dir)
        self.database = settings.data_dir / ".restored"
        self.home = Home(asterisk_home(settings.data_dir))
        self._roots.append(self.home.folder / SPOOL)
        self._directories = (settings.data_dir, settings.config_dir)
        self._config = settings.config_dir
        self._store = open_store(settings.storage_url, settings.storage_options, settings.data_dir / "recordings")
        if isinstance(self._store, LocalStore):
            self._roots.append(self._store.workspace.parent)
        self._kept: list[str] = []
        self._owner = runs_as()

    def __enter__(self) -> "Unpacking":
        return self

    def __exit__(self, fault: object, *_rest: object) -> None:
        self.database.unlink(missing_ok=True)
        if fault is None:
            return
        for name in self._kept:
            self._store.delete(name)
        for each in (path for directory in self._directories for path in _contents(directory)):
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def run(self, tar: tarfile.TarFile) -> None:
        """Raises BadInput where the files are not those that were backed up."""
        sums: dict[str, str] = {}
        for member in tar:
            source = tar.extractfile(member)
            if source is None:
                raise BadInput(f"the backup has {member.name!r}, which is no file", REMEDY)
            if member.name == SUMS:
                return demand_same(source.read().decode(), sums)
            sums[member.name] = self._put(member.name, source)
        raise BadInput("the backup is not whole: it was broken off", REMEDY)

    def hand_over(self) -> None:
        """What root has put back is for the user that the service runs as; root itself gets to all of it anyway."""
        if not self._owner:
            return
        user = pwd.getpwnam(self._owner)
        for root in filter(Path.exists, self._roots):
            for each in (root, *root.rglob("*")):
                if "lost+found" in each.parts:
                    continue
                try:
                    os.chown(each, user.pw_uid, user.pw_gid, follow_symlinks=False)
                except PermissionError as fault:  # a mount that decides by itself who owns its files
                    log.warning("not given to the service's user", file=str(each), user=self._owner, why=fault.strerror)

    def _put(self, name: str, source: IO[bytes]) -> str:
        kind, rest = place(name)
        if kind == CONFIG:
            return _write(source, self._config / rest)
        if kind == SPOOL:
            make_passable(self.home.folder)
            return _write(source, self.home.folder / name)
        if kind == RECORDINGS:
            return self._to_store(source, rest)
        if name == ABOUT:
            return hashlib.sha256(source.read()).hexdigest()
        if name not in DATABASES.values():
            raise BadInput(f"the backup has a file {name!r}, which no backup has", REMEDY)
        return _write(source, self.database)

    def _to_store(self, source: IO[bytes], name: str) -> str:
        if not self._kept and next(self._store.names(), None) is not None:
            raise BadInput("there are recordings in the store already", "empty it, or name another")
        half = self._store.workspace / Path(name).name
        found = _write(source, half)
        self._kept.append(name)
        self._store.keep(half, name)
        return found


@contextmanager
def _archive(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError):
        raise BadInput(f"{file} is no backup, or not whole", REMEDY) from None


def _about(tar: tarfile.TarFile) -> About:
    """What the backup says of itself."""
    member = tar.next()
    source = tar.extractfile(member) if member and member.name == ABOUT else None
    try:
        return About.model_validate_json(source.read() if source else b"")
    except ValidationError:
        raise BadInput("this is no backup of a site", "name a file that `hotline backup` made") from None


@contextmanager
def _as_before(settings: Settings) -> Iterator[None]:
    """Directories that were not there are gone again when the block ends with a fault, unless somebody uses them."""
    made, store = file_of(settings.database), root_of(settings.storage_url, settings.data_dir / "recordings")
    places = [settings.data_dir, settings.config_dir, *filter(None, (made and made.parent, store))]
    missing = {each for place in places for each in (place, *place.parents) if not each.exists()}
    try:
        yield
    except BaseException:
        if settings.data_dir in missing:
            for name in (datadir.ENGINE, datadir.HEIRS):
                (settings.data_dir / name).unlink(missing_ok=True)
        inside = {each for place in missing for each in place.rglob("*") if each.is_dir()}
        for each in sorted(missing | inside, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):
                each.rmdir()
        raise


@contextmanager
def _only_we(settings: Settings) -> Iterator[None]:
    """No engine starts meanwhile."""
    datadir.usable(settings.data_dir)
    lock = datadir.EngineLock(settings.data_dir)
    if not lock.take():
        raise BadInput(f"an engine works on {settings.data_dir}", "stop it first")
    try:
        yield
    finally:
        lock.release()


def _contents(directory: Path) -> list[Path]:
    return [each for each in directory.iterdir() if each.name not in NOTHING] if directory.is_dir() else []


def _write(source: IO[bytes], target: Path) -> str:
    """The checksum."""
    found = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        while piece := source.read(PIECE):
            found.update(piece)
            out.write(piece)
    return found.hexdigest()
