"""Conversations carried to the recorder."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acd.events import ConversationEnded, ConversationStarted, SwitchChanged
from app.wiring import Recording
from core import site
from core.settings import ROOT
from tests.acd.centre import QUEUES, centre
from tests.virtual_time import now, virtual_time


class Tape:
    """A recorder that takes its time to end a recording."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def start(self, call: str, leg: str) -> None:
        self.done.append(f"{call} begins")

    async def carry_on(self, call: str, agent: str) -> None:
        self.done.append(f"pause of {call} with {agent}")

    async def finish(self, call: str, facts: object, events: Sequence[object]) -> None:
        await asyncio.sleep(3)
        self.done.append(f"{call} ends")

    async def recover(self, *_asked: Any) -> None:
        self.done.append("all others end")


@virtual_time
async def test_talk_is_recorded_at_once_though_others_are_being_put_away(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        tape = Tape()
        recording = Recording(running.db, tape, tape, tmp_path, QUEUES, site.load(ROOT / "config"), now)  # type: ignore[arg-type]  # all it uses of it
        await recording.end(ConversationEnded(now(), "one", "1.1", "8001", "customer"))
        await recording.begin(ConversationStarted(now(), "one", "1.1", "8002"))
        await recording.begin(ConversationStarted(now(), "two", "1.2", "8001"))
        await asyncio.sleep(1)
        assert tape.done == ["two begins", "pause of two with 8001"]
        await recording.recover(SwitchChanged(now(), True, ""))
        assert tape.done == [
            "two begins", "pause of two with 8001", "one ends", "one begins", "pause of one with 8002",
            "all others end",
        ]  # fmt: skip
