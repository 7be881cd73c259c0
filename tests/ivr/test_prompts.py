"""Prompts made of real synthetic speech: loudness, formats, recordings that take precedence, faults."""

import json
from pathlib import Path

import numpy as np
import pytest
import vosk

from core.settings import ROOT
from ivr.menus import Spoken
from ivr.messages.box import spoken_length
from ivr.prompts import voice
from ivr.prompts.store import PromptFault, PromptStore, by_cause

WELCOME = Spoken("main.welcome.prompt", "zh", "感谢您的来电，再见。")
ENGLISH = Spoken("main.welcome.prompt", "en", "Thank you for calling.")


async def test_prompts_are_made_once_in_every_format_for_everybody_to_read(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    assert await store.prepare([WELCOME, ENGLISH, WELCOME]) == []
    sound = store.sound(WELCOME)
    assert sound is not None
    files = sorted(sound.parent.glob(f"{sound.name}.*"))
    assert [file.suffix for file in files] == [".alaw", ".sln", ".ulaw"]
    alaw, linear, ulaw = (file.stat() for file in files)
    assert alaw.st_size == ulaw.st_size == linear.st_size / 2 > voice.RATE
    assert all(stat.st_mode & 0o777 == 0o644 for stat in (alaw, linear, ulaw))
    again = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    assert await again.prepare([WELCOME]) == []
    assert again.sound(WELCOME) == sound
    assert files[0].stat().st_mtime_ns == alaw.st_mtime_ns


async def test_synthetic_mandarin_is_understood_and_has_the_agreed_loudness(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    await store.prepare([WELCOME, ENGLISH])
    for spoken in (WELCOME, ENGLISH):
        samples = np.fromfile(f"{store.sound(spoken)}.sln", dtype="<i2")
        assert voice.loudness(samples) == pytest.approx(voice.LOUDNESS, abs=1.0)
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(ROOT / "config" / "models" / "zh-espeak")), voice.RATE)
    recogniser.AcceptWaveform(np.fromfile(f"{store.sound(WELCOME)}.sln", dtype="<i2").tobytes())
    assert json.loads(recogniser.FinalResult())["text"].replace(" ", "") == "感谢您的来电再见"


async def test_recorded_file_takes_precedence_and_is_levelled(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    await store.prepare([WELCOME])
    synthetic = store.sound(WELCOME)
    tone = (800 * np.sin(2 * np.pi * 440 * np.arange(voice.RATE) / voice.RATE)).astype(np.int16)
    recording = store.recording_of(WELCOME)
    recording.parent.mkdir(parents=True)
    voice.write_wav(recording, tone)
    assert await store.prepare([WELCOME]) == []
    assert store.sound(WELCOME) not in (None, synthetic)
    assert voice.loudness(np.fromfile(f"{store.sound(WELCOME)}.sln", dtype="<i2")) == pytest.approx(-20, abs=1.0)


async def test_prompt_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    broken = Spoken("main.main.prompt", "zh", "hello")
    foreign = Spoken("main.main.prompt", "fr", "bonjour")
    faults = await store.prepare([broken, foreign, ENGLISH])
    assert [fault.spoken for fault in faults] == [broken, foreign]
    assert "main.main.prompt (zh)" in str(faults[0])
    assert store.sound(broken) is None
    assert store.sound(ENGLISH) is not None


def test_a_cause_that_spoils_many_prompts_is_told_once() -> None:
    faults = [PromptFault(Spoken(f"p{n}", "zh", "您好"), why) for n, why in enumerate(("full", "no voice", "full"))]
    assert by_cause(faults) == [(faults[0], 1), (faults[1], 0)]


async def test_broken_recording_is_reported(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "recorded")
    recording = store.recording_of(WELCOME)
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"no sound at all")
    (fault,) = await store.prepare([WELCOME])
    assert fault.spoken == WELCOME


def test_silence_has_no_length_and_an_unfinished_recording_does(tmp_path: Path) -> None:
    silent, cut = tmp_path / "silent.wav", tmp_path / "cut.wav"
    voice.write_wav(silent, np.zeros(voice.RATE, dtype=np.int16))
    voice.synthesise("您好，我想问一下贷款。", "zh", cut)
    whole = cut.read_bytes()
    seconds = (len(whole) - 44) / 2 / voice.RATE
    cut.write_bytes(whole[:40] + b"\0\0\0\0" + whole[44:])
    assert spoken_length(silent) == 0
    assert spoken_length(tmp_path / "missing.wav") == 0
    assert spoken_length(cut) == pytest.approx(seconds)
    unreadable = tmp_path / "unreadable.wav"
    unreadable.write_bytes(b"x" * (44 + 2 * voice.RATE))
    assert spoken_length(unreadable) == 1.0


async def test_second_centre_takes_what_the_first_has_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Spoken("main.hello", "zh", "您好")
    first = PromptStore(tmp_path / "one", tmp_path / "recorded", cache=tmp_path / "cache")
    assert await first.prepare([spoken]) == []
    monkeypatch.setenv("PATH", "")  # nothing can be synthesised any more
    second = PromptStore(tmp_path / "two", tmp_path / "recorded", cache=tmp_path / "cache")
    assert await second.prepare([spoken]) == []
    sounds = [store.sound(spoken) for store in (first, second)]
    assert sounds[0] != sounds[1]
    assert all(each and each.with_suffix(".alaw").stat().st_size > 1000 for each in sounds)
    assert await PromptStore(tmp_path / "three", tmp_path / "recorded").prepare([spoken]) != []
