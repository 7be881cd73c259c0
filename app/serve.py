"""The web server inside the engine's event loop."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from fastapi import FastAPI
from starlette.types import Message, Scope

from core.errors import HotlineError


def listen(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: any free one); raises HotlineError naming the port and the way out."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except OSError as fault:
        place.close()
        if fault.errno == errno.EADDRINUSE:
            raise HotlineError(f"web port {port} is in use", "stop what uses it or choose another --web-port") from None
        if isinstance(fault, PermissionError):
            remedy = "ports below 1024 need rights: choose a --web-port above, behind a proxy"
            raise HotlineError(f"web port {port} is not ours to use", remedy) from None
        raise HotlineError(f"cannot listen on {host}:{port} ({fault.strerror})", "check HOTLINE_WEB_HOST") from None
    return place


@contextlib.asynccontextmanager
async def served(app: FastAPI, place: socket.socket) -> AsyncIterator[None]:
    """Answer requests on `place` until the block ends."""
    await _rehearse(app)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1, server_header=False
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[place]), name="web")
    try:
        while not server.started:
            if running.done():
                await running
                raise HotlineError("the web server did not start", "see the log above")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await running


async def _rehearse(app: FastAPI) -> None:
    """Routes and templates are put together at the first request, which stops the loop: now nobody waits."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        pass

    nowhere: Scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/nowhere",
        "raw_path": b"/nowhere", "query_string": b"", "headers": [], "root_path": "", "server": None, "client": None,
    }  # fmt: skip
    await app(nowhere, receive, send)


class _Server(uvicorn.Server):
    """Leaves the signals to the engine, which has more than the web to bring down."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
