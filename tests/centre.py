"""A centre as its users run it, `up` in a process of its own, for tests that dial, look and kill."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from app.phones.light_sip import Party
from core.settings import ROOT
from pbx.home import Home
from pbx.process import Process
from pbx.provision import provide
from pbx.state import asterisk_home, runs_as
from tests.asterisk import new_home
from tests.servers import free_port

READY_SECONDS = 120.0
PATIENCE = 60.0
"""Seconds after which a busy machine will not do it any more either."""


class RunningCentre:
    """`ready` is the line `up` printed; `api(login)` asks as that person."""

    def __init__(self, data: Path, config: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.config = config
        self.web_port, self.sip_port = free_port(), free_port(socket.SOCK_DGRAM)
        self.ready: dict[str, Any] = {}
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self._heir: tuple[asyncio.subprocess.Process, int] | None = None
        self._tokens: dict[str, str] = {}

    async def start(self) -> None:
        self._process = await self._up(self.web_port)
        self.ready = await self._said(self._process)

    async def stand_by(self) -> dict[str, Any]:
        """Start a second engine on the same folders; what it says of itself."""
        port = free_port()
        self._heir = await self._up(port), port
        return await self._said(self._heir[0])

    async def taken_over(self) -> None:
        """Returns when the second engine is ready; from then on it is this centre."""
        assert self._heir
        (self._process, self.web_port), self._heir = self._heir, None
        self.ready = await self._said(self._process)

    async def _up(self, web_port: int) -> asyncio.subprocess.Process:
        ports = ["--web-port", str(web_port), "--sip-port", str(self.sip_port)]
        places = ["--data", str(self.data), "--config", str(self.config)]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", "up", *ports, *places, "--json",
                cwd=ROOT, env=os.environ | self._environment, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip

    async def _said(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        assert line, f"`up` ended: {self.log()[-3000:]}"
        return dict(json.loads(line))

    async def asterisk(self, line: str) -> str:
        """What its Asterisk's own command line answers to `line`."""
        switch = Process(provide(), Home(asterisk_home(self.data)), runs_as())
        return await asyncio.to_thread(switch.command, line)

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8")

    async def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing is cleaned up."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    def freeze(self) -> None:
        """As a process that hangs: it does nothing more, and does not end."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), PATIENCE)

    def forget_heir(self) -> None:
        if self._heir:
            self._heir[0].kill()

    async def get(self, path: str, login: str = "sun.li") -> Any:
        return await self._ask("GET", path, login)

    async def put(self, path: str, body: Mapping[str, Any], login: str = "sun.li") -> Any:
        return await self._ask("PUT", path, login, body)

    async def patch(self, path: str, body: Mapping[str, Any], login: str = "sun.li") -> Any:
        return await self._ask("PATCH", path, login, body)

    async def post(self, path: str, body: Mapping[str, Any] | None = None, login: str = "sun.li") -> Any:
        return await self._ask("POST", path, login, body)

    async def send(self, path: str, text: str, login: str = "sun.li") -> Any:
        """A list as CSV."""
        return await self._ask("POST", path, login, text=text)

    async def delete(self, path: str, login: str = "sun.li") -> Any:
        return await self._ask("DELETE", path, login)

    async def phone(self, number: str) -> Party:
        """The registered telephone of an agent; it rings until `answer` is called by `on_invite`."""
        facts = await self.get(f"/api/agents/{number}/phone", "admin")
        phone = await Party(facts["user"], self.sip_port, facts["secret"]).open()
        await phone.register()
        return phone

    async def ready_agent(self, number: str) -> None:
        """Signed in, once the centre has seen the phone."""
        await self.put(f"/api/agents/{number}/state", {"state": "ready"})
        await until(lambda: self.is_ready(number), 10, f"agent {number} is ready")

    async def live_calls(self, state: str) -> list[dict[str, Any]]:
        """Calls in a state, the longest in the queue first."""
        found = (await self.get(f"/api/calls?state={state}&size=200"))["calls"]
        return sorted(found, key=lambda call: call["queued_at"] or 0.0)

    async def is_ready(self, number: str) -> bool:
        agents = {agent["number"]: agent["state"] for agent in await self.get("/api/agents")}
        return str(agents[number]) == "ready"

    async def _ask(
        self, method: str, path: str, login: str, body: Mapping[str, Any] | None = None, text: str | None = None
    ) -> Any:
        headers = {"Authorization": f"Bearer {await self._token(login)}"}
        headers |= {"Content-Type": "text/csv"} if text is not None else {}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.web_port}", headers=headers) as client:
            answer = await client.request(method, path, json=body, content=text, timeout=PATIENCE)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def _token(self, login: str) -> str:
        if login not in self._tokens:
            self._tokens[login] = (await self._told("token", login))["token"]
        return self._tokens[login]

    async def password(self, login: str) -> str:
        """A new password for that person."""
        return str((await self._told("passwd", login, "--random"))["password"])

    async def _told(self, *command: str) -> dict[str, Any]:
        """What a command that runs beside the centre says."""
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *command, "--json", cwd=ROOT,
            env=os.environ | self._environment | {"HOTLINE_DATA_DIR": str(self.data)},
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await run.communicate()
        return dict(json.loads(output))


@contextlib.asynccontextmanager
async def running_centre(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[RunningCentre]:
    """A centre on a folder of its own; stopped, or killed, and cleared away at the end.

    Without a `config` it is the shipped one, with people there by day and by night.
    """
    home = new_home()
    centre = RunningCentre(home / "data", config or open_at_night(home / "config"), environment)
    try:
        await centre.start()
        yield centre
        assert await centre.stop() == 0, centre.log()[-3000:]
    finally:
        if centre.ready:
            centre.forget_heir()
            with contextlib.suppress(AssertionError, ProcessLookupError):
                await centre.stop()
            with contextlib.suppress(ProcessLookupError):
                os.kill(centre.ready["asterisk_pid"], signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


def open_at_night(target: Path, closed: str = "") -> Path:
    """The shipped configuration in `target`, whose private customers are always served; one schedule is `closed`."""
    shutil.copytree(ROOT / "config", target)
    yaml = YAML(typ="rt")
    hours = yaml.load(target / "hours.yaml")
    hours["schedules"]["personal"] = hours["schedules"]["always"]
    if closed:
        hours["schedules"][closed] = {"weekly": {}, "holidays": "none"}
    yaml.dump(hours, target / "hours.yaml")
    return target


async def until(true: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Ask until it is so; returns how long it took, fails with `what` when it takes too long.

    `seconds` are those of an idle machine: another one gets PATIENCE, or three times as long.
    """
    started, longest = time.monotonic(), max(PATIENCE, 3 * seconds)
    while not await true():
        waited = time.monotonic() - started
        assert waited < longest, f"not within {longest} s: {what}"
        await asyncio.sleep(0.1)
    return time.monotonic() - started
