"""A real Asterisk for tests: private folder, free ports, gone afterwards."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from core.site import Trunk
from pbx.provision import provide
from pbx.render import Phone
from pbx.server import AsteriskInfo, AsteriskServer, Wanted

HOTLINE = "95566"
PHONES = tuple(Phone(f"phone-{n}", f"secret-{n}", f"Agent {n}") for n in range(8001, 8005))
BROWSER = Phone("phone-8101", "secret-8101", "Browser agent", webrtc=True)


@dataclass(frozen=True, slots=True)
class RunningAsterisk:
    """`server` to restart, stop or command it; `info` has ports, secret, spool and sounds."""

    server: AsteriskServer
    info: AsteriskInfo


def new_home() -> Path:
    """A short folder that Asterisk's unprivileged user can enter; remove it after use."""
    folder = Path(mkdtemp(prefix="hl-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def wanted(phones: tuple[Phone, ...] = (*PHONES, BROWSER)) -> Wanted:
    """The tests' site: number 95566, callers from the loopback address, four plain phones and a browser."""
    return Wanted(numbers=(HOTLINE,), trunks=(Trunk(name="trunk", match="127.0.0.1"),), phones=phones)


@asynccontextmanager
async def running_asterisk(phones: tuple[Phone, ...] = (*PHONES, BROWSER)) -> AsyncIterator[RunningAsterisk]:
    """Start an Asterisk with these phones (1 s), and stop it and remove its folder at the end."""
    home = new_home()
    server = AsteriskServer(provide(), home, wanted(phones))
    try:
        yield RunningAsterisk(server, await server.start())
    finally:
        await server.stop()
        shutil.rmtree(home, ignore_errors=True)
