"""The fake switch's legs and telephones, as they are at a moment."""

import asyncio
import os
import wave
from dataclasses import dataclass, field
from pathlib import Path

from pbx.events import LegSnapshot
from pbx.switch import LinkLost, SwitchError

NORMAL, BUSY, NO_ANSWER, UNREGISTERED, DECLINED = 16, 17, 19, 20, 21
NEVER = float("inf")
PACKETS = 50  # of sound, each second
RELEASED_PATIENCE = 5.0  # seconds the dial plan keeps a caller whose agent hung up and whom nobody takes


@dataclass(slots=True)
class Phone:
    """How a phone behaves when it rings; change the fields at any time."""

    registered: bool = True
    sounds: bool = True
    busy: bool = False
    answers_after: float = 1.0
    declines_after: float = NEVER
    hangs_up_after: float = NEVER


@dataclass(slots=True)
class Leg:
    """One channel of the fake switch."""

    id: str
    channel: str
    place: str
    caller: str
    dialled: str
    started_at: float
    answered: bool = False
    bridge: str = ""
    partner: str = ""
    busy_with: asyncio.Future[str] | None = None
    stop_keys: str = ""
    speaks_until: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)
    recorded_to: Path | None = None
    recorded_since: float = 0.0
    recording_muted: bool = False
    muted: bool = False
    sent: str = ""  # keys
    asked: asyncio.Event = field(default_factory=asyncio.Event)  # to answer
    served: bool = False
    served_since: float = 0.0
    left_since: float = 0.0
    spies: tuple[str, str] = ("", "")  # the leg it hears, and how

    def packets(self, at: float) -> int:
        """Of sound, that have come from there."""
        return int((at - self.started_at) * PACKETS) if self.answered else 0

    @property
    def is_agent(self) -> bool:
        return self.place in ("centre-agent", "centre-spy", "phones")

    def snapshot(self) -> LegSnapshot:
        return LegSnapshot(
            self.id,
            self.channel,
            self.place,
            self.caller,
            self.dialled,
            self.answered,
            self.bridge,
            self.started_at,
            self.served_since,
            self.left_since,
        )

    async def occupy(self, seconds: float, stop_keys: str, otherwise: str) -> str:
        """Busy until it is finished or failed, or for so long: how it ended."""
        self.busy_with = asyncio.get_running_loop().create_future()
        self.stop_keys = stop_keys
        try:
            return await asyncio.wait_for(self.busy_with, seconds)
        except TimeoutError:
            return otherwise
        finally:
            self.busy_with, self.stop_keys = None, ""

    async def asked_within(self, seconds: float) -> bool:
        """Whether its telephone is asked to answer before that."""
        try:
            await asyncio.wait_for(self.asked.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def until_free(self, within: float) -> None:
        """A command waits for the one that an engine of before has begun."""
        if self.busy_with is not None:
            await asyncio.wait([self.busy_with], timeout=within)
            await asyncio.sleep(0.001)
            if self.busy_with is not None:
                raise LinkLost("no result in time")

    def finish(self, result: str) -> None:
        if self.busy_with is not None and not self.busy_with.done():
            self.busy_with.set_result(result)

    def fail(self, error: SwitchError) -> None:
        """Whatever it plays or records ends so."""
        if self.busy_with is not None and not self.busy_with.done():
            self.busy_with.set_exception(error)

    def record_to(self, path: Path, at: float) -> None:
        self.stop_recording(at)
        self.recorded_to, self.recorded_since, self.recording_muted = path, at, False
        path.touch()

    def mute_recording(self, muted: bool) -> None:
        if self.recorded_to is None:
            raise SwitchError("Asterisk refused MixMonitorMute: Cannot set mute flag")
        self.recording_muted = muted

    def stop_recording(self, at: float) -> None:
        if self.recorded_to is not None:
            frames = int((at - self.recorded_since) * 8000)
            os.truncate(self.recorded_to, frames * 4)
            self.recorded_to = None


def write_wav(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * int(seconds * 8000)))
