"""A database that cannot be used: the remedy is for what ails it."""

import os
import pwd
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from core import ailments
from core.ailments import Ailment, ailment_of, belongs, remedy


def fault(code: str, said: str = "it failed") -> OperationalError:
    inner = sqlite3.OperationalError(said)
    inner.sqlite_errorname = code
    return OperationalError("SELECT", {}, inner)


@pytest.mark.parametrize(
    ("code", "ailment"),
    [
        ("SQLITE_FULL", Ailment.FULL),
        ("SQLITE_CORRUPT_INDEX", Ailment.DAMAGED),
        ("SQLITE_NOTADB", Ailment.DAMAGED),
        ("SQLITE_CANTOPEN", Ailment.BARRED),
        ("SQLITE_READONLY_DBMOVED", Ailment.BARRED),
        ("SQLITE_IOERR_WRITE", Ailment.FAILING),
        ("SQLITE_BUSY", Ailment.BUSY),
        ("53100", Ailment.FULL),
        ("28P01", Ailment.REFUSED),
        ("42P01", Ailment.EMPTY),
        ("42P07", Ailment.FOREIGN),
        ("08006", Ailment.AWAY),
    ],
)
def test_what_the_library_says_tells_what_ails_it(tmp_path: Path, code: str, ailment: Ailment) -> None:
    assert ailment_of(fault(code), tmp_path / "hotline.db") is ailment


def test_sqlite_tells_some_ailments_in_words_only(tmp_path: Path) -> None:
    assert ailment_of(fault("SQLITE_ERROR", "no such table: people"), tmp_path / "x.db") is Ailment.EMPTY
    assert ailment_of(fault("SQLITE_ERROR", "table calls already exists"), tmp_path / "x.db") is Ailment.FOREIGN


def test_a_full_disk_is_told_however_the_library_fails_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ailments, "ROOM", 1 << 62)
    for code in ("SQLITE_IOERR_SHMSIZE", "SQLITE_CANTOPEN"):
        assert ailment_of(fault(code), tmp_path / "hotline.db") is Ailment.FULL
    assert ailment_of(OSError(28, "No space left on device"), None) is Ailment.FULL


def test_a_database_without_our_tables_is_empty_or_another_products() -> None:
    assert belongs([], {"engine"}) is Ailment.EMPTY
    assert belongs(["moz_places"], {"engine"}) is Ailment.FOREIGN
    assert belongs(["engine", "calls"], {"engine"}) is None


def test_the_owner_is_named_of_what_keeps_us_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hotline.db"
    file.touch()
    me = pwd.getpwuid(os.geteuid()).pw_name
    monkeypatch.setattr(os, "access", lambda path, _how: path != file)
    assert remedy(Ailment.BARRED, file).startswith(f"{me} may not read and write {file}")
    user = next(each for each in pwd.getpwall() if each.pw_uid != file.stat().st_uid)
    monkeypatch.setattr(os, "geteuid", lambda: user.pw_uid)
    assert remedy(Ailment.BARRED, file) == (
        f"{file} belongs to {me}, this is {user.pw_name}: run this as {me}, "
        f"or, where {user.pw_name} runs the centre, `chown -R {user.pw_name}: {tmp_path}`"
    )
    monkeypatch.undo()
    assert "there is no" in remedy(Ailment.BARRED, tmp_path / "nowhere" / "hotline.db")
