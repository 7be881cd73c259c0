"""One centre's recordings: a switch that writes a prepared call as sound, a store, a database, a queue of ids."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.bus import Bus
from core.database import Database
from pbx.commands import Command, MuteRecording, Play, Played, Record, Recorded, StartRecording, StopRecording
from pbx.events import LegSnapshot, Unseen
from pbx.switch import LegGone, LinkLost
from recordings import repository, service, sound
from recordings.events import RecordingClosed, TranscriptChanged
from recordings.models import Recording, TranscriptRow
from recordings.recorder import Enqueue, Recorder
from recordings.speech.languages import Engines, load
from recordings.store.files import LocalStore
from recordings.store.vault import Vault
from recordings.transcript import CallFacts
from tests.speech import Samples

CONFIG = Path(__file__).resolve().parents[2] / "config"
ENGINES = Engines(load(CONFIG))


def facts(
    call: str = "call1", *, seconds: float = 1.0, language: str = "zh", agent: str = "8001", call_type: str = "enquiry"
) -> CallFacts:
    return CallFacts.model_validate(
        {
            "id": call, "direction": "inbound", "queue": "cards", "agent": agent, "language": language,
            "call_type": call_type, "connected_at": "2026-03-02T09:15:00+08:00", "duration": seconds,
            "ended_by": "customer",
        }
    )  # fmt: skip


CONNECTED_AT = facts().connected_at.timestamp()


@dataclass
class Tape:
    """A switch whose recorder writes `sound` to the file at once; `gone` legs obey nothing."""

    sound: bytes = b""
    gone: set[str] = field(default_factory=set)
    started: list[Path] = field(default_factory=list)
    muted: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    away: bool = False

    async def do(self, command: Command) -> None:
        match command:
            case StartRecording(leg, _) | StopRecording(leg) | MuteRecording(leg, _) if leg in self.gone:
                raise LegGone(f"{leg} is gone")
            case MuteRecording(leg, muted):
                if self.away:
                    raise LinkLost("no link")
                (self.muted.add if muted else self.muted.discard)(leg)
            case StartRecording(leg, path):
                path.write_bytes(self.sound)
                self.started.append(path)
                self.running.add(leg)
            case StopRecording(leg):
                self.running.discard(leg)
            case _:
                pass

    async def play(self, command: Play) -> Played:
        raise LegGone(command.leg)

    async def record(self, command: Record) -> Recorded:
        raise LegGone(command.leg)

    async def legs(self) -> tuple[LegSnapshot, ...]:
        return ()

    async def sound_from(self, leg: str) -> int:
        raise LegGone(leg)

    async def unseen(self) -> Unseen:
        return Unseen()


class Hands:
    """A clock moved by hand."""

    now = CONNECTED_AT

    def __call__(self) -> float:
        return self.now


class House:
    """Everything recordings needs, on a directory of its own; `restart` gives a new engine on the same files."""

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self.spool = home / "spool"
        self.spool.mkdir()
        self.vault = Vault(LocalStore(home / "store"))
        self.tape = Tape()
        self.clock = Hands()
        self.grace = 0.0
        self.queued: list[str] = []
        self.enqueue: Enqueue = self._queue
        self.told: list[object] = []
        bus = Bus()
        for kind in (RecordingClosed, TranscriptChanged):
            bus.subscribe("test", kind, self._hear)
        self.bus = bus
        self.url = url or f"sqlite+aiosqlite:///{home}/test.db"
        self.db = Database(self.url, bus)
        self.recorder = self.restart()

    def restart(self) -> Recorder:
        self.recorder = Recorder(
            self.db, self.tape, spool=self.spool, vault=self.vault, enqueue=self.enqueue, clock=self.clock,
            settle=0.0, grace=self.grace,
        )  # fmt: skip
        return self.recorder

    async def record(
        self, call: str, sound: Samples | bytes, *, language: str = "zh", call_type: str = "enquiry"
    ) -> Recording:
        """A whole conversation from start to store."""
        self.tape.sound = sound if isinstance(sound, bytes) else sound.tobytes()
        await self.recorder.start(call, f"leg-{call}")
        known = facts(call, seconds=len(self.tape.sound) / 32000, language=language, call_type=call_type)
        await self.recorder.finish(call, known)
        await self.recorder.close_finished()
        await self.bus.drain()
        return (await self.recordings(call))[-1]

    async def recordings(self, call: str) -> list[Recording]:
        async with self.db.reading() as session:
            return list(await repository.recordings_of(session, call))

    async def transcript(self, call: str) -> TranscriptRow:
        async with self.db.reading() as session:
            return (await repository.transcripts_of(session, call))[-1]

    def sound(self, row: Recording) -> bytes:
        """The stored file as it can be heard."""
        return self.vault.read(row.path, service.seal_of(row))

    def samples(self, row: Recording) -> Samples:
        return sound.read(io.BytesIO(self.sound(row)))

    def _queue(self, recording: str, *, first: bool) -> None:
        self.queued.insert(0 if first else len(self.queued), recording)

    async def _hear(self, event: object) -> None:
        self.told.append(event)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.db.create_all()
    yield house
    await house.db.close()
