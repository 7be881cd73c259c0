"""The key file: what is wrong with it is said in one line, and it may change while the centre runs."""

import os
from pathlib import Path

import pytest

from core.errors import BadInput, ConfigError
from recordings.store import keys
from recordings.store.keys import KeyGone, Keys

FILE_KEY = bytes(32)
HIS = 12345
"""The number of a user who is not root."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    keys.add(tmp_path / "keys", "k1")
    return tmp_path / "keys"


def test_a_new_key_becomes_the_current_one_and_the_old_one_still_opens(path: Path) -> None:
    known = Keys(path)
    old = known.wrap(FILE_KEY, "a.flac")
    keys.add(path, "k2")
    assert known.ids() == ("k2", "k1")
    assert known.wrap(FILE_KEY, "a.flac").key == "k2"
    assert known.unwrap(old, "a.flac") == FILE_KEY
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_taken_out_of_the_file_is_named(path: Path) -> None:
    known = Keys(path)
    seal = known.wrap(FILE_KEY, "a.flac")
    path.unlink()
    keys.add(path, "k2")
    with pytest.raises(KeyGone, match=r"the key 'k1' of a\.flac is not in .*put the key back"):
        known.unwrap(seal, "a.flac")
    with pytest.raises(KeyGone, match="HOTLINE_KEY_FILE is not set"):
        Keys().unwrap(seal, "a.flac")


def test_another_key_of_the_same_name_and_another_file_s_key_are_refused(path: Path) -> None:
    seal = Keys(path).wrap(FILE_KEY, "a.flac")
    with pytest.raises(KeyGone, match="not the one"):
        Keys(path).unwrap(seal, "b.flac")
    path.unlink()
    keys.add(path, "k1")
    with pytest.raises(KeyGone, match="not the one"):
        Keys(path).unwrap(seal, "a.flac")


def test_a_file_that_breaks_while_the_centre_runs_leaves_the_keys_that_were_read(path: Path) -> None:
    known = Keys(path)
    seal = known.wrap(FILE_KEY, "a.flac")
    path.write_text("nonsense")
    assert known.unwrap(seal, "a.flac") == FILE_KEY
    path.unlink()
    assert known.unwrap(seal, "a.flac") == FILE_KEY
    with pytest.raises(ConfigError, match="is missing"):
        Keys(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no key"),
        ("# keys\nk1 nonsense\n", r"keys:2: not `id: base64"),
        ("k1: AAAA\n", r"keys:1: not `id: base64"),
        ("k1: " + "A" * 43 + "=\nk1: " + "A" * 43 + "=\n", r"keys:2: the key 'k1' is there twice"),
        ("k1: ключ\n", "cannot be read"),
    ],
)
def test_a_faulty_key_file_is_refused_with_its_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=says):
        Keys(path)


def test_a_key_file_others_can_read_is_refused(path: Path) -> None:
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Keys(path)


def test_a_key_is_never_made_over_another(path: Path) -> None:
    with pytest.raises(BadInput, match="already"):
        keys.add(path, "k1")
    with pytest.raises(BadInput, match="cannot name a key"):
        keys.add(path, "K 1")


@pytest.mark.usefixtures("as_root")
def test_a_key_that_root_adds_leaves_the_file_to_the_service(path: Path) -> None:
    os.chown(path, HIS, HIS)
    keys.add(path, "k2", path.parent)
    assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o777) == (HIS, HIS, 0o600)


@pytest.mark.usefixtures("as_root")
def test_a_key_that_somebody_else_adds_stays_his_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(path, 0, HIS)
    monkeypatch.setattr(os, "geteuid", lambda: HIS)
    monkeypatch.setattr(os, "fchown", refuse)
    keys.add(path, "k2", path.parent)
    assert Keys(path).ids() == ("k2", "k1")


def refuse(*_asked: object) -> None:
    raise PermissionError("only root gives files away")


@pytest.mark.usefixtures("as_root")
def test_a_first_key_that_root_makes_is_for_the_owner_of_the_data_directory(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir()
    os.chown(home, HIS, HIS)
    keys.add(tmp_path / "keys", "k1", home)
    assert (tmp_path / "keys").stat().st_uid == HIS
    keys.demand_readable(tmp_path / "keys", home)
    os.chown(tmp_path / "keys", 0, 0)
    with pytest.raises(BadInput, match=rf"belongs to root, the centre in .* runs as {HIS}: chown {HIS}: .*keys"):
        keys.demand_readable(tmp_path / "keys", home)


def test_a_centre_run_by_root_reads_anybodys_key_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_ROOT", os.geteuid())
    keys.demand_readable(path, path.parent)
