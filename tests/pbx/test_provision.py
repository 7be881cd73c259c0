"""Finding or preparing an Asterisk: apt's sources in both formats, half-done work, a version too old."""

import os
import sys
from pathlib import Path

import pytest

from core.errors import HotlineError
from pbx import debian
from pbx.debian import mirror
from pbx.modules import OPUS_ATTRIBUTES, OPUS_CODECS, REQUIRED
from pbx.provision import find, provide
from pbx.state import locked, state_root

HERE = "http://packages.example/debian"


def sources(folder: Path, name: str, text: str) -> Path:
    (folder / "sources.list.d").mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return folder


def system_asterisk(folder: Path, version: str) -> Path:
    program = folder / "asterisk"
    program.write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
    program.chmod(0o755)
    return folder


def rootfs(state: Path, version: str, modules: tuple[str, ...] = REQUIRED) -> Path:
    """A userland whose `loader` is a shell that prints the version, as far as the finder looks."""
    root = state / "rootfs"
    library, loader = debian.triplet()
    (root / "usr/lib" / library / "asterisk/modules").mkdir(parents=True)
    for module in modules:
        (root / "usr/lib" / library / "asterisk/modules" / f"{module}.so").touch()
    for place in (loader, "usr/sbin/asterisk"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
        (root / place).chmod(0o755)
    sounds = root / "usr/share/asterisk/sounds"
    (sounds / "en_US_f_Someone").mkdir(parents=True)
    (sounds / "en_US_f_Someone/hello-world.gsm").touch()
    (sounds / "en").symlink_to("/etc/alternatives/asterisk-prompt-en")
    return root


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state root on a machine without an Asterisk of its own."""
    monkeypatch.setenv("HOTLINE_STATE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_mirror_is_read_from_a_one_line_source(tmp_path: Path) -> None:
    text = f"# deb http://old.example/debian bookworm main\ndeb [signed-by=/k.gpg] {HERE}/ bookworm main contrib\n"
    assert mirror(sources(tmp_path, "sources.list", text)) == HERE


def test_mirror_is_read_from_a_deb822_source(tmp_path: Path) -> None:
    text = f"Types: deb\n# a note\nURIs: {HERE}\nSuites: bookworm\n bookworm-updates\nComponents: main\n"
    assert mirror(sources(tmp_path, "sources.list.d/debian.sources", text)) == HERE


@pytest.mark.parametrize(
    "text",
    [
        "Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main\n",
        f"Types: deb-src\nURIs: {HERE}\nSuites: bookworm\nComponents: main\n",
        f"Enabled: no\nTypes: deb\nURIs: {HERE}\nSuites: bookworm\nComponents: main\n",
        "Types: deb\nURIs: https://vendor.example/apt\nSuites: stable\nComponents: main\n",
    ],
)
def test_source_that_is_no_debian_archive_is_passed_over(tmp_path: Path, text: str) -> None:
    folder = sources(tmp_path, "sources.list.d/other.sources", text)
    with pytest.raises(HotlineError, match="no Debian archive"):
        mirror(folder)
    sources(tmp_path, "sources.list.d/zz.list", f"deb {HERE} bookworm main\n")
    assert mirror(folder) == HERE


def test_interrupted_preparation_is_never_taken_for_good(state: Path) -> None:
    root = rootfs(state, "22.10.1")
    assert find() is None
    (root / debian.STAMP).write_text("forky\n")
    assert find() is not None


def test_bundled_asterisk_hides_how_it_is_started(state: Path) -> None:
    root = rootfs(state, "22.10.1~dfsg+~cs6")
    (root / debian.STAMP).write_text("forky\n")
    program = find()
    assert program is not None
    assert (program.version, program.bundled) == ("22.10.1", True)
    assert program.command[-1] == str(root / "usr/sbin/asterisk")
    assert program.sounds_dir == root / "usr/share/asterisk/sounds/en_US_f_Someone"


def test_version_is_asked_once_and_again_when_the_program_changed(state: Path) -> None:
    root = rootfs(state, "22.10.1")
    (root / debian.STAMP).write_text("forky\n")
    assert find() is not None
    loader = root / debian.triplet()[1]
    loader.unlink()
    assert find() is not None
    (root / "usr/sbin/asterisk").write_text("another program")
    assert find() is None


@pytest.mark.parametrize("version", ["21.4.0", "20.9.3"])
def test_bundled_asterisk_that_is_too_old_is_not_used(state: Path, version: str) -> None:
    (rootfs(state, version) / debian.STAMP).write_text("forky\n")
    assert find() is None


def test_asterisk_without_a_required_module_is_not_used(state: Path) -> None:
    root = rootfs(state, "22.10.1", tuple(name for name in REQUIRED if name != "app_mixmonitor"))
    (root / debian.STAMP).write_text("forky\n")
    assert find() is None


def test_opus_is_loaded_where_it_is_there(state: Path) -> None:
    root = rootfs(state, "22.10.1", (*REQUIRED, OPUS_CODECS[0], OPUS_ATTRIBUTES))
    (root / debian.STAMP).write_text("forky\n")
    program = find()
    assert program is not None
    assert program.modules == (*REQUIRED, OPUS_CODECS[0], OPUS_ATTRIBUTES)


def test_system_asterisk_without_the_modules_is_passed_over_for_the_bundled_one(state: Path) -> None:
    system_asterisk(state, "18.2.0")
    (rootfs(state, "22.10.1") / debian.STAMP).write_text("forky\n")
    program = find()
    assert program is not None
    assert program.bundled


def test_missing_debootstrap_is_one_line_with_its_remedy(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # others are refused before
    monkeypatch.setattr(debian, "SYSTEM_PATH", str(state))
    with pytest.raises(HotlineError, match=r"debootstrap is missing: run `apt-get install debootstrap`"):
        provide()


def test_failed_preparation_leaves_nothing_that_looks_ready(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = state / "debootstrap"
    tool.write_text('#!/bin/sh\n/bin/mkdir -p "$3"/usr/sbin\necho "E: Failed getting release file"\nexit 1\n')
    tool.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # others are refused before
    monkeypatch.setattr(debian, "SYSTEM_PATH", str(state))
    monkeypatch.setattr(debian, "mirror", lambda: HERE)
    with pytest.raises(HotlineError, match=rf"Failed getting release file.*check the mirror {HERE}"):
        provide()
    assert not (state / "rootfs").exists()
    assert not (state / "rootfs.half").exists()


def test_state_root_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_STATE", str(tmp_path / "here"))
    assert state_root() == tmp_path / "here"


def test_lock_keeps_a_second_process_out(tmp_path: Path) -> None:
    attempt = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with locked(tmp_path / "lock"):
        assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", attempt, str(tmp_path / "lock")]) != 0
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", attempt, str(tmp_path / "lock")]) == 0
