"""A private Asterisk: started, adopted after a crash, restarted when killed, gone when stopped."""

import asyncio
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from core.errors import HotlineError
from core.settings import ROOT
from pbx import ports
from pbx import server as running
from pbx.home import Home
from pbx.probe import is_ready
from pbx.provision import provide
from pbx.render import Phone
from pbx.server import AsteriskServer, Wanted
from pbx.state import asterisk_home, reachable, runs_as
from tests.asterisk import HOTLINE, PHONES, RunningAsterisk, new_home, running_asterisk, wanted
from tests.centre import until

pytestmark = pytest.mark.real


@pytest.fixture
def home() -> Iterator[Path]:
    folder = new_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def server(home: Path) -> AsyncIterator[AsteriskServer]:
    server = AsteriskServer(provide(), home, wanted())
    await server.start()
    yield server
    await server.stop()


async def test_asterisk_that_started_lets_us_in_and_nobody_with_another_secret(asterisk: RunningAsterisk) -> None:
    assert await is_ready(asterisk.info.ami_port, asterisk.info.ami_secret, 20)
    assert not await is_ready(asterisk.info.ami_port, "wrong-secret", 20)
    assert asterisk.info.version.startswith(("20.", "21.", "22.", "23."))


def may_go_first() -> bool:
    """Whether this machine lets us: in a container it may not."""
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            os.sched_setscheduler(child.pid, os.SCHED_RR, os.sched_param(10))
        except PermissionError:
            return False
        else:
            return True
        finally:
            child.kill()


async def test_all_threads_of_asterisk_go_before_everything_else_on_the_machine(asterisk: RunningAsterisk) -> None:
    threads = [each.id for each in psutil.Process(asterisk.info.pid).threads()]
    assert len(threads) > 10
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_RR if may_go_first() else os.SCHED_OTHER}


async def test_asterisk_that_may_not_go_first_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_wanted: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with capture_logs() as told:
        async with running_asterisk(()) as running:
            assert os.sched_getscheduler(running.info.pid) == os.SCHED_OTHER
    assert [each["why"] for each in told if "real-time" in each["event"]] == ["Operation not permitted"]


async def test_asterisk_starts_without_a_complaint() -> None:
    async with running_asterisk() as fresh:
        log = (fresh.server.home.folder / "log/messages").read_text()
    assert [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line] == []


async def test_asterisk_goes_on_in_a_new_log_when_the_old_one_is_put_aside(asterisk: RunningAsterisk) -> None:
    home = asterisk.server.home
    assert home.turn_log()
    await asterisk.server.command("logger reload")
    assert (home.folder / "log/messages").is_file()
    assert "modules will be loaded" in (home.folder / "log/messages.1").read_text()


async def test_asterisk_loads_every_module_of_the_list(asterisk: RunningAsterisk) -> None:
    told = await asterisk.server.command("module show")
    running = {line.split(".so")[0] for line in told.splitlines() if " Running " in line}
    assert running.issuperset(asterisk.server.program.modules)


async def test_asterisk_runs_without_rights_and_in_a_session_of_its_own(asterisk: RunningAsterisk) -> None:
    assert owner(asterisk.info.pid) != 0
    assert os.getsid(asterisk.info.pid) == asterisk.info.pid


async def test_asterisk_has_sounds_and_music_it_can_play(asterisk: RunningAsterisk) -> None:
    for sound in ("hello-world.gsm", "ss-noservice.gsm"):
        assert len(read_as_asterisk(asterisk.server.home.folder / "data/sounds/en" / sound)) == 10
    assert "calm" in await asterisk.server.command("moh show files")


async def test_engine_killed_without_warning_finds_its_asterisk_again(home: Path) -> None:
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENGINE, str(home), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert engine.stdout
    pid, ami_port = (int(word) for word in (await asyncio.wait_for(engine.stdout.readline(), 60)).split())
    engine.kill()
    await engine.wait()
    server = AsteriskServer(provide(), home, wanted())
    info = await server.start()
    try:
        assert (info.adopted, info.pid, info.ami_port) == (True, pid, ami_port)
        assert await is_ready(info.ami_port, info.ami_secret, 20)
    finally:
        await server.stop()
    assert not Home(home).owns(pid)


