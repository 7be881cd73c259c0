"""The way of SIP between a browser's telephone and the switch: one line a telephone, which outlives short breaks.

The browser's end may go (a reload, a broken network) and come back within `GRACE_SECONDS`: the switch does not notice,
and gets its answers late instead of never. What it says meanwhile is kept for the browser; so is a ring that
it has been told of and has not answered, for the page that knew of it may be another one now.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Collection
from typing import Protocol

import structlog
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from agentdesk.softphone.unanswered import Unanswered

log = structlog.get_logger(__name__)

GRACE_SECONDS = 12.0
LONGEST_MESSAGE = 65536
MOST_KEPT = 200
OPEN_SECONDS = 5.0

MOVED = 4001
"""Close code: another window took the line."""
SWITCH_AWAY = 4002
"""Close code: Asterisk is out of reach, or closed the line."""
WITHDRAWN = 4003
"""Close code: signed out, or another telephone is in use."""

GONE = (WebSocketDisconnect, RuntimeError, OSError)
"""What a WebSocket raises whose browser has gone: the first at the first word, the second after it was closed."""


class Browser(Protocol):
    """The browser's end of a WebSocket (Starlette's has this shape)."""

    async def send_text(self, data: str) -> None: ...
    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


class SipLines:
    """All lines of this web process. `address` is the switch's WebSocket."""

    def __init__(self, address: str, *, grace: float = GRACE_SECONDS) -> None:
        self._address = address
        self._grace = grace
        self._lines: dict[str, _Line] = {}

    async def attach(self, name: str, browser: Browser) -> "_Line | None":
        """The line `name` with this browser at its end, opened if need be; None when the switch is out of reach."""
        line = self._lines.get(name)
        if line is None:
            try:
                switch = await connect(
                    self._address, subprotocols=[Subprotocol("sip")], compression=None, proxy=None,
                    open_timeout=OPEN_SECONDS, max_size=LONGEST_MESSAGE,
                )  # fmt: skip
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as fault:
                log.warning("no line to the switch", problem=str(fault))
                return None
            line = self._lines[name] = _Line(name, switch, self._grace, self._forget)
        await line.take(browser)
        return line

    async def keep_only(self, names: Collection[str]) -> None:
        """End the lines of telephones that are somewhere else now."""
        for name, line in list(self._lines.items()):
            if name not in names:
                await line.end(WITHDRAWN)

    async def close(self) -> None:
        for line in list(self._lines.values()):
            await line.end(1001)

    def _forget(self, name: str) -> None:
        self._lines.pop(name, None)


class _Line:
    def __init__(self, name: str, switch: ClientConnection, grace: float, forget: Callable[[str], None]) -> None:
        self._name = name
        self._switch = switch
        self._grace = grace
        self._forget = forget
        self._browser: Browser | None = None
        self._kept: deque[str] = deque(maxlen=MOST_KEPT)
        self._unanswered = Unanswered()
        self._hanging: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._reader = asyncio.create_task(self._read(), name=f"sip line {name}")

    async def take(self, browser: Browser) -> None:
        """This browser from now on; another one at the end is told that it lost the line."""
        if self._hanging is not None:
            self._hanging.cancel()
            self._hanging = None
        former, self._browser = self._browser, browser
        if former is not None:
            self._kept.extend(self._unanswered.rings)
            with contextlib.suppress(*GONE):
                await former.close(MOVED)
        await self._hand_over()

    async def say(self, text: str) -> None:
        """What the browser says, to the switch."""
        self._unanswered.answered(text)
        with contextlib.suppress(ConnectionClosed):
            await self._switch.send(text)

    def leave(self, browser: Browser) -> None:
        """The browser is gone; the line waits a while for it to come back."""
        if self._browser is browser:
            self._browser = None
            self._kept.extend(self._unanswered.rings)
            self._hanging = asyncio.get_running_loop().call_later(self._grace, self._give_up)

    async def end(self, code: int) -> None:
        self._forget(self._name)
        if self._hanging is not None:
            self._hanging.cancel()
        browser, self._browser = self._browser, None
        if browser is not None:
            with contextlib.suppress(*GONE):
                await browser.close(code)
        await self._switch.close()

    def _give_up(self) -> None:
        self._closing = asyncio.create_task(self.end(1000))

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self._switch:
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                self._unanswered.asked(text)
                self._kept.append(text)
                await self._hand_over()
        await self.end(SWITCH_AWAY)

    async def _hand_over(self) -> None:
        """What is kept, in its order, as far as the browser is there to take it."""
        while (browser := self._browser) is not None and self._kept:
            message = self._kept.popleft()
            try:
                await browser.send_text(message)
            except GONE:
                self._kept.appendleft(message)
                if self._browser is browser:
                    return
