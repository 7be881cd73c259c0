"""What ails a database, by what its library says, and what is to be done about it."""

import errno
import os
import pwd
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.addresses import file_of
from core.errors import HotlineError, cause

START = "start the centre once with `./hotline up`, name its --data, or set its HOTLINE_DATABASE_URL"
ROOM = 1 << 20
"""Bytes: with less than that left SQLite fails in more ways than by saying so."""


class Ailment(StrEnum):
    FULL = "full"
    DAMAGED = "damaged"
    BARRED = "barred"
    FAILING = "failing"
    BUSY = "busy"
    REFUSED = "refused"
    EMPTY = "empty"
    FOREIGN = "foreign"
    AWAY = "away"


A = Ailment

CODES = {
    "SQLITE_FULL": A.FULL, "ENOSPC": A.FULL, "EDQUOT": A.FULL, "53100": A.FULL,
    "SQLITE_CORRUPT": A.DAMAGED, "SQLITE_NOTADB": A.DAMAGED, "XX001": A.DAMAGED, "XX002": A.DAMAGED,
    "SQLITE_CANTOPEN": A.BARRED, "SQLITE_READONLY": A.BARRED, "SQLITE_PERM": A.BARRED,
    "EACCES": A.BARRED, "EPERM": A.BARRED, "EROFS": A.BARRED,
    "SQLITE_IOERR": A.FAILING, "EIO": A.FAILING, "58030": A.FAILING,
    "SQLITE_BUSY": A.BUSY, "SQLITE_LOCKED": A.BUSY, "55P03": A.BUSY,
    "28": A.REFUSED, "3D000": A.REFUSED, "42501": A.REFUSED,
    "42P01": A.EMPTY, "42703": A.EMPTY, "42P07": A.FOREIGN,
}  # fmt: skip
"""What SQLite's, PostgreSQL's and the system's codes begin with."""
WORDS = {
    "disk is full": A.FULL, "no such table": A.EMPTY, "no such column": A.EMPTY, "already exists": A.FOREIGN,
    "malformed": A.DAMAGED, "not a database": A.DAMAGED,
}  # fmt: skip
"""Where there is no code of its own."""


def ailment_of(fault: BaseException, file: Path | None) -> Ailment:
    """`file`: the database's, None for a server."""
    code, said = _code(fault), cause(fault)
    found = next((each for start, each in CODES.items() if code.startswith(start)), None)
    found = found or next((each for words, each in WORDS.items() if words in said), A.AWAY)
    return A.FULL if found in (A.BARRED, A.FAILING) and file and _room(file.parent) < ROOM else found


def belongs(tables: Iterable[str], ours: Iterable[str]) -> Ailment | None:
    """Of a database in which a table is missing, by those that it has: none yet, or another product's; None if ours."""
    known = set(tables)
    return A.EMPTY if not known else A.FOREIGN if known.isdisjoint(ours) else None


def unusable(url: Any, fault: BaseException, known: Ailment | None = None) -> HotlineError:
    """The database at `url` (SQLAlchemy's) cannot be used, with the remedy for what ails it, where it is not `known`
    otherwise."""
    file = file_of(url.render_as_string(hide_password=False))
    address = url.render_as_string(hide_password=True)
    problem = f"the database at {address} cannot be used ({cause(fault)})"
    return HotlineError(problem, remedy(known or ailment_of(fault, file), file))


def remedy(ailment: Ailment, file: Path | None) -> str:
    match ailment:
        case A.FULL:
            return f"the disk is full: free some room {f'where {file.parent} is' if file else 'at the server'}"
        case A.DAMAGED:
            return "it is damaged, or no database: put the last backup back with `./hotline restore`, into a new --data"
        case A.BARRED if file:
            return barred(file)
        case A.FAILING:
            return "the disk fails: see `dmesg`, and put the last backup back on another one"
        case A.BUSY:
            return "another process is writing to it: try again, or stop that one"
        case A.BARRED | A.REFUSED:
            return "check the name, user and password in HOTLINE_DATABASE_URL, and what that user may do"
        case A.EMPTY:
            return START
        case A.FOREIGN:
            return "it has the tables of another product: name one of the centre's own in HOTLINE_DATABASE_URL"
        case A.AWAY:
            return f"check HOTLINE_DATABASE_URL{'' if file else ' and that the server runs'}"


def barred(file: Path) -> str:
    """Whose the file or directory is that keeps us out of `file`."""
    me = _name(os.geteuid())
    for path in _on_the_way(file):
        if not path.exists():
            return f"there is no {path}: make it, or check HOTLINE_DATABASE_URL"
        need = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0) if path.is_relative_to(file.parent) else os.X_OK
        if not os.access(path, need):
            owner = _name(path.stat().st_uid)
            if owner != me:
                yours = f"where {me} runs the centre, `chown -R {me}: {file.parent}`"
                return f"{path} belongs to {owner}, this is {me}: run this as {owner}, or, {yours}"
            return f"{me} may not read and write {path}: change its mode, or see whether its disk is read-only"
    return f"check HOTLINE_DATABASE_URL, and that {_name(os.geteuid())} may read and write {file.parent}"


def _on_the_way(file: Path) -> Iterator[Path]:
    """From the top down as far as can be seen, before the directory itself the file and those SQLite has beside it."""
    inner, *above = file.absolute().parents
    yield from reversed(above)
    for each in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        if os.access(inner, os.X_OK) and each.exists():
            yield each
    yield inner


def _code(fault: BaseException) -> str:
    inner = getattr(fault, "orig", None) or fault
    for name in ("sqlite_errorname", "sqlstate", "pgcode"):
        if code := getattr(inner, name, None):
            return str(code)
    return errno.errorcode.get(getattr(inner, "errno", None) or 0, "")


def _room(folder: Path) -> int:
    try:
        state = os.statvfs(folder)
    except OSError:
        return ROOM
    return state.f_bavail * state.f_frsize


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
