"""Where finished sound files live. A name is a relative path such as `2026/03/02/<call>.flac`."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from core.errors import NotFound


class Store(Protocol):
    """Keeps files whole or not at all. Blocking: call it from a thread."""

    @property
    def workspace(self) -> Path:
        """A local directory to prepare files in before they are kept."""

    def keep(self, source: Path, name: str) -> None:
        """Make `source` the stored file `name` in one step that survives a power cut; `source` is gone afterwards."""

    def local(self, name: str) -> Path:
        """A readable local copy; raises NotFound."""


class LocalStore:
    """Files under one directory of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.workspace = root / ".unfinished"
        self.workspace.mkdir(parents=True, exist_ok=True)

    def keep(self, source: Path, name: str) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        for directory in (target.parent, *target.parent.relative_to(self._root).parents):
            _flush(self._root / directory)

    def local(self, name: str) -> Path:
        path = self._root / name
        if not name or not path.is_file():
            raise NotFound(f"the sound file {name or '(none)'} is not in the store")
        return path


def name_of(call: str, number: int, at: float) -> str:
    """The stored name of a call's recording number 1, 2, …, by the UTC day it began."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%Y/%m/%d}/{stem_of(call, number)}.flac"


def stem_of(call: str, number: int) -> str:
    return call if number == 1 else f"{call}-{number}"


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
