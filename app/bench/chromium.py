"""One page of a headless Chromium for the benches, led by its DevTools protocol over a WebSocket."""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from core.errors import HotlineError

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
    "--remote-debugging-port=0", "--window-size=1366,768",
)  # fmt: skip
TELEPHONE = (
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns",
)  # fmt: skip
"""With a microphone that beeps, and leave to use it."""
START_SECONDS, ANSWER_SECONDS = 30.0, 30.0

Heard = Callable[[str, dict[str, Any]], None]


class Page:
    """`heard` gets every event: its method and parameters."""

    def __init__(self, line: ClientConnection, heard: Heard) -> None:
        self._line = line
        self._heard = heard
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Raises HotlineError when the browser refuses or does not answer."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await answer
        except TimeoutError:
            raise HotlineError(
                f"the browser did not answer {method}", "the machine may be too busy: try again"
            ) from None
        if "error" in told:
            raise HotlineError(f"the browser refused {method}", str(told["error"].get("message", "")))
        return dict(told["result"])

    async def evaluate(self, script: str) -> Any:
        """The value of an expression; a promise is waited for."""
        told = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise HotlineError("a script failed in the browser", str(told["exceptionDetails"].get("exception", {})))
        return told["result"].get("value")

    async def listen(self) -> None:
        async for text in self._line:
            told = json.loads(text)
            asked = self._asked.pop(told.get("id", 0), None)
            if asked is not None and not asked.done():
                asked.set_result(told)
            elif "method" in told:
                self._heard(told["method"], told.get("params", {}))


@contextlib.asynccontextmanager
async def page(heard: Heard = lambda _method, _told: None, more: Sequence[str] = ()) -> AsyncIterator[Page]:
    """`more`: arguments of the program. Raises HotlineError when there is no Chromium, or it does not start."""
    folder = tempfile.mkdtemp(prefix="hlc-")
    try:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *ARGUMENTS, *more, f"--user-data-dir={folder}", "about:blank",
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise HotlineError("there is no Chromium", "install the package chromium: `./hotline test` does") from None
    try:
        async with connect(await _address(process), max_size=None, ping_interval=None) as line:
            made = Page(line, heard)
            listening = asyncio.create_task(made.listen())
            yield made
            listening.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where the one page is led from; the browser names its port on standard error."""
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await process.stderr.readline():
                if found := re.search(rb"ws://([^/]+)/", line):
                    return await _page_of(found[1].decode())
    except TimeoutError:
        pass
    raise HotlineError("Chromium did not start", f"try {PROGRAM} --headless about:blank by hand")


async def _page_of(door: str) -> str:
    async with httpx.AsyncClient() as web:
        while True:
            targets = (await web.get(f"http://{door}/json")).json()
            for each in targets:
                if each["type"] == "page":
                    return str(each["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
