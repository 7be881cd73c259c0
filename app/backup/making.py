"""Makes a backup beside the running site."""

import hashlib
import io
import os
import platform
import resource
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.backup import database
from app.backup.about import ABOUT, CONFIG, DATABASES, FORMAT, RECORDINGS, SPOOL, SUMS, About, sums_text
from core.errors import BadInput, NotFound
from core.settings import ROOT, Settings
from pbx.home import Home
from pbx.state import asterisk_home
from recordings.store.files import LocalStore, Store, open_store

SUFFIX = ".tar"
OURS = "asterisk/"
"""In the configuration that comes with the program this is the program's."""


@dataclass(frozen=True, slots=True)
class Made:
    """`sounds`: files of the store in it."""

    file: Path
    size: int
    sounds: int
    about: About


def make(settings: Settings, revision: str, to: Path, *, with_store: bool) -> Made:
    """Write the file `to`, or, where that does not end in .tar, one named by the time in the folder `to`, which is made
    where it is missing; the file is there whole or not at all.

    `revision` is that of the tables. Raises HotlineError and OSError.
    """
    made_at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    file = _place(to)
    if file.exists():
        raise BadInput(f"{file} is already there", "name another file, or a folder")
    store = open_store(settings.storage_url, settings.storage_options, settings.data_dir / "recordings")
    spool = Home(asterisk_home(settings.data_dir)).spool
    kept = store if with_store and isinstance(store, LocalStore) else None
    about = About(
        format=FORMAT, made_at=made_at, host=platform.node(), database=database.kind(settings.database),
        schema_revision=revision, spool=str(spool), left_out=left_out(settings, kept is not None),
    )  # fmt: skip
    _allow_many_files()
    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as work, ExitStack() as stack:
        # What is open stays to be read, should the engine store and remove it while the database is copied.
        raw = _opened(stack, spool, {})
        copied = Path(work) / "database"
        database.copy(settings.database, copied)
        raw = _opened(stack, spool, raw)
        half = Path(work) / file.name
        with half.open("xb") as out:
            half.chmod(0o600)
            archive = _Archive(out)
            archive.add(ABOUT, io.BytesIO(about.model_dump_json(indent=1).encode()))
            archive.add(DATABASES[about.database], stack.enter_context(copied.open("rb")))
            for name, sound in raw.items():
                archive.add(SPOOL + name, sound)
            for path, name in _settings_files(settings.config_dir):
                archive.add_file(CONFIG + name, path)
            sounds = _add_store(archive, kept) if kept else 0
            archive.close()
            os.fsync(out.fileno())
        half.rename(file)
    return Made(file, file.stat().st_size, sounds, about)


def _place(to: Path) -> Path:
    if to.suffix and not to.is_dir():
        return to
    if to.is_file():
        raise BadInput(f"{to} is a file", f"name a folder, or a new file such as {to.name}{SUFFIX}")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    return to / f"hotline-{time.strftime('%Y%m%d-%H%M%S')}{SUFFIX}"


def left_out(settings: Settings, with_store: bool) -> tuple[str, ...]:
    """What somebody who has only the backup does not have."""
    models = sorted(each.name for each in (settings.data_dir / "models").glob("*/"))
    store = settings.storage_url or str(settings.data_dir / "recordings")
    said = {
        f"the key file {settings.key_file}, without which no recording can be heard": bool(settings.key_file),
        f"the recordings in {store}": not with_store,
        f"the speech models {', '.join(models)} (fetch them again)": bool(models),
        "the environment (HOTLINE_…)": True,
    }
    return tuple(what for what, is_so in said.items() if is_so)


class _Archive:
    def __init__(self, out: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115  # closed in `close`
        self._sums: dict[str, str] = {}

    def add(self, name: str, file: BinaryIO) -> None:
        """As long as it is now: it may be growing."""
        info = tarfile.TarInfo(name)
        info.size = file.seek(0, os.SEEK_END)
        info.mtime, info.mode = int(time.time()), 0o600
        file.seek(0)
        summing = _Summing(file)
        self._tar.addfile(info, summing)  # type: ignore[arg-type]  # only read from
        self._tar.members.clear()  # type: ignore[attr-defined]  # a million recordings need not be remembered
        self._sums[name] = summing.sum.hexdigest()

    def add_file(self, name: str, path: Path) -> None:
        """One that is gone by now is none of the site's any more."""
        with suppress(FileNotFoundError, NotFound), path.open("rb") as file:
            self.add(name, file)

    def close(self) -> None:
        text = sums_text(self._sums)
        self.add(SUMS, io.BytesIO(text.encode()))
        self._tar.close()


class _Summing:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.sum.update(piece)
        return piece


def _allow_many_files() -> None:
    """As many as the machine lets us: in the spool wait all the recordings that the store has not taken yet."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _opened(stack: ExitStack, spool: Path, before: dict[str, BinaryIO]) -> dict[str, BinaryIO]:
    """The files there, by name, those of `before` as they were opened."""
    found = dict(before)
    for path in sorted(spool.rglob("*")):
        name = path.relative_to(spool).as_posix()
        with suppress(FileNotFoundError):
            if name not in found and path.is_file() and not path.is_symlink():
                found[name] = stack.enter_context(path.open("rb"))
    return found


def _settings_files(directory: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and not (directory == ROOT / "config" and name.startswith(OURS)):
            yield path, name


def _add_store(archive: _Archive, store: Store) -> int:
    count = 0
    for name in store.names():
        with suppress(NotFound), store.open(name) as file:
            archive.add(RECORDINGS + name, file)
            count += 1
    return count
