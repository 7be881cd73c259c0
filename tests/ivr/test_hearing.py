"""A visit of a caller who speaks: what is being said to him stops, and the ears close behind him."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ivr.effects import Heard, Speaks
from ivr.prompts import voice
from ivr.speaking.hearing import Hearing, Tell
from pbx.commands import Command, StartListening, StopRecording
from recordings.speech.languages import Engines, SpeechModels
from tests.fakes import FakePbx
from tests.ivr.test_runner import house, sounds
from tests.virtual_time import now, virtual_time


@dataclass
class ToldEars:
    """Hears what the test tells it to."""

    languages: frozenset[str] = frozenset({"zh"})
    away: dict[str, str] = field(default_factory=dict)
    listening: dict[str, Tell] = field(default_factory=dict)

    async def follow(self, leg: str, language: str, tell: Tell) -> None:
        assert leg not in self.listening, "one pair of ears at a time: the switch makes one recording of a leg"
        self.listening[leg] = tell
        try:
            await asyncio.Event().wait()
        finally:
            del self.listening[leg]


@virtual_time
async def test_spoken_choice_stops_the_prompt_and_the_next_one_starts(tmp_path: Path) -> None:
    ears = ToldEars()
    async with house(tmp_path, ears=ears) as home:
        leg = await home.call("1")
        await asyncio.sleep(1)
        tell = ears.listening[leg]
        tell(Speaks(now()))
        tell(Heard(now(), "我要投诉"))
        await asyncio.sleep(0.4)
        assert sounds(home.pbx)[-2:] == ["/zh/main.main.prompt", "/zh/main.connecting"]
        assert ears.listening == {}
        await asyncio.sleep(5)
        assert home.calls.queued[0][1] == "complaints"


@virtual_time
async def test_caller_who_hangs_up_or_presses_a_key_is_no_longer_heard(tmp_path: Path) -> None:
    ears = ToldEars()
    async with house(tmp_path, ears=ears) as home:
        leg = await home.call("1")
        home.pbx.press(leg, "2")
        await asyncio.sleep(0.2)
        assert ears.listening == {}
        other = await home.call("1")
        assert list(ears.listening) == [other]
        home.pbx.hang_up(other)
        await asyncio.sleep(0.2)
        assert ears.listening == {}


@virtual_time
async def test_caller_to_whom_a_menu_is_repeated_is_heard_on(tmp_path: Path) -> None:
    ears = ToldEars()
    async with house(tmp_path, ears=ears) as home:
        leg = await home.call("1")
        before = ears.listening[leg]
        home.pbx.press(leg, "#")
        await asyncio.sleep(0.4)
        assert ears.listening[leg] is not before
        ears.listening[leg](Heard(now(), "我要投诉"))
        await asyncio.sleep(5)
        assert home.calls.queued[0][1] == "complaints"
        assert ears.listening == {}


@virtual_time
async def test_what_is_said_while_a_step_is_being_stored_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = ToldEars()
    async with house(tmp_path, ears=ears) as home:
        leg = await home.call("1")
        monkeypatch.setattr(home.calls, "step", lambda *_: asyncio.sleep(3))
        home.pbx.press(leg, "#")
        await asyncio.sleep(0.4)
        ears.listening[leg](Heard(now(), "我要投诉"))
        await asyncio.sleep(12)
        assert home.calls.queued[0][1] == "complaints"


class DeafPbx(FakePbx):
    """A switch whose file cannot be read."""

    async def do(self, command: Command) -> None:
        if isinstance(command, StartListening):
            command.path.mkdir()
        await super().do(command)


@virtual_time
async def test_centre_that_cannot_hear_leaves_the_caller_his_keys(tmp_path: Path) -> None:
    pbxes: list[FakePbx] = []

    class Ears(Hearing):
        async def follow(self, leg: str, language: str, tell: Tell) -> None:
            self._switch = pbxes[0]
            await super().follow(leg, language, tell)

    ears = Ears(FakePbx.__new__(FakePbx), Engines(SpeechModels(models={})), frozenset({"zh"}), tmp_path / "ears", now)
    await ears.begin()
    async with house(tmp_path, kind=DeafPbx, ears=ears) as home:
        pbxes.append(home.pbx)
        leg = await home.call("1")
        await asyncio.sleep(1)
        home.pbx.press(leg, "4")
        await asyncio.sleep(5)
        assert home.calls.queued[0][1] == "complaints"
        assert sum(isinstance(each, StopRecording) for each in home.pbx.commands) >= 2


async def test_sound_that_grows_in_the_file_is_told_as_sentences(tmp_path: Path) -> None:
    """With no model for the language nothing is understood, but that he speaks is known."""
    said = voice.trim(voice.read_wav(voice.synthesise("我要挂失", "zh", tmp_path / "said.wav", "+m3")))
    quiet = np.zeros(voice.RATE, dtype=np.int16)
    stream = np.repeat(np.concatenate([quiet, said, quiet]), 6).astype("<i2").tobytes()
    told: list[Speaks | Heard] = []
    ears = Hearing(FakePbx.__new__(FakePbx), Engines(SpeechModels(models={})), frozenset(), tmp_path, now)
    file = tmp_path / "leg.sln48"
    file.write_bytes(b"")
    listening = asyncio.ensure_future(ears._follow(file, "zh", told.append))
    with file.open("ab") as growing:
        for at in range(0, len(stream), 32768):
            growing.write(stream[at : at + 32768])
            growing.flush()
            await asyncio.sleep(0.15)
    listening.cancel()
    ears.close()
    assert [type(each) for each in told] == [Speaks, Heard]
    assert isinstance(told[1], Heard)
    assert told[1].words == ""
