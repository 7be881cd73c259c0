"""Where finished files live. A name is a relative path such as `2026/03/02/<call>.flac`, or `.opus`."""

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import fsspec

from core import belonging
from core.errors import BadInput, NotFound

APPEAR_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "az", "oss", "memory"})
"""Stores in which a file being written is not seen before it is complete."""
READ_AHEAD = 1 << 20


class StoreAway(OSError):
    """The store does not answer, or refuses: to be tried again."""


class Store(Protocol):
    """Keeps files whole or not at all. Blocking: call it from a thread. All but NotFound are OSErrors."""

    @property
    def workspace(self) -> Path:
        """A local directory to prepare files in before they are kept."""

    def keep(self, source: Path, name: str) -> None:
        """Make `source` the stored file `name` in one step that survives a power cut; `source` is gone afterwards."""

    def open(self, name: str) -> BinaryIO:
        """The file to read, seekable; raises NotFound."""

    def delete(self, name: str) -> None:
        """The file is gone for good afterwards; one that is not there is no error."""

    def names(self) -> Iterator[str]:
        """Every stored file."""

    def room(self) -> int | None:
        """Free bytes; None where the store answers and has no such limit."""


class LocalStore:
    """Files under one directory of this machine; what root keeps there is its owner's as well."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.workspace = root / ".unfinished"
        belonging.make_folder(self.workspace)

    def keep(self, source: Path, name: str) -> None:
        target = self._root / name
        belonging.make_folder(target.parent, self._root)
        belonging.give(source, self._root)
        source.replace(target)
        for directory in (target.parent, *target.parent.relative_to(self._root).parents):
            _flush(self._root / directory)

    def open(self, name: str) -> BinaryIO:
        path = self._root / name
        if not name or not path.is_file():
            raise NotFound(_missing(name))
        return path.open("rb")

    def delete(self, name: str) -> None:
        path = self._root / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _flush(path.parent)

    def names(self) -> Iterator[str]:
        for path in sorted(self._root.rglob("*")):
            if path.is_file() and self.workspace not in path.parents:
                yield path.relative_to(self._root).as_posix()

    def room(self) -> int:
        state = os.statvfs(self._root)
        return state.f_bavail * state.f_frsize


class RemoteStore:
    """Files behind any fsspec file system, under the path `root` there."""

    def __init__(self, system: Any, root: str, workspace: Path) -> None:
        self._system = system
        self._root = root.rstrip("/")
        self.workspace = workspace
        belonging.make_folder(self.workspace)

    def keep(self, source: Path, name: str) -> None:
        target, size = f"{self._root}/{name}", source.stat().st_size
        with self._reaching():
            if APPEAR_WHOLE.isdisjoint(_protocols(self._system)):
                self._system.put_file(str(source), f"{target}.part")
                self._system.mv(f"{target}.part", target)
            else:
                self._system.put_file(str(source), target)
            kept = self._system.size(target)
            if kept != size:
                raise StoreAway(f"{name} arrived with {kept} bytes instead of {size}")
        source.unlink()

    def open(self, name: str) -> BinaryIO:
        with self._reaching():
            try:
                file = self._system.open(f"{self._root}/{name}", "rb", block_size=READ_AHEAD)
            except FileNotFoundError:
                raise NotFound(_missing(name)) from None
        return io.BufferedReader(_RemoteFile(file, self._reaching))

    def delete(self, name: str) -> None:
        with self._reaching():
            try:
                self._system.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return

    def names(self) -> Iterator[str]:
        with self._reaching():
            self._system.invalidate_cache()
            root = self._system._strip_protocol(self._root)
            yield from sorted(str(path).removeprefix(f"{root}/") for path in self._system.find(root))

    def room(self) -> None:
        with self._reaching():
            self._system.invalidate_cache()
            holder = self._system._strip_protocol(self._root).split("/")[0]
            # A folder of an object store is there with its first file; its bucket has to be there before.
            if not (self._system.exists(self._root) or self._system.exists(holder)):
                raise StoreAway(f"the store {self._root} cannot be used: there is no bucket {holder}")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (NotFound, StoreAway):
            raise
        except Exception as fault:
            # Every file system has exceptions of its own for "no connection", "no right" and "no bucket".
            why = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
            raise StoreAway(f"the store {self._root} cannot be used: {why}") from fault


class _RemoteFile(io.RawIOBase):
    """A file of the store whose faults are the store's, also those that come while it is read."""

    def __init__(self, file: Any, reaching: Callable[[], AbstractContextManager[None]]) -> None:
        self._file = file
        self._reaching = reaching

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        with self._reaching():
            piece = self._file.read(len(target))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def root_of(url: str, home: Path) -> Path | None:
    """The directory of a store on this machine, None for one elsewhere; as `open_store`."""
    parts = urlsplit(url)
    return None if parts.scheme not in ("", "file") else Path(unquote(parts.path)) if url else home


def open_store(url: str, options: str, home: Path) -> Store:
    """The store at `url` ('' or `file://…`: a directory, by default `home`; else what fsspec knows).

    `options` is a JSON object for the file system, '' for none. Raises BadInput for an address that cannot be used.
    """
    if (root := root_of(url, home)) is not None:
        return _local(root, url) if url else LocalStore(root)
    try:
        given = json.loads(options or "{}")
    except json.JSONDecodeError as fault:
        raise BadInput(f"HOTLINE_STORAGE_OPTIONS is not JSON: {fault}", "give a JSON object") from None
    try:
        system, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **given)
    except ImportError as fault:
        remedy = "install it beside hotline (for s3://: pip install s3fs)"
        raise BadInput(f"HOTLINE_STORAGE_URL={url} needs a library that is not here: {fault}", remedy) from None
    except (ValueError, TypeError) as fault:
        raise BadInput(f"HOTLINE_STORAGE_URL={url} cannot be used: {fault}", "see the fsspec handbook") from None
    return RemoteStore(system, root, home / ".unfinished")


def _local(root: Path, url: str) -> LocalStore:
    """Not by where each of our processes happens to be."""
    if not root.is_absolute():
        raise BadInput(
            f"HOTLINE_STORAGE_URL={url} names no whole path", f"write {root.absolute()}, if that is the store"
        )
    try:
        return LocalStore(root)
    except OSError as fault:
        remedy = "name a directory that may be written to"
        raise BadInput(f"HOTLINE_STORAGE_URL={url} cannot be used ({fault.strerror})", remedy) from None


MESSAGES = "messages/"
"""How the names begin of messages that callers left; recordings lie in folders named by years."""


def name_of(call: str, number: int, at: float, suffix: str) -> str:
    """The stored name of a call's recording number 1, 2, …, by the UTC day it began; `suffix` such as `flac`."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%Y/%m/%d}/{stem_of(call, number)}.{suffix}"


def stem_of(call: str, number: int) -> str:
    return call if number == 1 else f"{call}-{number}"


def _missing(name: str) -> str:
    return f"the sound file {name or '(none)'} is not in the store"


def _protocols(system: Any) -> tuple[str, ...]:
    return (system.protocol,) if isinstance(system.protocol, str) else tuple(system.protocol)


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
