"""Waiting music, made here: soft plucked chords, stored so that a telephone line needs no transcoding."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import HotlineError
from pbx.state import locked

RATE = 8000
BAR = 3.2
LEVEL = 0.16
"""Peak relative to full scale: about -16 dB, quieter than speech."""

CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 66))
"""A minor 7, F major 7, C major, G major 7, as MIDI notes."""
MELODY = (76, 74, 72, 69, 72, 74, 67, 69, 72, 76, 79, 76, 74, 71, 69, 67)
"""One pentatonic note each bar, over four rounds of the chords."""

STAMP = "made-1"


def make_music(folder: Path, say: Callable[[str], None]) -> None:
    """Fill `folder` with the music once; needs sox. Raises HotlineError."""
    if (folder / STAMP).exists():
        return
    with locked(folder.parent / "music.lock"):
        if (folder / STAMP).exists():
            return
        say("Asterisk: making the waiting music")
        folder.mkdir(parents=True, exist_ok=True)
        samples = (compose() * 32767).astype("<i2").tobytes()
        for law, suffix in (("al", "alaw"), ("ul", "ulaw")):
            _encode(samples, law, folder / f"calm.{suffix}")
        (folder / STAMP).touch()


def compose() -> NDArray[np.float64]:
    """Mono samples at 8 kHz between -1 and 1, about a minute, that can be looped."""
    bar = int(BAR * RATE)
    sound = np.zeros(bar * len(MELODY))
    for number, tune in enumerate(MELODY):
        notes = CHORDS[number % len(CHORDS)]
        _add(sound, number * bar, _pad(notes, bar + bar // 4))
        for step, note in enumerate((*notes, notes[2], notes[1])):
            _add(sound, number * bar + step * bar // 6, 0.5 * _pluck(note, RATE * 2))
        _add(sound, number * bar + bar // 12, 0.8 * _pluck(tune, RATE * 3))
    return np.asarray(LEVEL * sound / np.abs(sound).max())


def _add(sound: NDArray[np.float64], start: int, part: NDArray[np.float64]) -> None:
    """Mix `part` in; what runs past the end goes on at the beginning, so that the loop has no seam."""
    places = (start + np.arange(part.size)) % sound.size
    np.add.at(sound, places, part)


def _pluck(note: int, length: int) -> NDArray[np.float64]:
    t = np.arange(length) / RATE
    tone = _frequency(note)
    wave = sum(np.sin(2 * np.pi * tone * k * t) / k**2 * np.exp(-t * (1.6 + k)) for k in (1, 2, 3, 4))
    return np.asarray(wave * np.minimum(1, t / 0.008) * np.minimum(1, (length / RATE - t) / 0.05))


def _pad(notes: tuple[int, ...], length: int) -> NDArray[np.float64]:
    t = np.arange(length) / RATE
    swell = np.sin(np.pi * np.arange(length) / length) ** 0.7
    return np.asarray(0.18 * swell * sum(np.sin(2 * np.pi * _frequency(note) * t) for note in notes))


def _frequency(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _encode(samples: bytes, law: str, file: Path) -> None:
    raw = ["-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
    try:
        done = subprocess.run(["sox", *raw, "-t", law, str(file)], input=samples, capture_output=True, check=False)
    except FileNotFoundError:
        raise HotlineError("sox is missing", "run `apt-get install sox`") from None
    if done.returncode:
        raise HotlineError(f"the waiting music cannot be made: {done.stderr.decode(errors='replace').strip()[-200:]}")
