"""The operating-system side of one Asterisk: start the process, talk to its command line, end it."""

import asyncio
import os
import signal
import subprocess
import time

import structlog

from core.errors import HotlineError
from pbx.home import Home
from pbx.provision import AsteriskProgram

log = structlog.get_logger(__name__)

STOP_SECONDS = 5.0
PRIORITY = 10
"""Among real-time processes: whoever speaks or presses a key does not wait for pages and sums (decision 20)."""


class Process:
    """Asterisk's process on one folder, run as `user` (None: as ourselves)."""

    def __init__(self, program: AsteriskProgram, home: Home, user: str | None) -> None:
        self._program = program
        self._home = home
        self._user = user
        self._child: subprocess.Popen[bytes] | None = None

    def spawn(self) -> int:
        """Start it in a session of its own; the process id. Raises HotlineError."""
        command = [*self._program.command, "-f", "-C", str(self._home.conf)]
        for stale in ("run/asterisk.pid", "run/asterisk.ctl"):
            (self._home.folder / stale).unlink(missing_ok=True)
        try:
            self._home.turn_log()
            with self._home.console.open("wb") as console:
                child = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, cwd="/", umask=0o077,
                    env=self._environment(), start_new_session=True,
                    user=self._user, group=self._user, extra_groups=[] if self._user else None,
                )  # fmt: skip
        except OSError as fault:
            raise HotlineError("Asterisk did not start", fault.strerror or str(fault)) from None
        self._child = child
        _put_first(child.pid)
        return child.pid

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("TZ",) if name in os.environ}
        base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": str(self._home.folder / "var")}
        return base | kept | dict(self._program.environment)

    def command(self, line: str) -> str:
        """The answer of Asterisk's own command line. Raises HotlineError."""
        try:
            done = subprocess.run(
                [*self._program.command, "-C", str(self._home.conf), "-rx", line],
                env=self._environment(), capture_output=True, text=True, errors="replace", timeout=15, check=False,
                cwd="/", user=self._user, group=self._user, extra_groups=[] if self._user else None,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise HotlineError(f"Asterisk does not answer to `{line}`") from None
        if done.returncode:
            raise HotlineError(f"Asterisk refused `{line}`", (done.stderr or done.stdout).strip()[-200:])
        return done.stdout

    async def end(self, pid: int) -> None:
        """Ask it to stop, and after 5 s force it; returns when it is gone."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self.lives(pid):
                return
            os.kill(pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while self.lives(pid) and time.monotonic() < deadline:  # noqa: ASYNC110  # a process gives no event
                await asyncio.sleep(0.02)

    def kill(self, pid: int) -> None:
        """End it at once."""
        if self.lives(pid):
            os.kill(pid, signal.SIGKILL)

    def lives(self, pid: int) -> bool:
        """Whether that process is ours and runs; one that ended is reaped."""
        if self._child and self._child.pid == pid:
            return self._child.poll() is None
        return self._home.owns(pid)


def _put_first(pid: int) -> None:
    """It and all its threads to come, where we may."""
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError as fault:
        log.warning("asterisk has no real-time priority: see docs/operations.md", why=fault.strerror)
