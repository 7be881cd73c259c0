"""The data directory: who may look into it."""

from pathlib import Path

import pytest

from app import datadir
from core.errors import BadInput, HotlineError


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_nobody_else_looks_into_a_data_directory_but_asterisk_gets_through_to_its_own(tmp_path: Path) -> None:
    datadir.usable(tmp_path / "srv/data")
    assert (mode(tmp_path / "srv"), mode(tmp_path / "srv/data")) == (0o711, 0o711)


def test_what_an_earlier_version_left_open_is_closed_and_the_directory_somebody_made_stays_as_it_is(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "recordings").mkdir(mode=0o755)
    (tmp_path / "hotline.db").touch(0o644)
    datadir.usable(tmp_path)
    assert [mode(tmp_path / name) for name in ("", "recordings", "hotline.db")] == [0o755, 0o700, 0o600]


def test_a_directory_that_cannot_be_made_is_named_with_the_way_out() -> None:
    with pytest.raises(HotlineError, match=r"^/proc/1/nowhere cannot be used \(.*\): check its owner and rights, or"):
        datadir.usable(Path("/proc/1/nowhere"))


def test_who_may_not_read_a_directory_is_told_by_every_command_what_keeps_him_out(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"^.*/models cannot be used \(Permission denied\): "),
        datadir.told(tmp_path),
    ):
        raise PermissionError(13, "Permission denied", str(tmp_path / "models"))


def test_what_is_wrong_elsewhere_is_not_laid_at_the_data_directorys_door(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), datadir.told(tmp_path / "data"):
        raise PermissionError(13, "Permission denied", str(tmp_path / "model.zip"))
