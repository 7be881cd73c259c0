"""The box for callers' messages: a file and a row from the first second, so that no crash loses what was said."""

import asyncio
import os
from collections.abc import Callable, Set
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from core.clock import Clock
from core.database import Database
from ivr.hours import Hours
from ivr.messages import repository, service
from ivr.models import Message
from ivr.prompts import voice

log = structlog.get_logger(__name__)

Measure = Callable[[Path], float]
"""How many seconds a recorded file lasts; 0 when nothing is to be heard in it. Blocking."""
WAV_HEADER = 44
SOMETHING_SAID = 0.3
"""Seconds above the level of sound; less is a click or breath."""


class MessageBox:
    """Opens the transactions around `ivr.messages.service` for the calls in the menu."""

    def __init__(
        self, db: Database, hours: Hours, zone: ZoneInfo, folder: Path, clock: Clock, measure: Measure | None = None
    ) -> None:
        self._db = db
        self._hours = hours
        self._zone = zone
        self._folder = folder
        self._clock = clock
        self._measure = measure or spoken_length

    def use_hours(self, hours: Hours) -> None:
        """Deadlines from now on."""
        self._hours = hours

    def make_folder(self) -> None:
        """The switch writes into it: it belongs to whom its parent belongs to."""
        self._folder.mkdir(parents=True, exist_ok=True)
        parent = self._folder.parent.stat()
        if self._folder.stat().st_uid != parent.st_uid:
            os.chown(self._folder, parent.st_uid, parent.st_gid)

    def path_for(self, call: str, token: int) -> Path:
        return self._folder / f"{call}-{token}.wav"

    async def begin(self, *, call: str, caller: str, language: str, path: Path, schedule: str) -> str:
        now = self._clock()
        deadline = self._hours.deadline(schedule, now, self._zone)
        async with self._db.transaction() as tx:
            return await service.begin_message(
                tx, call=call, caller=caller, language=language, path=path, deadline_at=deadline, now=now
            )

    async def length(self, path: Path) -> float:
        return await asyncio.to_thread(self._measure, path)

    async def keep(self, message: str, seconds: float) -> None:
        async with self._db.transaction() as tx:
            await service.keep_message(tx, message, seconds, self._clock())

    async def drop(self, message: str) -> None:
        async with self._db.transaction() as tx:
            await service.drop_message(tx, message)

    async def choose_contact(self, call: str, by: str) -> None:
        async with self._db.transaction() as tx:
            await service.choose_contact(tx, call, by, self._clock())

    async def promise(self, call: str, number: str, language: str, schedule: str) -> None:
        """A call back to `number`, due by the next working day: a message without sound."""
        now = self._clock()
        deadline = self._hours.deadline(schedule, now, self._zone)
        async with self._db.transaction() as tx:
            await service.promise_call_back(
                tx, call=call, number=number, language=language, deadline_at=deadline, now=now
            )

    async def recover(self, running: Set[str], in_menu: Set[str]) -> None:
        """Keep what was being recorded when the engine stopped.

        `running` are calls whose visit goes on, `in_menu` legs that are taken up again: they may be speaking yet.
        """
        async with self._db.reading() as session:
            rows = await repository.unfinished(session)
            legs = await repository.legs_of(session, {each.call for each in rows})
        for each in rows:
            if each.call not in running and legs.get(each.call) not in in_menu:
                await self._recover(each)

    async def is_unfinished(self, call: str) -> bool:
        """Whether he may be speaking yet: the switch goes on by itself."""
        async with self._db.reading() as session:
            return bool(await repository.unfinished(session, call))

    async def recover_of(self, call: str) -> None:
        """He has spoken to the end."""
        async with self._db.reading() as session:
            rows = await repository.unfinished(session, call)
        for each in rows:
            await self._recover(each)

    async def _recover(self, row: Message) -> None:
        seconds = await self.length(Path(row.raw))
        if seconds:
            log.info("message recovered", message=row.id, seconds=seconds)
            await self.keep(row.id, seconds)
        else:
            await self.drop(row.id)


def spoken_length(path: Path) -> float:
    """Seconds of a recorded wav; 0 when it is missing, empty or silent. One that cannot be read counts by its size."""
    try:
        samples = voice.read_wav(path)
        if not samples.size:
            samples = _unfinished(path)
    except voice.VoiceError as fault:
        return _by_size(path, str(fault))
    said = voice.sounding_seconds(samples)
    return len(samples) / voice.RATE if said >= SOMETHING_SAID else 0.0


def _by_size(path: Path, why: str) -> float:
    """A message we cannot read is kept all the same: somebody spoke it."""
    try:
        size = path.stat().st_size
    except OSError:
        return 0.0
    log.error("message unreadable", path=str(path), why=why)
    return max(0, size - WAV_HEADER) / 2 / voice.RATE


def _unfinished(path: Path) -> voice.Samples:
    """What a recording holds whose header was never filled in, because the switch or the engine died."""
    sound = path.read_bytes()[WAV_HEADER:]
    return np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2")
