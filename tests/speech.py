"""Synthetic Mandarin for tests: espeak-ng's sentences laid into two-channel calls whose text and times are known."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import soundfile
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

RATE = 8000
Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Turn:
    """`pause` seconds after the end of the turn before it; negative: talks into it."""

    speaker: str
    text: str
    pause: float = 0.8


@dataclass(frozen=True, slots=True)
class Spoken:
    speaker: str
    text: str
    start: float
    end: float


@cache
def say(text: str, voice: str = "+f2", speed: int = 160) -> Samples:
    """The sentence at 8 kHz, from its first sound to its last. Digits and Latin letters are not spoken."""
    espeak = ["espeak-ng", "-b", "1", "-v", f"cmn-latn-pinyin{voice}", "-s", str(speed), "--stdout", _pinyin(text)]
    sound = subprocess.run(espeak, check=True, capture_output=True).stdout
    sox = ["sox", "-G", "-t", "wav", "--ignore-length", "-", "-r", str(RATE), "-c", "1", "-e", "signed", "-b", "16"]
    sound = subprocess.run([*sox, "-t", "wav", "-"], input=sound, check=True, capture_output=True).stdout
    samples, _ = soundfile.read(BytesIO(sound), dtype="int16")
    loud = np.flatnonzero(np.abs(samples) > 300)
    return np.asarray(samples[loud[0] : loud[-1] + 1], dtype=np.int16)


def call(
    turns: list[Turn], *, lead: float = 0.5, tail: float = 1.0, noise: float = 8.0
) -> tuple[Samples, list[Spoken]]:
    """A call as (frames, 2) samples, left customer and right agent, with who said what from when to when."""
    spoken: list[Spoken] = []
    placed: list[tuple[int, int, Samples]] = []
    end = lead - turns[0].pause
    for turn in turns:
        samples = say(turn.text, "+m3" if turn.speaker == "customer" else "+f2")
        start = end + turn.pause
        placed.append((0 if turn.speaker == "customer" else 1, int(start * RATE), samples))
        end = start + len(samples) / RATE
        spoken.append(Spoken(turn.speaker, turn.text, start, end))
    length = max(int(said.end * RATE) for said in spoken) + int(tail * RATE)
    frames = np.random.default_rng(7).normal(0, noise, (length + 1, 2))
    for channel, at, samples in placed:
        frames[at : at + len(samples), channel] += samples
    return np.clip(frames, -32768, 32767).astype(np.int16), spoken


def character_errors(said: str, heard: str) -> int:
    """Edit distance over Han characters only."""
    said, heard = ("".join(re.findall("[\u4e00-\u9fff]", text)) for text in (said, heard))
    row = list(range(len(heard) + 1))
    for at, wanted in enumerate(said, 1):
        above, row[0] = row[0], at
        for column, found in enumerate(heard, 1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (wanted != found))
    return row[-1]


def _pinyin(text: str) -> str:
    parts = []
    for clause in re.split("[，。？！、；：]", text):
        han = "".join(re.findall("[\u4e00-\u9fff]", clause))
        if han:
            parts.append(" ".join(lazy_pinyin(han, style=Style.TONE3, neutral_tone_with_five=True)))
    return ", ".join(parts)
