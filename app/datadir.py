"""The data directory of one centre: there, writable, with room, and used by one engine only."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import HotlineError

ROOM = 64 * 1024 * 1024
"""Bytes that must be free to start: a few minutes of conversations."""


@contextlib.contextmanager
def taken(data_dir: Path) -> Iterator[None]:
    """Hold the directory for this engine; raises HotlineError when it cannot be used, full or held already."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = (data_dir / "engine.lock").open("w")
    except OSError as fault:
        raise _unusable(data_dir, fault) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HotlineError(
                f"another engine works on {data_dir}", "stop it, or give this one its own --data"
            ) from None
        _demand_room(data_dir)
        yield


def _demand_room(data_dir: Path) -> None:
    state = os.statvfs(data_dir)
    if state.f_bavail * state.f_frsize < ROOM:
        raise HotlineError(
            f"the disk of {data_dir} is full", f"free at least {ROOM >> 20} MB, or choose another --data"
        )


def _unusable(data_dir: Path, fault: OSError) -> HotlineError:
    if fault.errno == errno.ENOSPC:
        return HotlineError(f"the disk of {data_dir} is full", "free some room, or choose another --data")
    return HotlineError(f"{data_dir} cannot be used ({fault.strerror})", "check its rights, or choose another --data")
