"""A scripted AMI server: does what a test tells it, keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pbx.ami import AmiLink, LinkParameters
from pbx.framing import Headers, headers

Reply = Callable[[Headers], str]


def event(name: str, **fields: Any) -> str:
    return message(Event=name, **fields)


def message(**fields: Any) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"


def success(action: Headers) -> str:
    named = {"ActionID": action["actionid"]} if "actionid" in action else {}
    return message(Response="Success", **named, Message="ok")


def nothing(_action: Headers) -> str:
    return ""


class ScriptedAmi:
    """`replies` maps an action's lower-case name to what is written back; other actions succeed."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.received: list[Headers] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._news = asyncio.Event()

    def count(self, action: str) -> int:
        return sum(each.get("action", "").lower() == action for each in self.received)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after something came in; raises TimeoutError after 5 s."""
        async with asyncio.timeout(30):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def send(self, text: str | bytes) -> None:
        self._writers[-1].write(text.encode() if isinstance(text, str) else text)

    def cut(self) -> None:
        for writer in self._writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                self._take(headers(data.decode()), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _take(self, action: Headers, writer: asyncio.StreamWriter) -> None:
        self.received.append(action)
        self._news.set()
        name = action.get("action", "").lower()
        answer = self.replies.get(name, success)(action)
        if name == "login" and "Response: Success" in answer:
            answer += event("FullyBooted", Status="Fully Booted")
        writer.write(answer.encode())


class Ears:
    """What a link told its owner."""

    def __init__(self) -> None:
        self.events: list[Headers] = []
        self.downs: list[str] = []
        self.sessions = 0
        self.news = asyncio.Event()

    def hear(self, headers: Headers) -> None:
        self.events.append(headers)
        self.news.set()
        if headers.get("event") == "Poison":
            raise RuntimeError("a listener with a fault")

    async def session(self) -> None:
        self.sessions += 1
        self.news.set()
        await asyncio.Event().wait()

    def down(self, why: str) -> None:
        self.downs.append(why)
        self.news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self.news.clear()
                await self.news.wait()

    def heard(self, name: str) -> list[Headers]:
        return [each for each in self.events if each.get("event") == name]


@asynccontextmanager
async def serving() -> AsyncIterator[ScriptedAmi]:
    scripted = ScriptedAmi()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        scripted.cut()


def impatient(port: int, **changes: Any) -> LinkParameters:
    times = {"deadline": 0.3, "ping_every": 60.0, "first_pause": 0.01, "longest_pause": 0.02, **changes}
    return LinkParameters(port=port, username="hotline", secret="secret", **times)


@asynccontextmanager
async def linking(
    ami: ScriptedAmi, may: Callable[[], bool] = lambda: True, **changes: Any
) -> AsyncIterator[tuple[AmiLink, Ears]]:
    ears = Ears()
    link = AmiLink(impatient(ami.port, **changes), ears.hear, ears.session, ears.down, may)
    running = asyncio.create_task(link.run())
    try:
        yield link, ears
    finally:
        await link.close()
        await asyncio.wait_for(running, 30)
