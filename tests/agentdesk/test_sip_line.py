"""The line between a browser's telephone and the switch, when the browser's end goes in the middle of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from agentdesk.softphone.line import SipLines

NAME = "phone-8001"
GONE = [WebSocketDisconnect(1006), RuntimeError("closed"), OSError("reset")]


class Switch:
    """Asterisk's end of the line."""

    def __init__(self) -> None:
        self.address = ""
        self.come: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def serve(self, end: ServerConnection) -> None:
        self.come.put_nowait(end)
        await end.wait_closed()


class Page:
    """A browser's end, which may go without a word; `told` is what was tried to be told."""

    def __init__(self, gone: Exception | None = None) -> None:
        self.gone = gone
        self.heard: list[str] = []
        self.told: asyncio.Queue[str] = asyncio.Queue()

    async def send_text(self, data: str) -> None:
        self.told.put_nowait(data)
        await self.close()
        self.heard.append(data)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        if self.gone is not None:
            raise self.gone


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    found = Switch()
    async with serve(found.serve, "127.0.0.1", 0, subprotocols=[Subprotocol("sip")]) as server:
        found.address = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield found


@pytest.mark.parametrize("gone", GONE, ids=lambda each: type(each).__name__)
async def test_what_the_switch_says_while_a_page_goes_is_heard_by_the_next_page_in_its_order(
    switch: Switch, gone: Exception
) -> None:
    lines, former, following = SipLines(switch.address), Page(), Page()
    line = await lines.attach(NAME, former)
    end = await switch.come.get()
    former.gone = gone
    async with asyncio.timeout(30):
        for word in ("OPTIONS 1", "OPTIONS 2"):
            await end.send(word)
            await former.told.get()
        assert line is not None
        line.leave(former)
        assert await lines.attach(NAME, following) is line
        await end.send("OPTIONS 3")
        for _ in range(3):
            await following.told.get()
    assert following.heard == ["OPTIONS 1", "OPTIONS 2", "OPTIONS 3"]
    await lines.close()


@pytest.mark.parametrize("gone", GONE, ids=lambda each: type(each).__name__)
async def test_page_that_goes_while_it_takes_the_line_leaves_everything_to_the_next_one(
    switch: Switch, gone: Exception
) -> None:
    lines, first, second, third = SipLines(switch.address), Page(), Page(gone), Page()
    line = await lines.attach(NAME, first)
    end = await switch.come.get()
    first.gone = gone
    async with asyncio.timeout(30):
        await end.send("OPTIONS 1")
        await first.told.get()
        assert await lines.attach(NAME, second) is line
        assert await lines.attach(NAME, third) is line
    assert third.heard == ["OPTIONS 1"]
    await lines.close()
