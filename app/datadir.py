"""The data directory of a centre: there, writable, with room; who works on it, and who would go on from it."""

import contextlib
import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core import ailments
from core.errors import BadInput, HotlineError
from pbx.state import make_passable

ROOM = 64 * 1024 * 1024
"""Bytes that must be free to start: a few minutes of conversations."""
ENGINE, HEIRS = "engine.lock", "heirs.lock"
PRIVATE = ("hotline.db", "jobs.db", "recordings")
"""Callers, secrets of telephones and voices: for nobody else on the machine, whatever made them."""


def usable(data_dir: Path) -> None:
    """Make it where it is missing; raises HotlineError when it cannot be used or is full."""
    try:
        make_passable(data_dir)
        for name in (ENGINE, HEIRS):
            (data_dir / name).touch()
        for each in filter(Path.exists, (data_dir / name for name in PRIVATE)):
            _close(each)
        state = os.statvfs(data_dir)
    except OSError as fault:
        raise _unusable(data_dir, fault) from None
    if state.f_bavail * state.f_frsize < ROOM:
        raise HotlineError(
            f"the disk of {data_dir} is full", f"free at least {ROOM >> 20} MB, or choose another --data"
        )


def _close(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & 0o077:
        path.chmod(mode & ~0o077)


class EngineLock:
    """Held by the engine that works on a data directory; its system unlocks it when the process is gone.

    `place` is what this lock means the same thing to: one file, on one running system.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / ENGINE
        self._held: IO[bytes] | None = None
        file = self.path.stat()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self.place = f"{boot}:{file.st_dev}:{file.st_ino}"

    def take(self) -> bool:
        if self._held is None:
            self._held = _locked(self.path, fcntl.LOCK_EX)
        return self._held is not None

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def kill_holder(self) -> int:
        """End the process that holds it, one that hangs; its id, 0 where it cannot be seen (another container)."""
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            kind, _, how, pid, where = line.split()[1:6]
            inode = where.rpartition(":")[2]
            if (kind, how) == ("FLOCK", "WRITE") and inode == str(self.path.stat().st_ino) and self._open_in(int(pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                return int(pid)
        return 0

    def _open_in(self, pid: int) -> bool:
        """Whether that process has our file open: numbers of files are used again on other disks."""
        with contextlib.suppress(OSError):
            return any(self.path.samefile(each) for each in Path(f"/proc/{pid}/fd").iterdir() if each.exists())
        return False


@contextlib.contextmanager
def heir(data_dir: Path) -> Iterator[None]:
    """For as long as this process would go on from the directory at once."""
    with (data_dir / HEIRS).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def has_heir(data_dir: Path) -> bool:
    """Whether a process stands by for the engine of this directory."""
    alone = _locked(data_dir / HEIRS, fcntl.LOCK_EX)
    if alone is None:
        return True
    alone.close()
    return False


def _locked(path: Path, how: int) -> IO[bytes] | None:
    file = path.open("rb")
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


@contextlib.contextmanager
def told(data_dir: Path) -> Iterator[None]:
    """What keeps a command out of its directory is one clear line."""
    try:
        yield
    except OSError as fault:
        place = Path(str(fault.filename or "")).absolute()
        if fault.errno == errno.ENOSPC or place.is_relative_to(data_dir) or data_dir.is_relative_to(place):
            raise _unusable(data_dir, fault) from None
        raise


def _unusable(data_dir: Path, fault: OSError) -> HotlineError:
    if fault.errno == errno.ENOSPC:
        return HotlineError(f"the disk of {data_dir} is full", "free some room, or choose another --data")
    place = Path(str(fault.filename or data_dir))
    what = f"{place} cannot be used ({fault.strerror})"
    if fault.errno in (errno.EACCES, errno.EPERM):
        return BadInput(what, ailments.barred(place))
    if fault.errno in (errno.ENOTDIR, errno.EEXIST):
        return BadInput(what, "a directory is needed there, or choose another --data")
    return HotlineError(what, "check its owner and rights, or choose another --data")
