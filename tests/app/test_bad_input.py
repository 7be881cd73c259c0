"""What a person sees who starts a centre that cannot start: one line, what is wrong and how to mend it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import configuration, datadir, serve
from core.errors import BadInput, ConfigError, HotlineError
from core.settings import ROOT, Settings
from pbx import ports
from recordings import jobs
from recordings.store.files import open_store

Up = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the shipped configuration, to be spoilt."""
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


@pytest.fixture
def up(tmp_path: Path) -> Up:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app", "up", "--data", str(tmp_path / "data"), *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=180, check=False
        )

    return run


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        place.listen()
        yield place.getsockname()[1]


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in run.stderr, run.stderr
    return run.stderr.strip().splitlines()[-1]


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "line", "spoil"),
    [
        ("site.yaml", 3, lambda text: text.replace("Asia/Shanghai", "Mars/Olympus")),
        ("queues.yaml", 4, lambda text: "queues:\n  general:\n    name: {zh: 综合}\n    ring_seconds: soon\n"),
        ("menus/main.yaml", 2, lambda text: "languages: [zh, en\nstart: welcome\n"),
        ("people.yaml", 4, lambda text: text.replace("role: agent", "role: emperor", 1)),
    ],
)
def test_broken_file_stops_the_start_with_file_line_and_remedy(
    up: Up, config: Path, file: str, line: int, spoil: Callable[[str], str]
) -> None:
    path = config / file
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    run = up("--config", str(config), "--web-port", "0", "--sip-port", "0")
    assert run.returncode == 2
    said = last_line(run)
    assert f"{path}:" in said
    assert abs(int(said.split(f"{path}:")[1].split(":")[0]) - line) <= 1
    assert said.count(": ") >= 3


@pytest.mark.real
def test_missing_model_is_said_with_its_place(up: Up, config: Path) -> None:
    shutil.rmtree(config / "models/zh-espeak")
    run = up("--config", str(config), "--web-port", "0", "--sip-port", "0")
    assert run.returncode == 2
    assert "models.yaml:" in last_line(run)
    assert "the model of zh is not at" in last_line(run)


@pytest.mark.real
def test_wrong_database_address_is_one_line(up: Up) -> None:
    run = up("--web-port", "0", "--sip-port", "0", HOTLINE_DATABASE_URL="postgresql+asyncpg://x@127.0.0.1:1/none")
    assert run.returncode == 1
    assert "HOTLINE_DATABASE_URL" in last_line(run)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://u:p@host/x", r"cannot be 'mysql://…@host/x'.*postgresql://"),
        ("DATABASE_URL", "postgresql://host:port/x", "HOTLINE_DATABASE_URL cannot be"),
        ("REDIS_URL", "127.0.0.1:6379", "redis://host:port/0"),
        ("WEB_PORT", "99999", "HOTLINE_WEB_PORT cannot be '99999'"),
        ("SIP_PORT", "soon", "HOTLINE_SIP_PORT cannot be 'soon'"),
        ("RTP_PORTS", "20000", "two UDP ports"),
        ("ICE_SERVERS", "[{", "HOTLINE_ICE_SERVERS cannot be read: write a JSON list"),
        ("LOG_LEVEL", "loud", "HOTLINE_LOG_LEVEL cannot be 'loud'"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_may_stand_there(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"HOTLINE_{name}", value)
    with pytest.raises(BadInput, match=said):
        Settings()


@pytest.mark.parametrize(
    "usual", ["postgres://u:p@host/x", "postgresql://u:p@host/x", "postgresql+asyncpg://u:p@host/x"]
)
def test_the_usual_forms_of_a_database_address_are_taken(usual: str) -> None:
    assert Settings(database_url=usual).database == "postgresql+asyncpg://u:p@host/x"


async def test_a_redis_that_is_not_there_stops_the_start_with_one_line() -> None:
    with pytest.raises(HotlineError, match=r"Redis cannot be used .*check HOTLINE_REDIS_URL"):
        await jobs.demand_reachable("redis://127.0.0.1:1/0")


@pytest.mark.real
def test_port_in_use_is_named_with_the_option_that_changes_it(up: Up, taken_port: int) -> None:
    web = up("--web-port", str(taken_port), "--sip-port", "0")
    assert (web.returncode, f"web port {taken_port} is in use" in last_line(web)) == (1, True)
    assert "--web-port" in last_line(web)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        port = phone.getsockname()[1]
        sip = up("--web-port", "0", "--sip-port", str(port))
    assert (sip.returncode, str(port) in last_line(sip)) == (1, True)
    assert "--sip-port" in last_line(sip)


def test_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datadir.usable(tmp_path)
    monkeypatch.setattr(datadir, "ROOM", 1 << 60)
    with pytest.raises(HotlineError, match=r"the disk of .* is full: free at least"):
        datadir.usable(tmp_path)


def test_free_web_port_is_chosen_for_zero() -> None:
    with serve.listen("127.0.0.1", 0) as place:
        assert place.getsockname()[1] > 0


def test_a_port_that_needs_rights_is_told_with_the_option_that_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_place: socket.socket, _where: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(HotlineError, match=r"web port 80 .*below 1024 need rights: choose a --web-port"):
        serve.listen("127.0.0.1", 80)
    with pytest.raises(HotlineError, match=r"SIP port 500 .*below 1024 need rights: choose another with --sip-port"):
        ports.demand_free("127.0.0.1", 500)


def test_an_address_that_is_not_this_machines_is_told_with_its_setting(taken_port: int) -> None:
    for port in (0, taken_port):
        with pytest.raises(HotlineError, match=r"192\.0\.2\.1 is no address of this machine .*HOTLINE_SIP_HOST"):
            ports.choose("192.0.2.1", port)


def test_a_directory_of_recordings_that_cannot_be_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        BadInput,
        match=r"HOTLINE_STORAGE_URL=relative/dir names no whole path: write /.*relative/dir, if that is the store",
    ):
        open_store("relative/dir", "", tmp_path)
    with pytest.raises(BadInput, match=r"HOTLINE_STORAGE_URL=.*file/below cannot be used \(Not a directory\)"):
        open_store(str(tmp_path / "file/below"), "", tmp_path)


def test_a_directory_of_configuration_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no directory .*/nowhere: .*name another with --config"):
        configuration.load(tmp_path / "nowhere")
