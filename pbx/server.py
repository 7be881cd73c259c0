"""Runs a private Asterisk that outlives us: started, adopted after a crash, watched, stopped cleanly."""

import asyncio
import fcntl
import resource
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import structlog

from core.errors import HotlineError
from core.settings import ROOT
from core.site import Trunk
from pbx import ports as port_choice
from pbx.home import Home, Remembered
from pbx.probe import is_ready
from pbx.process import Process
from pbx.provision import AsteriskProgram
from pbx.render import AMI_USER, AsteriskSettings, Phone, Ports, render
from pbx.state import runs_as

log = structlog.get_logger(__name__)

BOOT_SECONDS = 30.0
WATCH_SECONDS = 0.2
PROBE_EVERY = 15.0
PROBE_SECONDS = 10.0
PROBE_TRIES = 2
LONGEST_PAUSE = 10.0
OPEN_FILES = 65536
LONGEST_LOG = 20_000_000
"""Bytes of Asterisk's log, which is kept twice."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the site asks of its Asterisk; `sip_port` 0 means any free one, `phones` None those known from before.

    `rtp` is the first and last UDP port for sound, None some free range; `external` the address carriers see.
    """

    numbers: tuple[str, ...]
    trunks: tuple[Trunk, ...]
    phones: tuple[Phone, ...] | None = ()
    sip_host: str = "127.0.0.1"
    sip_port: int = 0
    rtp: tuple[int, int] | None = None
    external: str = ""


@dataclass(frozen=True, slots=True)
class AsteriskInfo:
    """A running Asterisk. Put prompts into `sounds`; let it write below `spool`, where it makes folders itself."""

    ami_host: str
    ami_port: int
    ami_user: str
    ami_secret: str
    sip_host: str
    sip_port: int
    http_port: int
    rtp_first: int
    rtp_last: int
    spool: Path
    sounds: Path
    version: str
    pid: int
    adopted: bool


