"""Whether an SQLite database is being brought up to date: nobody else can write to it then, however well he is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.addresses import file_of
from core.database import Database

LOCK = "-migrating.lock"
"""Added to the name of the database. Its system unlocks it when the process is gone, as it does the database."""


@contextmanager
def told(database: Database) -> Iterator[None]:
    """Inside, others know. On a server who migrates keeps nobody from renewing the lease: nothing is to be told."""
    place = _place(database)
    if place is None:
        yield
        return
    held = os.open(place, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        if os.fstat(held).st_uid == os.geteuid():
            os.fchmod(held, 0o644)  # who stands by as another user must see it, whatever the umask
        fcntl.flock(held, fcntl.LOCK_SH)
        yield
    finally:
        os.close(held)


def goes_on(database: Database) -> bool:
    """Whether somebody is at it."""
    place = _place(database)
    if place is None or not place.exists():
        return False
    with place.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _place(database: Database) -> Path | None:
    file = file_of(database.engine.url.render_as_string(hide_password=False))
    return file and file.with_name(file.name + LOCK)
