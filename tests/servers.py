"""A private PostgreSQL and a private Redis for one test run: own directory, free port, gone afterwards."""

import contextlib
import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_numbers = itertools.count(1)
WORKERS = 16
"""Test processes that can run side by side."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Below the range the system gives out by itself, and never one of another test process.

    So nobody takes it before it is used, nor between two starts of a centre.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = random.randrange(20_000 + worker % WORKERS, 22_000, WORKERS)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """The address of a server, for SQLAlchemy with asyncpg; each test takes a `new_database` on it."""
    programs = _postgres_programs()
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    port = free_port()
    with _directory(user) as home:
        data = home / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        subprocess.run([programs / "initdb", "-A", "trust", "-U", "hotline", "--no-sync", "-D", data],
                       user=user, check=True, cwd=home, **quiet)  # type: ignore[call-overload]  # fmt: skip
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "fsync=off"],
            user=user, cwd=home, **quiet)  # type: ignore[call-overload]  # fmt: skip
        try:
            _wait_for(port, server)
            yield f"postgresql+asyncpg://hotline@127.0.0.1:{port}/postgres"
        finally:
            _end(server)


def new_database(server: str) -> str:
    """The address of an empty database on the `private_postgres` with address `server`."""
    address, _, first = server.rpartition("/")
    name = f"test{next(_numbers)}"
    plain = address.replace("+asyncpg", "")
    subprocess.run(
        [_postgres_programs() / "psql", "-q", "-d", f"{plain}/{first}", "-c", f"CREATE DATABASE {name}"], check=True
    )
    return f"{address}/{name}"


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """The address of an empty Redis."""
    port = free_port()
    with _directory(pwd.getpwuid(os.geteuid()).pw_name) as home:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            _end(server)


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise FileNotFoundError("PostgreSQL's programs are missing: run ./hotline test, which installs them")
    return found[-1]


@contextlib.contextmanager
def _directory(user: str) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="hotline-test-"))
    try:
        shutil.chown(home, user)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ChildProcessError(f"the server on port {port} ended with code {server.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
