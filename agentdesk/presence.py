"""Whether agents' pages are there: each is asked again and again over a WebSocket of its own, and answers.

Asked by the server, because a browser slows down the clocks of a page that nobody looks at, and answered by the page,
because a line whose other end has vanished without a word looks open for minutes.
"""

import asyncio
import contextlib
from dataclasses import dataclass

from fastapi import APIRouter, Depends, WebSocket
from starlette.websockets import WebSocketDisconnect

from accounts.access import CurrentUser, Role, allow
from accounts.guard import is_foreign

ASK_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """The last that was heard of an agent's pages, by the clock of the event loop. `expected`: nothing has been yet."""

    login: str
    at: float
    expected: bool = False


class Presence:
    """`heard`: by number, the agents whose pages have been there and of whom nobody knows yet that they are gone.

    Of an engine that begins, also those whose pages may have been there before.
    """

    def __init__(self) -> None:
        self.heard: dict[str, Heard] = {}

    def hear(self, number: str, login: str) -> None:
        self.heard[number] = Heard(login, asyncio.get_running_loop().time())

    def expect(self, number: str, login: str) -> None:
        """They have as long to answer as pages that have just been heard."""
        self.heard.setdefault(number, Heard(login, asyncio.get_running_loop().time(), expected=True))

    def router(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)

        @routes.websocket("/here", dependencies=[Depends(allow(Role.AGENT))])
        async def here(socket: WebSocket, user: CurrentUser) -> None:
            if is_foreign(socket.headers) or not user.number:
                await socket.close(1008)
                return
            await socket.accept()
            try:
                while True:
                    self.hear(user.number, user.login)
                    with contextlib.suppress(TimeoutError):  # listening, to end as soon as the other end does
                        async with asyncio.timeout(ASK_EVERY):
                            await socket.receive_text()
                    await socket.send_text("")
                    await socket.receive_text()
            except (WebSocketDisconnect, RuntimeError):  # RuntimeError: it was closed from our side
                pass

        return routes
