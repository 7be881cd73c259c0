"""Conversations carried to the recorder."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from acd.events import ConversationEnded, ConversationStarted, SwitchChanged
from app.wiring import Recording
from core import site
from core.settings import ROOT
from recordings.transcript import CallFacts
from tests.acd.centre import QUEUES, centre
from tests.virtual_time import now, virtual_time


class Tape:
    """A recorder that takes its time to end a recording."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.whose: list[str] = []
        self.carried: list[tuple[str, str]] = []
        self.away = 0

    def _reach(self) -> None:
        if self.away > 0:
            self.away -= 1
            raise OperationalError("", None, ConnectionError("the database is away"))

    async def start(self, call: str, leg: str) -> None:
        self._reach()
        self.done.append(f"{call} begins")

    async def carry_on(self, call: str, agent: str) -> None:
        self.carried.append((call, agent))

    async def finish(self, call: str, facts: CallFacts | None, events: Sequence[object]) -> None:
        self._reach()
        self.whose.append(facts.agent if facts else "")
        await asyncio.sleep(3)
        self.done.append(f"{call} ends")

    async def recover(self, *_asked: Any) -> None:
        self._reach()
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
        assert tape.done == ["two begins"]
        await recording.recover(SwitchChanged(now(), True, ""))
        assert tape.done == ["two begins", "one ends", "one begins", "all others end"]
        assert tape.carried == [("two", "8001"), ("one", "8002")]


@virtual_time
async def test_talk_put_away_after_the_next_of_its_call_is_over_stays_that_of_its_own_agent(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        ended: list[ConversationEnded] = []

        async def hear(event: ConversationEnded) -> None:
            ended.append(event)

        running.bus.subscribe("test", ConversationEnded, hear)
        await running.sign_in("8001")
        call, leg = await running.caller("general")
        await asyncio.sleep(11)
        await running.sign_in("8002")
        await running.dispatcher.control.transfer(call, "li.na", queue="cards", agent="8002")
        await asyncio.sleep(20)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        tape = Tape()
        recording = Recording(running.db, tape, tape, tmp_path, QUEUES, site.load(ROOT / "config"), now)  # type: ignore[arg-type]  # all it uses of it
        for event in ended:
            await recording.end(event)
        await asyncio.sleep(7)
        assert tape.whose == ["8001", "8002"]


@virtual_time
async def test_moment_without_the_database_costs_no_recording_and_mixes_no_two_talks(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        tape = Tape()
        recording = Recording(running.db, tape, tape, tmp_path, QUEUES, site.load(ROOT / "config"), now)  # type: ignore[arg-type]  # all it uses of it
        tape.away = 3
        await recording.end(ConversationEnded(now(), "one", "1.1", "8001", "customer"))
        await recording.begin(ConversationStarted(now(), "one", "1.1", "8002"))
        await asyncio.sleep(10)
        assert tape.done == ["one ends", "one begins"]
        tape.away = 2
        await recording.recover(SwitchChanged(now(), True, ""))
        assert tape.done[2:] == ["all others end"]
