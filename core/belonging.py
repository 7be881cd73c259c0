"""Whose files are: root types commands beside a service that runs as another user and has to read what they leave."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT_USER = 0


def give(made: Path | int, like: Path) -> None:
    """As root, let `made` (a path, or an open file) be whose `like` is; a link itself, never what it leads to."""
    if os.geteuid() != ROOT_USER:
        return
    owner = like.stat()
    now = os.fstat(made) if isinstance(made, int) else made.lstat()
    if (owner.st_uid, owner.st_gid) == (now.st_uid, now.st_gid):
        return
    with suppress(PermissionError):  # shares of the network let nobody give files away: there they stay as written
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=isinstance(made, int))


def give_tree(made: Path, like: Path) -> None:
    """The same for a folder with all that is in it."""
    for each in (made, *made.rglob("*")):
        give(each, like)


def make_folder(path: Path, like: Path | None = None) -> None:
    """With all above it; as root new ones are for the owner of `like`, else of the folder they come into."""
    missing = list(_missing(path))
    path.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        give(each, like or each.parent)


def make_like(made: Path, former: Path) -> None:
    """What takes the place of `former` has its mode, and as root its owner."""
    made.chmod(former.stat().st_mode & 0o7777)
    give(made, former)


def _missing(path: Path) -> Iterator[Path]:
    while not path.exists():
        yield path
        path = path.parent
