"""What becomes of Asterisk, and of those who talk on it, when an engine cannot start, and when it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import centre, standby
from app.centre import running_centre
from core import site
from core.errors import HotlineError
from core.settings import ROOT, Settings
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo
from recordings.keeping import rotation

PROGRAM: Any = AsteriskProgram


class Server:
    """An Asterisk that notes how it is left."""

    def __init__(self, *, adopted: bool, calls: bool) -> None:
        self.adopted, self.calls = adopted, calls
        self.left: list[str] = []

    async def start(self) -> AsteriskInfo:
        here = Path("/nowhere")
        return AsteriskInfo("", 0, "", "", "", 0, 0, 0, 0, here, here, "22", 1, self.adopted)

    async def has_calls(self) -> bool:
        return self.calls

    async def stop(self) -> None:
        self.left.append("stopped")

    def detach(self) -> None:
        self.left.append("left running")


@asynccontextmanager
async def started(
    monkeypatch: pytest.MonkeyPatch, folder: Path, server: Server, fault: BaseException | None = None
) -> AsyncIterator[None]:
    """A centre whose database is not asked; what comes after Asterisk fails with `fault`, or is not there."""

    @asynccontextmanager
    async def engine(*_given: object) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(lost=asyncio.Event())

    async def prompts(*_given: object) -> None:
        if fault:
            raise fault

    def giving(value: object) -> Callable[..., Awaitable[object]]:
        async def give(*_given: object) -> object:
            return value

        return give

    hours = SimpleNamespace(complaint=lambda *_given: "")
    config = SimpleNamespace(site=site.load(ROOT / "config"), hours=hours, wrong={})
    monkeypatch.setattr(standby, "engine", engine)
    monkeypatch.setattr(centre, "AsteriskServer", lambda *_given, **_more: server)
    monkeypatch.setattr(rotation, "complaints", giving([]))
    for name in ("_configuration", "in_force"):
        monkeypatch.setattr(centre, name, giving(config))
    for name in ("_prepare_database", "phones_of", "_run"):
        monkeypatch.setattr(centre, name, giving(()))
    monkeypatch.setattr(centre, "_prepared_prompts", prompts)
    async with running_centre(Settings(data_dir=folder, web_port=0), PROGRAM):
        yield


@pytest.mark.parametrize(
    ("adopted", "calls", "left"),
    [(True, True, "left running"), (True, False, "left running"), (False, True, "left running"),
     (False, False, "stopped")],
)  # fmt: skip
async def test_engine_that_fails_to_start_ends_no_talk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, adopted: bool, calls: bool, left: str
) -> None:
    server = Server(adopted=adopted, calls=calls)
    with pytest.raises(HotlineError, match="no heartbeat"):
        async with started(monkeypatch, tmp_path, server, HotlineError("no heartbeat")):
            pass
    assert server.left == [left]


@pytest.mark.parametrize("adopted", [True, False])
async def test_engine_that_served_and_is_stopped_in_order_ends_asterisk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, adopted: bool
) -> None:
    server, serves = Server(adopted=adopted, calls=True), asyncio.Event()

    async def serve() -> None:
        async with started(monkeypatch, tmp_path, server):
            serves.set()
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await asyncio.wait_for(serves.wait(), 60)
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
    assert server.left == ["stopped"]


@pytest.mark.parametrize(("calls", "left"), [(True, "left running"), (False, "stopped")])
async def test_engine_that_is_stopped_before_it_served_ends_asterisk_where_nobody_talks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, calls: bool, left: str
) -> None:
    server = Server(adopted=True, calls=calls)
    with pytest.raises(asyncio.CancelledError):
        async with started(monkeypatch, tmp_path, server, asyncio.CancelledError()):
            pass
    assert server.left == [left]
