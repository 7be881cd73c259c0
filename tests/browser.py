"""A real browser and a web server for tests: Debian's Chromium, headless, and uvicorn on a free port of loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
SOUND = [
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]  # fmt: skip
SCREENSHOTS = Path(__file__).resolve().parent.parent / "test-output"
OFFICE = ViewportSize(width=1366, height=768)
PATIENCE = 30_000
"""Milliseconds that a page gets on a busy machine, for whatever is expected of it."""

expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def served(app: FastAPI, close: Callable[[], None]) -> AsyncIterator[str]:
    """The application's address; `close` ends its streams so that the server can stop."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        work = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            close()
            server.should_exit = True
            await work


@asynccontextmanager
async def chromium(microphone: Path | None = None) -> AsyncIterator[Browser]:
    """With a `microphone`, a WAV file is what every page hears there, and the browser telephones on loopback."""
    arguments = [*ARGUMENTS, *SOUND, f"--use-file-for-fake-audio-capture={microphone}"] if microphone else ARGUMENTS
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


def complaints_of(page: Page) -> list[str]:
    """What the page reports from now on: console errors and warnings, exceptions. The list grows."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"{page.url}: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


async def picture(page: Page, name: str, *, whole: bool = True) -> Path:
    """A screenshot in test-output/, for people to look at: of the `whole` page, or of what the window shows."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path, full_page=whole)
    return path
