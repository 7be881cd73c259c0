"""Preparing the machine and the launcher: faults are one line, and what is done is not done again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.prepare import install_packages, install_scripts, missing
from core.errors import HotlineError
from core.settings import ROOT

LAUNCHER_NEEDS = ("bash", "cat", "cut", "dirname", "getent", "id", "readlink", "sha256sum", "mkdir", "flock")


def tell_nobody(_text: str) -> None:
    raise AssertionError(f"nothing should have been done: {_text}")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout with the launcher alone, and a PATH folder `bin` without any Python."""
    shutil.copy(ROOT / "hotline", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "bin").mkdir()
    for name in LAUNCHER_NEEDS:
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def launch(checkout: Path, *words: str, home: str = "", path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or str(checkout / "bin"), "HOME": home}
    return subprocess.run(
        ["bash", checkout / "hotline", *words], env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_package_that_is_not_there_is_missing() -> None:
    assert missing({"no-such-package-hotline": "no-such-program-hotline"}) == ["no-such-package-hotline"]


def test_installed_packages_are_left_alone() -> None:
    assert missing({"dpkg": "dpkg", "bash": "bash"}) == []
    install_packages({"dpkg": "dpkg", "bash": "bash"}, tell_nobody)


def test_machine_without_apt_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HotlineError, match="sox missing: install them"):
        install_packages({"sox": "sox"}, tell_nobody)


@pytest.mark.real
def test_page_scripts_are_fetched_once() -> None:
    install_scripts(lambda _text: None)
    assert (ROOT / "node_modules/htmx.org/dist/htmx.min.js").stat().st_size > 10_000
    assert (ROOT / "node_modules/htmx-ext-sse/dist/sse.min.js").is_file()
    assert (ROOT / "node_modules/uplot/dist/uPlot.iife.min.js").is_file()
    install_scripts(tell_nobody)


def test_lock_of_the_page_scripts_names_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert "integrity" in text
    assert "http" not in text


def test_launcher_without_python_says_so_in_one_line(bare: Path) -> None:
    run = launch(bare, "up")
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        "hotline: Python 3.11 or 3.12 is needed: run `apt-get install python3 python3-venv` and start again"
    ]


def test_launcher_without_venv_says_so_in_one_line(bare: Path) -> None:
    program(bare / "bin/python3", 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')
    run = launch(bare, "up")
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        "hotline: Python's venv module is missing: run `apt-get install python3-venv` and start again"
    ]


def test_launcher_fills_the_environment_once_and_passes_the_words_on(bare: Path) -> None:
    tell = 'case "$*" in *"pip install"*) echo filled >>"$0.log";; "-P -m app"*) echo "$*";; esac'
    program(bare / ".venv/bin/python", tell)
    program(bare / "bin/python3", f"echo {bare}/bin/python3")
    first, second = launch(bare, "qa", "score", "a b"), launch(bare, "qa", "score", "a b")
    assert first.stdout == second.stdout == "-P -m app qa score a b\n"
    assert "installing Python packages" in first.stderr
    assert second.stderr == ""
    assert (bare / ".venv/bin/python.log").read_text() == "filled\n"
    (bare / "requirements.lock").write_text("changed")
    assert "installing Python packages" in launch(bare, "up").stderr


def test_launcher_works_through_a_link_from_anywhere(bare: Path, tmp_path: Path) -> None:
    program(bare / ".venv/bin/python", 'case "$*" in "-P -m app"*) echo "$PYTHONPATH";; esac')
    program(bare / "bin/python3", "exit 0")
    link = tmp_path / "elsewhere"
    link.symlink_to(bare / "hotline")
    run = subprocess.run(
        ["bash", link, "up"], env={"PATH": str(bare / "bin")}, cwd="/", capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == os.fspath(bare)


SUITABLE = 'echo "$*" >>"$0.log"; case "$2" in *base_prefix*) echo {};; esac'


@pytest.mark.usefixtures("as_root")
def test_launcher_leaves_a_python_below_roots_home_to_root_where_there_is_another(bare: Path) -> None:
    program(bare / "first/python3", SUITABLE.format("/root/.pyenv/versions/3.11.9"))
    program(bare / "bin/python3", SUITABLE.format("/usr"))
    path = f"{bare}/first:{bare}/bin"
    run = launch(bare, "up", path=path)
    assert "below /root" not in run.stderr
    assert "-m venv" not in (bare / "first/python3.log").read_text()
    assert f"-m venv --clear {bare}/.venv" in (bare / "bin/python3.log").read_text()
    (bare / "bin/python3").unlink()
    run = launch(bare, "up", path=path)
    assert f"the service's user cannot start {bare}/first/python3, which lies below /root" in run.stderr
    assert f"-m venv --clear {bare}/.venv" in (bare / "first/python3.log").read_text()


def as_nobody(checkout: Path) -> subprocess.CompletedProcess[str]:
    for each in (checkout, *checkout.parents):
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o755)
    return subprocess.run(
        ["bash", checkout / "hotline", "up"], env={"PATH": str(checkout / "bin"), "HOME": "/"}, cwd="/", user="nobody",
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("as_root")
def test_launcher_tells_a_user_who_cannot_start_its_python_or_make_its_folder_in_one_sentence(bare: Path) -> None:
    run = as_nobody(bare)
    assert run.stderr.splitlines() == [
        f"hotline: {bare}/var cannot be made or written to by this user: run `./hotline prepare` as the owner of {bare}"
    ]
    (bare / ".venv/bin").mkdir(parents=True)
    closed = bare / "closed"
    program(closed / "python3", "exit 0")
    closed.chmod(0o700)
    (bare / ".venv/bin/python").symlink_to(closed / "python3")
    run = as_nobody(bare)
    assert (run.returncode, len(run.stderr.splitlines())) == (1, 1)
    assert f"this user cannot start {bare}/.venv/bin/python ({closed}/python3)" in run.stderr
    closed.chmod(0o755)
    assert "run `./hotline prepare` as its owner" in as_nobody(bare).stderr
