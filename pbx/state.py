"""Where the bundled Asterisk and private instances live on this machine, and who may reach what."""

import fcntl
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from core.errors import HotlineError

SYSTEM_ROOT = Path("/var/lib/hotline")
"""Where root prepares, for everybody on the machine."""

USER = "hotline"
"""The unprivileged system user Asterisk runs as when we are root."""

LONGEST_HOME = 80
"""A Unix socket's path ends at 107 bytes, and Asterisk's lies below its home."""


def state_root() -> Path:
    """`HOTLINE_STATE`, otherwise /var/lib/hotline for root and ~/.local/share/hotline for others."""
    named = os.environ.get("HOTLINE_STATE")
    if named:
        return Path(named).absolute()
    if os.geteuid() == 0:
        return SYSTEM_ROOT
    home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    return Path(home) / ".local/share/hotline"


def prepared_roots() -> tuple[Path, ...]:
    """Where a bundled Asterisk may stand: our own state root, and what root prepared unless a place was named."""
    own = state_root()
    return (own,) if own == SYSTEM_ROOT or os.environ.get("HOTLINE_STATE") else (own, SYSTEM_ROOT)


def runs_as() -> str | None:
    """The user Asterisk is run as, created when missing; None when we are not root: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        made = subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", USER], capture_output=True, text=True, check=False
        )
        if made.returncode not in (0, 9):  # 9: somebody else has just created it
            raise HotlineError(f"cannot create the user {USER}: {made.stderr.strip()}", "create it by hand") from None
    return USER


def reachable(folder: Path, user: str | None) -> bool:
    """Whether `user` can enter `folder` (its nearest existing parent, when it is not there yet)."""
    while not folder.exists():
        folder = folder.parent
    # The question is asked as that user: modes alone do not know access lists and mount options.
    asked = (
        subprocess.run(["test", "-x", folder], user=user, group=user, extra_groups=[], check=False, cwd="/")
        if (user)
        else subprocess.run(["test", "-x", folder], check=False, cwd="/")
    )
    return asked.returncode == 0


def make_passable(folder: Path) -> None:
    """Make it where it is missing: nobody else looks into it, but Asterisk's user gets to what is his inside."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        each.chmod(0o711)


def asterisk_home(data_dir: Path) -> Path:
    """`data_dir`/asterisk if Asterisk's user can get there, otherwise a folder of its own under the state root."""
    data_dir = data_dir.absolute()
    home = data_dir / "asterisk"
    if len(os.fsencode(home)) <= LONGEST_HOME and reachable(home, runs_as()):
        return home
    return state_root() / "instances" / sha256(os.fsencode(data_dir)).hexdigest()[:16]


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Wait for and hold the lock file at `path`; a child that is given the descriptor holds it with us."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()