class AsteriskServer:
    """One Asterisk on one folder. `start`, then keep `watch` running, then `stop` (or `detach`, and it goes on).

    `wish` is asked what is wanted by then before Asterisk is started again.
    """

    def __init__(
        self,
        program: AsteriskProgram,
        home: Path,
        wanted: Wanted,
        *,
        templates: Path = ROOT / "config/asterisk",
        on_restart: Callable[[], Awaitable[None]] | None = None,
        wish: Callable[[], Awaitable[Wanted]] | None = None,
    ) -> None:
        self.program = program
        self.home = Home(home.absolute())
        self.wanted = wanted
        self.on_restart = on_restart
        self._wish = wish
        self.info: AsteriskInfo | None = None
        self._templates = templates
        self._user = runs_as()
        self._known: Remembered | None = None
        self._process = Process(program, self.home, self._user)
        self._lock: IO[str] | None = None
        self._keeps = False

    async def start(self, *, keep: bool = False) -> AsteriskInfo:
        """Take over the instance that runs on this folder, or start one; ready to serve. Raises HotlineError.

        With `keep` we become its keeper: engines that start on this folder use it and leave it running.
        """
        self._keeps = keep
        self.home.make(self.program, self._user)
        if not self._take_lock():
            return await self._join()
        try:
            pid, known = self.home.running(), self.home.recall()
            if pid and known and self._fits(known) and await is_ready(known.ports.ami, known.ami_secret, 5):
                return await self._adopt(replace(known, pid=pid))
            if pid:
                await self._end(pid)
            self._known = self._fresh(known)
            await self._launch()
        except BaseException:
            self._release()
            raise
        return self._report(adopted=False)

    async def attach(self, seconds: float = BOOT_SECONDS) -> AsteriskInfo:
        """Use an instance that another process keeps on this folder; waits for it. `stop` leaves it running."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._known = self.home.recall()
            if self._known and await is_ready(self._known.ports.ami, self._known.ami_secret, 5):
                return self._report(adopted=True)
            await asyncio.sleep(0.5)
        raise HotlineError(f"no Asterisk runs on {self.home.folder}", "start it with `./hotline asterisk`")

    async def watch(self) -> None:
        """Runs for ever: starts Asterisk again, on the same ports with the same secrets, when it is gone or silent."""
        if not self._lock:
            await asyncio.Event().wait()  # its keeper watches it
        while True:
            await self._until_gone()
            log.error("asterisk died", said=self.home.last_words())
            if self._wish:
                self.wanted = await self._wish()
            pause = 0.5
            while not await self._launched_again(pause):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            log.info("asterisk restarted", pid=self._report(adopted=False).pid)
            if self.on_restart:
                await self.on_restart()

    async def stop(self) -> None:
        """End Asterisk, by force after 5 s, unless another process keeps it. All calls end with it."""
        if not self._lock:
            return
        if pid := self.home.running():
            await self._end(pid)
        self._release()

    def detach(self) -> None:
        """Leave Asterisk running for the next engine to adopt."""
        self._release()

    async def write_phones(self, phones: tuple[Phone, ...]) -> None:
        """Make these the known phones; calls in progress go on."""
        self.wanted = replace(self.wanted, phones=phones)
        self._remember(self._remembered())
        if self._write():
            await self.command("module reload res_pjsip.so")

    async def write_site(self, numbers: tuple[str, ...], trunks: tuple[Trunk, ...]) -> None:
        """Answer these numbers, on these lines, from now on; calls in progress go on."""
        self.wanted = replace(self.wanted, numbers=numbers, trunks=trunks)
        if self._write():
            await self.command("dialplan reload")
            await self.command("module reload res_pjsip.so")
            await self.command("module reload res_pjsip_endpoint_identifier_ip.so")

    async def command(self, line: str) -> str:
        """The answer of Asterisk's own command line to `line`. Raises HotlineError."""
        return await asyncio.to_thread(self._process.command, line)

    async def has_calls(self) -> bool:
        """Whether anybody is on the line, or may be: it does not say."""
        try:
            shown = await self.command("core show channels concise")
        except HotlineError:
            return True
        return any(line.startswith("PJSIP/") for line in shown.splitlines())

    async def cut_links(self) -> None:
        """End every AMI session: what a stopped engine has still to say is never heard."""
        shown = await self.command("manager show connected")
        for line in shown.splitlines():
            if (words := line.split())[:1] == [AMI_USER]:
                await self.command(f"manager kick session {words[4]}")

    async def _adopt(self, known: Remembered) -> AsteriskInfo:
        self._remember(known)
        await self.cut_links()
        if self._write():
            await self.command("core reload")
        log.info("asterisk adopted", pid=known.pid)
        return self._report(adopted=True)

    async def _join(self) -> AsteriskInfo:
        known = self.home.recall()
        if self._keeps or not (known and known.kept):
            raise HotlineError(
                f"another process runs Asterisk on {self.home.folder}", "stop it, or choose another data directory"
            )
        await self.attach()
        return await self._adopt(self._remembered())

    async def _launch(self) -> None:
        known = self._remembered()
        if self.wanted.phones is None and (written := self.home.recall()):
            known = replace(known, phones=written.phones)
        port_choice.demand_free(known.sip_host, known.ports.sip)
        self._remember(replace(known, pid=0))
        self._write()
        pid = await asyncio.to_thread(self._process.spawn)
        self._remember(replace(known, pid=pid, version=self.program.version))
        try:
            booted = await self._boots()
        except BaseException:
            self._process.kill(pid)  # nobody would know of it
            raise
        if not booted:
            words = self.home.last_words()
            await self._end(pid)
            raise HotlineError("Asterisk did not start", words)

    async def _launched_again(self, pause: float) -> bool:
        try:
            await self._launch()
        except HotlineError as fault:
            log.error("asterisk does not start", problem=str(fault), again_in=pause)
            return False
        return True

    async def _until_gone(self) -> None:
        """Returns when the process is gone; one that lives but stays silent is ended."""
        known, silent, asked_at = self._remembered(), 0, time.monotonic()
        while self._alive():
            await asyncio.sleep(WATCH_SECONDS)
            if time.monotonic() < asked_at + PROBE_EVERY:
                continue
            await self._turn_log()
            silent = 0 if await is_ready(known.ports.ami, known.ami_secret, PROBE_SECONDS) else silent + 1
            asked_at = time.monotonic()
            if silent == PROBE_TRIES:
                log.error("asterisk is silent, ending it", pid=known.pid)
                self._process.kill(known.pid)

    async def _turn_log(self) -> None:
        """Whoever tries numbers and passwords from outside is a line each time."""
        with suppress(OSError, HotlineError):
            if self.home.turn_log(LONGEST_LOG):
                await self.command("logger reload")

    async def _boots(self) -> bool:
        known = self._remembered()
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline and self._alive():
            if await is_ready(known.ports.ami, known.ami_secret, 2):
                return True
            await asyncio.sleep(0.05)
        return False

    async def _end(self, pid: int) -> None:
        await self._process.end(pid)
        if known := self.home.recall():
            self.home.remember(replace(known, pid=0))

    def _alive(self) -> bool:
        return self._known is not None and self._process.lives(self._known.pid)

    def _fits(self, known: Remembered) -> bool:
        same_port = self.wanted.sip_port in (0, known.ports.sip)
        same_sound = self.wanted.rtp in (None, (known.ports.rtp_first, known.ports.rtp_last))
        return same_port and same_sound and self.wanted.sip_host == known.sip_host

    def _fresh(self, known: Remembered | None) -> Remembered:
        chosen = port_choice.choose(self.wanted.sip_host, self.wanted.sip_port, self.wanted.rtp)
        if known and port_choice.still_free(known.ports):
            chosen = replace(chosen, ami=known.ports.ami, http=known.ports.http)
        secret = known.ami_secret if known else secrets.token_hex(16)
        name = known.system_name if known else f"n{secrets.token_hex(3)}"
        phones = known.phones if known else ()
        return Remembered(0, self.wanted.sip_host, chosen, secret, name, self.program.version, phones)

    def _write(self) -> bool:
        known = self._remembered()
        settings = AsteriskSettings(
            system_name=known.system_name, sip_host=known.sip_host, ports=known.ports,
            places=self.home.places(self.program), ami_secret=known.ami_secret, modules=self.program.modules,
            numbers=self.wanted.numbers, trunks=self.wanted.trunks, external=self.wanted.external, phones=known.phones,
            open_files=_open_files(),
        )  # fmt: skip
        templates = {file.name: file.read_text(encoding="utf-8") for file in self._templates.glob("*.j2")}
        return self.home.write(render(settings, templates), self._user)

    def _report(self, *, adopted: bool) -> AsteriskInfo:
        known = self._remembered()
        at: Ports = known.ports
        self.info = AsteriskInfo(
            ami_host="127.0.0.1", ami_port=at.ami, ami_user=AMI_USER, ami_secret=known.ami_secret,
            sip_host=known.sip_host, sip_port=at.sip, http_port=at.http, rtp_first=at.rtp_first, rtp_last=at.rtp_last,
            spool=self.home.spool, sounds=self.home.sounds, version=known.version, pid=known.pid, adopted=adopted,
        )  # fmt: skip
        return self.info

    def _remember(self, known: Remembered) -> None:
        phones = known.phones if self.wanted.phones is None else self.wanted.phones
        self._known = replace(known, phones=phones, kept=self._keeps or (known.kept and not self._lock))
        self.home.remember(self._known)

    def _remembered(self) -> Remembered:
        if self._known is None:
            raise RuntimeError("the server was not started")
        return self._known

    def _take_lock(self) -> bool:
        handle = (self.home.folder / "engine.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._lock = handle
        return True

    def _release(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None


def _open_files() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
