"""What root makes beside a service is the service's, what anybody else makes stays his own."""

import os
from pathlib import Path

import pytest

from core import belonging

HIS = 12345


@pytest.fixture
def his(tmp_path: Path) -> Path:
    """The folder of a service that is not root's."""
    home = tmp_path / "data"
    home.mkdir()
    os.chown(home, HIS, HIS)
    return home


def whose(path: Path) -> tuple[int, int]:
    return path.lstat().st_uid, path.lstat().st_gid


@pytest.mark.usefixtures("as_root")
def test_folders_that_root_makes_are_for_the_owner_of_the_one_they_come_into(his: Path) -> None:
    belonging.make_folder(his / "a" / "b")
    assert [whose(his / "a"), whose(his / "a" / "b")] == [(HIS, HIS)] * 2


@pytest.mark.usefixtures("as_root")
def test_folders_that_were_there_stay_whose_they_are_and_new_ones_are_for_whom_is_named(his: Path) -> None:
    (his / "roots").mkdir()
    belonging.make_folder(his / "roots" / "a", his)
    assert [whose(his / "roots"), whose(his / "roots" / "a")] == [(0, 0), (HIS, HIS)]


@pytest.mark.usefixtures("as_root")
def test_a_link_is_given_and_never_what_it_leads_to(his: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("roots")
    (his / "link").symlink_to(tmp_path / "secret")
    belonging.give_tree(his, his)
    assert [whose(his / "link"), whose(tmp_path / "secret")] == [(HIS, HIS), (0, 0)]


@pytest.mark.usefixtures("as_root")
def test_what_takes_the_place_of_a_file_is_as_open_as_it_was_and_its_owners(his: Path, tmp_path: Path) -> None:
    (his / "old").write_text("")
    os.chown(his / "old", HIS, HIS)
    (his / "old").chmod(0o640)
    (tmp_path / "new").touch(0o600)
    belonging.make_like(tmp_path / "new", his / "old")
    assert (whose(tmp_path / "new"), (tmp_path / "new").stat().st_mode & 0o777) == ((HIS, HIS), 0o640)


def test_nobody_but_root_gives_anything_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_asked: object, **_more: object) -> None:
        raise PermissionError("only root gives files away")

    monkeypatch.setattr(os, "geteuid", lambda: HIS)
    monkeypatch.setattr(os, "chown", refuse)
    belonging.make_folder(tmp_path / "a" / "b", Path("/proc/1"))
    assert (tmp_path / "a" / "b").is_dir()