ENGINE = """
import asyncio, sys
from pathlib import Path
from pbx.provision import provide
from pbx.server import AsteriskServer, Wanted
from tests.asterisk import wanted

async def main():
    info = await AsteriskServer(provide(), Path(sys.argv[1]), wanted()).start()
    print(info.pid, info.ami_port, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_sound_uses_the_ports_the_site_names_also_after_a_change(home: Path) -> None:
    first = AsteriskServer(provide(), home, wanted())
    await first.start()
    first.detach()
    second = AsteriskServer(provide(), home, replace(wanted(), rtp=(24_000, 24_199)))
    told = await second.start()
    try:
        assert (told.adopted, told.rtp_first, told.rtp_last) == (False, 24_000, 24_199)
        assert "24000" in await second.command("rtp show settings")
    finally:
        await second.stop()


async def test_adopted_asterisk_learns_changed_configuration_and_hears_its_engine_of_before_no_more(home: Path) -> None:
    first = AsteriskServer(provide(), home, wanted())
    started = await first.start()
    heard, says = await asyncio.open_connection("127.0.0.1", started.ami_port)
    says.write(f"Action: Login\r\nUsername: {started.ami_user}\r\nSecret: {started.ami_secret}\r\n\r\n".encode())
    await heard.readuntil(b"FullyBooted")
    first.detach()
    second = AsteriskServer(provide(), home, wanted((Phone("phone-9999", "secret-9999", "New"),)))
    adopted = await second.start()
    try:
        assert adopted.pid == started.pid
        says.write(b"Action: Setvar\r\nVariable: LATE\r\nValue: 1\r\n\r\n")  # the engine of before wakes up
        await heard.read()
        assert "LATE" not in await second.command("dialplan show globals")
        told = await second.command("pjsip show endpoints")
        assert "phone-9999" in told
        assert "phone-8001" not in told
    finally:
        await second.stop()


async def test_killed_asterisk_comes_back_on_the_same_ports(server: AsteriskServer) -> None:
    before = server.info
    back = asyncio.Event()

    async def say_back() -> None:
        back.set()

    assert before
    server.on_restart = say_back
    watching = asyncio.create_task(server.watch())
    os.kill(before.pid, signal.SIGKILL)
    await asyncio.wait_for(back.wait(), 60)
    watching.cancel()
    after = server.info
    assert after
    assert after.pid != before.pid
    assert (after.ami_port, after.sip_port, after.ami_secret) == (before.ami_port, before.sip_port, before.ami_secret)
    assert await is_ready(after.ami_port, after.ami_secret, 20)


async def test_asterisk_that_hangs_is_replaced(server: AsteriskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PROBE_EVERY", 0.2)
    monkeypatch.setattr(running, "PROBE_SECONDS", 0.5)
    back = asyncio.Event()

    async def say_back() -> None:
        back.set()

    server.on_restart = say_back
    assert server.info
    hung = server.info.pid
    watching = asyncio.create_task(server.watch())
    os.kill(hung, signal.SIGSTOP)
    await asyncio.wait_for(back.wait(), 60)
    watching.cancel()
    assert server.info.pid != hung
    assert not psutil.pid_exists(hung)


async def test_stopped_asterisk_leaves_no_process_and_no_port(home: Path) -> None:
    server = AsteriskServer(provide(), home, wanted())
    info = await server.start()
    await server.stop()
    assert not psutil.pid_exists(info.pid)
    assert ports.is_free("127.0.0.1", info.ami_port, socket.SOCK_STREAM)
    assert ports.is_free(info.sip_host, info.sip_port, socket.SOCK_DGRAM)
    assert Home(home).running() == 0


async def test_asterisk_that_does_not_obey_is_stopped_by_force(server: AsteriskServer) -> None:
    assert server.info
    os.kill(server.info.pid, signal.SIGSTOP)
    await server.stop()
    assert not server.home.owns(server.info.pid)


async def test_two_instances_run_side_by_side(server: AsteriskServer, asterisk: RunningAsterisk) -> None:
    one, other = server.info, asterisk.info
    assert one
    assert {one.ami_port, one.sip_port, one.http_port}.isdisjoint({other.ami_port, other.sip_port, other.http_port})
    assert await is_ready(one.ami_port, one.ami_secret, 20)
    assert await is_ready(other.ami_port, other.ami_secret, 20)
    assert not await is_ready(other.ami_port, one.ami_secret, 20)


async def test_second_engine_on_the_same_folder_is_refused(server: AsteriskServer) -> None:
    with pytest.raises(HotlineError, match="another process"):
        await AsteriskServer(provide(), server.home.folder, wanted()).start()


async def test_taken_sip_port_is_named_with_its_remedy(home: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        site = replace(wanted(), sip_port=port)
        with pytest.raises(HotlineError, match=rf"SIP port {port} .*in use.*--sip-port"):
            await AsteriskServer(provide(), home, site).start()


async def test_asterisk_that_cannot_start_says_why(home: Path) -> None:
    broken = home / "templates"
    shutil.copytree(ROOT / "config/asterisk", broken)
    with (broken / "modules.conf.j2").open("a") as file:
        file.write("\nrequire = no_such_module.so\n")
    with pytest.raises(HotlineError, match=r"did not start.*no_such_module"):
        await AsteriskServer(provide(), home / "instance", wanted(), templates=broken).start()


async def test_start_that_is_given_up_leaves_no_asterisk(home: Path) -> None:
    server = AsteriskServer(provide(), home, wanted())
    starting = asyncio.create_task(server.start())
    while not server.home.running():  # noqa: ASYNC110  # a process gives no event
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await until(lambda: none_runs(server), 5, "it is gone")


async def test_phone_added_while_running_is_known_and_the_others_stay(server: AsteriskServer) -> None:
    phones = (*PHONES, Phone("phone-8042", "secret-8042", "张三"))
    await server.write_phones(phones)
    told = await server.command("pjsip show endpoints")
    assert "phone-8042" in told
    assert "phone-8001" in told


async def test_another_process_uses_the_instance_without_owning_it(server: AsteriskServer) -> None:
    guest = AsteriskServer(provide(), server.home.folder, wanted())
    info = await guest.attach()
    assert server.info
    assert (info.ami_port, info.pid) == (server.info.ami_port, server.info.pid)


async def test_engine_uses_a_kept_asterisk_and_leaves_it_running_with_its_phones(home: Path) -> None:
    async def wanted_by_then() -> Wanted:
        return replace(wanted(), numbers=(HOTLINE, "95577"), phones=None)

    keeper = AsteriskServer(provide(), home, replace(wanted(), phones=None), wish=wanted_by_then)
    kept = await keeper.start(keep=True)
    try:
        engine = AsteriskServer(provide(), home, wanted())
        info = await engine.start()
        assert (info.pid, info.adopted) == (kept.pid, True)
        assert "phone-8001" in await keeper.command("pjsip show endpoints")
        await engine.stop()
        assert await is_ready(kept.ami_port, kept.ami_secret, 20)
        with pytest.raises(HotlineError, match="another process"):
            await AsteriskServer(provide(), home, wanted()).start(keep=True)
        back = asyncio.Event()

        async def say_back() -> None:
            back.set()

        keeper.on_restart = say_back
        watching = asyncio.create_task(keeper.watch())
        os.kill(kept.pid, signal.SIGKILL)
        await asyncio.wait_for(back.wait(), 60)
        watching.cancel()
        assert "phone-8001" in await keeper.command("pjsip show endpoints")
        assert "95577" in await keeper.command("dialplan show trunk")
    finally:
        await keeper.stop()


def test_folder_asterisk_cannot_enter_is_replaced_by_one_it_can(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    user = runs_as()
    chosen = asterisk_home(closed / "data")
    assert reachable(chosen, user)
    assert asterisk_home(closed / "data") == chosen
    assert asterisk_home(closed / "other") != chosen
    assert (closed in chosen.parents) == reachable(closed, user)


def test_home_that_was_never_used_has_no_running_asterisk(tmp_path: Path) -> None:
    assert Home(tmp_path).recall() is None
    assert Home(tmp_path).running() == 0
    assert not Home(tmp_path).owns(os.getpid())


async def none_runs(server: AsteriskServer) -> bool:
    return server.home.running() == 0


def owner(pid: int) -> int:
    return psutil.Process(pid).uids().real


def read_as_asterisk(path: Path) -> bytes:
    """The file's first bytes as Asterisk's own user sees them."""
    user = runs_as()
    as_user = {"user": user, "group": user, "extra_groups": []} if user else {}
    return subprocess.run(["head", "-c", "10", path], capture_output=True, check=True, **as_user).stdout  # type: ignore[call-overload, no-any-return]  # the three keywords are right
